import { parseFilter } from './filter.ts';
import { checkRange, invalidArgument, unimplemented } from './pubsub-error.ts';
import { checkResourceName, deletedTopic } from './resource-name.ts';
import { type Duration, millisOf, type PushConfig, type Subscription, type Topic } from './resources.ts';

const minute = 60;
const day = 24 * 60 * minute;

/** Refuses a topic that the service would refuse, or that asks for what the stand-in cannot do. */
export function checkTopic(topic: Topic): void {
  checkResourceName('topics', topic.name);
  checkDuration('message_retention_duration', topic.messageRetentionDuration, 10 * minute, 31 * day);
  if (topic.schemaSettings) throw unimplemented('A topic with a schema');
  if (topic.ingestionDataSourceSettings) throw unimplemented('Ingestion from another source');
  if (topic.messageTransforms.length > 0) throw unimplemented('A message transform');
}

/**
 * Refuses a subscription that the service would refuse, or that asks for what the stand-in cannot do.
 * Limits: https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions
 */
export function checkSubscription(subscription: Subscription): void {
  checkResourceName('subscriptions', subscription.name);
  if (subscription.topic !== deletedTopic) checkResourceName('topics', subscription.topic);
  checkRange('ack_deadline_seconds', subscription.ackDeadlineSeconds, 10, 600);
  checkDuration('message_retention_duration', subscription.messageRetentionDuration, 10 * minute, 31 * day);
  checkDuration('expiration_policy.ttl', subscription.expirationPolicy?.ttl ?? null, day, Infinity);
  checkRetryPolicy(subscription.retryPolicy);
  const deadLetter = subscription.deadLetterPolicy;
  if (deadLetter) {
    checkResourceName('topics', deadLetter.deadLetterTopic);
    checkRange('max_delivery_attempts', deadLetter.maxDeliveryAttempts, 5, 100);
  }
  parseFilter(subscription.filter);
  checkPushConfig(subscription.pushConfig);
  if (subscription.bigqueryConfig || subscription.cloudStorageConfig || subscription.bigtableConfig) {
    throw unimplemented('A subscription that writes to BigQuery, Cloud Storage or Bigtable');
  }
  if (subscription.messageTransforms.length > 0) throw unimplemented('A message transform');
  if (subscription.enableExactlyOnceDelivery) throw unimplemented('Exactly-once delivery');
}

export function checkPushConfig(push: PushConfig | null): void {
  if (push?.noWrapper) throw unimplemented('Push delivery without wrapper');
  const endpoint = push?.pushEndpoint ?? '';
  if (endpoint === '') return;
  if (!URL.canParse(endpoint) || !['http:', 'https:'].includes(new URL(endpoint).protocol)) {
    throw invalidArgument(`Invalid push endpoint given (endpoint=${endpoint}).`);
  }
  if (push?.oidcToken && push.oidcToken.serviceAccountEmail === '') {
    throw invalidArgument('The oidc_token of a push_config must have a service_account_email.');
  }
}

function checkRetryPolicy(policy: Subscription['retryPolicy']): void {
  const minimum = policy?.minimumBackoff ?? null;
  const maximum = policy?.maximumBackoff ?? null;
  checkDuration('minimum_backoff', minimum, 0, 600);
  checkDuration('maximum_backoff', maximum, 0, 600);
  if (minimum && maximum && millisOf(minimum) > millisOf(maximum)) {
    throw invalidArgument('The minimum_backoff of a retry_policy must not exceed its maximum_backoff.');
  }
}

function checkDuration(field: string, duration: Duration | null, minimum: number, maximum: number): void {
  if (duration) checkRange(`${field} (in seconds)`, millisOf(duration) / 1000, minimum, maximum);
}
