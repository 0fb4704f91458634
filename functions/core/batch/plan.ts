import { blockersOf, type ExportState, type PoolIds } from './blockers.ts';
import type { ExportConfig } from './config.ts';
import { dueIntervals } from './due-intervals.ts';
import { type Instant, millisOf, minutes } from './instant.ts';
import type { Interval } from './interval.ts';
import { newRun, type Run, type RunEvent } from './run.ts';
import { isFinished, isHeldBy, isInFlight, isScheduled, type RunStatus } from './run-status.ts';
import { intervalFrom } from './schedule.ts';
import { slaFinding, usualDuration } from './sla.ts';

/** How long after execution_timeout an export may tell by itself that it gave up. */
const timeoutGrace = 5 * minutes;

/**
 * Whether the task of a run that is still queued is asked for once more: in the first minutes, since the tick that was to
 * make it may have been broken off, and now and then, since it may have been lost.
 */
function isAskedForAgain({ changed }: RunStatus, now: Date): boolean {
  const age = Math.floor((now.getTime() - millisOf(changed)) / minutes);
  return age >= 1 && (age <= 5 || age % 5 === 0);
}

/**
 * What a tick has to do, in this order. Everything may be done twice: a run is created once since its object is, a
 * dispatch is named after its attempt, and `applyEvent` changes nothing the second time.
 */
export type Decision =
  /** Write the object unless there is one. */
  | { readonly type: 'create'; readonly run: Run }
  /** Write the cursor. */
  | { readonly type: 'advance'; readonly cursor: Instant }
  /**
   * Apply the event to the run of that interval; for a dispatch create the attempt's task after that. A run that stays
   * queued is dispatched again, and the task's name keeps it from being there twice.
   */
  | { readonly type: 'apply'; readonly interval: Interval; readonly event: RunEvent };

/** What has to be done for one export at a moment. */
export function planRuns(config: ExportConfig, state: ExportState, pools: PoolIds, now: Date): Decision[] {
  const timedOut = state.runs.filter(run => hasTimedOut(config, run, now));
  const runs = state.runs.filter(run => !timedOut.includes(run));
  const open = { ...state, runs: [...runs, ...timedOut.map(run => ({ ...run, state: 'failed' as const }))] };

  const { created, cursor } = createRuns(config, open, now);
  const all = [...open.runs, ...created];
  return [
    ...created.map((run): Decision => ({ type: 'create', run })),
    ...(cursor !== undefined && cursor !== state.cursor ? [{ type: 'advance', cursor } as const] : []),
    ...timedOut.map(({ interval }): Decision => ({ type: 'apply', interval, event: { type: 'run-timed-out' } })),
    ...slaEvents(config, [...state.runs, ...created], now),
    ...attemptEvents(config, { ...open, runs: all }, pools, now),
  ];
}

function createRuns(
  config: ExportConfig,
  state: ExportState,
  now: Date,
): { created: Run[]; cursor: Instant | undefined } {
  const { schedule } = config;
  if (state.paused) return { created: [], cursor: state.cursor };
  const active = state.runs.filter(run => isScheduled(run) && !isFinished(run)).length;
  const starts = new Set(state.runs.map(({ interval }) => interval.start));
  const room = Math.max(0, schedule.maxActiveRuns - active);
  const { intervals, planned } = dueIntervals(schedule, state.cursor, start => starts.has(start), room, now);
  const created = intervals.map(interval => newRun(config, interval, kindOf(config, interval, now), now));
  return { created, cursor: planned };
}

/** A run catches up when the interval after its own is over, too. */
function kindOf({ schedule }: ExportConfig, { end }: Interval, now: Date): 'scheduled' | 'catchup' {
  const next = intervalFrom(schedule, millisOf(end));
  return next !== undefined && millisOf(next.end) <= now.getTime() ? 'catchup' : 'scheduled';
}

function hasTimedOut({ schedule }: ExportConfig, run: RunStatus, now: Date): boolean {
  const { dagrunTimeoutMinutes } = schedule;
  if (dagrunTimeoutMinutes === undefined || !isScheduled(run) || isFinished(run)) return false;
  return millisOf(run.started) + dagrunTimeoutMinutes * minutes <= now.getTime();
}

function slaEvents(config: ExportConfig, runs: readonly RunStatus[], now: Date): Decision[] {
  if (config.schedule.slaMinutes === undefined) return [];
  const usual = usualDuration(runs);
  return runs.flatMap((run): Decision[] => {
    const found = slaFinding(config, run, usual, now);
    return found === undefined ? [] : [{ type: 'apply', interval: run.interval, event: { type: found } }];
  });
}

/** Dispatches, timeouts of attempts, and what holds the others back; the earliest interval first. */
function attemptEvents(config: ExportConfig, state: ExportState, pools: PoolIds, now: Date): Decision[] {
  const decisions: Decision[] = [];
  const apply = ({ interval }: RunStatus, event: RunEvent) => decisions.push({ type: 'apply', interval, event });
  const open = state.runs
    .filter(run => !isFinished(run))
    .toSorted((a, b) => (a.interval.start < b.interval.start ? -1 : 1));

  // What the schedule made and what people made do not take each other's room.
  const inFlight = { byScheduled: 0, byHand: 0 };
  const family = (run: RunStatus) => (isScheduled(run) ? 'byScheduled' : 'byHand');
  for (const run of open) if (isInFlight(run)) inFlight[family(run)] += 1;

  for (const run of open) {
    if (run.state === 'waiting' || run.state === 'retrying') {
      const reasons = blockersOf(run, config, state, pools, inFlight[family(run)], now).map(({ code }) => code);
      if (reasons.length === 0) {
        apply(run, { type: 'dispatch', attempt: run.attempt + 1 });
        inFlight[family(run)] += 1;
      } else if (run.state === 'waiting' && !isHeldBy(run, reasons)) {
        apply(run, { type: 'hold', reasons });
      }
    } else if (run.state === 'queued') {
      if (isAskedForAgain(run, now)) apply(run, { type: 'dispatch', attempt: run.attempt });
    } else if (attemptHasTimedOut(config, run, now)) {
      apply(run, { type: 'attempt-timed-out', attempt: run.attempt });
    }
  }
  return decisions;
}

/** Whether the export, the wait for the load, or the load of a run takes longer than an attempt may. */
const attemptHasTimedOut = ({ schedule }: ExportConfig, run: RunStatus, now: Date): boolean =>
  now.getTime() - millisOf(run.changed) > schedule.executionTimeoutMinutes * minutes + timeoutGrace;
