/**
 * Inputs that Google Cloud cannot change in place: with another value the provider deletes the resource and makes a new
 * one. As the pages of the types say under https://www.pulumi.com/registry/packages/gcp/api-docs/, and the resources'
 * own pages: a topic, a filter and the ordering of a subscription, a location, and every name.
 */
const immutable: Readonly<Record<string, readonly string[]>> = {
  'gcp:pubsub/topic:Topic': ['name', 'project'],
  // https://cloud.google.com/pubsub/docs/subscription-properties
  'gcp:pubsub/subscription:Subscription': ['name', 'project', 'topic', 'filter', 'enableMessageOrdering'],
  // https://cloud.google.com/storage/docs/locations#considerations: a bucket does not move
  'gcp:storage/bucket:Bucket': ['name', 'project', 'location'],
  'gcp:storage/bucketObject:BucketObject': ['bucket', 'name'],
  // https://cloud.google.com/bigquery/docs/locations: neither does a dataset
  'gcp:storage/managedFolder:ManagedFolder': ['bucket', 'name'],
  'gcp:secretmanager/secret:Secret': ['secretId', 'project', 'replication'],
  'gcp:bigquery/dataset:Dataset': ['datasetId', 'project', 'location'],
  'gcp:serviceaccount/account:Account': ['accountId', 'project'],
  'gcp:cloudfunctionsv2/function:Function': ['name', 'project', 'location'],
  'gcp:cloudrunv2/service:Service': ['name', 'project', 'location'],
  'gcp:projects/service:Service': ['project', 'service'],
  'gcp:projects/serviceIdentity:ServiceIdentity': ['project', 'service'],
};

/** What names a resource of any other type. */
const naming = ['name', 'project', 'location', 'region'];

/** Whether a change at `path` of a resource's inputs replaces it. */
export function replaces(type: string, path: string): boolean {
  const input = /^\w*/.exec(path)?.[0] ?? '';
  return (immutable[type] ?? naming).includes(input);
}
