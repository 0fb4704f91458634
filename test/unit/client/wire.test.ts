import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { protos } from '@google-cloud/pubsub';
import fc from 'fast-check';
import { Batch } from '../../../client/batch.ts';
import { BufferPool } from '../../../client/buffer-pool.ts';
import { decodeMessageIds, encodeAttributes, encodeTopic, messageLength } from '../../../client/wire.ts';

const { PublishRequest, PublishResponse } = protos.google.pubsub.v1;
const settle = { resolve: () => undefined, reject: () => undefined };

const message = fc.record({
  data: fc.uint8Array({ maxLength: 300 }),
  attributes: fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.string({ maxLength: 200 }), {
    maxKeys: 5,
  }),
});

describe('a batch', () => {
  it('is the request that Google’s client would send', () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 20 }),
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        (messages, orderingKey) => {
          const topic = { name: 'projects/p/topics/t', head: encodeTopic('projects/p/topics/t') };
          const batch = new Batch(topic, orderingKey, new BufferPool(), 0);
          let length = topic.head.length;
          for (const { data, attributes } of messages) {
            const wire = { data, attributes: encodeAttributes(attributes), orderingKey: Buffer.from(orderingKey) };
            length += messageLength(wire);
            batch.add(wire, settle);
          }
          assert.equal(batch.length, length);
          const request = PublishRequest.decode(batch.request);
          assert.equal(request.topic, topic.name);
          assert.deepEqual(
            request.messages.map(each => ({
              data: Uint8Array.from(each.data as Uint8Array),
              attributes: { ...each.attributes },
              orderingKey: each.orderingKey,
            })),
            messages.map(({ data, attributes }) => ({ data, attributes: { ...attributes }, orderingKey })),
          );
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('decodeMessageIds', () => {
  it('reads the ids of a response in order', () => {
    const messageIds = Array.from({ length: 300 }, (_, index) => `${index}`.padStart(index, '0'));
    const response = Buffer.from(PublishResponse.encode({ messageIds }).finish());
    assert.deepEqual(decodeMessageIds(response), messageIds);
  });
});

describe('a buffer pool', () => {
  it('gives a large buffer again that was given back, and never the same one twice', () => {
    const pool = new BufferPool();
    const first = pool.take(100_000);
    assert.ok(first.length >= 100_000);
    pool.giveBack(first);
    assert.ok(pool.take(100_001) === first);
    assert.ok(pool.take(100_001) !== first);
  });
});
