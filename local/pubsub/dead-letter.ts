import { type Draft, type Message, publishTimeOf } from './message.ts';
import { encodeDraft } from './message-codec.ts';
import { idOf } from './resource-name.ts';

const prefix = 'CloudPubSubDeadLetterSource';

/**
 * The message that goes to the dead-letter topic in place of one that could not be delivered.
 * https://cloud.google.com/pubsub/docs/handling-failures#dead_letter_topic
 */
export function deadLetterDraft(subscription: string, message: Message, deliveryCount: number): Draft {
  return encodeDraft({
    data: message.data,
    orderingKey: message.orderingKey,
    attributes: {
      ...message.attributes,
      [`${prefix}DeliveryCount`]: String(deliveryCount),
      [`${prefix}Subscription`]: idOf(subscription),
      [`${prefix}SubscriptionProject`]: subscription.split('/')[1] ?? '',
      [`${prefix}TopicPublishTime`]: publishTimeOf(message),
    },
  });
}
