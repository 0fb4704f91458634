import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadOptions } from '../support/load-publisher.ts';
import { type PubsubProcess, spawnPubsub } from '../support/pubsub-process.ts';
import { eventually, lowLevelClientsOn, subscriptionName, temporaryFolder, topicName } from '../wire/support/pubsub.ts';

/** `ONRAMP_TEST_OUTAGE_SECONDS=30` for the outage of the bar. */
const outageMillis = Number(process.env['ONRAMP_TEST_OUTAGE_SECONDS'] ?? 4) * 1000;
const timeout = 120_000 + 4 * outageMillis;
const ramp = 'payment/events';
const topic = topicName('ramp-payment-events');
const MiB = 1024 * 1024;

/** A running `load-publisher.ts`, and what it has said so far. */
interface Load {
  readonly child: ChildProcess;
  /** Messages that were confirmed, as `<key> <number>`, in the order of confirmation. */
  readonly confirmed: string[];
  readonly spooled: () => number;
  readonly mostRss: () => number;
  readonly held: () => { held: number; spoolBytes: number };
}

async function load(t: TestContext, port: number, options: Partial<LoadOptions>): Promise<Load> {
  const whole: LoadOptions = { project: 'project', ramp, keys: 5, payloadBytes: 200, from: 0, ...options };
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../support/load-publisher.ts'), JSON.stringify(whole)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, PUBSUB_EMULATOR_HOST: `127.0.0.1:${port}` },
    },
  );
  t.after(() => child.kill('SIGKILL'));
  const confirmed: string[] = [];
  let spooled = 0;
  let mostRss = 0;
  let held = { held: 0, spoolBytes: 0 };
  const lines = createInterface(child.stdout);
  const ready = once(lines, 'line');
  lines.on('line', line => {
    if (line.startsWith('{')) {
      const sample = JSON.parse(line) as { rss: number; held: number; spoolBytes: number };
      mostRss = Math.max(mostRss, sample.rss);
      held = sample;
      return;
    }
    const [at, ...rest] = line.split(' ');
    if (at === 'spool') spooled += 1;
    if (at === 'spool' || at === 'pubsub') confirmed.push(rest.join(' '));
  });
  await ready;
  return { child, confirmed, spooled: () => spooled, mostRss: () => mostRss, held: () => held };
}

async function end({ child }: Load, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const exited = once(child, 'close');
  child.kill(signal);
  await exited;
}

/** Starts Pub/Sub with the ramp's topic and a subscription that keeps all of it. */
async function startWithTopic(t: TestContext, folder: string): Promise<PubsubProcess> {
  const pubsub = await spawnPubsub(folder);
  t.after(() => pubsub.kill());
  const { publisher, subscriber } = lowLevelClientsOn(t, pubsub.port);
  await publisher.createTopic({ name: topic });
  await subscriber.createSubscription({ name: subscriptionName('all'), topic, ackDeadlineSeconds: 600 });
  return pubsub;
}

/** Pulls and acknowledges until all these are there. Answers with all, as `<key> <number>`, in order, the first of each. */
async function pullAll(t: TestContext, port: number, wanted: ReadonlySet<string>): Promise<Set<string>> {
  const { subscriber } = lowLevelClientsOn(t, port);
  const subscription = subscriptionName('all');
  const seen = new Set<string>();
  await eventually(async () => {
    const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: 1000, returnImmediately: true });
    for (const { message } of receivedMessages ?? []) {
      seen.add(String(message?.data).split(' ').slice(0, 2).join(' '));
    }
    const ackIds = (receivedMessages ?? []).map(({ ackId }) => ackId ?? '');
    if (ackIds.length > 0) await subscriber.acknowledge({ subscription, ackIds });
    return [...wanted].every(each => seen.has(each));
  });
  return seen;
}

/** The numbers of each key rise, when what came twice counts where it came first. */
function assertOrdered(seen: Iterable<string>): void {
  const last = new Map<string, number>();
  for (const each of seen) {
    const [key = '', number] = each.split(' ');
    if (key === '') continue;
    const before = last.get(key) ?? -1;
    assert.ok(Number(number) > before, `${each} came after ${key} ${before}`);
    last.set(key, Number(number));
  }
}

