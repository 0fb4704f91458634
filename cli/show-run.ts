import { cursorObject } from '../functions/core/batch/batch-names.ts';
import type { Instant } from '../functions/core/batch/instant.ts';
import type { ScheduleState } from '../functions/core/batch/schedule-state.ts';
import { whyNotRunning } from '../functions/core/batch/why-not-running.ts';
import { OnrampError } from '../functions/core/errors.ts';
import { knownExport } from './configuration.ts';
import { momentText } from './moment.ts';
import { formatJson } from './output.ts';
import { runText } from './run-text.ts';
import { type Terminal, writeData } from './terminal.ts';
import type { OpenedBatch } from './with-batch.ts';

/** Prints one run. Throws an OnrampError RUN_UNKNOWN, with why there is none, when there is none. */
export async function showRun(
  { catalogue, documents, runs, now }: OpenedBatch,
  address: string,
  start: Instant,
  asJson: boolean,
  terminal: Terminal,
): Promise<void> {
  const { service, config } = knownExport(catalogue, address);
  const schedule = (await documents.read<ScheduleState>(cursorObject(service.id)))?.exports[config.id];
  const state = {
    paused: schedule?.paused ?? false,
    cursor: schedule?.cursor,
    runs: await runs.statuses(config.address),
  };
  const pools = new Set(catalogue.pools.map(({ id }) => id));
  const run = await runs.read(config.address, start);
  if (run === undefined) {
    const { intervalFrom } = await import('../functions/core/batch/schedule.ts');
    const interval = intervalFrom(config.schedule, Date.parse(start)) ?? { start, end: start };
    const [why] = whyNotRunning(config, state, pools, interval, now());
    throw new OnrampError(
      'RUN_UNKNOWN',
      `${address} of ${momentText(start)}${why === undefined ? '' : `: ${why.detail}`}`,
    );
  }
  const waits = whyNotRunning(config, state, pools, run.interval, now());
  await writeData(terminal, asJson ? formatJson({ ...run, waits }) : runText(run, waits, terminal.stdout));
}
