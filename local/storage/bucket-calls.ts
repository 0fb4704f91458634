import { conditionNotMet, invalid, notImplemented } from './api-error.ts';
import { bucketResource } from './bucket-record.ts';
import { bucketOf, createBucket, deleteBucket, patchBucket } from './buckets.ts';
import { bucketName, type Call, jsonOf, noContent, ok, type Reply, timeOf } from './call.ts';
import type { JsonObject } from './json.ts';
import { integerParameter } from './parameters.ts';
import { demandForRead, preconditionsOf } from './preconditions.ts';

const projectName = (call: Call) => `projects/${call.query.get('project') ?? '_'}`;

export async function insertBucket(call: Call): Promise<Reply> {
  call.permit('storage.buckets.create', projectName(call));
  for (const parameter of ['predefinedAcl', 'predefinedDefaultObjectAcl']) {
    if (call.query.has(parameter)) throw notImplemented(`access control lists (${parameter})`);
  }
  const bucket = createBucket(call.state.catalogue, await jsonOf(call), timeOf(call));
  return ok(bucketResource(bucket, call.origin));
}

/** All buckets, whatever the project: there is but one. */
export function listBuckets(call: Call): Reply {
  call.permit('storage.buckets.list', projectName(call));
  const prefix = call.query.get('prefix') ?? '';
  const after = call.query.get('pageToken') ?? '';
  const limit = integerParameter(call.query, 'maxResults') ?? 1000;
  const matching = call.state.catalogue.buckets().filter(({ name }) => name.startsWith(prefix) && name > after);
  const page = matching.slice(0, Math.max(1, limit));
  return ok({
    kind: 'storage#buckets',
    ...(page.length < matching.length ? { nextPageToken: page.at(-1)?.name } : {}),
    ...(page.length > 0 ? { items: page.map(bucket => bucketResource(bucket, call.origin)) } : {}),
  });
}

export function getBucket(call: Call): Reply {
  const [name = ''] = call.params;
  call.permit('storage.buckets.get', bucketName(name));
  const bucket = bucketOf(call.state.catalogue, name);
  demandForRead(bucket, preconditionsOf(call.query));
  return ok(bucketResource(bucket, call.origin));
}

/** What `gcloud storage rm` asks before it lists a bucket: no hierarchical namespace. */
export function getStorageLayout(call: Call): Reply {
  const [name = ''] = call.params;
  call.permit('storage.objects.list', bucketName(name));
  const { location, locationType } = bucketResource(bucketOf(call.state.catalogue, name), call.origin);
  return ok({
    kind: 'storage#storageLayout',
    bucket: name,
    location,
    locationType,
    hierarchicalNamespace: { enabled: false },
  });
}

/** What `gcloud storage rm -r` asks before it deletes a bucket: there never are any. */
export function listManagedFolders(call: Call): Reply {
  const [name = ''] = call.params;
  call.permit('storage.managedFolders.list', bucketName(name));
  bucketOf(call.state.catalogue, name);
  return ok({ kind: 'storage#managedFolders' });
}

/** The account by which the product publishes notifications; here `notify` does, in nobody's name. */
export function getServiceAccount(call: Call): Reply {
  const [project = ''] = call.params;
  call.permit('resourcemanager.projects.get', `projects/${project}`);
  const email_address = `service-${project}@gs-project-accounts.iam.gserviceaccount.com`;
  return ok({ kind: 'storage#serviceAccount', email_address });
}

export async function updateBucket(call: Call): Promise<Reply> {
  const [name = ''] = call.params;
  call.permit('storage.buckets.update', bucketName(name));
  const patch = await jsonOf(call);
  const bucket = patchBucket(call.state.catalogue, name, patch, preconditionsOf(call.query), timeOf(call));
  return ok(bucketResource(bucket, call.origin));
}

export function removeBucket(call: Call): Reply {
  const [name = ''] = call.params;
  call.permit('storage.buckets.delete', bucketName(name));
  deleteBucket(call.state.catalogue, name, preconditionsOf(call.query));
  return noContent;
}

/** The IAM policy as it was last set. It is stored, and decides nothing: `authorize` does. */
export function getPolicy(call: Call): Reply {
  const [name = ''] = call.params;
  call.permit('storage.buckets.getIamPolicy', bucketName(name));
  bucketOf(call.state.catalogue, name);
  return ok(policyOf(call, name));
}

export async function setPolicy(call: Call): Promise<Reply> {
  const [name = ''] = call.params;
  call.permit('storage.buckets.setIamPolicy', bucketName(name));
  const { catalogue } = call.state;
  bucketOf(catalogue, name);
  const { version, bindings, etag } = await jsonOf(call);
  if (!Array.isArray(bindings)) throw invalid('Invalid policy: bindings must be an array.');
  const current = policyOf(call, name);
  if (etag !== undefined && etag !== current['etag']) throw conditionNotMet();
  const revision = Number(Buffer.from(String(current['etag']), 'base64').toString()) + 1;
  catalogue.setPolicy(name, JSON.stringify({ version: version ?? 1, bindings, etag: policyEtag(revision) }));
  return ok(policyOf(call, name));
}

function policyOf(call: Call, bucket: string): JsonObject {
  const stored = call.state.catalogue.policy(bucket);
  const policy =
    stored === undefined ? { version: 1, bindings: [], etag: policyEtag(0) } : (JSON.parse(stored) as object);
  return { kind: 'storage#policy', resourceId: bucketName(bucket), ...policy };
}

const policyEtag = (revision: number) => Buffer.from(String(revision)).toString('base64');

/** Which of the permissions asked for the caller has on the bucket. */
export function testPermissions(call: Call): Reply {
  const [name = ''] = call.params;
  bucketOf(call.state.catalogue, name);
  const permissions = call.query
    .getAll('permissions')
    .filter(permission => call.isPermitted(permission, bucketName(name)));
  return ok({ kind: 'storage#testIamPermissionsResponse', ...(permissions.length > 0 ? { permissions } : {}) });
}
