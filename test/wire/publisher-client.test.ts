import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { createPublisher, type PublisherOptions } from '../../client/index.ts';
import { attribute } from '../../functions/core/envelope.ts';
import { EventSchema } from '../unit/client/schema/gen/acme/v1/event_pb.js';
import {
  eventually,
  lowLevelClientsOn,
  startForTest,
  subscriptionName,
  temporaryFolder,
  topicName,
} from './support/pubsub.ts';

const timeout = 60_000;
const topic = topicName('ramp-payment-events');

/** A stand-in with the ramp's topic, and what has arrived on it. */
async function withRamp(t: TestContext) {
  const pubsub = await startForTest(t);
  const port = await pubsub.listen('operator');
  const { publisher: operator, subscriber } = lowLevelClientsOn(t, port);
  await operator.createTopic({ name: topic });
  await subscriber.createSubscription({ name: subscriptionName('all'), topic });
  process.env['PUBSUB_EMULATOR_HOST'] = `127.0.0.1:${port}`;
  const pull = async () => {
    const [{ receivedMessages }] = await subscriber.pull({
      subscription: subscriptionName('all'),
      maxMessages: 1000,
      returnImmediately: true,
    });
    return (receivedMessages ?? []).map(({ message }) => message!);
  };
  return { port, pull };
}

function publisherFor(t: TestContext, options: Partial<PublisherOptions> = {}) {
  const publisher = createPublisher({ project: 'project', ...options });
  t.after(() => publisher.close(0));
  return publisher;
}

describe('onramp/client', { timeout }, () => {
  it('publishes a typed message with its schema’s name and version, attributes and ordering key', async t => {
    const { pull } = await withRamp(t);
    const ramp = publisherFor(t).ramp('payment/events', EventSchema);
    const receipt = await ramp.publish({ userId: 'u' }, { orderingKey: 'k', attributes: { origin: 'test' } });
    const [message] = await pull();
    assert.deepEqual(receipt, { at: 'pubsub', messageId: message?.messageId });
    assert.equal(fromBinary(EventSchema, message!.data as Uint8Array).userId, 'u');
    assert.equal(message?.orderingKey, 'k');
    assert.deepEqual(message.attributes, {
      origin: 'test',
      [attribute.schema]: 'acme.v1.Event',
      [attribute.schemaVersion]: ramp.schema?.version,
    });
  });

  it('publishes bytes on a ramp without schema as they are', async t => {
    const { pull } = await withRamp(t);
    const ramp = publisherFor(t).ramp('payment/events');
    const payloads = Array.from({ length: 2500 }, (_, index) => Buffer.from(`message ${index}`));
    const receipts = await Promise.all(payloads.map(payload => ramp.publish(payload)));
    const ids = receipts.map(receipt => (receipt.at === 'pubsub' ? receipt.messageId : ''));
    assert.equal(new Set(ids).size, 2500);
    const seen = new Map<string, string>();
    await eventually(async () => {
      for (const { messageId, data } of await pull()) seen.set(messageId!, String(data));
      return seen.size === 2500;
    });
    assert.deepEqual(
      ids.map(id => seen.get(id)),
      payloads.map(String),
    );
  });

  it('sends a message of nearly 10 MB, and refuses a larger one before it is sent', async t => {
    const { pull } = await withRamp(t);
    const ramp = publisherFor(t).ramp('payment/events');
    await ramp.publish(Buffer.alloc(9_998_900));
    assert.equal((await pull())[0]?.data?.length, 9_998_900);
    await assert.rejects(ramp.publish(Buffer.alloc(9_999_900)), { code: 'PUBLISH_TOO_LARGE' });
  });

  it('rejects what Pub/Sub refuses, and with it what was published after it with the same key', async t => {
    await withRamp(t);
    const ramp = publisherFor(t, { batching: { messages: 1 } }).ramp('payment/unknown');
    const results = await Promise.allSettled(
      ['a', 'b', 'c'].map(text => ramp.publish(Buffer.from(text), { orderingKey: 'k' })),
    );
    for (const result of results) {
      assert.equal(result.status, 'rejected');
      assert.equal((result.reason as { code: string }).code, 'PUBLISH_REFUSED');
    }
    assert.match(String((results[0] as PromiseRejectedResult).reason), /ramp-payment-unknown/);
    assert.match(String((results[2] as PromiseRejectedResult).reason), /an earlier message of the same ordering key/);
  });

  it('gives up after the time that it was given', async t => {
    process.env['PUBSUB_EMULATOR_HOST'] = '127.0.0.1:1';
    const ramp = publisherFor(t, { giveUpMillis: 300 }).ramp('payment/events');
    await assert.rejects(ramp.publish(Buffer.from('x')), { code: 'PUBLISH_UNAVAILABLE' });
  });

  it('refuses callers that do not wait at all, and nobody who waits for room', async t => {
    process.env['PUBSUB_EMULATOR_HOST'] = '127.0.0.1:1';
    const publisher = publisherFor(t, { buffer: { bytes: 100_000, refuseBytes: 200_000 } });
    const ramp = publisher.ramp('payment/events');
    const codes: string[] = [];
    for (let count = 0; count < 300; count += 1) {
      ramp.publish(Buffer.alloc(1000)).catch((error: unknown) => codes.push((error as { code: string }).code));
    }
    await eventually(() => codes.length > 50);
    assert.ok(codes.every(code => code === 'PUBLISH_OVERRUN'));
    let room = false;
    void publisher.room().then(() => (room = true));
    await new Promise(setImmediate);
    assert.ok(!room);
  });

  it('flushes when asked, and when closed, and takes nothing after that', async t => {
    const { pull } = await withRamp(t);
    const publisher = publisherFor(t, { batching: { millis: 60_000 } });
    const ramp = publisher.ramp('payment/events');
    const first = ramp.publish(Buffer.from('a'));
    await publisher.flush();
    assert.equal((await first).at, 'pubsub');
    const second = ramp.publish(Buffer.from('b'));
    await publisher.close();
    assert.equal((await second).at, 'pubsub');
    await assert.rejects(ramp.publish(Buffer.from('c')), { code: 'PUBLISHER_CLOSED' });
    assert.deepEqual(
      (await pull()).map(({ data }) => String(data)),
      ['a', 'b'],
    );
  });

  it('refuses a spool that another publisher has', async t => {
    await withRamp(t);
    const folder = await temporaryFolder(t);
    const first = publisherFor(t, { spool: { folder } });
    await first.room();
    const second = publisherFor(t, { spool: { folder } });
    await assert.rejects(second.room(), { code: 'SPOOL_IN_USE' });
    await assert.rejects(second.ramp('payment/events').publish(Buffer.from('x')), { code: 'SPOOL_IN_USE' });
    await first.close();
  });
});

