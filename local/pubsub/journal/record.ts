import { crc32 } from 'node:zlib';
import type { Subscription, Topic } from '../resources.ts';

/** What the journal remembers, one entry per change. Replayed in order they give the state again. */
export type Entry =
  | { readonly kind: 'topic'; readonly topic: Topic }
  | { readonly kind: 'topic-deleted'; readonly name: string }
  | { readonly kind: 'subscription'; readonly subscription: Subscription }
  | { readonly kind: 'subscription-deleted'; readonly name: string }
  /** The subscription is done with these messages. */
  | { readonly kind: 'settled'; readonly subscription: string; readonly ids: readonly string[] }
  /** The smallest id that the next message may have. */
  | { readonly kind: 'next-id'; readonly id: number }
  /** A serialised `PublishRequest` of sealed messages, for every subscription that the topic has at that point. */
  | { readonly kind: 'published'; readonly request: Buffer }
  /** One sealed message that these subscriptions still hold: what compaction leaves of publishes. */
  | { readonly kind: 'held'; readonly subscriptions: readonly string[]; readonly message: Uint8Array };

/** Length and checksum, each a 32-bit little-endian number. */
export const headerLength = 8;
const bodyType = { json: 1, published: 2, held: 3 } as const;

/** The parts of a record, to be written one after the other: no payload is copied. */
export function encodeEntry(entry: Entry): Uint8Array[] {
  const body = encodeBody(entry);
  const header = Buffer.allocUnsafe(headerLength);
  header.writeUInt32LE(byteLength(body), 0);
  header.writeUInt32LE(
    body.reduce((sum, part) => crc32(part, sum), 0),
    4,
  );
  return [header, ...body];
}

export const byteLength = (parts: readonly Uint8Array[]) => parts.reduce((sum, part) => sum + part.length, 0);

function encodeBody(entry: Entry): Uint8Array[] {
  if (entry.kind === 'published') return [Buffer.from([bodyType.published]), entry.request];
  if (entry.kind === 'held') {
    const names = Buffer.from(JSON.stringify(entry.subscriptions));
    const head = Buffer.allocUnsafe(5);
    head[0] = bodyType.held;
    head.writeUInt32LE(names.length, 1);
    return [head, names, entry.message];
  }
  return [Buffer.from([bodyType.json]), Buffer.from(JSON.stringify(entry))];
}

/** Whether the header belongs to that body: not so for a record that a crash cut short. */
export const isIntact = (header: Buffer, body: Buffer) => header.readUInt32LE(4) === crc32(body);

/** Reads the body of an intact record. */
export function decodeEntry(body: Buffer): Entry {
  const rest = body.subarray(1);
  if (body[0] === bodyType.published) return { kind: 'published', request: rest };
  if (body[0] === bodyType.held) {
    const end = 4 + rest.readUInt32LE(0);
    const subscriptions = JSON.parse(rest.toString('utf8', 4, end)) as string[];
    return { kind: 'held', subscriptions, message: rest.subarray(end) };
  }
  return JSON.parse(rest.toString('utf8')) as Entry;
}
