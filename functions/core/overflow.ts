/**
 * Some messages fit on their ramp but not on the hub: Onramp's attributes come on top, and Pub/Sub limits a message to
 * 100 attributes and a publish request to 10 MiB (https://cloud.google.com/pubsub/quotas#resource_limits). Such a
 * message is stored whole in the overflow bucket, and travels as a reference with Onramp's own attributes only.
 */
import { attribute, prefix } from './envelope.ts';

const maxAttributes = 100;
/** The service has been seen to refuse what is over 10,000,000 bytes, though 10 MiB is its documented limit. */
export const maxRequestBytes = 10_000_000;
/** Room for the topic's name and the fields' framing in a request that holds one message. */
const requestMargin = 1024;
/** Tag and length of one map entry, its key and its value. */
const attributeFraming = 12;
/** Message id, publish time and framing of one message. */
const messageFraming = 32;

/** What a publish request carries of one message. */
export interface Publishable {
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  readonly orderingKey: string;
}

/** The bytes that a message takes in a publish request; never less than it really takes. */
export function publishBytes({ data, attributes, orderingKey }: Publishable): number {
  let bytes = messageFraming + data.byteLength + Buffer.byteLength(orderingKey);
  for (const key in attributes) {
    bytes += attributeFraming + Buffer.byteLength(key) + Buffer.byteLength(attributes[key] ?? '');
  }
  return bytes;
}

/** Whether Pub/Sub takes the message. */
export function fitsPubsub(message: Publishable): boolean {
  return (
    Object.keys(message.attributes).length <= maxAttributes && publishBytes(message) <= maxRequestBytes - requestMargin
  );
}

/** The message that travels instead of one that is stored under `object`. */
export function referenceTo(object: string, message: Publishable): Publishable {
  const own = Object.entries(message.attributes).filter(([key]) => key.startsWith(prefix));
  return {
    data: new Uint8Array(0),
    attributes: { ...Object.fromEntries(own), [attribute.overflow]: object },
    orderingKey: message.orderingKey,
  };
}
