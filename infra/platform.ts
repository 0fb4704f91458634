import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { buckets, pushAccount, type SecretId, secrets, subscriptions, topics } from '../functions/core/names.ts';
import { waitingFolder } from '../functions/core/waiting.ts';
import { type Context, childOptions } from './context.ts';
import { grants, makeGrant } from './grants.ts';
import { deleteAfter, Lake, type LakeArgs, lakeLifecycle } from './lake.ts';
import { declareSecret } from './secret.ts';
import type { StackSettings } from './stack-settings.ts';

export type TopicId = 'hub' | 'deadLetter' | 'deadLetterParked' | 'schemaPublished';
export type BucketId = keyof typeof buckets;
/** A part of a bucket on which something can be granted. */
export type FolderId = 'waiting';

/** The APIs that the platform's project has in every stack. */
export const platformApis = [
  'artifactregistry',
  'bigquery',
  'bigquerystorage',
  'cloudbuild',
  'cloudfunctions',
  'iam',
  'logging',
  'monitoring',
  'pubsub',
  'run',
  'secretmanager',
  'storage',
];

/** What all ramps share: the enabled APIs, the hub, the topics for dead letters, the buckets and the push account. */
export class Platform extends pulumi.ComponentResource {
  readonly context: Context;
  readonly topics: Readonly<Record<TopicId, gcp.pubsub.Topic>>;
  readonly buckets: Readonly<Record<BucketId, gcp.storage.Bucket>>;
  readonly folders: Readonly<Record<FolderId, gcp.storage.ManagedFolder>>;
  readonly secrets: Readonly<Record<SecretId, gcp.secretmanager.Secret>>;
  /** The identity of every push subscription. */
  readonly pushAccount: gcp.serviceaccount.Account;
  /** IAM member that Pub/Sub itself acts as in this project. */
  readonly pubsubAgent: pulumi.Output<string>;

  constructor(name: string, settings: StackSettings) {
    super('onramp:infra:Platform', name, {}, {});
    const { project } = settings;
    const enabled = platformApis.map(api => enableApi(api, project, this));
    this.context = { ...settings, apis: enabled };
    const options = childOptions(this, this.context);

    // Made here, not on Pub/Sub's first use, so that it can be granted something before that.
    const agent = new gcp.projects.ServiceIdentity('pubsub', { project, service: 'pubsub.googleapis.com' }, options);
    this.pubsubAgent = agent.member;
    this.pushAccount = new gcp.serviceaccount.Account(
      pushAccount,
      { project, accountId: pushAccount, displayName: 'Onramp: pushes messages to the stages' },
      options,
    );
    const agentMember = { name: 'pubsub', member: this.pubsubAgent };
    makeGrant(grants.signPushTokens, agentMember, { name: pushAccount, resource: this.pushAccount }, options);

    this.topics = {
      hub: topic(topics.hub, {}, this),
      deadLetter: topic(topics.deadLetter, { messageRetentionDuration: longestRetention }, this),
      deadLetterParked: topic(topics.deadLetterParked, {}, this),
      schemaPublished: topic(topics.schemaPublished, {}, this),
    };
    for (const id of ['deadLetter', 'deadLetterParked'] as const) {
      makeGrant(grants.moveToDeadLetters, agentMember, { name: topics[id], resource: this.topics[id] }, options);
    }
    new gcp.pubsub.Subscription(subscriptions.deadLetterParked, parked(project, this.topics.deadLetterParked), options);

    this.buckets = makeLakes(this.context, this);
    this.folders = {
      // Forced, or it could not go while anything waits; what waits stays where it is.
      waiting: new gcp.storage.ManagedFolder(
        waitingFolder,
        { bucket: this.buckets.deadLetter.name, name: waitingFolder, forceDestroy: true },
        options,
      ),
    };
    this.secrets = { maskingKey: declareSecret(secrets.maskingKey, this.context, this) };
    this.registerOutputs({ hub: this.topics.hub.id });
  }
}

/** https://cloud.google.com/pubsub/docs/replay-overview#configuring_message_retention: 31 days */
const longestRetention = '2678400s';

export function enableApi(
  api: string,
  project: string,
  parent: pulumi.Resource,
  name: string = api,
): gcp.projects.Service {
  // Others in the project may use it, so it stays enabled when Onramp goes.
  return new gcp.projects.Service(
    name,
    { project, service: `${api}.googleapis.com`, disableOnDestroy: false },
    { parent },
  );
}

function topic(name: string, args: { messageRetentionDuration?: string }, platform: Platform): gcp.pubsub.Topic {
  const { context } = platform;
  return new gcp.pubsub.Topic(
    name,
    { name, project: context.project, labels: { app: 'onramp' }, ...args },
    childOptions(platform, context),
  );
}

/** Nothing reads it by itself: an operator does, and has as long as Pub/Sub allows. */
function parked(project: string, of: gcp.pubsub.Topic): gcp.pubsub.SubscriptionArgs {
  return {
    name: subscriptions.deadLetterParked,
    project,
    topic: of.id,
    ackDeadlineSeconds: 60,
    messageRetentionDuration: longestRetention,
    expirationPolicy: { ttl: '' },
    labels: { app: 'onramp' },
  };
}

function makeLakes(context: Context, parent: pulumi.Resource): Record<BucketId, gcp.storage.Bucket> {
  const lake = (days: number | undefined) => ({
    retention: days === undefined ? 'kept' : `deleted-after-${days}-days`,
    lifecycleRules: lakeLifecycle(context, days),
  });
  const lakes: Record<BucketId, Pick<LakeArgs, 'retention' | 'lifecycleRules'>> = {
    rawLake: lake(context.rawLakeDeleteAfterDays),
    structuredLake: lake(context.lakeDeleteAfterDays),
    deadLetter: { retention: 'kept', lifecycleRules: [] },
    // No message refers to them for longer: 7 days on the hub, 31 among the dead letters and 31 parked make 69.
    overflow: { retention: 'deleted-after-90-days', lifecycleRules: [deleteAfter(90)] },
    registry: { retention: 'kept', lifecycleRules: [] },
    source: { retention: 'kept', lifecycleRules: [] },
  };
  const make = (id: BucketId) => {
    const bucket = buckets[id](context.project);
    return new Lake(bucket, { context, bucket, ...lakes[id] }, parent).bucket;
  };
  return {
    rawLake: make('rawLake'),
    structuredLake: make('structuredLake'),
    deadLetter: make('deadLetter'),
    overflow: make('overflow'),
    registry: make('registry'),
    source: make('source'),
  };
}
