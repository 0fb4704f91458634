import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import type { Message, Subscription } from '@google-cloud/pubsub';
import type { Pubsub, PubsubOptions } from '../../local/pubsub/pubsub.ts';
import { ManualClock } from '../unit/local/manual-clock.ts';
import { clientOn, eventually, lowLevelClientsOn, startForTest } from './support/pubsub.ts';

const timeout = 20_000;

async function setUp(t: TestContext, options: Partial<PubsubOptions> = {}) {
  const pubsub = await startForTest(t, options);
  const port = await pubsub.listen('operator');
  const client = clientOn(t, port);
  const [topic] = await client.createTopic('events');
  const publish = (...payloads: string[]) =>
    pubsub.publish(
      topic.name,
      payloads.map(payload => ({ data: Buffer.from(payload) })),
    );
  return { pubsub, client, topic, publish, ...lowLevelClientsOn(t, port) };
}

type Setup = Awaited<ReturnType<typeof setUp>>;

async function pull({ subscriber }: Setup, subscription: string, maxMessages = 100) {
  const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages, returnImmediately: true });
  return (receivedMessages ?? []).map(({ ackId, message, deliveryAttempt }) => ({
    ackId: ackId ?? '',
    id: message?.messageId ?? '',
    payload: Buffer.from((message?.data ?? '') as Uint8Array).toString(),
    attributes: { ...message?.attributes },
    deliveryAttempt,
  }));
}

const payloads = (messages: readonly { payload: string }[]) => messages.map(({ payload }) => payload);
const outstanding = (pubsub: Pubsub) => pubsub.backlog().reduce((sum, each) => sum + each.outstanding, 0);
const remaining = (pubsub: Pubsub) =>
  pubsub.backlog().reduce((sum, each) => sum + each.outstanding + each.undelivered, 0);

