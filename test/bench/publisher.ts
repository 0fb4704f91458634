/**
 * Messages of 1 KB per CPU-second that a publisher sends into the local Pub/Sub, with `onramp/client` and with the obvious
 * way, `topic.publishMessage` of @google-cloud/pubsub. Each way runs in a process of its own, so that its CPU time is the
 * publisher's alone; rounds alternate, and the median counts. Usage: node test/bench/publisher.ts [messages] [rounds]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PubSub } from '@google-cloud/pubsub';
import { createPublisher, type Publisher } from '../../client/index.ts';
import { PaymentEventSchema } from '../../docs/examples/gen/payment/v1/payment_event_pb.js';
import { spawnPubsub } from '../support/pubsub-process.ts';

const project = 'bench-project';
const payload = Buffer.alloc(1000, 'x');

/** How many messages are on their way when the obvious way waits. */
const outstanding = 20_000;

const text970 = 'x'.repeat(970);

/** Publishes as fast as there is room. */
async function publishAll(messages: number, publishOn: (publisher: Publisher) => (index: number) => Promise<unknown>) {
  const publisher = createPublisher({ project });
  const publish = publishOn(publisher);
  const failed = (error: unknown) => {
    throw error;
  };
  for (let sent = 0; sent < messages; sent += 1) {
    if (sent % 100 === 0) await publisher.room();
    publish(sent).catch(failed);
  }
  await publisher.close();
}

const ways: Readonly<Record<string, (messages: number) => Promise<void>>> = {
  'onramp/client, bytes': messages =>
    publishAll(messages, publisher => {
      const ramp = publisher.ramp('bench/raw');
      return () => ramp.publish(payload);
    }),
  'onramp/client, typed': messages =>
    publishAll(messages, publisher => {
      const ramp = publisher.ramp('bench/raw', PaymentEventSchema);
      return index => ramp.publish({ userId: text970, occurredAt: { seconds: BigInt(index) } });
    }),
  'onramp/client, bytes, 100 ordering keys': messages =>
    publishAll(messages, publisher => {
      const ramp = publisher.ramp('bench/raw');
      return index => ramp.publish(payload, { orderingKey: `key-${index % 100}` });
    }),
  async '@google-cloud/pubsub, publishMessage'(messages) {
    const client = new PubSub({ projectId: project });
    const topic = client.topic('ramp-bench-raw', { batching: { maxMessages: 1000, maxMilliseconds: 10 } });
    let underway: Promise<string>[] = [];
    for (let sent = 0; sent < messages; sent += 1) {
      underway.push(topic.publishMessage({ data: payload }));
      if (underway.length < outstanding) continue;
      await Promise.all(underway);
      underway = [];
    }
    await Promise.all(underway);
    await client.close();
  },
};

const [first, second, third] = process.argv.slice(2);
if (first === '--way') await measure(second ?? '', Number(third));
else await compare(Number(first ?? 300_000), Number(second ?? 3));

/** In the process of one way: prints messages per CPU-second and per second, once it is warm. */
async function measure(name: string, messages: number): Promise<void> {
  const way = ways[name];
  if (way === undefined) throw new Error(`no way ${name}`);
  await way(Math.min(20_000, messages / 5));
  const [cpu, started] = [process.cpuUsage(), performance.now()];
  await way(messages);
  const { user, system } = process.cpuUsage(cpu);
  const perSecond = messages / ((performance.now() - started) / 1000);
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(JSON.stringify({ perCpuSecond: messages / ((user + system) / 1e6), perSecond, peakMiB }));
}

interface Result {
  readonly perCpuSecond: number;
  readonly perSecond: number;
  readonly peakMiB: number;
}

async function compare(messages: number, rounds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'onramp-bench-'));
  const pubsub = await spawnPubsub(folder);
  const env = { ...process.env, PUBSUB_EMULATOR_HOST: `127.0.0.1:${pubsub.port}`, METADATA_SERVER_DETECTION: 'none' };
  process.env['PUBSUB_EMULATOR_HOST'] = env.PUBSUB_EMULATOR_HOST;
  const client = new PubSub({ projectId: project });
  await client.createTopic('ramp-bench-raw');
  await client.close();
  const results = new Map<string, Result[]>(Object.keys(ways).map(name => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, list] of results) {
      const child = spawn(process.execPath, [import.meta.filename, '--way', name, String(messages)], {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [output, [code]] = await Promise.all([
        text(child.stdout),
        once(child, 'close') as Promise<[number | null]>,
      ]);
      if (code !== 0) throw new Error(`${name} ended with ${String(code)}`);
      list.push(JSON.parse(output) as Result);
    }
  }
  await pubsub.kill();
  await rm(folder, { recursive: true });
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const obvious = median(results.get('@google-cloud/pubsub, publishMessage')!.map(each => each.perCpuSecond));
  console.log(`messages of 1,000 bytes, ${messages} a round, median of ${rounds} rounds`);
  for (const [name, list] of results) {
    const cpu = median(list.map(each => each.perCpuSecond));
    const columns = [
      `${Math.round(cpu).toLocaleString('en')} per CPU-second`,
      `${(cpu / obvious).toFixed(1)} of the obvious`,
      `${Math.round(median(list.map(each => each.perSecond))).toLocaleString('en')} per second`,
      `at most ${Math.round(median(list.map(each => each.peakMiB)))} MiB`,
    ];
    console.log(`  ${name.padEnd(40)} ${columns.join(', ')}`);
  }
}
