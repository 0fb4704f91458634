import { compressed, messageOverhead, rowMetadata, streamStages } from './assumptions.ts';
import { billedBytes, type Traffic } from './cost.ts';
import { prices } from './prices.ts';

const TiB = 1024 ** 4;
const GiB = 1024 ** 3;
const million = 1e6;

/**
 * Pub/Sub's own subscriptions, in dollars for each million messages: from a ramp to BigQuery and to files in Cloud
 * Storage, without hub and without decoded files. The files' operations are left out: there is one in minutes.
 */
export function nativeSubscriptions({ bytes, publishBatch = 1 }: Traffic): number {
  const size = bytes + messageOverhead;
  const published = billedBytes(size, publishBatch) * (prices.throughput.dollars / TiB);
  // No minimum is stated for what Pub/Sub writes itself.
  const written = 2 * size * (prices.exportThroughput.dollars / TiB);
  return million * (published + written + size * compressed * (prices.storage.dollars / GiB));
}

/** Bytes a second that one vCPU carries from Pub/Sub to BigQuery: https://beam.apache.org/blog/scaling-streaming-workload/ */
const perVcpu = 6.2e6;
/** The smallest worker that is common for streaming: n1-standard-2. */
const worker = { vcpu: 2, gibibytes: 7.5 };

/**
 * The same stream with a Dataflow job in the place of each stage, in dollars for each million messages. Workers are never
 * fewer than one for each job, and as busy as they can be; Streaming Engine, disks and idle headroom are left out.
 */
export function dataflowJobs({ rate, bytes, publishBatch = 1 }: Traffic): number {
  const size = bytes + messageOverhead;
  const workers = Math.max(1, Math.ceil((rate * bytes) / (perVcpu * worker.vcpu)));
  const perHour = worker.vcpu * prices.dataflowCpu.dollars + worker.gibibytes * prices.dataflowMemory.dollars;
  const compute = (streamStages.length * workers * perHour) / 3600 / rate;
  // It pulls in batches: no message costs more than its bytes. On the ramp's way and the hub's there are as many hops.
  const hops = billedBytes(size, publishBatch) + (streamStages.length + 1) * size;
  const kept = 2 * (bytes + rowMetadata) * compressed * (prices.storage.dollars / GiB);
  const rows = (bytes + rowMetadata) * (prices.storageWrite.dollars / GiB);
  return million * (compute + hops * (prices.throughput.dollars / TiB) + rows + kept);
}