describe('pulling', { timeout }, () => {
  it('gives messages with what their publisher set, and forgets what is acknowledged', async t => {
    const setup = await setUp(t);
    const { pubsub, topic, subscriber } = setup;
    const [{ name }] = await topic.createSubscription('reader');
    const id = await topic.publishMessage({ data: Buffer.from('payload'), attributes: { key: 'värde', empty: '' } });
    const [message, ...rest] = await pull(setup, name);
    assert.deepEqual(rest, []);
    assert.deepEqual(
      { ...message, ackId: '' },
      { ackId: '', id, payload: 'payload', attributes: { key: 'värde', empty: '' }, deliveryAttempt: 0 },
    );
    await subscriber.acknowledge({ subscription: name, ackIds: [message!.ackId] });
    assert.equal(remaining(pubsub), 0);
    // Acknowledging again is no error.
    await subscriber.acknowledge({ subscription: name, ackIds: [message!.ackId] });
    await assert.rejects(subscriber.acknowledge({ subscription: name, ackIds: ['nonsense'] }), { code: 3 });
  });

  it('waits for a message when there is none', async t => {
    const setup = await setUp(t);
    const [{ name }] = await setup.topic.createSubscription('reader');
    const waiting = setup.subscriber.pull({ subscription: name, maxMessages: 10 });
    await setup.publish('late');
    const [{ receivedMessages }] = await waiting;
    assert.equal(receivedMessages?.length, 1);
  });

  it('delivers again after the deadline, a lease that was not extended, and a refusal', async t => {
    const clock = new ManualClock();
    const setup = await setUp(t, { clock });
    const { subscriber } = setup;
    const [{ name }] = await setup.topic.createSubscription('reader', { ackDeadlineSeconds: 10 });
    await setup.publish('x');
    const [first] = await pull(setup, name);
    await subscriber.modifyAckDeadline({ subscription: name, ackIds: [first!.ackId], ackDeadlineSeconds: 60 });
    clock.advance(59_000);
    assert.deepEqual(await pull(setup, name), []);
    clock.advance(1100);
    const [second] = await pull(setup, name);
    assert.equal(second?.id, first?.id);
    await subscriber.modifyAckDeadline({ subscription: name, ackIds: [second!.ackId], ackDeadlineSeconds: 0 });
    assert.equal((await pull(setup, name)).length, 1);
    await assert.rejects(
      subscriber.modifyAckDeadline({ subscription: name, ackIds: [second!.ackId], ackDeadlineSeconds: 601 }),
      { code: 3 },
    );
  });

  it('counts attempts, and moves a message to the dead-letter topic after the last', async t => {
    const setup = await setUp(t);
    const { client, pubsub, subscriber } = setup;
    const [graveyard] = await client.createTopic('graveyard');
    const [{ name: dead }] = await graveyard.createSubscription('dead');
    const [{ name }] = await setup.topic.createSubscription('reader', {
      deadLetterPolicy: { deadLetterTopic: graveyard.name, maxDeliveryAttempts: 5 },
    });
    const [id] = await pubsub.publish(setup.topic.name, [{ data: Buffer.from('poison'), attributes: { own: 'kept' } }]);
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const [message] = await pull(setup, name);
      assert.equal(message?.deliveryAttempt, attempt);
      await subscriber.modifyAckDeadline({ subscription: name, ackIds: [message.ackId], ackDeadlineSeconds: 0 });
    }
    await eventually(() => remaining(pubsub) === 1);
    assert.deepEqual(await pull(setup, name), []);
    const [letter] = await pull(setup, dead);
    assert.equal(letter?.payload, 'poison');
    assert.notEqual(letter.id, id);
    const { CloudPubSubDeadLetterSourceTopicPublishTime: time, ...attributes } = letter.attributes;
    assert.match(time ?? '', /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.deepEqual(attributes, {
      own: 'kept',
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
      CloudPubSubDeadLetterSourceSubscription: 'reader',
      CloudPubSubDeadLetterSourceSubscriptionProject: 'project',
    });
  });

  it('keeps a message whose dead-letter topic is gone', async t => {
    const setup = await setUp(t);
    const [graveyard] = await setup.client.createTopic('graveyard');
    const [{ name }] = await setup.topic.createSubscription('reader', {
      deadLetterPolicy: { deadLetterTopic: graveyard.name, maxDeliveryAttempts: 5 },
    });
    await graveyard.delete();
    await setup.publish('poison');
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await eventually(() => setup.pubsub.backlog()[0]?.undelivered === 1);
      let [message] = await pull(setup, name);
      while (message === undefined) [message] = await pull(setup, name);
      const ackIds = [message.ackId];
      await setup.subscriber.modifyAckDeadline({ subscription: name, ackIds, ackDeadlineSeconds: 0 });
    }
    assert.equal(remaining(setup.pubsub), 1);
  });

  it('is refused for a subscription that is pushed, and works once it is not', async t => {
    const setup = await setUp(t);
    const [subscription] = await setup.topic.createSubscription('reader', { pushEndpoint: 'http://127.0.0.1:9/' });
    await assert.rejects(pull(setup, subscription.name), { code: 9 });
    await subscription.modifyPushConfig({});
    await setup.publish('x');
    assert.deepEqual(payloads(await pull(setup, subscription.name)), ['x']);
  });

  it('skips what was published before the time that is sought', async t => {
    const setup = await setUp(t);
    const [subscription] = await setup.topic.createSubscription('reader');
    await setup.publish('old');
    await subscription.seek(new Date(Date.now() + 1000));
    await setup.publish('new');
    assert.deepEqual(payloads(await pull(setup, subscription.name)), ['new']);
    await assert.rejects(subscription.seek('snapshot'), { code: 12 });
  });

  it('keeps the order of a key, and repeats its later messages after a failed one', async t => {
    const setup = await setUp(t);
    const { pubsub, subscriber } = setup;
    const [{ name: subscription }] = await setup.topic.createSubscription('reader', { enableMessageOrdering: true });
    await pubsub.publish(
      setup.topic.name,
      ['a1', 'b1', 'a2', 'a3'].map(payload => ({ data: Buffer.from(payload), orderingKey: payload.charAt(0) })),
    );
    const messages = await pull(setup, subscription);
    const ackId = (payload: string) => messages.find(message => message.payload === payload)!.ackId;
    assert.deepEqual(payloads(messages.filter(({ payload }) => payload.startsWith('a'))), ['a1', 'a2', 'a3']);
    await subscriber.acknowledge({ subscription, ackIds: [ackId('a1'), ackId('b1'), ackId('a3')] });
    assert.deepEqual(await pull(setup, subscription), []);
    await subscriber.modifyAckDeadline({ subscription, ackIds: [ackId('a2')], ackDeadlineSeconds: 0 });
    assert.deepEqual(payloads(await pull(setup, subscription)), ['a2', 'a3']);
  });
});

