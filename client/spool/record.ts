import { crc32 } from 'node:zlib';

/** A batch as the spool keeps it. */
export interface SpooledBatch {
  /** Full name of the topic. */
  readonly topic: string;
  /** Empty for none. */
  readonly orderingKey: string;
  /** How many messages the request has. */
  readonly count: number;
  /** A serialised `PublishRequest`. */
  readonly request: Buffer;
}

/** Length and checksum of the body, each a 32-bit little-endian number. */
export const headerLength = 8;
/** Number of messages, length of the topic and of the ordering key, before these and the request. */
const factsLength = 8;

/** The parts of a record, to be written one after the other: the request is not copied. */
export function encodeRecord({ topic, orderingKey, count, request }: SpooledBatch): Buffer[] {
  const [topicLength, keyLength] = [Buffer.byteLength(topic), Buffer.byteLength(orderingKey)];
  const head = Buffer.allocUnsafe(headerLength + factsLength + topicLength + keyLength);
  head.writeUInt32LE(count, headerLength);
  head.writeUInt16LE(topicLength, headerLength + 4);
  head.writeUInt16LE(keyLength, headerLength + 6);
  head.write(topic, headerLength + factsLength);
  head.write(orderingKey, headerLength + factsLength + topicLength);
  head.writeUInt32LE(head.length - headerLength + request.length, 0);
  head.writeUInt32LE(crc32(request, crc32(head.subarray(headerLength))), 4);
  return [head, request];
}

export const recordLength = ({ topic, orderingKey, request }: SpooledBatch): number =>
  headerLength + factsLength + Buffer.byteLength(topic) + Buffer.byteLength(orderingKey) + request.length;

/** Reads a record's body; undefined when it is not what was written. */
export function decodeBody(header: Buffer, body: Buffer): SpooledBatch | undefined {
  if (body.length < factsLength || crc32(body) !== header.readUInt32LE(4)) return undefined;
  const topicEnd = factsLength + body.readUInt16LE(4);
  const keyEnd = topicEnd + body.readUInt16LE(6);
  return {
    count: body.readUInt32LE(0),
    topic: body.toString('utf8', factsLength, topicEnd),
    orderingKey: body.toString('utf8', topicEnd, keyEnd),
    request: body.subarray(keyEnd),
  };
}
