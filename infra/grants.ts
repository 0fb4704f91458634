import * as gcp from '@pulumi/gcp';
import type * as pulumi from '@pulumi/pulumi';
import type { StageId } from '../functions/core/wiring.ts';
import type { BucketId, TopicId } from './platform.ts';

/**
 * Who may do what, and why. No other file makes IAM resources. Every grant is on one resource, for one member, and adds
 * to what others granted there (`*IamMember`); nothing is granted on a whole project.
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
    /** Every service's dataset, or Onramp's own. */
    | { readonly datasets: 'services' | 'onramp' }
    /** The topic of every ramp that takes logs. */
    | { readonly ramps: 'withLogs' };
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
  ],
  'hub-to-warehouse': [
    {
      on: { datasets: 'services' },
      role: 'roles/bigquery.dataEditor',
      reason: 'makes tables and views, adds columns and appends rows',
    },
    ...setAside,
    readOverflow,
    readRegistry,
  ],
  // It sets nothing aside: what it cannot store is parked by Pub/Sub itself.
  'dead-letter': [
    {
      on: { bucket: 'deadLetter' },
      role: 'roles/storage.objectCreator',
      reason: 'stores dead letters with their original bytes',
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
  readDataset: {
    who: 'each of a service’s `readers`',
    on: 'the service’s dataset',
    role: 'roles/bigquery.dataViewer',
    reason: 'the service named it as a reader of its dataset',
  },
} as const satisfies Record<string, OtherGrant>;

/** A resource on which something can be granted, and its name. */
export interface Grantable {
  readonly name: string;
  readonly resource: GrantableResource;
}

type GrantableResource =
  | gcp.pubsub.Topic
  | gcp.pubsub.Subscription
  | gcp.storage.Bucket
  | gcp.bigquery.Dataset
  | gcp.cloudfunctionsv2.Function
  | gcp.cloudrunv2.Service
  | gcp.serviceaccount.Account;

/**
 * Makes a grant to `who`, whose name is any that tells members apart. The name of the IAM resource says the same as the
 * grant does: who, which role, and where.
 */
export function makeGrant(
  { role }: Grant,
  who: { readonly name: string; readonly member: pulumi.Input<string> },
  { name: where, resource }: Grantable,
  options: pulumi.CustomResourceOptions,
): void {
  const name = `${who.name} ${role.slice('roles/'.length)} ${where}`;
  const granted = { role, member: who.member };
  if (gcp.pubsub.Topic.isInstance(resource)) {
    const { project, name: topic } = resource;
    new gcp.pubsub.TopicIAMMember(name, { project, topic, ...granted }, options);
  } else if (gcp.pubsub.Subscription.isInstance(resource)) {
    const { project, name: subscription } = resource;
    new gcp.pubsub.SubscriptionIAMMember(name, { project, subscription, ...granted }, options);
  } else if (gcp.storage.Bucket.isInstance(resource)) {
    new gcp.storage.BucketIAMMember(name, { bucket: resource.name, ...granted }, options);
  } else if (gcp.bigquery.Dataset.isInstance(resource)) {
    const { project, datasetId } = resource;
    new gcp.bigquery.DatasetIamMember(name, { project, datasetId, ...granted }, options);
  } else if (gcp.cloudfunctionsv2.Function.isInstance(resource) || gcp.cloudrunv2.Service.isInstance(resource)) {
    // The role belongs to the Cloud Run service behind the function, which has the function's name.
    const { project, location, name: service } = resource;
    new gcp.cloudrunv2.ServiceIamMember(name, { project, location, name: service, ...granted }, options);
  } else {
    new gcp.serviceaccount.IAMMember(name, { serviceAccountId: resource.name, ...granted }, options);
  }
}
