/**
 * A program that publishes without end, for tests that kill it or what it publishes to. Its only argument is a
 * `LoadOptions` as JSON. Prints a line for each message that is safe, and one on its memory every tenth of a second. Ends
 * on SIGTERM, as a service does.
 */
import { createPublisher } from '../../client/index.ts';

export interface LoadOptions {
  readonly project: string;
  readonly ramp: string;
  readonly spool?: { readonly folder: string; readonly maxBytes: number };
  readonly bufferBytes?: number;
  /** Ordering keys in turn; without, messages have none. */
  readonly keys: number;
  readonly payloadBytes: number;
  /** As fast as there is room when 0; nothing is published, and only the spool is sent, when undefined. */
  readonly perSecond?: number;
  /** The number of the first message of each key. */
  readonly from: number;
}

const options = JSON.parse(process.argv[2] ?? '') as LoadOptions;
const publisher = createPublisher({
  project: options.project,
  ...(options.spool === undefined ? {} : { spool: { ...options.spool, afterMillis: 500 } }),
  ...(options.bufferBytes === undefined ? {} : { buffer: { bytes: options.bufferBytes } }),
});
const ramp = publisher.ramp(options.ramp);
const filler = '.'.repeat(options.payloadBytes);

setInterval(() => {
  const { rss, heapUsed } = process.memoryUsage();
  const { bytes, spoolBytes } = publisher.held;
  process.stdout.write(`${JSON.stringify({ rss, heapUsed, held: bytes, spoolBytes })}\n`);
}, 100);

let stopped = false;
process.on('SIGTERM', () => {
  stopped = true;
  void publisher.close().then(() => process.exit(0));
});

await publisher.room();
process.stdout.write('ready\n');
if (options.perSecond !== undefined) await publishOn(options.perSecond);

async function publishOn(perSecond: number): Promise<void> {
  const started = performance.now();
  for (let count = 0; !stopped; count += 1) {
    const key = options.keys === 0 ? '' : `key-${count % options.keys}`;
    const number = options.from + (options.keys === 0 ? count : Math.floor(count / options.keys));
    await publisher.room();
    ramp.publish(Buffer.from(`${key} ${number} ${filler}`), key === '' ? {} : { orderingKey: key }).then(
      ({ at }) => process.stdout.write(`${at} ${key} ${number}\n`),
      (error: unknown) => {
        if (!stopped) throw error;
      },
    );
    if (perSecond === 0) {
      if (count % 100 === 0) await new Promise(setImmediate);
      continue;
    }
    const ahead = (count / perSecond) * 1000 - (performance.now() - started);
    if (ahead > 5) await new Promise(resolve => setTimeout(resolve, ahead));
  }
}
