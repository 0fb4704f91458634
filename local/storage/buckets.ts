import { bucketNotFound, conflict, invalid } from './api-error.ts';
import { type BucketRecord, newBucketSettings, patchBucketSettings } from './bucket-record.ts';
import type { Catalogue } from './catalogue.ts';
import type { JsonObject } from './json.ts';
import { bucketNameProblem } from './names.ts';
import { demand, type Preconditions } from './preconditions.ts';

/** Makes a bucket of the resource that a caller sent. Throws 400 and 409. */
export function createBucket(catalogue: Catalogue, resource: JsonObject, time: string): BucketRecord {
  const name = typeof resource['name'] === 'string' ? resource['name'] : '';
  const problem = bucketNameProblem(name);
  if (problem) throw invalid(`Invalid bucket name: '${name}': ${problem}.`);
  if (catalogue.bucket(name)) {
    throw conflict('Your previous request to create the named bucket succeeded and you already own it.');
  }
  const bucket = {
    name,
    metageneration: 1,
    timeCreated: time,
    updated: time,
    settings: newBucketSettings(resource),
  };
  catalogue.putBucket(bucket);
  return bucket;
}

/** The bucket, or 404. */
export function bucketOf(catalogue: Catalogue, name: string): BucketRecord {
  const bucket = catalogue.bucket(name);
  if (!bucket) throw bucketNotFound();
  return bucket;
}

export function patchBucket(
  catalogue: Catalogue,
  name: string,
  patch: JsonObject,
  conditions: Preconditions,
  time: string,
): BucketRecord {
  const bucket = bucketOf(catalogue, name);
  demand(bucket, conditions);
  const patched = {
    ...bucket,
    metageneration: bucket.metageneration + 1,
    updated: time,
    settings: patchBucketSettings(bucket.settings, patch),
  };
  catalogue.putBucket(patched);
  return patched;
}

/** Throws 409 when versions of objects are left in it. */
export function deleteBucket(catalogue: Catalogue, name: string, conditions: Preconditions): void {
  demand(bucketOf(catalogue, name), conditions);
  if (catalogue.hasObjects(name)) throw conflict('The bucket you tried to delete is not empty.');
  catalogue.atomically(() => catalogue.deleteBucket(name));
}
