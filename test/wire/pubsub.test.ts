import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import type { Message, PubSub } from '@google-cloud/pubsub';
import type { Pubsub, PubsubOptions } from '../../local/pubsub/pubsub.ts';
import { clientOn, lowLevelClientsOn, projectId, startForTest, subscriptionName, topicName } from './support/pubsub.ts';

const timeout = 20_000;
const notFound = { code: 5 };
const invalid = { code: 3 };

async function setUp(
  t: TestContext,
  options: Partial<PubsubOptions> = {},
): Promise<{ pubsub: Pubsub; client: PubSub; port: number }> {
  const pubsub = await startForTest(t, options);
  const port = await pubsub.listen('operator');
  return { pubsub, client: clientOn(t, port), port };
}

describe('topics and subscriptions, as Google’s client sees them', { timeout }, () => {
  it('are made, listed, changed and deleted', async t => {
    const { client } = await setUp(t);
    const [topic] = await client.createTopic({ name: topicName('events'), labels: { team: 'data' } });
    assert.deepEqual((await topic.getMetadata())[0].labels, { team: 'data' });
    await topic.setMetadata({ labels: { team: 'platform' } });
    assert.deepEqual((await topic.getMetadata())[0].labels, { team: 'platform' });

    const [subscription] = await topic.createSubscription('reader', {
      ackDeadlineSeconds: 30,
      labels: { a: 'b' },
      retryPolicy: { minimumBackoff: { seconds: 5 }, maximumBackoff: { seconds: 50 } },
      expirationPolicy: { ttl: { seconds: 86_400 } },
      filter: 'attributes:x',
      enableMessageOrdering: true,
      deadLetterPolicy: { deadLetterTopic: topic.name, maxDeliveryAttempts: 7 },
    });
    await subscription.setMetadata({ ackDeadlineSeconds: 60 });
    const [metadata] = await subscription.getMetadata();
    assert.equal(metadata.ackDeadlineSeconds, 60);
    assert.equal(metadata.topic, topic.name);
    assert.equal(metadata.filter, 'attributes:x');
    assert.equal(metadata.enableMessageOrdering, true);
    assert.deepEqual(metadata.labels, { a: 'b' });
    assert.equal(metadata.deadLetterPolicy?.maxDeliveryAttempts, 7);
    assert.equal(Number(metadata.retryPolicy?.maximumBackoff?.seconds), 50);
    assert.equal(Number(metadata.expirationPolicy?.ttl?.seconds), 86_400);
    assert.equal(Number(metadata.messageRetentionDuration?.seconds), 604_800);

    assert.deepEqual(
      (await client.getTopics())[0].map(({ name }) => name),
      [topic.name],
    );
    assert.deepEqual(
      (await client.getSubscriptions())[0].map(({ name }) => name),
      [subscription.name],
    );
    assert.deepEqual(
      (await topic.getSubscriptions())[0].map(({ name }) => name),
      [subscription.name],
    );

    await topic.delete();
    assert.deepEqual(await topic.exists(), [false]);
    assert.equal((await subscription.getMetadata())[0].topic, '_deleted-topic_');
    await subscription.delete();
    assert.deepEqual((await client.getSubscriptions())[0], []);
  });

  it('are listed in pages', async t => {
    const { client } = await setUp(t);
    await Promise.all(Array.from({ length: 25 }, (_, index) => client.createTopic(`topic-${index + 100}`)));
    const [first, , response] = await client.getTopics({ pageSize: 10, autoPaginate: false });
    assert.equal(first.length, 10);
    assert.notEqual(response?.nextPageToken, '');
    const [all] = await client.getTopics({ pageSize: 10, autoPaginate: true });
    assert.equal(new Set(all.map(({ name }) => name)).size, 25);
  });

  it('are refused with Google’s codes', async t => {
    const { client, port } = await setUp(t);
    const { publisher, subscriber } = lowLevelClientsOn(t, port);
    const [topic] = await client.createTopic('events');
    await topic.createSubscription('reader');
    await assert.rejects(client.createTopic('events'), {
      code: 6,
      details: 'Resource already exists in the project (resource=events).',
    });
    await assert.rejects(topic.createSubscription('reader'), { code: 6 });
    await assert.rejects(client.createTopic('no'), invalid);
    await assert.rejects(client.topic('absent').delete(), {
      ...notFound,
      details: 'Resource not found (resource=absent).',
    });
    await assert.rejects(client.subscription('absent').delete(), notFound);
    await assert.rejects(client.topic('absent').createSubscription('other'), notFound);
    await assert.rejects(client.topic('absent').publishMessage({ data: Buffer.from('x') }), notFound);
    await assert.rejects(topic.createSubscription('other', { ackDeadlineSeconds: 5 }), invalid);
    await assert.rejects(topic.createSubscription('other', { filter: 'broken' }), invalid);
    const deadLetterPolicy = { deadLetterTopic: topicName('absent'), maxDeliveryAttempts: 5 };
    await assert.rejects(topic.createSubscription('other', { deadLetterPolicy }), notFound);
    await assert.rejects(client.subscription('reader').setMetadata({ filter: 'attributes:x' }), invalid);
    await assert.rejects(publisher.listTopicSnapshots({ topic: topic.name }), { code: 12 });
    await assert.rejects(
      subscriber.createSnapshot({ name: 'projects/p/snapshots/snap', subscription: subscriptionName('reader') }),
      {
        code: 12,
        details: 'CreateSnapshot is not implemented by the local Pub/Sub.',
      },
    );
  });

  it('stop giving messages once the subscription is detached', async t => {
    const { client, port, pubsub } = await setUp(t);
    const { subscriber } = lowLevelClientsOn(t, port);
    const [topic] = await client.createTopic('events');
    const [subscription] = await topic.createSubscription('reader');
    await topic.publishMessage({ data: Buffer.from('x') });
    await client.detachSubscription('reader');
    assert.equal((await subscription.getMetadata())[0].detached, true);
    assert.deepEqual(pubsub.backlog()[0], { subscription: subscription.name, undelivered: 0, outstanding: 0 });
    await assert.rejects(subscriber.pull({ subscription: subscription.name, maxMessages: 1 }), { code: 9 });
  });
});

