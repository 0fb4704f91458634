import type { Draft, Message } from './message.ts';

/**
 * The protobuf bytes of the messages on the hot path, read and written by hand, so that a payload is copied once on its
 * way from the publisher to the journal, and never again on its way to a puller. Field numbers are those of
 * google/pubsub/v1/pubsub.proto. `PublishRequest` is also what a journal record of a publish holds.
 */

const lengthDelimited = 2;
const tag = (field: number) => (field << 3) | lengthDelimited;

/** Reads a `PublishRequest`. Throws a RangeError on bytes that are none. */
export function decodePublishRequest(bytes: Buffer): { topic: string; messages: Draft[] } {
  let topic = '';
  const messages: Draft[] = [];
  eachField(bytes, (field, value) => {
    if (field === 1) topic = text(value);
    else if (field === 2) messages.push(decodeMessage(value));
  });
  return { topic, messages };
}

/** Reads a `PubsubMessage`; id and publish time are those that the bytes hold. */
export function decodeMessage(encoded: Buffer): Message {
  let data: Uint8Array = encoded.subarray(0, 0);
  let attributes: Record<string, string> = {};
  let id = '';
  let publishMillis = 0;
  let orderingKey = '';
  eachField(encoded, (field, value) => {
    if (field === 1) data = value;
    else if (field === 2) attributes = addEntry(attributes, value);
    else if (field === 3) id = text(value);
    else if (field === 4) publishMillis = decodeTimestamp(value);
    else if (field === 5) orderingKey = text(value);
  });
  return { data, attributes, orderingKey, encoded, id, publishMillis };
}

/** Writes the publisher's part of a `PubsubMessage`. */
export function encodeDraft(draft: Omit<Draft, 'encoded'>): Draft {
  const entries = Object.entries(draft.attributes).map(([key, value]) =>
    delimited(2, delimited(1, Buffer.from(key)), delimited(2, Buffer.from(value))),
  );
  const key = draft.orderingKey === '' ? [] : [delimited(5, Buffer.from(draft.orderingKey))];
  return { ...draft, encoded: Buffer.concat([delimited(1, draft.data), ...entries, ...key]) };
}

/**
 * Gives drafts their ids and their publish time. Answers with the messages and with one `PublishRequest` that holds
 * them all, whose memory they share.
 */
export function sealMessages(
  topic: string,
  drafts: readonly Draft[],
  firstId: number,
  publishMillis: number,
): { messages: Message[]; request: Buffer } {
  const time = delimited(4, encodeTimestamp(publishMillis));
  const header = delimited(1, Buffer.from(topic));
  // What a protobuf reader finds last wins, so that facts which the publisher may have put there are overwritten.
  const facts = drafts.map((_, index) => Buffer.concat([delimited(3, Buffer.from(String(firstId + index))), time]));
  let size = header.length;
  const sizes = drafts.map((draft, index) => draft.encoded.length + (facts[index]?.length ?? 0));
  for (const length of sizes) size += 1 + varintLength(length) + length;

  const request = Buffer.allocUnsafe(size);
  let at = header.copy(request);
  const messages = drafts.map((draft, index): Message => {
    request[at++] = tag(2);
    at = writeVarint(request, at, sizes[index] ?? 0);
    const start = at;
    request.set(draft.encoded, at);
    at += draft.encoded.length;
    at += facts[index]?.copy(request, at) ?? 0;
    return {
      data: relocate(draft.data, draft.encoded, request, start),
      attributes: draft.attributes,
      orderingKey: draft.orderingKey,
      encoded: request.subarray(start, at),
      id: String(firstId + index),
      publishMillis,
    };
  });
  return { messages, request };
}

/** Writes a `PullResponse` or, which has the same fields, a `StreamingPullResponse`. */
export function encodePullResponse(
  received: readonly { ackId: string; message: Message; deliveryAttempt: number }[],
): Buffer {
  return Buffer.concat(
    received.flatMap(({ ackId, message, deliveryAttempt }) => {
      const head = delimited(1, Buffer.from(ackId));
      const attempt = deliveryAttempt === 0 ? Buffer.alloc(0) : Buffer.from([3 << 3, ...varint(deliveryAttempt)]);
      const { encoded } = message;
      const frame = Buffer.from([tag(2), ...varint(encoded.length)]);
      const size = head.length + frame.length + encoded.length + attempt.length;
      return [Buffer.from([tag(1), ...varint(size)]), head, frame, encoded, attempt];
    }),
  );
}

/** The payload as a view of the sealed bytes when it is one of the draft's, so that the draft's memory is freed. */
function relocate(data: Uint8Array, encoded: Uint8Array, request: Buffer, start: number): Uint8Array {
  const offset = data.byteOffset - encoded.byteOffset;
  const within = data.buffer === encoded.buffer && offset >= 0 && offset + data.length <= encoded.length;
  return within ? request.subarray(start + offset, start + offset + data.length) : data;
}

function addEntry(attributes: Record<string, string>, entry: Buffer): Record<string, string> {
  let key = '';
  let value = '';
  eachField(entry, (field, bytes) => {
    if (field === 1) key = text(bytes);
    else if (field === 2) value = text(bytes);
  });
  if (key === '__proto__') Object.defineProperty(attributes, key, { value, enumerable: true });
  else attributes[key] = value;
  return attributes;
}

function eachField(bytes: Buffer, visit: (field: number, value: Buffer) => void): void {
  const cursor = { at: 0 };
  while (cursor.at < bytes.length) {
    const key = readVarint(bytes, cursor);
    const length = wireLength(bytes, cursor, key & 7);
    const end = cursor.at + length;
    if (end > bytes.length) throw new RangeError('a field reaches beyond its message');
    if ((key & 7) === lengthDelimited) visit(key >>> 3, bytes.subarray(cursor.at, end));
    cursor.at = end;
  }
}

/** Length of the value at the cursor, which is moved to where the value itself begins. */
function wireLength(bytes: Buffer, cursor: { at: number }, wireType: number): number {
  if (wireType === lengthDelimited) return readVarint(bytes, cursor);
  if (wireType === 1) return 8;
  if (wireType === 5) return 4;
  if (wireType !== 0) throw new RangeError(`a field has the unknown wire type ${wireType}`);
  readVarint(bytes, cursor);
  return 0;
}

function decodeTimestamp(bytes: Buffer): number {
  let millis = 0;
  const cursor = { at: 0 };
  while (cursor.at < bytes.length) {
    const field = readVarint(bytes, cursor) >>> 3;
    const value = readVarint(bytes, cursor);
    millis += field === 1 ? value * 1000 : Math.floor(value / 1e6);
  }
  return millis;
}

/** Both fields are written even when they are zero: they overwrite the ones that a publisher may have sent. */
function encodeTimestamp(millis: number): Buffer {
  const seconds = Math.floor(millis / 1000);
  return Buffer.from([1 << 3, ...varint(seconds), 2 << 3, ...varint((millis - seconds * 1000) * 1e6)]);
}

function delimited(field: number, ...parts: Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from([tag(field), ...varint(length)]), ...parts]);
}

const text = (bytes: Buffer) => bytes.toString('utf8');

function readVarint(bytes: Buffer, cursor: { at: number }): number {
  let result = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new RangeError('a varint reaches beyond its message');
    result += (byte & 127) * scale;
    if (byte < 128) return result;
  }
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}

const varintLength = (value: number) => varint(value).length;

function writeVarint(target: Buffer, at: number, value: number): number {
  for (const byte of varint(value)) target[at++] = byte;
  return at;
}
