import * as gcp from '@pulumi/gcp';
import type * as pulumi from '@pulumi/pulumi';
import type { SecretId } from '../functions/core/names.ts';
import type { StageId } from '../functions/core/wiring.ts';
import type { BucketId, FolderId, TopicId } from './platform.ts';

/**
 * Who may do what, and why; what the batch layer's functions may do is in `batch/batch-grants.ts`. No other file makes IAM
 * resources. Every grant is on one resource, for one member, and adds to what others granted there (`*IamMember`). On a
 * whole project is granted only what has no smaller place, and on a condition where there can be one.
 */
export interface Grant {
  readonly role: `roles/${string}`;
  readonly reason: string;
}

/** A grant to a stage's own account. */
export interface StageGrant extends Grant {
  readonly on:
    | { readonly topic: TopicId }
    | { readonly bucket: BucketId }
    | { readonly folder: FolderId }
    /** Every service's dataset, those of them with a column that has a policy tag, or Onramp's own. */
    | { readonly datasets: 'services' | 'tagged' | 'onramp' }
    /** The topic of every ramp that takes logs. */
    | { readonly ramps: 'withLogs' }
    | { readonly secret: SecretId };
}

const readOverflow = {
  on: { bucket: 'overflow' },
  role: 'roles/storage.objectViewer',
  reason: 'reads the messages that did not fit on the hub',
} as const satisfies StageGrant;

const readRegistry = {
  on: { bucket: 'registry' },
  role: 'roles/storage.objectViewer',
  reason: 'reads the catalogue of ramps and the schemas',
} as const satisfies StageGrant;

const storeOverflow = {
  on: { bucket: 'overflow' },
  role: 'roles/storage.objectCreator',
  reason: 'stores what outgrows Pub/Sub’s limits with the attributes that it adds',
} as const satisfies StageGrant;

const sendDeadLetters = {
  on: { topic: 'deadLetter' },
  role: 'roles/pubsub.publisher',
  reason: 'sets aside what can never succeed',
} as const satisfies StageGrant;

const readMaskingKey = {
  on: { secret: 'maskingKey' },
  role: 'roles/secretmanager.secretAccessor',
  reason: 'is given the key with which it masks personal data',
} as const satisfies StageGrant;

/** What a stage needs that sets messages of the hub aside: those that decode payloads do. */
const setAside = [sendDeadLetters, storeOverflow] as const satisfies StageGrant[];

/** Made with each such ramp. */
export const publishFromLogs = {
  on: { ramps: 'withLogs' },
  role: 'roles/pubsub.publisher',
  reason: 'publishes what a service printed on that service’s ramp',
} as const satisfies StageGrant;

export const stageGrants: Readonly<Record<StageId, readonly StageGrant[]>> = {
  'ramp-to-hub': [
    { on: { topic: 'hub' }, role: 'roles/pubsub.publisher', reason: 'carries every message on' },
    storeOverflow,
    readRegistry,
  ],
  'hub-to-raw-lake': [
    { on: { bucket: 'rawLake' }, role: 'roles/storage.objectCreator', reason: 'writes files that it never reads' },
    readOverflow,
  ],
  'hub-to-structured-lake': [
    {
      on: { bucket: 'structuredLake' },
      role: 'roles/storage.objectCreator',
      reason: 'writes files that it never reads',
    },
    ...setAside,
    readOverflow,
    readRegistry,
    readMaskingKey,
  ],
  'hub-to-warehouse': [
    {
      on: { datasets: 'services' },
      role: 'roles/bigquery.dataEditor',
      reason: 'makes tables and views, adds columns and appends rows',
    },
    {
      // No smaller predefined role has bigquery.tables.setCategory:
      // https://cloud.google.com/bigquery/docs/access-control#bigquery.dataOwner
      on: { datasets: 'tagged' },
      role: 'roles/bigquery.dataOwner',
      reason: 'sets policy tags on columns, which an editor of data may not',
    },
    ...setAside,
    readOverflow,
    readRegistry,
    readMaskingKey,
  ],
  // It sets nothing aside: what it cannot store is parked by Pub/Sub itself.
  'dead-letter': [
    {
      on: { bucket: 'deadLetter' },
      role: 'roles/storage.objectCreator',
      reason: 'stores dead letters with their original bytes, and those that wait for a schema version',
    },
    {
      on: { topic: 'schemaPublished' },
      role: 'roles/pubsub.publisher',
      reason: 'asks `heal-dead-letters` to look when a message begins to wait',
    },
    {
      on: { datasets: 'onramp' },
      role: 'roles/bigquery.dataEditor',
      reason: 'makes the table of dead letters and appends to it',
    },
    readOverflow,
  ],
  // It stores nothing in the overflow bucket: a log entry is far smaller than what Pub/Sub takes.
  'log-to-ramp': [publishFromLogs, sendDeadLetters, readRegistry],
  // It sets nothing aside either.
  'heal-dead-letters': [
    { on: { topic: 'hub' }, role: 'roles/pubsub.publisher', reason: 'sends what has waited to its stage' },
    {
      on: { folder: 'waiting' },
      role: 'roles/storage.objectUser',
      reason: 'lists and reads what waits, and removes what it has sent',
    },
    {
      on: { datasets: 'onramp' },
      role: 'roles/bigquery.dataEditor',
      reason: 'makes the table of healed dead letters and appends to it',
    },
    storeOverflow,
    {
      on: { bucket: 'registry' },
      role: 'roles/storage.objectViewer',
      reason: 'reads which versions of a schema are published',
    },
  ],
};

