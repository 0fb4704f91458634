/**
 * Protobuf's wire form of `google.pubsub.v1.PublishRequest`, written straight into the bytes that are sent. The field
 * numbers are those of https://github.com/googleapis/googleapis/blob/master/google/pubsub/v1/pubsub.proto
 */
const tag = { topic: 0x0a, messages: 0x12, data: 0x0a, attributes: 0x12, orderingKey: 0x2a, key: 0x0a, value: 0x12 };

/** Bytes that a number below 2^31 takes as a varint. */
export const varintLength = (value: number): number =>
  value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;

/** Writes a number below 2^31 and answers with the place after it. */
function writeVarint(into: Buffer, at: number, value: number): number {
  let rest = value;
  let place = at;
  while (rest >= 0x80) {
    into[place++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  into[place++] = rest;
  return place;
}

const delimited = (length: number): number => 1 + varintLength(length) + length;

function writeText(into: Buffer, at: number, fieldTag: number, text: string, length: number): number {
  into[at] = fieldTag;
  const start = writeVarint(into, at + 1, length);
  return start + into.write(text, start);
}

/** The beginning of every request for a topic: its full name. */
export function encodeTopic(topic: string): Buffer {
  const length = Buffer.byteLength(topic);
  const bytes = Buffer.alloc(delimited(length));
  writeText(bytes, 0, tag.topic, topic, length);
  return bytes;
}

/** The `attributes` of a message. */
export function encodeAttributes(attributes: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(attributes).map(([key, value]) => {
    const [keyLength, valueLength] = [Buffer.byteLength(key), Buffer.byteLength(value)];
    return { key, value, keyLength, valueLength, length: delimited(keyLength) + delimited(valueLength) };
  });
  const bytes = Buffer.allocUnsafe(entries.reduce((sum, { length }) => sum + delimited(length), 0));
  let at = 0;
  for (const { key, value, keyLength, valueLength, length } of entries) {
    bytes[at] = tag.attributes;
    at = writeVarint(bytes, at + 1, length);
    at = writeText(bytes, at, tag.key, key, keyLength);
    at = writeText(bytes, at, tag.value, value, valueLength);
  }
  return bytes;
}

/** One message, its texts as bytes already. */
export interface WireMessage {
  readonly data: Uint8Array;
  /** What `encodeAttributes` made. */
  readonly attributes: Buffer;
  /** Empty for none. */
  readonly orderingKey: Buffer;
}

const bodyLength = ({ data, attributes, orderingKey }: WireMessage): number =>
  (data.length === 0 ? 0 : delimited(data.length)) +
  attributes.length +
  (orderingKey.length === 0 ? 0 : delimited(orderingKey.length));

/** Bytes that a message takes in a request. */
export const messageLength = (message: WireMessage): number => delimited(bodyLength(message));

/** Writes a message into a request and answers with the place after it; there must be room for `messageLength`. */
export function writeMessage(into: Buffer, at: number, message: WireMessage): number {
  const { data, attributes, orderingKey } = message;
  into[at] = tag.messages;
  let place = writeVarint(into, at + 1, bodyLength(message));
  if (data.length > 0) {
    into[place] = tag.data;
    place = writeVarint(into, place + 1, data.length);
    into.set(data, place);
    place += data.length;
  }
  into.set(attributes, place);
  place += attributes.length;
  if (orderingKey.length > 0) {
    into[place] = tag.orderingKey;
    place = writeVarint(into, place + 1, orderingKey.length);
    into.set(orderingKey, place);
    place += orderingKey.length;
  }
  return place;
}

/** The ids in a `PublishResponse`, whose only field is `repeated string message_ids = 1`. */
export function decodeMessageIds(response: Buffer): string[] {
  const ids: string[] = [];
  let at = 0;
  while (at < response.length) {
    const field = response[at++];
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = response[at++] ?? 0;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (field === 0x0a) ids.push(response.toString('latin1', at, at + length));
    at += length;
  }
  return ids;
}
