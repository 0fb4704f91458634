import type { Publishable } from './overflow.ts';

/** A message as an object's content: the length of the head in 4 bytes, attributes and ordering key as JSON, the payload. */
export function encodeMessage({ attributes, orderingKey, data }: Publishable): Buffer {
  const head = Buffer.from(JSON.stringify({ attributes, orderingKey }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.byteLength);
  return Buffer.concat([length, head, data]);
}

/** @throws when `bytes` is not what `encodeMessage` made */
export function decodeMessage(bytes: Buffer): Publishable {
  const end = 4 + bytes.readUInt32BE(0);
  const head = JSON.parse(bytes.toString('utf8', 4, end)) as Pick<Publishable, 'attributes' | 'orderingKey'>;
  return { ...head, data: bytes.subarray(end) };
}
