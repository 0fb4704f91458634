import type { ExportConfig } from './config.ts';
import { type Interval, isComplete } from './interval.ts';
import { newRun, type Run } from './run.ts';
import { isFinished, type RunStatus } from './run-status.ts';
import { intervalsBetween, manualInterval } from './schedule.ts';

/** Runs that one backfill may make. */
export const maxBackfill = 1000;

/** What a backfill would do: shown before it is done. */
export interface Backfill {
  /** Runs to make, the earliest first. */
  readonly create: readonly Run[];
  /** Runs that are there and finished, and are started anew only when that is asked for. */
  readonly existing: readonly RunStatus[];
  /** Runs that are there and not finished: they are left alone. */
  readonly open: readonly RunStatus[];
  /** Intervals that are not over yet: left out. */
  readonly notOver: readonly Interval[];
  /** Whether there are more intervals than one backfill may have. */
  readonly cut: boolean;
}

/** The backfill of the intervals that start at or after `from` and before `to`. Creates nothing. */
export function planBackfill(
  config: ExportConfig,
  runs: readonly RunStatus[],
  from: Date,
  to: Date,
  now: Date,
): Backfill {
  const intervals = intervalsBetween(config.schedule, from, to, maxBackfill + 1);
  const known = new Map(runs.map(run => [run.interval.start, run]));
  const kept = intervals.slice(0, maxBackfill);
  const over = kept.filter(interval => isComplete(interval, now));
  const there = over.flatMap(({ start }) => known.get(start) ?? []);

  return {
    create: over.filter(({ start }) => !known.has(start)).map(interval => newRun(config, interval, 'backfill', now)),
    existing: there.filter(isFinished),
    open: there.filter(run => !isFinished(run)),
    notOver: kept.filter(interval => !isComplete(interval, now)),
    cut: intervals.length > kept.length,
  };
}

/** A run by hand at a moment, for the interval that `manualInterval` gives. When it exists it has to be started anew. */
export const manualRun = (config: ExportConfig, at: Date, now: Date): Run =>
  newRun(config, manualInterval(config.schedule, at), 'manual', now);
