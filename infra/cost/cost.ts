import {
  compressed,
  cpuPerPush,
  hubAttributes,
  messageOverhead,
  pullBatch,
  pushOverPull,
  rowMetadata,
  type StreamStage,
  streamStages,
  utilisation,
} from './assumptions.ts';
import { type Billing, cheaperBilling, computePerSecond, running } from './compute.ts';
import { leastBytesPerRequest, prices } from './prices.ts';

export interface Traffic {
  /** Messages a second, all the time. */
  readonly rate: number;
  /** Of a payload. */
  readonly bytes: number;
  /** Ramps that share the traffic evenly: a batch of a lake becomes a file for each ramp in it. */
  readonly ramps?: number;
  /** Messages in one publish request of a service; 1 by default, as when each is published by itself. */
  readonly publishBatch?: number;
  /** `cheaper` chooses for each stage; `request` is what is deployed without any setting. */
  readonly billing?: Billing | 'cheaper';
  /** How the hub's messages reach the sinks. With `pull` the sinks' work alone is counted, by CPU. */
  readonly delivery?: 'push' | 'pull';
}

/** Dollars for each million messages. */
export interface Cost {
  readonly pubsub: number;
  readonly requests: number;
  /** CPU and memory. */
  readonly compute: number;
  readonly storageWrite: number;
  /** Writing the files of both lakes. */
  readonly lakeFiles: number;
  /** Keeping them for the first month. */
  readonly lakeStorage: number;
  readonly total: number;
}

const TiB = 1024 ** 4;
const GiB = 1024 ** 3;
const million = 1e6;

/** What a million messages cost that go to both lakes and to the warehouse. */
export function costPerMillion(traffic: Traffic): Cost {
  const { rate, bytes, ramps = 1, billing = 'request', delivery = 'push' } = traffic;
  const stages = streamStages.map(stage => stageCost(stage, rate, bytes, billing, delivery));
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const lakes = ['hub-to-raw-lake', 'hub-to-structured-lake'] as const;
  const parts = {
    pubsub: pubsubBytes(traffic) * million * (prices.throughput.dollars / TiB),
    requests: sum(stages.map(({ requests }) => requests)),
    compute: sum(stages.map(({ time }) => time)),
    storageWrite: (bytes + rowMetadata) * million * (prices.storageWrite.dollars / GiB),
    lakeFiles:
      sum(lakes.map(stage => filesPerMessage(stage, traffic, ramps))) * million * (prices.classA.dollars / 1000),
    lakeStorage: lakes.length * (bytes + rowMetadata) * compressed * million * (prices.storage.dollars / GiB),
  };
  return { ...parts, total: sum(Object.values(parts)) };
}

/** Bytes that Pub/Sub bills for one message, over all its hops. */
function pubsubBytes({ bytes, rate, publishBatch = 1, delivery = 'push' }: Traffic): number {
  const onRamp = bytes + messageOverhead;
  const onHub = onRamp + hubAttributes;
  const hubBatch = running('ramp-to-hub', rate, bytes).messagesPerBatch;
  const sinks = streamStages.length - 1;
  return (
    billedBytes(onRamp, publishBatch) +
    billedBytes(onRamp, 1) +
    billedBytes(onHub, hubBatch) +
    sinks * billedBytes(onHub, delivery === 'push' ? 1 : pullBatch)
  );
}

/** Bytes that are billed for each of so many messages in one request. */
export const billedBytes = (bytes: number, messages: number) =>
  Math.max(bytes * messages, leastBytesPerRequest) / messages;

function stageCost(
  stage: StreamStage,
  rate: number,
  bytes: number,
  billing: Billing | 'cheaper',
  delivery: 'push' | 'pull',
): { readonly requests: number; readonly time: number } {
  if (delivery === 'pull' && stage !== 'ramp-to-hub') {
    const seconds = (cpuPerPush[stage] - pushOverPull) / utilisation;
    return { requests: 0, time: seconds * million * (prices.requestCpu.dollars + prices.requestMemory.dollars) };
  }
  const chosen = billing === 'cheaper' ? cheaperBilling(stage, rate, bytes) : billing;
  const { requests, time } = computePerSecond(stage, rate, bytes, chosen);
  return { requests: (requests / rate) * million, time: (time / rate) * million };
}

/** Files of a lake for each message: every batch becomes one for each ramp that it has messages of. */
function filesPerMessage(stage: StreamStage, { rate, bytes, delivery }: Traffic, ramps: number): number {
  const messages = delivery === 'pull' ? pullBatch : running(stage, rate, bytes).messagesPerBatch;
  return (ramps * (1 - (1 - 1 / ramps) ** messages)) / messages;
}
