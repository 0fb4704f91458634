import type { v1 } from '@google-cloud/pubsub';
import type { Inventory } from '../../infra/render.ts';
import { declared, type SubscriptionInputs } from './declared.ts';

export interface PubsubClients {
  readonly publisher: v1.PublisherClient;
  readonly subscriber: v1.SubscriberClient;
}

const alreadyExists = 6;

/**
 * Makes the declared topics and subscriptions. What an earlier program declared and this one does not goes, as it would
 * on Google Cloud; a backlog of what stays is kept.
 */
export async function provisionPubsub(
  inventory: Inventory,
  project: string,
  { publisher, subscriber }: PubsubClients,
): Promise<void> {
  const topics = declared(inventory, 'gcp:pubsub/topic:Topic');
  const subscriptions = declared(inventory, 'gcp:pubsub/subscription:Subscription');
  const parent = `projects/${project}`;

  const [oldSubscriptions] = await subscriber.listSubscriptions({ project: parent });
  const filters = new Map(
    subscriptions.map(({ name, filter = '' }) => [subscriber.subscriptionPath(project, name), filter]),
  );
  for (const { name, filter } of oldSubscriptions) {
    // A filter cannot be changed: the subscription is made anew, as on Google Cloud.
    if (name && filters.get(name) !== (filter ?? '')) await subscriber.deleteSubscription({ subscription: name });
  }
  const [oldTopics] = await publisher.listTopics({ project: parent });
  const keptTopics = new Set(topics.map(({ name }) => publisher.projectTopicsPath(project, name)));
  for (const { name } of oldTopics) {
    if (name && !keptTopics.has(name)) await publisher.deleteTopic({ topic: name });
  }

  await Promise.all(
    topics.map(({ name, labels, messageRetentionDuration }) =>
      unlessThere(() =>
        publisher.createTopic({
          name: publisher.projectTopicsPath(project, name),
          labels: labels ?? {},
          messageRetentionDuration: durationOf(messageRetentionDuration),
        }),
      ),
    ),
  );
  await Promise.all(
    subscriptions.map(async inputs => {
      const subscription = subscriptionOf(inputs, subscriber.subscriptionPath(project, inputs.name));
      const made = await unlessThere(() => subscriber.createSubscription(subscription));
      if (!made) await subscriber.updateSubscription({ subscription, updateMask: { paths: changeable } });
    }),
  );
}

/** What may differ from the last time. */
const changeable = ['push_config', 'ack_deadline_seconds', 'retry_policy', 'dead_letter_policy', 'labels'];

async function unlessThere(create: () => Promise<unknown>): Promise<boolean> {
  try {
    await create();
    return true;
  } catch (error) {
    if ((error as { code?: number }).code === alreadyExists) return false;
    throw error;
  }
}

function subscriptionOf(inputs: SubscriptionInputs, name: string) {
  const { pushConfig, retryPolicy, deadLetterPolicy, expirationPolicy } = inputs;
  return {
    name,
    topic: inputs.topic,
    ackDeadlineSeconds: inputs.ackDeadlineSeconds ?? 10,
    filter: inputs.filter ?? '',
    enableMessageOrdering: inputs.enableMessageOrdering ?? false,
    labels: inputs.labels ?? {},
    messageRetentionDuration: durationOf(inputs.messageRetentionDuration),
    pushConfig: pushConfig ?? {},
    ...(retryPolicy && {
      retryPolicy: {
        minimumBackoff: durationOf(retryPolicy.minimumBackoff),
        maximumBackoff: durationOf(retryPolicy.maximumBackoff),
      },
    }),
    ...(deadLetterPolicy && { deadLetterPolicy }),
    // An empty time to live is the provider's way to say never; on the wire that is a policy without one.
    ...(expirationPolicy && { expirationPolicy: { ttl: durationOf(expirationPolicy.ttl) } }),
  };
}

/** `600s` as a protobuf Duration. */
const durationOf = (text: string | undefined) => (text ? { seconds: Number(text.replace(/s$/, '')) } : null);