describe('publishing', { timeout }, () => {
  it('gives rising ids, and every subscription its own copy', async t => {
    const seen: string[] = [];
    const { client, pubsub } = await setUp(t, {
      onPublish: (topic, messages) => seen.push(...messages.map(({ messageId }) => `${topic}/${messageId}`)),
    });
    const [topic] = await client.createTopic('events');
    await topic.createSubscription('one');
    await topic.createSubscription('two', { filter: 'attributes.kind = "b"' });
    const ids = await Promise.all(
      ['a', 'b', 'a'].map(kind => topic.publishMessage({ data: Buffer.from(kind), attributes: { kind } })),
    );
    assert.deepEqual(ids, [...new Set(ids)].sort());
    assert.deepEqual(
      seen,
      ids.map(id => `${topic.name}/${id}`),
    );
    assert.deepEqual(pubsub.backlog(), [
      { subscription: subscriptionName('one'), undelivered: 3, outstanding: 0 },
      { subscription: subscriptionName('two'), undelivered: 1, outstanding: 0 },
    ]);
  });

  it('is refused beyond the limits, with Google’s codes', async t => {
    const { client, port } = await setUp(t);
    const [topic] = await client.createTopic('events');
    const { publisher } = lowLevelClientsOn(t, port);
    const publish = (...messages: object[]) => publisher.publish({ topic: topic.name, messages });
    const data = Buffer.from('x');
    await assert.rejects(publish(), invalid);
    await assert.rejects(publish({}), invalid);
    await assert.rejects(publish({ data, attributes: { googly: 'v' } }), invalid);
    await assert.rejects(publish({ data: Buffer.alloc(10 * 1024 * 1024) }), {
      ...invalid,
      details: 'Request payload size exceeds the limit: 10485760 bytes.',
    });
    await assert.rejects(publish(...Array.from({ length: 1001 }, () => ({ data }))), invalid);
    await assert.doesNotReject(publish({ data: Buffer.alloc(10 * 1024 * 1024 - 100) }));
  });

  it('works in the same process too', async t => {
    const { client, pubsub } = await setUp(t);
    const [topic] = await client.createTopic('events');
    const [subscription] = await topic.createSubscription('reader');
    const [id] = await pubsub.publish(topic.name, [
      { data: Buffer.from('x'), attributes: { a: 'ü' }, orderingKey: 'k' },
    ]);
    const [message] = (await once(subscription, 'message')) as [Message];
    message.ack();
    assert.equal(message.id, id);
    assert.deepEqual({ ...message.attributes }, { a: 'ü' });
    assert.equal(message.orderingKey, 'k');
    await assert.rejects(pubsub.publish(topicName('absent'), [{ data: Buffer.from('x') }]), notFound);
    await assert.rejects(pubsub.publish(topic.name, [{}]), invalid);
    await subscription.close();
  });
});