describe('the publisher library, with a spool', { timeout }, () => {
  it('loses nothing and keeps the order of each key when Pub/Sub is killed for a while', async t => {
    const [folder, spool] = [await temporaryFolder(t), await temporaryFolder(t)];
    const first = await startWithTopic(t, folder);
    const running = await load(t, first.port, { spool: { folder: spool, maxBytes: 256 * MiB }, perSecond: 2000 });
    await eventually(() => running.confirmed.length > 1000);
    await first.kill();
    await sleep(outageMillis);
    await eventually(() => running.spooled() > 1000);
    const second = await spawnPubsub(folder, first.port);
    t.after(() => second.kill());
    const spooled = running.spooled();
    const { length } = running.confirmed;
    // Once the spool has been sent, messages go the direct way again.
    await eventually(() => running.confirmed.length > length + 1000 && running.held().spoolBytes === 0);
    await end(running, 'SIGTERM');
    const seen = await pullAll(t, second.port, new Set(running.confirmed));
    assertOrdered(seen);
    assert.ok(spooled > 1000);
    assert.ok(running.mostRss() < 400 * MiB, `it took ${running.mostRss()} bytes`);
  });

  it('sends after a kill of the process what it had spooled', async t => {
    const [folder, spool] = [await temporaryFolder(t), await temporaryFolder(t)];
    const first = await startWithTopic(t, folder);
    await first.kill();
    const options = { spool: { folder: spool, maxBytes: 64 * MiB } };
    const confirmed: string[] = [];
    for (const from of [0, 1_000_000]) {
      const running = await load(t, first.port, { ...options, perSecond: 2000, from });
      await eventually(() => running.spooled() > 2000);
      await end(running, 'SIGKILL');
      confirmed.push(...running.confirmed);
    }
    const second = await spawnPubsub(folder, first.port);
    t.after(() => second.kill());
    const last = await load(t, second.port, options);
    const seen = await pullAll(t, second.port, new Set(confirmed));
    assertOrdered(seen);
    await eventually(() => last.held().spoolBytes === 0);
  });

  it('spools on SIGTERM what it holds when Pub/Sub is away', async t => {
    const [folder, spool] = [await temporaryFolder(t), await temporaryFolder(t)];
    const first = await startWithTopic(t, folder);
    await first.kill();
    const options = { spool: { folder: spool, maxBytes: 64 * MiB } };
    const running = await load(t, first.port, { ...options, perSecond: 2000 });
    await eventually(() => running.held().held > 0);
    await end(running, 'SIGTERM');
    assert.equal(running.child.exitCode, 0);
    const second = await spawnPubsub(folder, first.port);
    t.after(() => second.kill());
    await load(t, second.port, options);
    assertOrdered(await pullAll(t, second.port, new Set(running.confirmed)));
    assert.ok(running.spooled() > 0);
  });
});

describe('the publisher library, without a spool', { timeout }, () => {
  it('holds back its callers, in bounded memory, when it outruns the network', async t => {
    const pubsub = await startWithTopic(t, await temporaryFolder(t));
    const slow = await slowDown(t, pubsub.port, 4 * MiB);
    const options = { keys: 0, payloadBytes: 1000, perSecond: 0, bufferBytes: 8 * MiB };
    const running = await load(t, slow, options);
    await sleep(outageMillis);
    const { length } = running.confirmed;
    await eventually(() => running.confirmed.length > length + 5000);
    await end(running, 'SIGTERM');
    await pullAll(t, pubsub.port, new Set(running.confirmed));
    assert.ok(running.held().held < 12 * MiB, `it held ${running.held().held} bytes`);
    assert.ok(running.mostRss() < 300 * MiB, `it took ${running.mostRss()} bytes`);
  });

  it('goes on with what it holds in memory when Pub/Sub was killed for a moment', async t => {
    const folder = await temporaryFolder(t);
    const first = await startWithTopic(t, folder);
    const running = await load(t, first.port, { perSecond: 2000, bufferBytes: 4 * MiB });
    await eventually(() => running.confirmed.length > 1000);
    await first.kill();
    await sleep(500);
    const second = await spawnPubsub(folder, first.port);
    t.after(() => second.kill());
    const { length } = running.confirmed;
    await eventually(() => running.confirmed.length > length + 2000);
    await end(running, 'SIGTERM');
    assertOrdered(await pullAll(t, second.port, new Set(running.confirmed)));
    assert.equal(running.spooled(), 0);
  });
});

/** A port that passes on what it gets at so many bytes a second. */
async function slowDown(t: TestContext, port: number, bytesPerSecond: number): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer(socket => {
    const upstream = net.connect(port, '127.0.0.1');
    for (const each of [socket, upstream]) {
      sockets.add(each);
      each.on('error', () => undefined);
    }
    upstream.pipe(socket);
    socket.on('data', chunk => {
      upstream.write(chunk);
      socket.pause();
      setTimeout(() => socket.resume(), (chunk.length / bytesPerSecond) * 1000);
    });
    socket.on('close', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as net.AddressInfo).port;
}
