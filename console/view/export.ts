import { type Instant, instantOf, millisOf } from '../../functions/core/batch/instant.ts';
import type { RunStatus } from '../../functions/core/batch/run-status.ts';
import { latestComplete, ticksOf } from '../../functions/core/batch/schedule.ts';
import { whyNotRunning } from '../../functions/core/batch/why-not-running.ts';
import { type ExportHistory, exportState, type KnownExport, latestFirst, type PoolIds } from './history.ts';
import { type Standing, standingOf } from './standing.ts';

export interface ListedRun {
  readonly run: RunStatus;
  /** Why it does not run; absent when nothing is in its way. */
  readonly reason?: string;
}

export interface ExportView extends KnownExport {
  readonly paused: boolean;
  readonly pausedBy?: { readonly by: string; readonly at: Instant };
  readonly standing: Standing;
  /** The latest first. */
  readonly runs: readonly ListedRun[];
  /** The moment before which there may be earlier runs; absent when there are none. */
  readonly earlier?: Instant;
  /** Whether these are not the latest. */
  readonly isPast: boolean;
  /** What the form of a backfill begins with: the last day's intervals. */
  readonly backfill: { readonly from: Instant; readonly to: Instant };
  readonly now: Date;
}

export interface ExportViewOptions {
  readonly limit: number;
  /** Only runs of intervals that start before it. */
  readonly before: Instant | undefined;
  readonly now: Date;
}

/** What the page of an export shows. */
export function exportView(
  known: KnownExport,
  history: ExportHistory,
  pools: PoolIds,
  { limit, before, now }: ExportViewOptions,
): ExportView {
  const { config } = known;
  const state = exportState(history);
  const listed = latestFirst(history.runs).filter(({ interval }) => before === undefined || interval.start < before);
  const shown = listed.slice(0, limit);
  const last = shown.at(-1);
  const { pausedBy } = history.schedule;
  return {
    ...known,
    paused: state.paused,
    ...(state.paused && pausedBy !== undefined && { pausedBy }),
    standing: standingOf(config, history, pools, now),
    runs: shown.map(run => {
      const [reason] = whyNotRunning(config, state, pools, run.interval, now);
      return { run, ...(reason !== undefined && { reason: reason.detail }) };
    }),
    ...(last !== undefined && (listed.length > limit || shown.length >= limit) && { earlier: last.interval.start }),
    isPast: before !== undefined,
    backfill: backfillOf(known, now),
    now,
  };
}

const day = 86_400_000;

/** The last complete interval, and those that start in the day before its end. */
function backfillOf({ config }: KnownExport, now: Date): ExportView['backfill'] {
  const to = latestComplete(config.schedule, now)?.end ?? instantOf(now.getTime());
  const from = millisOf(to) - day;
  const start = ticksOf(config.schedule).previous(from + 1) ?? from;
  return { from: instantOf(start), to };
}
