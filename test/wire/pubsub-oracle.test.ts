import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startPubsub } from '../../local/pubsub/pubsub.ts';
import {
  clientOn,
  Endpoint,
  eventually,
  lowLevelClientsOn,
  payloadOf,
  subscriptionName,
  temporaryFolder,
  topicName,
} from './support/pubsub.ts';

/**
 * What clients see of the stand-in and of Google's own emulator must be the same, wherever the emulator does what the
 * service does. The same expectations run against both.
 */

const timeout = 60_000;
const invalid = { code: 3 };
const notFound = { code: 5 };
const alreadyExists = { code: 6 };

/** One process serves all tests of a server, so that each test has names of its own. */
let tests = 0;
const unique = (name: string) => `${name}-${(tests += 1)}`;

interface Server {
  readonly port: number;
  stop(): Promise<void>;
}

function expectations(name: string, start: () => Promise<Server>, skip: string | false): void {
  describe(`Pub/Sub as ${name} speaks it`, { timeout, skip }, () => {
    let server: Server;
    before(async () => {
      server = await start();
    });
    after(() => server.stop());

    it('gives topics and subscriptions back as they were made', async t => {
      const client = clientOn(t, server.port);
      const [topic] = await client.createTopic({ name: unique('events'), labels: { team: 'data' } });
      const [subscription] = await topic.createSubscription(unique('reader'), {
        ackDeadlineSeconds: 20,
        enableMessageOrdering: true,
        labels: { a: 'b' },
        retryPolicy: { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 9 } },
        deadLetterPolicy: { deadLetterTopic: topic.name, maxDeliveryAttempts: 6 },
      });
      assert.deepEqual((await topic.getMetadata())[0].labels, { team: 'data' });
      const [made] = await subscription.getMetadata();
      assert.equal(made.topic, topic.name);
      assert.equal(made.ackDeadlineSeconds, 20);
      assert.equal(made.enableMessageOrdering, true);
      assert.deepEqual(made.labels, { a: 'b' });
      assert.equal(made.deadLetterPolicy?.maxDeliveryAttempts, 6);
      assert.equal(Number(made.retryPolicy?.maximumBackoff?.seconds), 9);
      assert.equal(Number(made.messageRetentionDuration?.seconds), 604_800);
      assert.equal(made.pushConfig?.pushEndpoint, '');
      await subscription.setMetadata({ ackDeadlineSeconds: 33 });
      assert.equal((await subscription.getMetadata())[0].ackDeadlineSeconds, 33);
      await topic.delete();
      assert.equal((await subscription.getMetadata())[0].topic, '_deleted-topic_');
    });

    it('refuses with the same codes', async t => {
      const { publisher, subscriber } = lowLevelClientsOn(t, server.port);
      const [topic, reader] = [topicName(unique('events')), subscriptionName(unique('reader'))];
      const absent = { topic: topicName('absent'), subscription: subscriptionName('absent') };
      const data = Buffer.from('x');
      const messages = [{ data }];
      await publisher.createTopic({ name: topic });
      await subscriber.createSubscription({ name: reader, topic });
      const fresh = { name: subscriptionName(unique('refused')), topic };
      const update = (subscription: object, ...paths: string[]) =>
        subscriber.updateSubscription({ subscription: { name: reader, ...subscription }, updateMask: { paths } });

      await assert.rejects(publisher.createTopic({ name: topic }), alreadyExists);
      await assert.rejects(publisher.createTopic({ name: topicName('ab') }), invalid);
      await assert.rejects(publisher.createTopic({ name: topicName('goog-x') }), invalid);
      await assert.rejects(publisher.createTopic({ name: 'events' }), invalid);
      await assert.rejects(
        publisher.createTopic({ name: topicName(unique('t')), messageRetentionDuration: { seconds: 1 } }),
        invalid,
      );
      await assert.rejects(publisher.getTopic({ topic: absent.topic }), notFound);
      await assert.rejects(publisher.deleteTopic({ topic: absent.topic }), notFound);
      await assert.rejects(publisher.publish({ topic: absent.topic, messages }), notFound);
      await assert.rejects(publisher.publish({ topic, messages: [] }), invalid);
      await assert.rejects(publisher.publish({ topic, messages: [{}] }), invalid);
      await assert.rejects(
        publisher.publish({ topic, messages: Array.from({ length: 1001 }, () => ({ data })) }),
        invalid,
      );

      await assert.rejects(subscriber.createSubscription({ name: reader, topic }), alreadyExists);
      await assert.rejects(subscriber.createSubscription({ ...fresh, topic: absent.topic }), notFound);
      await assert.rejects(subscriber.createSubscription({ ...fresh, topic: 'events' }), invalid);
      await assert.rejects(subscriber.createSubscription({ ...fresh, ackDeadlineSeconds: 601 }), invalid);
      await assert.rejects(
        subscriber.createSubscription({ ...fresh, pushConfig: { pushEndpoint: 'nowhere' } }),
        invalid,
      );
      const deadLetterPolicy = { deadLetterTopic: absent.topic, maxDeliveryAttempts: 5 };
      await assert.rejects(subscriber.createSubscription({ ...fresh, deadLetterPolicy }), notFound);
      await assert.rejects(subscriber.getSubscription({ subscription: absent.subscription }), notFound);
      await assert.rejects(subscriber.deleteSubscription({ subscription: absent.subscription }), notFound);
      await assert.rejects(subscriber.pull({ subscription: absent.subscription, maxMessages: 1 }), notFound);
      await assert.rejects(subscriber.pull({ subscription: reader, maxMessages: 0 }), invalid);
      await assert.rejects(subscriber.acknowledge({ subscription: reader, ackIds: ['nonsense'] }), invalid);
      await assert.rejects(subscriber.acknowledge({ subscription: reader, ackIds: [] }), invalid);
      await assert.rejects(update({}), invalid);
      await assert.rejects(update({}, 'nonsense'), invalid);
      await assert.rejects(update({ topic: absent.topic }, 'topic'), invalid);
      await assert.rejects(update({ enableMessageOrdering: true }, 'enable_message_ordering'), invalid);
    });

    it('delivers again what was refused, with the number of the attempt, and then to the dead-letter topic', async t => {
      const client = clientOn(t, server.port);
      const { subscriber } = lowLevelClientsOn(t, server.port);
      const [topic] = await client.createTopic(unique('events'));
      const [graveyard] = await client.createTopic(unique('graveyard'));
      const [dead] = await graveyard.createSubscription(unique('dead'));
      const id = unique('reader');
      const [{ name: subscription }] = await topic.createSubscription(id, {
        deadLetterPolicy: { deadLetterTopic: graveyard.name, maxDeliveryAttempts: 5 },
      });
      const pullNow = async (from: string) => {
        const [response] = await subscriber.pull({ subscription: from, maxMessages: 1, returnImmediately: true });
        return response.receivedMessages?.[0];
      };
      await topic.publishMessage({ data: Buffer.from('poison'), attributes: { own: 'kept' } });
      const attempts: unknown[] = [];
      let letter: Awaited<ReturnType<typeof pullNow>>;
      await eventually(async () => {
        const received = await pullNow(subscription);
        if (received) {
          attempts.push(received.deliveryAttempt);
          const ackIds = [received.ackId ?? ''];
          await subscriber.modifyAckDeadline({ subscription, ackIds, ackDeadlineSeconds: 0 });
        }
        letter = await pullNow(dead.name);
        return letter !== undefined;
      });
      assert.deepEqual(attempts, [1, 2, 3, 4, 5]);
      const message = letter?.message;
      assert.equal(String(message?.data), 'poison');
      const attributes = message?.attributes ?? {};
      assert.equal(attributes['own'], 'kept');
      assert.equal(attributes['CloudPubSubDeadLetterSourceSubscription'], id);
      assert.equal(attributes['CloudPubSubDeadLetterSourceSubscriptionProject'], 'project');
      assert.equal(attributes['CloudPubSubDeadLetterSourceDeliveryCount'], '5');
      assert.ok(attributes['CloudPubSubDeadLetterSourceTopicPublishTime']);
    });

    it('streams messages with what their publisher set, each key in order', async t => {
      const client = clientOn(t, server.port);
      const [topic] = await client.createTopic(unique('events'));
      const [subscription] = await topic.createSubscription(unique('reader'), { enableMessageOrdering: true });
      const publisher = client.topic(topic.name, { messageOrdering: true });
      const payloads = Array.from({ length: 100 }, (_, index) => String(index));
      const ids = await Promise.all(
        payloads.map(payload =>
          publisher.publishMessage({
            data: Buffer.from(payload),
            attributes: { payload },
            orderingKey: `key-${Number(payload) % 3}`,
          }),
        ),
      );
      const received = new Map<string, string[]>();
      let count = 0;
      subscription.on('message', message => {
        assert.ok(ids.includes(message.id));
        assert.deepEqual({ ...message.attributes }, { payload: message.data.toString() });
        received.set(message.orderingKey ?? '', [
          ...(received.get(message.orderingKey ?? '') ?? []),
          message.data.toString(),
        ]);
        count += 1;
        message.ack();
      });
      await eventually(() => count === payloads.length);
      await subscription.close();
      for (const lane of [0, 1, 2]) {
        assert.deepEqual(
          received.get(`key-${lane}`),
          payloads.filter(payload => Number(payload) % 3 === lane),
        );
      }
    });

    it('pushes in the same body, and repeats what was refused', async t => {
      const client = clientOn(t, server.port);
      const endpoint = await Endpoint.start(t, (_, count) => (count === 1 ? 500 : 204));
      const [topic] = await client.createTopic(unique('events'));
      const id = unique('pushed');
      await topic.createSubscription(id, { pushEndpoint: endpoint.url });
      const messageId = await topic.publishMessage({ data: Buffer.from('payload'), attributes: { key: 'value' } });
      await endpoint.until(({ requests }) => requests.length === 2);
      for (const request of endpoint.requests) {
        assert.equal(payloadOf(request), 'payload');
        const { subscription, message } = request.body;
        assert.equal(subscription, subscriptionName(id));
        assert.deepEqual(Object.keys(message).sort(), [
          'attributes',
          'data',
          'messageId',
          'message_id',
          'publishTime',
          'publish_time',
        ]);
        assert.equal(message.messageId, messageId);
        assert.deepEqual(message.attributes, { key: 'value' });
        assert.match(message.publishTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
      }
      await client.subscription(id).delete();
    });

    it('skips what was published before the time that is sought', async t => {
      const client = clientOn(t, server.port);
      const { subscriber } = lowLevelClientsOn(t, server.port);
      const [topic] = await client.createTopic(unique('events'));
      const [subscription] = await topic.createSubscription(unique('reader'));
      await topic.publishMessage({ data: Buffer.from('old') });
      await subscription.seek(new Date(Date.now() + 60_000));
      const [{ receivedMessages }] = await subscriber.pull({
        subscription: subscription.name,
        maxMessages: 10,
        returnImmediately: true,
      });
      assert.deepEqual(receivedMessages, []);
    });
  });
}

