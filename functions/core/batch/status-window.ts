import type { ExportConfig, Schedule } from './config.ts';
import { dueIntervals } from './due-intervals.ts';
import { type Instant, instantOf, millisOf } from './instant.ts';
import { stuckAfter } from './pool-watch.ts';
import { isFinished, type RunStatus } from './run-status.ts';
import { ticksOf } from './schedule.ts';
import type { ExportSchedule } from './schedule-state.ts';
import { slaDeadline } from './sla.ts';

/** Finished runs that planning wants to see, for what they took. */
const lookBack = 20;

/**
 * From which interval on planning has to know an export's runs: far enough back for all that are not finished, the one
 * before each, and the last that were done. Undefined for all there are.
 */
export function statusesFrom(schedule: Schedule, known: ExportSchedule, now: Date): Instant | undefined {
  if (known.oldestOpen === undefined) return undefined;
  const { previous } = ticksOf(schedule);
  let from = Math.min(millisOf(known.oldestOpen), millisOf(known.cursor ?? known.oldestOpen), now.getTime());
  for (let back = 0; back < lookBack; back += 1) {
    const before = previous(from);
    if (before === undefined) break;
    from = before;
  }
  return instantOf(from);
}

/**
 * The start of the earliest run that is not finished, or, where it has to wait for the run before it, of that one: it may
 * be any number of intervals back. Undefined when all are finished.
 */
export function oldestOpen({ schedule }: ExportConfig, runs: readonly RunStatus[]): Instant | undefined {
  const inOrder = runs.toSorted((a, b) => (a.interval.start < b.interval.start ? -1 : 1));
  const first = inOrder.findIndex(run => !isFinished(run));
  const before = schedule.dependsOnPast ? inOrder[first - 1] : undefined;
  return (before ?? inOrder[first])?.interval.start;
}

/** Whether nothing is known of the export's runs, as of one that is new, and nobody is about to make one by hand. */
export const isUnknown = ({ atRest, oldestOpen, holdUntil }: ExportSchedule): boolean =>
  atRest !== true && oldestOpen === undefined && holdUntil === undefined;

/** Whether planning need not look at the export: nothing of it is open, and no interval is due. */
export const isAtRest = ({ schedule }: ExportConfig, known: ExportSchedule, now: Date): boolean =>
  known.atRest === true &&
  (known.paused === true || dueIntervals(schedule, known.cursor, () => false, 1, now).intervals.length === 0);

/** Whether nothing more is to be found out about a run, neither of itself nor of whether its pool moves. */
export function isAtRestForGood(config: ExportConfig, run: RunStatus, now: Date): boolean {
  const mayBeLate = run.state === 'failed' && !run.slaMissed && slaDeadline(config, run) !== undefined;
  return isFinished(run) && !mayBeLate && millisOf(run.changed) + stuckAfter < now.getTime();
}
