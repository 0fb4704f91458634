import type { Draft } from './message.ts';
import { checkRange, invalidArgument } from './pubsub-error.ts';

/** https://cloud.google.com/pubsub/quotas#resource_limits */
export const publishLimits = {
  requestBytes: 10 * 1024 * 1024,
  dataBytes: 10 * 1024 * 1024,
  messages: 1000,
  attributes: 100,
  attributeKeyBytes: 256,
  attributeValueBytes: 1024,
  orderingKeyBytes: 1024,
} as const;

/** Refuses a publish that the service would refuse. `requestBytes` is the size of the whole serialised request. */
export function checkPublish(messages: readonly Draft[], requestBytes: number): void {
  if (requestBytes > publishLimits.requestBytes) {
    throw invalidArgument(`Request payload size exceeds the limit: ${publishLimits.requestBytes} bytes.`);
  }
  if (messages.length === 0) throw invalidArgument('The request must contain at least one message.');
  checkRange('message_count', messages.length, 1, publishLimits.messages);
  for (const message of messages) checkMessage(message);
}

function checkMessage({ data, attributes, orderingKey }: Draft): void {
  const keys = Object.keys(attributes);
  if (data.length === 0 && keys.length === 0) {
    throw invalidArgument(
      'One or more messages in the publish request is empty. Each message must contain either non-empty data, or at least one attribute.',
    );
  }
  checkRange('message_data', data.length, 0, publishLimits.dataBytes);
  checkRange('attribute_count', keys.length, 0, publishLimits.attributes);
  for (const key of keys) {
    if (key === '') throw invalidArgument('An attribute key must not be empty.');
    if (key.startsWith('goog')) {
      throw invalidArgument(`Invalid attribute key given (key=${key}). Attribute keys must not begin with "goog".`);
    }
    checkBytes('attribute_key', key, publishLimits.attributeKeyBytes);
    checkBytes('attribute_value', attributes[key] ?? '', publishLimits.attributeValueBytes);
  }
  checkBytes('ordering_key', orderingKey, publishLimits.orderingKeyBytes);
}

function checkBytes(field: string, value: string, maximum: number): void {
  // A UTF-16 unit is three bytes at most, so that short text needs no counting.
  if (value.length * 3 > maximum) checkRange(field, Buffer.byteLength(value), 0, maximum);
}
