/** Topics and subscriptions in the shape that proto-loader gives and takes: google/pubsub/v1/pubsub.proto. */

export interface Duration {
  readonly seconds: number;
  readonly nanos: number;
}

export interface Topic {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly messageStoragePolicy: object | null;
  readonly kmsKeyName: string;
  readonly schemaSettings: object | null;
  readonly messageRetentionDuration: Duration | null;
  readonly state: string;
  readonly ingestionDataSourceSettings: object | null;
  readonly messageTransforms: readonly object[];
}

export interface PushConfig {
  /** Empty for a subscription that is pulled. */
  readonly pushEndpoint: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly oidcToken?: { readonly serviceAccountEmail: string; readonly audience: string } | null;
  readonly pubsubWrapper?: object | null;
  readonly noWrapper?: object | null;
}

export interface Subscription {
  readonly name: string;
  readonly topic: string;
  readonly pushConfig: PushConfig | null;
  readonly bigqueryConfig: object | null;
  readonly cloudStorageConfig: object | null;
  readonly bigtableConfig?: object | null;
  readonly ackDeadlineSeconds: number;
  readonly retainAckedMessages: boolean;
  readonly messageRetentionDuration: Duration | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly enableMessageOrdering: boolean;
  readonly expirationPolicy: { readonly ttl: Duration | null } | null;
  readonly filter: string;
  readonly deadLetterPolicy: { readonly deadLetterTopic: string; readonly maxDeliveryAttempts: number } | null;
  readonly retryPolicy: { readonly minimumBackoff: Duration | null; readonly maximumBackoff: Duration | null } | null;
  readonly detached: boolean;
  readonly enableExactlyOnceDelivery: boolean;
  readonly state: string;
  readonly messageTransforms: readonly object[];
}

export const millisOf = (duration: Duration) => duration.seconds * 1000 + duration.nanos / 1e6;

const seconds = (count: number): Duration => ({ seconds: count, nanos: 0 });
const day = 24 * 60 * 60;

export const noPush: PushConfig = { pushEndpoint: '', attributes: {} };

/** Fills in what the service fills in when a subscription is made. */
export const withDefaults = (subscription: Subscription): Subscription => ({
  ...subscription,
  pushConfig: subscription.pushConfig ?? noPush,
  ackDeadlineSeconds: subscription.ackDeadlineSeconds || 10,
  messageRetentionDuration: subscription.messageRetentionDuration ?? seconds(7 * day),
  expirationPolicy: subscription.expirationPolicy ?? { ttl: seconds(31 * day) },
  deadLetterPolicy: subscription.deadLetterPolicy && {
    ...subscription.deadLetterPolicy,
    maxDeliveryAttempts: subscription.deadLetterPolicy.maxDeliveryAttempts || 5,
  },
  retryPolicy: subscription.retryPolicy && {
    minimumBackoff: subscription.retryPolicy.minimumBackoff ?? seconds(10),
    maximumBackoff: subscription.retryPolicy.maximumBackoff ?? seconds(600),
  },
  detached: false,
  state: 'ACTIVE',
});

export const isPushed = (subscription: Subscription) =>
  !subscription.detached && (subscription.pushConfig?.pushEndpoint ?? '') !== '';
