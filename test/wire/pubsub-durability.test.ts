import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import type { PubSub } from '@google-cloud/pubsub';
import { startPubsub } from '../../local/pubsub/pubsub.ts';
import {
  clientOn,
  Endpoint,
  eventually,
  lowLevelClientsOn,
  payloadOf,
  temporaryFolder,
  topicName,
} from './support/pubsub.ts';

const timeout = 60_000;

const program = `
  import { startPubsub } from ${JSON.stringify(new URL('../../local/pubsub/pubsub.ts', import.meta.url).href)};
  const pubsub = await startPubsub({ folder: process.argv[1] });
  console.log(await pubsub.listen('operator'));
`;

/** Runs a stand-in in a process of its own. */
async function spawnStandIn(t: TestContext, folder: string): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, port: Number(line) };
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** Publishes until told to stop, or until the stand-in is gone; remembers what was confirmed. */
function publishForever(client: PubSub, round: number, confirmed: Set<string>): { stop(): Promise<void> } {
  let stopped = false;
  const topic = client.topic('events', { batching: { maxMessages: 50, maxMilliseconds: 1 } });
  const run = async () => {
    for (let batch = 0; !stopped; batch += 1) {
      const payloads = Array.from({ length: 50 }, (_, index) => `${round}-${batch}-${index}`);
      const published = await Promise.allSettled(
        payloads.map(async payload => {
          await topic.publishMessage({ data: Buffer.from(payload) });
          confirmed.add(payload);
        }),
      );
      if (published.some(({ status }) => status === 'rejected')) return;
    }
  };
  const running = run();
  return {
    async stop() {
      stopped = true;
      await running;
    },
  };
}

describe('after a restart', { timeout }, () => {
  it('topics, subscriptions and unacknowledged messages are still there', async t => {
    const folder = await temporaryFolder(t);
    const first = await startPubsub({ folder });
    const client = clientOn(t, await first.listen('operator'));
    const [topic] = await client.createTopic({ name: topicName('events'), labels: { a: 'b' } });
    const [subscription] = await topic.createSubscription('reader', {
      filter: 'attributes:wanted',
      labels: { c: 'd' },
    });
    const attributes = { wanted: 'yes' };
    await first.publish(topic.name, [
      { data: Buffer.from('acknowledged'), attributes },
      { data: Buffer.from('out'), attributes },
      { data: Buffer.from('waiting'), attributes, orderingKey: 'key' },
      { data: Buffer.from('unwanted') },
    ]);
    const { subscriber } = lowLevelClientsOn(t, await first.listen('operator'));
    const pull = { subscription: subscription.name, returnImmediately: true };
    const [{ receivedMessages }] = await subscriber.pull({ ...pull, maxMessages: 2 });
    await subscriber.acknowledge({ subscription: subscription.name, ackIds: [receivedMessages?.[0]?.ackId ?? ''] });
    await first.close();

    const second = await startPubsub({ folder });
    t.after(() => second.close());
    const port = await second.listen('operator');
    const again = clientOn(t, port);
    assert.deepEqual((await again.topic('events').getMetadata())[0].labels, { a: 'b' });
    const [metadata] = await again.subscription('reader').getMetadata();
    assert.deepEqual([metadata.filter, metadata.labels], ['attributes:wanted', { c: 'd' }]);
    const [kept] = await lowLevelClientsOn(t, port).subscriber.pull({ ...pull, maxMessages: 10 });
    assert.deepEqual(
      kept.receivedMessages?.map(({ message }) => [String(message?.data), message?.orderingKey]),
      [
        ['out', ''],
        ['waiting', 'key'],
      ],
    );
    const [id] = await second.publish(topic.name, [{ data: Buffer.from('new') }]);
    assert.ok(Number(id) > Number(receivedMessages?.[1]?.message?.messageId));
  });

  it('an old ack id is ignored, not refused', async t => {
    const folder = await temporaryFolder(t);
    const first = await startPubsub({ folder });
    const { publisher, subscriber } = lowLevelClientsOn(t, await first.listen('operator'));
    const subscription = 'projects/project/subscriptions/reader';
    await publisher.createTopic({ name: topicName('events') });
    await subscriber.createSubscription({ name: subscription, topic: topicName('events') });
    await first.publish(topicName('events'), [{ data: Buffer.from('x') }]);
    const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: 1 });
    await first.close();
    const second = await startPubsub({ folder });
    t.after(() => second.close());
    const later = lowLevelClientsOn(t, await second.listen('operator')).subscriber;
    await later.acknowledge({ subscription, ackIds: [receivedMessages?.[0]?.ackId ?? ''] });
    assert.equal(second.backlog()[0]?.undelivered, 1);
  });
});

describe('after a kill', { timeout }, () => {
  it('no confirmed message is lost, in several rounds of publishing and pushing', async t => {
    const folder = await temporaryFolder(t);
    const confirmed = new Set<string>();
    const endpoint = await Endpoint.start(t);
    for (let round = 0; round < 3; round += 1) {
      const { child, port } = await spawnStandIn(t, folder);
      const client = clientOn(t, port);
      if (round === 0) {
        const [topic] = await client.createTopic('events');
        await topic.createSubscription('pushed', { pushEndpoint: endpoint.url });
        await topic.createSubscription('pulled');
      }
      const publishing = publishForever(client, round, confirmed);
      const target = confirmed.size + 2000;
      await eventually(() => confirmed.size >= target);
      await kill(child);
      // Calls to a stand-in that is gone are retried for a long time: they are given up with their client.
      void publishing.stop().catch(() => undefined);
      await client.close();
    }
    const pubsub = await startPubsub({ folder });
    t.after(() => pubsub.close());
    await eventually(() =>
      pubsub.backlog().every(each => each.subscription.endsWith('pulled') || each.undelivered + each.outstanding === 0),
    );
    const seen = new Set(endpoint.requests.map(payloadOf));
    assert.deepEqual(
      [...confirmed].filter(payload => !seen.has(payload)),
      [],
    );
    const pulled = pubsub.backlog().find(({ subscription }) => subscription.endsWith('pulled'));
    assert.ok((pulled?.undelivered ?? 0) >= confirmed.size);
  });
});
