import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import fc from 'fast-check';
import {
  decodeMessage,
  decodePublishRequest,
  encodeDraft,
  encodePullResponse,
  sealMessages,
} from '../../../../local/pubsub/message-codec.ts';

// Google's own definitions, read by protobufjs, are the oracle.
const protos: unknown = createRequire(import.meta.url)('@google-cloud/pubsub/build/protos/protos.json');
const loaded = fromJSON(protos as Parameters<typeof fromJSON>[0], { defaults: true, longs: Number });
const publish = (loaded['google.pubsub.v1.Publisher'] as ServiceDefinition)['Publish']!;
const pull = (loaded['google.pubsub.v1.Subscriber'] as ServiceDefinition)['Pull']!;

const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const message = fc.record({
  data: fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)),
  attributes: fc.dictionary(text, text, { maxKeys: 5 }),
  orderingKey: text,
});
const topic = 'projects/project/topics/topic';

const plain = ({ data, attributes, orderingKey }: { data: Uint8Array; attributes: object; orderingKey: string }) => ({
  data: Buffer.from(data).toString('hex'),
  attributes: { ...attributes },
  orderingKey,
});

describe('the codec of messages', () => {
  it('reads what protobufjs writes', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), messages => {
        const read = decodePublishRequest(publish.requestSerialize({ topic, messages }));
        assert.equal(read.topic, topic);
        assert.deepEqual(read.messages.map(plain), messages.map(plain));
      }),
    );
  });

  it('writes drafts, ids and times that protobufjs reads', () => {
    const time = fc.integer({ min: 0, max: 4e12 });
    const firstId = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER - 10 });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), firstId, time, (messages, id, millis) => {
        const sealed = sealMessages(topic, messages.map(encodeDraft), id, millis);
        const read = publish.requestDeserialize(sealed.request) as {
          topic: string;
          messages: { messageId: string; publishTime: { seconds: number; nanos: number } }[];
        };
        assert.equal(read.topic, topic);
        const publishTime = { seconds: Math.floor(millis / 1000), nanos: (millis % 1000) * 1e6 };
        assert.deepEqual(
          read.messages.map(each => ({ ...plain(each as never), id: each.messageId, time: { ...each.publishTime } })),
          messages.map((each, index) => ({ ...plain(each), id: String(id + index), time: publishTime })),
        );
        assert.deepEqual(sealed.messages.map(plain), messages.map(plain));
        assert.deepEqual(
          sealed.messages.map(({ encoded }) => decodeMessage(Buffer.from(encoded)).publishMillis),
          messages.map(() => millis),
        );
      }),
    );
  });

  it('writes pull responses that protobufjs reads', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), fc.nat(100), (messages, attempt) => {
        const sealed = sealMessages(topic, messages.map(encodeDraft), 1, 0);
        const bytes = encodePullResponse(
          sealed.messages.map(each => ({ ackId: `ack-${each.id}`, message: each, deliveryAttempt: attempt })),
        );
        const read = pull.responseDeserialize(bytes) as {
          receivedMessages: { ackId: string; deliveryAttempt: number; message: never }[];
        };
        assert.deepEqual(
          read.receivedMessages.map(({ ackId, deliveryAttempt, message: each }) => [
            ackId,
            deliveryAttempt,
            plain(each),
          ]),
          messages.map((each, index) => [`ack-${index + 1}`, attempt, plain(each)]),
        );
      }),
    );
  });

  it('overwrites an id and a publish time that the publisher has put into its message', () => {
    const forged = { data: Buffer.from('x'), messageId: 'forged', publishTime: { seconds: 5, nanos: 7 } };
    const { messages } = decodePublishRequest(publish.requestSerialize({ topic, messages: [forged] }));
    const { request } = sealMessages(topic, messages, 42, 60_000);
    const read = publish.requestDeserialize(request) as { messages: { messageId: string; publishTime: object }[] };
    assert.equal(read.messages[0]?.messageId, '42');
    assert.deepEqual({ ...read.messages[0].publishTime }, { seconds: 60, nanos: 0 });
  });

  it('refuses bytes that are cut short', () => {
    const bytes = publish.requestSerialize({ topic, messages: [{ data: Buffer.from('payload') }] });
    assert.throws(() => decodePublishRequest(bytes.subarray(0, -1)), RangeError);
  });

  it('keeps an attribute that is named like a property of every object', () => {
    const draft = encodeDraft({
      data: Buffer.alloc(0),
      attributes: JSON.parse('{"__proto__":"x"}') as never,
      orderingKey: '',
    });
    assert.deepEqual(Object.keys(decodeMessage(Buffer.from(draft.encoded)).attributes), ['__proto__']);
  });
});