async function startStandIn(): Promise<Server> {
  const folder = await temporaryFolder({ after });
  const pubsub = await startPubsub({ folder });
  return { port: await pubsub.listen('operator'), stop: () => pubsub.close() };
}

/** Where the Google Cloud SDK is usually found, and where it says that it is. */
function sdkRoots(): string[] {
  const roots = [process.env['CLOUDSDK_ROOT'], '/usr/lib/google-cloud-sdk', '/opt/google-cloud-sdk'];
  try {
    roots.push(execFileSync('gcloud', ['info', '--format=value(installation.sdk_root)'], { encoding: 'utf8' }).trim());
  } catch {
    // There is no gcloud: the usual places are all there is to look at.
  }
  return roots.filter(root => root !== undefined);
}

function findEmulator(): string | undefined {
  for (const root of sdkRoots()) {
    const folder = join(root, 'platform', 'pubsub-emulator', 'lib');
    const jar = existsSync(folder) && readdirSync(folder).find(name => /^cloud-pubsub-emulator-.*\.jar$/.test(name));
    if (jar) return join(folder, jar);
  }
  return undefined;
}

function hasJava(): boolean {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function isOpen(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

const jar = findEmulator();
const missing =
  jar === undefined ? 'Google’s Pub/Sub emulator is not installed' : !hasJava() && 'java is not installed';

async function startEmulator(): Promise<Server> {
  const port = await freePort();
  const child: ChildProcess = spawn('java', ['-Xmx512m', '-jar', jar ?? '', '--host=127.0.0.1', `--port=${port}`], {
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  await eventually(() => isOpen(port));
  return {
    port,
    async stop() {
      child.kill();
      await exited;
    },
  };
}

expectations('the stand-in', startStandIn, false);
expectations('Google’s emulator', startEmulator, missing);