/** A grant to somebody other than a stage; to whom and on what is said by whoever makes it. */
export interface OtherGrant extends Grant {
  /** The same for readers of docs/access.md. */
  readonly who: string;
  readonly on: string;
}

export const grants = {
  invokeStage: {
    who: 'the account `onramp-push`, as which Pub/Sub pushes',
    on: 'the function of every stage',
    role: 'roles/run.invoker',
    reason: 'the push account, and nobody else, calls a stage',
  },
  signPushTokens: {
    who: 'Pub/Sub’s service agent',
    on: 'the account `onramp-push`',
    role: 'roles/iam.serviceAccountTokenCreator',
    reason: 'Pub/Sub signs each push request as the push account',
  },
  moveToDeadLetters: {
    who: 'Pub/Sub’s service agent',
    on: 'the topics `dead-letter` and `dead-letter-parked`',
    role: 'roles/pubsub.publisher',
    reason: 'Pub/Sub moves a message here after its last delivery attempt',
  },
  removeMoved: {
    who: 'Pub/Sub’s service agent',
    on: 'every subscription of a stage',
    role: 'roles/pubsub.subscriber',
    reason: 'Pub/Sub takes a message that it moved off the subscription it was on',
  },
  publishOnRamp: {
    who: 'each of a service’s `publishers`',
    on: 'the topic of each of its ramps',
    role: 'roles/pubsub.publisher',
    reason: 'the service publishes on its own ramp and no other topic',
  },
  routeLogs: {
    who: 'Cloud Logging’s service agent of the project that a sink is in',
    on: 'the topic `logs-<service>-<ramp>` of each ramp that takes logs',
    role: 'roles/pubsub.publisher',
    reason: 'Cloud Logging publishes the entries that match the ramp’s filter',
  },
  tellOfSchemas: {
    who: 'Cloud Storage’s service agent',
    on: 'the topic `schema-published`',
    role: 'roles/pubsub.publisher',
    reason: 'Cloud Storage tells of each change of the registry’s schemas',
  },
  readDataset: {
    who: 'each of a service’s `readers`',
    on: 'the service’s dataset',
    role: 'roles/bigquery.dataViewer',
    reason: 'the service named it as a reader of its dataset',
  },
  readStructuredLake: {
    who: 'each of a service’s `lake_readers`',
    on: 'the folder of each of its ramps in the bucket `<project>-structured-lake`',
    role: 'roles/storage.objectViewer',
    reason: 'the service named it as a reader of its masked files',
  },
  readRawLake: {
    who: 'each of a service’s `raw_readers`',
    on: 'the folder of each of its ramps in the bucket `<project>-raw-lake`',
    role: 'roles/storage.objectViewer',
    reason: 'the service named it as a reader of its payloads, unmasked',
  },
} as const satisfies Record<string, OtherGrant>;

/** A resource on which something can be granted, and its name. */
export interface Grantable {
  readonly name: string;
  readonly resource: GrantableResource;
}