describe('a process that ends', { timeout }, () => {
  const library = new URL('../../client/index.ts', import.meta.url).href;

  /** Runs a program that has a `publisher` and a `ramp`; answers with how it ended. */
  async function run(body: string, port: number, folder: string | undefined, kill?: NodeJS.Signals) {
    const spool = folder === undefined ? '' : `spool: { folder: ${JSON.stringify(folder)}, afterMillis: 100 },`;
    const program = `
      import { createPublisher } from ${JSON.stringify(library)};
      const publisher = createPublisher({ project: 'project', batching: { millis: 200 }, ${spool} });
      const ramp = publisher.ramp('payment/events');
      await publisher.room();
      ${body}`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      env: { ...process.env, PUBSUB_EMULATOR_HOST: `127.0.0.1:${port}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.once('data', () => kill !== undefined && child.kill(kill));
    const [errors, [code, signal]] = await Promise.all([
      text(child.stderr),
      once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
    ]);
    return { errors, code, signal };
  }

  const texts = (messages: readonly { data?: unknown }[]) => messages.map(({ data }) => String(data));

  it('because it has nothing left to do publishes first what it holds', async t => {
    const { port, pull } = await withRamp(t);
    const { code } = await run(`void ramp.publish(Buffer.from('held'));`, port, undefined);
    assert.equal(code, 0);
    assert.deepEqual(texts(await pull()), ['held']);
  });

  it('by SIGTERM publishes first what it holds, and ends by the signal', async t => {
    const { port, pull } = await withRamp(t);
    const body = `setInterval(() => {}, 1000); void ramp.publish(Buffer.from('held')); console.log('ready');`;
    const { signal } = await run(body, port, undefined, 'SIGTERM');
    assert.equal(signal, 'SIGTERM');
    assert.deepEqual(texts(await pull()), ['held']);
  });

  it('by process.exit spools what it holds, for the next process to send', async t => {
    const { port, pull } = await withRamp(t);
    const folder = await temporaryFolder(t);
    const first = await run(`ramp.publish(Buffer.from('held')); process.exit(3);`, port, folder);
    assert.deepEqual([first.code, first.errors], [3, '']);
    assert.deepEqual(await pull(), []);
    await run(`while (publisher.held.spoolBytes > 0) await new Promise(r => setTimeout(r, 20));`, port, folder);
    assert.deepEqual(texts(await pull()), ['held']);
  });

  it('by process.exit without a spool says how much is lost', async t => {
    const { port } = await withRamp(t);
    const { errors } = await run(`ramp.publish(Buffer.from('held')); process.exit(0);`, port, undefined);
    assert.match(errors, /the process ended with 1 messages that were not published/);
  });

  it('is not kept from it by what is in the spool while Pub/Sub is away', async t => {
    const folder = await temporaryFolder(t);
    const { code } = await run(`console.log((await ramp.publish(Buffer.from('held'))).at);`, 1, folder);
    assert.equal(code, 0);
  });
});