describe('streaming pull', { timeout }, () => {
  const collect = (subscription: Subscription, onMessage: (message: Message) => void) => {
    const messages: Message[] = [];
    subscription.on('message', (message: Message) => {
      messages.push(message);
      onMessage(message);
    });
    return messages;
  };

  it('delivers everything, and everything is acknowledged', async t => {
    const { client, topic, publish, pubsub } = await setUp(t);
    await topic.createSubscription('reader');
    for (let batch = 0; batch < 5; batch += 1) {
      await publish(...Array.from({ length: 1000 }, (_, index) => String(batch * 1000 + index)));
    }
    const subscription = client.subscription('reader');
    const messages = collect(subscription, message => message.ack());
    await eventually(() => remaining(pubsub) === 0);
    assert.equal(new Set(messages.map(({ data }) => data.toString())).size, 5000);
    await subscription.close();
  });

  it('delivers a message again that the client refused', async t => {
    const { client, topic, publish, pubsub } = await setUp(t);
    await topic.createSubscription('reader');
    await publish('x');
    const subscription = client.subscription('reader');
    const messages: Message[] = collect(subscription, message => {
      if (messages.length < 3) message.nack();
      else message.ack();
    });
    await eventually(() => remaining(pubsub) === 0);
    assert.equal(messages.length, 3);
    await subscription.close();
  });

  it('sends no more than the client’s flow control allows', async t => {
    const { client, topic, publish, pubsub } = await setUp(t);
    await topic.createSubscription('reader');
    await publish(...Array.from({ length: 50 }, (_, index) => String(index)));
    const subscription = client.subscription('reader', {
      flowControl: { maxMessages: 7 },
      streamingOptions: { maxStreams: 1 },
    });
    let most = 0;
    const messages = collect(subscription, message => {
      most = Math.max(most, outstanding(pubsub));
      message.ack();
    });
    await eventually(() => remaining(pubsub) === 0);
    assert.equal(messages.length, 50);
    assert.equal(most, 7);
    await subscription.close();
  });

  it('answers the pings of a client that wants to know whether the stream is alive', async t => {
    const setup = await setUp(t);
    const [{ name }] = await setup.topic.createSubscription('reader');
    const stream = setup.subscriber.streamingPull();
    stream.write({ subscription: name, streamAckDeadlineSeconds: 10, protocolVersion: 1 });
    stream.write({});
    const [pong] = (await once(stream, 'data')) as [{ receivedMessages: unknown[] }];
    assert.deepEqual(pong.receivedMessages, []);
    stream.end();
    await once(stream.resume(), 'end');
  });

  it('acknowledges over the stream itself', async t => {
    const setup = await setUp(t);
    const [{ name }] = await setup.topic.createSubscription('reader');
    await setup.publish('x');
    const stream = setup.subscriber.streamingPull();
    stream.write({ subscription: name, streamAckDeadlineSeconds: 10 });
    const [{ receivedMessages }] = (await once(stream, 'data')) as [{ receivedMessages: { ackId: string }[] }];
    stream.write({ ackIds: receivedMessages.map(({ ackId }) => ackId) });
    await eventually(() => remaining(setup.pubsub) === 0);
    stream.end();
    await once(stream.resume(), 'end');
  });

  it('ends with NOT_FOUND when its subscription is deleted or was never there', async t => {
    const { client, topic, publish, subscriber } = await setUp(t);
    const [subscription] = await topic.createSubscription('reader');
    const stream = subscriber.streamingPull();
    stream.write({ subscription: subscription.name, streamAckDeadlineSeconds: 10 });
    await publish('x');
    await once(stream, 'data');
    const failed = once(stream, 'error') as Promise<[{ code: number }]>;
    await subscription.delete();
    assert.equal((await failed)[0].code, 5);
    const absent = client.subscription('absent').on('message', () => undefined);
    assert.equal(((await once(absent, 'error')) as [{ code: number }])[0].code, 5);
  });
});