/** What is granted on without being declared here: it is there already. */
export type ExistingResource =
  | { readonly kind: 'project'; readonly project: string; readonly condition?: Condition }
  | { readonly kind: 'secret'; readonly project: string; readonly secret: string }
  | { readonly kind: 'dataset'; readonly project: string; readonly dataset: pulumi.Input<string> }
  | { readonly kind: 'spanner'; readonly project: string; readonly instance: string; readonly database: string };

/** https://cloud.google.com/iam/docs/conditions-overview */
export interface Condition {
  readonly title: string;
  readonly expression: string;
}

type GrantableResource =
  | ExistingResource
  | gcp.cloudtasks.Queue
  | gcp.pubsub.Topic
  | gcp.pubsub.Subscription
  | gcp.storage.Bucket
  | gcp.storage.ManagedFolder
  | gcp.secretmanager.Secret
  | gcp.bigquery.Dataset
  | gcp.cloudfunctionsv2.Function
  | gcp.cloudrunv2.Service
  | gcp.serviceaccount.Account;

/**
 * Makes a grant to `who`, whose name is any that tells members apart. The name of the IAM resource says the same as the
 * grant does: who, which role, and where. Answers with that resource.
 */
export function makeGrant(
  { role }: Grant,
  who: { readonly name: string; readonly member: pulumi.Input<string> },
  { name: where, resource }: Grantable,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const name = `${who.name} ${role.slice('roles/'.length)} ${where}`;
  const granted = { role, member: who.member };
  if ('kind' in resource) return grantOnExisting(name, granted, resource, options);
  if (gcp.cloudtasks.Queue.isInstance(resource)) {
    const { project, location, name: queue } = resource;
    return new gcp.cloudtasks.QueueIamMember(name, { project, location, name: queue, ...granted }, options);
  }
  if (gcp.pubsub.Topic.isInstance(resource)) {
    const { project, name: topic } = resource;
    return new gcp.pubsub.TopicIAMMember(name, { project, topic, ...granted }, options);
  }
  if (gcp.pubsub.Subscription.isInstance(resource)) {
    const { project, name: subscription } = resource;
    return new gcp.pubsub.SubscriptionIAMMember(name, { project, subscription, ...granted }, options);
  }
  if (gcp.storage.Bucket.isInstance(resource)) {
    return new gcp.storage.BucketIAMMember(name, { bucket: resource.name, ...granted }, options);
  }
  if (gcp.storage.ManagedFolder.isInstance(resource)) {
    const { bucket, name: managedFolder } = resource;
    return new gcp.storage.ManagedFolderIamMember(name, { bucket, managedFolder, ...granted }, options);
  }
  if (gcp.secretmanager.Secret.isInstance(resource)) {
    const { project, secretId } = resource;
    return new gcp.secretmanager.SecretIamMember(name, { project, secretId, ...granted }, options);
  }
  if (gcp.bigquery.Dataset.isInstance(resource)) {
    const { project, datasetId } = resource;
    return new gcp.bigquery.DatasetIamMember(name, { project, datasetId, ...granted }, options);
  }
  if (gcp.cloudfunctionsv2.Function.isInstance(resource) || gcp.cloudrunv2.Service.isInstance(resource)) {
    // The role belongs to the Cloud Run service behind the function, which has the function's name.
    const { project, location, name: service } = resource;
    return new gcp.cloudrunv2.ServiceIamMember(name, { project, location, name: service, ...granted }, options);
  }
  return new gcp.serviceaccount.IAMMember(name, { serviceAccountId: resource.name, ...granted }, options);
}

function grantOnExisting(
  name: string,
  granted: { readonly role: string; readonly member: pulumi.Input<string> },
  resource: ExistingResource,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource {
  switch (resource.kind) {
    case 'project': {
      const { project, condition } = resource;
      return new gcp.projects.IAMMember(name, { project, ...granted, ...(condition && { condition }) }, options);
    }
    case 'secret': {
      const { project, secret: secretId } = resource;
      return new gcp.secretmanager.SecretIamMember(name, { project, secretId, ...granted }, options);
    }
    case 'dataset': {
      const { project, dataset: datasetId } = resource;
      return new gcp.bigquery.DatasetIamMember(name, { project, datasetId, ...granted }, options);
    }
    case 'spanner': {
      const { project, instance, database } = resource;
      return new gcp.spanner.DatabaseIAMMember(name, { project, instance, database, ...granted }, options);
    }
  }
}