describe('who may do what', { timeout }, () => {
  it('is asked for every call, before anything else is looked at', async t => {
    const asked: string[] = [];
    const pubsub = await startForTest(t, {
      authorize: (caller, permission, resource) => {
        asked.push(`${caller} ${permission} ${resource}`);
        return caller === 'operator';
      },
    });
    const operator = clientOn(t, await pubsub.listen('operator'));
    const stranger = clientOn(t, await pubsub.listen('stranger@example.com'));
    await (await operator.createTopic('events'))[0].createSubscription('reader');
    assert.deepEqual(asked, [
      `operator pubsub.topics.create projects/${projectId}`,
      `operator pubsub.subscriptions.create projects/${projectId}`,
      `operator pubsub.topics.attachSubscription ${topicName('events')}`,
    ]);
    asked.length = 0;
    const denied = { code: 7, details: 'User not authorized to perform this action.' };
    await assert.rejects(stranger.topic('events').publishMessage({ data: Buffer.from('x') }), denied);
    await assert.rejects(stranger.topic('absent').publishMessage({ data: Buffer.from('x') }), denied);
    const [error] = (await once(
      stranger.subscription('reader').on('message', () => undefined),
      'error',
    )) as [object];
    assert.equal((error as { code: number }).code, 7);
    assert.deepEqual(
      [...new Set(asked)],
      [
        `stranger@example.com pubsub.topics.publish ${topicName('events')}`,
        `stranger@example.com pubsub.topics.publish ${topicName('absent')}`,
        `stranger@example.com pubsub.subscriptions.consume ${subscriptionName('reader')}`,
      ],
    );
  });

  it('gets the system’s error for a port that is taken', async t => {
    const pubsub = await startForTest(t);
    const taken = net.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    t.after(() => taken.close());
    const { port } = taken.address() as net.AddressInfo;
    await assert.rejects(pubsub.listen('operator', port), { code: 'EADDRINUSE' });
  });
});

describe('stopping', { timeout }, () => {
  it('ends open streams and pulls, so that clients come back', async t => {
    const { client, port, pubsub } = await setUp(t);
    const [topic] = await client.createTopic('events');
    const [{ name }] = await topic.createSubscription('reader');
    const [{ name: silent }] = await topic.createSubscription('silent', { filter: 'attributes:never' });
    const { subscriber } = lowLevelClientsOn(t, port);
    const refused = assert.rejects(subscriber.pull({ subscription: silent, maxMessages: 1 }, { retry: null }), {
      code: 14,
    });
    const stream = subscriber.streamingPull();
    stream.write({ subscription: name, streamAckDeadlineSeconds: 10 });
    await topic.publishMessage({ data: Buffer.from('x') });
    await once(stream, 'data');
    const ended = once(stream, 'error') as Promise<[{ code: number }]>;
    await pubsub.close();
    assert.equal((await ended)[0].code, 14);
    await refused;
  });

  it('leaves nothing listening', async t => {
    const { pubsub, port } = await setUp(t);
    await pubsub.close();
    const [error] = (await once(net.connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNREFUSED');
  });
});
