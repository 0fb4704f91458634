import { invalid, notImplemented } from './api-error.ts';
import { isObject, type JsonObject, mergePatch, pick, textField } from './json.ts';

/** A bucket, as it is kept. Times are RFC 3339 in UTC, with milliseconds. */
export interface BucketRecord {
  readonly name: string;
  readonly metageneration: number;
  readonly timeCreated: string;
  readonly updated: string;
  /** What callers set, under the names of the JSON API. */
  readonly settings: JsonObject;
}

/** Stored and given back; of these only `versioning` and `storageClass` change what the stand-in does. */
const keys = [
  'autoclass',
  'billing',
  'cors',
  'defaultEventBasedHold',
  'encryption',
  'iamConfiguration',
  'labels',
  'lifecycle',
  'location',
  'logging',
  'rpo',
  'softDeletePolicy',
  'storageClass',
  'versioning',
  'website',
];

const storageClasses = ['STANDARD', 'NEARLINE', 'COLDLINE', 'ARCHIVE'];

/** The settings of a new bucket: what the caller sent over the product's defaults. */
export function newBucketSettings(resource: JsonObject): JsonObject {
  const defaults = {
    location: 'US',
    storageClass: 'STANDARD',
    iamConfiguration: { uniformBucketLevelAccess: { enabled: false }, publicAccessPrevention: 'inherited' },
    softDeletePolicy: { retentionDurationSeconds: '604800' },
  };
  const settings = mergePatch(defaults, bucketSettingsOf(resource)) as Record<string, unknown>;
  settings['location'] = textField(settings, 'location')?.toUpperCase();
  return settings;
}

/** The settings after a PATCH: null removes, what is not sent stays. */
export function patchBucketSettings(current: JsonObject, patch: JsonObject): JsonObject {
  const location = textField(patch, 'location')?.toUpperCase();
  if (location !== undefined && location !== current['location']) {
    throw invalid('A bucket’s location cannot be changed.');
  }
  return bucketSettingsOf(mergePatch(current, { ...patch, location: current['location'] }) as JsonObject);
}

function bucketSettingsOf(resource: JsonObject): JsonObject {
  if (isObject(resource['retentionPolicy'])) throw notImplemented('bucket retention policies');
  if (isObject(resource['hierarchicalNamespace']) && resource['hierarchicalNamespace']['enabled'] === true) {
    throw notImplemented('hierarchical namespaces');
  }
  const settings = pick(resource, keys);
  const { labels, iamConfiguration } = settings;
  storageClassField(settings);
  if (labels !== undefined && !(isObject(labels) && Object.values(labels).every(value => typeof value === 'string'))) {
    throw invalid('Invalid value for labels: it must be an object of strings.');
  }
  if (iamConfiguration !== undefined && !isObject(iamConfiguration)) {
    throw invalid('Invalid value for iamConfiguration.');
  }
  return settings;
}

/** The storage class in a resource, if it has one. Throws 400. https://cloud.google.com/storage/docs/storage-classes */
export function storageClassField(resource: JsonObject): string | undefined {
  const storageClass = textField(resource, 'storageClass');
  if (storageClass !== undefined && !storageClasses.includes(storageClass)) {
    throw invalid(`The specified storage class is not valid: ${storageClass}`);
  }
  return storageClass;
}

/** Whether overwritten and deleted versions are kept. */
export const isVersioned = (bucket: BucketRecord) =>
  isObject(bucket.settings['versioning']) && bucket.settings['versioning']['enabled'] === true;

export const storageClassOf = (bucket: BucketRecord) => String(bucket.settings['storageClass']);

const multiRegions = ['US', 'EU', 'ASIA'];

/**
 * The resource of the JSON API. `origin` is what its links start with.
 * https://cloud.google.com/storage/docs/json_api/v1/buckets#resource
 */
export function bucketResource(bucket: BucketRecord, origin: string): Record<string, unknown> {
  return {
    kind: 'storage#bucket',
    id: bucket.name,
    selfLink: `${origin}/storage/v1/b/${bucket.name}`,
    // The product's number of the project; here there is but one.
    projectNumber: '0',
    name: bucket.name,
    metageneration: String(bucket.metageneration),
    ...bucket.settings,
    locationType: multiRegions.includes(String(bucket.settings['location'])) ? 'multi-region' : 'region',
    etag: Buffer.from(String(bucket.metageneration)).toString('base64'),
    timeCreated: bucket.timeCreated,
    updated: bucket.updated,
  };
}
