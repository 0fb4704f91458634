import type { ExportConfig, Schedule } from './config.ts';
import { type Instant, millisOf } from './instant.ts';
import { isComplete } from './interval.ts';
import type { RunStatus } from './run-status.ts';
import { ticksOf } from './schedule.ts';
import type { WaitReason } from './wait-reason.ts';

/** What is known of the export besides its configuration. */
export interface ExportState {
  readonly paused: boolean;
  /** Start of the last interval that the schedule made a run of, or passed over; undefined before the first. */
  readonly cursor: Instant | undefined;
  /**
   * All runs that are not finished, the run before each of them, all from the cursor on, and the last that were done. More
   * do no harm.
   */
  readonly runs: readonly RunStatus[];
}

/** Ids of the pools that there are. */
export type PoolIds = ReadonlySet<string>;

/**
 * What keeps a run that waits, or waits for its retry, from being dispatched; empty when nothing does. `inFlight` is how
 * many runs of its family (by schedule, or by hand) are under way.
 */
export function blockersOf(
  run: RunStatus,
  config: ExportConfig,
  state: ExportState,
  pools: PoolIds,
  inFlight: number,
  now: Date,
): WaitReason[] {
  const { schedule, pool } = config;
  const reasons: WaitReason[] = [];
  if (state.paused) reasons.push({ code: 'paused', detail: 'the export is paused' });
  if (!isComplete(run.interval, now)) {
    reasons.push({ code: 'interval-not-over', detail: `its interval ends at ${run.interval.end}` });
  }
  if (run.state === 'retrying' && millisOf(run.due) > now.getTime()) {
    const next = `attempt ${run.attempt + 1} of ${run.lastAttempt}`;
    reasons.push({ code: 'retry-delay', detail: `${next} starts at ${run.due}` });
  }
  if (run.state === 'waiting' && schedule.dependsOnPast && !run.ignorePast) {
    const previous = unfinishedPast(run, schedule, state.runs);
    if (previous !== undefined) {
      reasons.push({
        code: 'depends-on-past',
        detail: `the run of ${previous.interval.start} before it is ${previous.state}, and has to be done`,
      });
    }
  }
  if (inFlight >= schedule.maxActiveRuns) {
    const runs = `${inFlight} run${inFlight === 1 ? ' is' : 's are'}`;
    reasons.push({
      code: 'max-active-runs',
      detail: `${runs} under way, and max_active_runs is ${schedule.maxActiveRuns}`,
    });
  }
  if (!pools.has(pool)) reasons.push({ code: 'pool-unknown', detail: `there is no pool "${pool}"` });
  return reasons;
}

/**
 * The run that depends_on_past waits for: that of the interval before, or where there is none, as after a change of the
 * schedule, the last one before. Undefined when it is done, or nothing is before.
 */
function unfinishedPast(run: RunStatus, schedule: Schedule, runs: readonly RunStatus[]): RunStatus | undefined {
  const start = millisOf(run.interval.start);
  const before = ticksOf(schedule).previous(start);
  const isFirst =
    schedule.catchup &&
    schedule.startDate !== undefined &&
    before !== undefined &&
    before < millisOf(schedule.startDate);
  if (isFirst) return undefined;
  let previous: RunStatus | undefined;
  for (const other of runs) {
    const otherStart = other.interval.start;
    if (otherStart < run.interval.start && (previous === undefined || otherStart > previous.interval.start))
      previous = other;
  }
  return previous === undefined || previous.state === 'done' ? undefined : previous;
}
