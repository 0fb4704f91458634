import { setTimeout as sleep } from 'node:timers/promises';
import { type Clients, connect } from '../clients.ts';
import { rampsOf } from '../metered-ramps.ts';
import type { LocalCloud } from '../start.ts';
import { drained } from './drained.ts';
import { type DemoExports, startDemoExports } from './exports.ts';
import { DemoPublisher, demoEvents } from './publisher.ts';
import { reconcile } from './reconcile.ts';
import { exportsTable, progressHeader, progressLine, reconciliationTable } from './report.ts';

export interface DemoOptions {
  /** Folder of the configuration. */
  readonly root: string;
  /** Publish a fixed set, wait until it is everywhere, and compare; else publish until stopped. */
  readonly once: boolean;
  /** Events per second when publishing until stopped. */
  readonly rate: number;
  /** Size of the fixed set. */
  readonly events?: number;
  /** Folder of the data. */
  readonly folder: string;
  /** Where the database of the example service that is exported has been announced; undefined when it is not there. */
  readonly databasePort?: number;
  readonly output: NodeJS.WriteStream;
  readonly stopped: AbortSignal;
}

const defaultEvents = 24_000;

/** Publishes the example services' data and shows where it arrives. Answers with the exit code. */
export async function runDemo(cloud: LocalCloud, options: DemoOptions): Promise<number> {
  const clients = connect(cloud.locator);
  const { databasePort: port } = options;
  const exports = port === undefined ? undefined : startDemoExports(cloud, clients, options.folder, port);
  try {
    return options.once
      ? await publishOnce(cloud, clients, exports, options)
      : await publishSteadily(cloud, clients, exports, options);
  } finally {
    await exports?.close();
    await clients.close();
  }
}

async function publishOnce(
  cloud: LocalCloud,
  clients: Clients,
  exports: DemoExports | undefined,
  options: DemoOptions,
): Promise<number> {
  const { root, events = defaultEvents, output, stopped } = options;
  const since = new Date();
  const hub = new Set<string>();
  cloud.meter.followHub((_, eventId) => hub.add(eventId));
  const publisher = new DemoPublisher(clients.pubsub);
  const exporting = exports?.exportOnce() ?? Promise.resolve([]);
  // Awaited at the end; what fails before is told there.
  exporting.catch(() => undefined);
  let count = 0;
  {
    using _progress = showProgress(cloud, output);
    for (const event of demoEvents(root)) {
      if (count >= events || stopped.aborted) break;
      await publisher.publish(event);
      count += 1;
    }
    await publisher.flush();
    await drained(cloud, stopped);
  }
  const seconds = (Date.now() - since.getTime()) / 1000;
  const rows = await reconcile(clients, {
    project: cloud.locator.project,
    ramps: rampsOf(cloud.inventory),
    published: publisher.published,
    hub,
    since,
  });
  output.write(`\n${reconciliationTable(rows)}\n`);
  const exported = stopped.aborted ? [] : await exporting;
  if (exported.length > 0) output.write(`${exportsTable(exported)}\n`);
  const agrees =
    !stopped.aborted && rows.length > 0 && rows.every(row => row.agrees) && exported.every(table => table.agrees);
  output.write(
    agrees
      ? `All ${count} events are everywhere, byte for byte, ${seconds.toFixed(1)} s after the first was published.\n`
      : 'The columns do not agree: see the dead letters and the logs of the functions.\n',
  );
  return agrees ? 0 : 1;
}

async function publishSteadily(
  cloud: LocalCloud,
  clients: Clients,
  exports: DemoExports | undefined,
  options: DemoOptions,
): Promise<number> {
  const { root, rate, output, stopped } = options;
  const publisher = new DemoPublisher(clients.pubsub);
  const changing = exports?.changeSteadily(stopped).catch((error: unknown) => {
    output.write(`The example database is not exported: ${error instanceof Error ? error.message : String(error)}\n`);
  });
  {
    using _progress = showProgress(cloud, output);
    const started = Date.now();
    let count = 0;
    const goesOn = () => !stopped.aborted;
    while (goesOn()) {
      for (const event of demoEvents(root)) {
        if (!goesOn()) break;
        const ahead = (count / rate) * 1000 - (Date.now() - started);
        if (ahead > 10) await sleep(ahead, undefined, { signal: stopped }).catch(() => undefined);
        await publisher.publish(event);
        count += 1;
      }
    }
  }
  output.write('\nStopping: no more is published; waiting until what was is everywhere.\n');
  await changing;
  await publisher.flush();
  const left = await drained(cloud, AbortSignal.timeout(drainMillis));
  output.write(
    left === 0 ? 'Everything has arrived.\n' : `${left} deliveries are left, and go on at the next start.\n`,
  );
  return 0;
}

/** What has not arrived by then is kept for the next start. */
const drainMillis = 15_000;

/** A line per second until it is disposed of. */
function showProgress(cloud: LocalCloud, output: NodeJS.WriteStream): Disposable {
  const started = Date.now();
  let lines = 0;
  const show = () => {
    if (lines % 20 === 0) output.write(progressHeader(output));
    lines += 1;
    output.write(progressLine(cloud.meter.counts(), Date.now() - started, output));
  };
  const timer = setInterval(show, 1000);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      show();
    },
  };
}
