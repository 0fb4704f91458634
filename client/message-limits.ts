import { attribute, prefix } from '../functions/core/envelope.ts';
import { OnrampError } from '../functions/core/errors.ts';
import { maxRequestBytes } from '../functions/core/overflow.ts';
import { maxAttributeKeyBytes, maxAttributeValueBytes } from '../functions/core/pubsub-limits.ts';

/** https://cloud.google.com/pubsub/quotas#resource_limits */
const maxAttributes = 100;
const maxOrderingKeyBytes = 1024;
/** Room for the topic's name and framing in a request that holds one message. */
const requestMargin = 1024;
/** What `publish` adds: the schema's name and version. */
const ownAttributes = [attribute.schema, attribute.schemaVersion].length;

/**
 * Refuses attributes that Pub/Sub or Onramp would not take.
 * @throws OnrampError PUBLISH_ATTRIBUTE_INVALID
 */
export function checkAttributes(attributes: Readonly<Record<string, string>>): void {
  const keys = Object.keys(attributes);
  const most = maxAttributes - ownAttributes;
  if (keys.length > most) invalid(`there are ${keys.length} attributes, and at most ${most} may be given`);
  for (const key of keys) {
    const value: unknown = attributes[key];
    if (key === '') invalid('a name is empty');
    if (key.startsWith('goog')) invalid(`the name "${key}" begins with "goog", which is Google’s`);
    if (key.startsWith(prefix)) invalid(`the name "${key}" begins with "${prefix}", which is Onramp’s`);
    checkBytes(`the name "${key.slice(0, 40)}…"`, key, maxAttributeKeyBytes);
    if (typeof value !== 'string') invalid(`"${key}" is of type ${typeof value}, not a string`);
    checkBytes(`"${key}"`, value, maxAttributeValueBytes);
  }
}

/** @throws OnrampError PUBLISH_ATTRIBUTE_INVALID */
export const checkOrderingKey = (key: string): void => checkBytes('the ordering key', key, maxOrderingKeyBytes);

/** @throws OnrampError PUBLISH_TOO_LARGE for a message that takes so many bytes in a request */
export function checkLength(bytes: number): void {
  const most = maxRequestBytes - requestMargin;
  if (bytes <= most) return;
  throw new OnrampError('PUBLISH_TOO_LARGE', `it takes ${bytes} bytes with its attributes, and Pub/Sub takes ${most}`);
}

function checkBytes(what: string, text: string, most: number): void {
  // A UTF-16 unit is three bytes at most, so that short text needs no counting.
  if (text.length * 3 <= most) return;
  const bytes = Buffer.byteLength(text);
  if (bytes > most) invalid(`${what} takes ${bytes} bytes, and at most ${most} are allowed`);
}

function invalid(detail: string): never {
  throw new OnrampError('PUBLISH_ATTRIBUTE_INVALID', detail);
}
