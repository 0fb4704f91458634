import { blockersOf, type ExportState, type PoolIds } from './blockers.ts';
import type { ExportConfig } from './config.ts';
import { none } from './cron.ts';
import { millisOf } from './instant.ts';
import { type Interval, isComplete } from './interval.ts';
import { isFinished, isInFlight, isScheduled } from './run-status.ts';
import { latestComplete } from './schedule.ts';
import type { WaitReason } from './wait-reason.ts';

/**
 * Why an interval of an export is not being exported, in words for a person, whether or not it has a run yet. Empty when
 * nothing is in its way: it is under way or finished, or the next tick starts it.
 */
export function whyNotRunning(
  config: ExportConfig,
  state: ExportState,
  pools: PoolIds,
  interval: Interval,
  now: Date,
): WaitReason[] {
  const run = state.runs.find(candidate => candidate.interval.start === interval.start);
  if (run === undefined) return whyNotCreated(config, state, interval, now);
  if (run.state === 'queued') {
    const detail = `it has waited for a slot of the pool "${config.pool}" since ${run.changed}`;
    return [{ code: 'pool-full', detail }];
  }
  if (run.state !== 'waiting' && run.state !== 'retrying') return [];
  const inFlight = state.runs.filter(other => isInFlight(other) && isScheduled(other) === isScheduled(run)).length;
  return blockersOf(run, config, state, pools, inFlight, now);
}

function whyNotCreated(config: ExportConfig, state: ExportState, interval: Interval, now: Date): WaitReason[] {
  const { schedule } = config;
  if (schedule.cron === none) {
    return [{ code: 'no-schedule', detail: 'the export has no schedule, and runs by hand only' }];
  }
  if (schedule.startDate !== undefined && interval.start < schedule.startDate) {
    return [{ code: 'before-start-date', detail: `start_date is ${schedule.startDate}; a backfill reaches before it` }];
  }
  if (!isComplete(interval, now)) {
    return [{ code: 'interval-not-over', detail: `its interval ends at ${interval.end}` }];
  }
  const latest = latestComplete(schedule, now);
  const passed = !schedule.catchup && latest !== undefined && interval.start < latest.start;
  if (passed || (state.cursor !== undefined && interval.start <= state.cursor)) {
    return [{ code: 'skipped', detail: 'it was passed over, since catchup is off; a backfill brings it in' }];
  }
  const reasons: WaitReason[] = [];
  if (state.paused) reasons.push({ code: 'paused', detail: 'the export is paused' });
  const active = state.runs.filter(run => isScheduled(run) && !isFinished(run));
  if (active.length >= schedule.maxActiveRuns) {
    const oldest = active.map(({ interval: { start } }) => start).toSorted()[0] ?? '';
    reasons.push({
      code: 'max-active-runs',
      detail: `${counted(active.length, 'run is', 'runs are')} not finished, the oldest of ${oldest}, and max_active_runs is ${schedule.maxActiveRuns}`,
    });
  }
  const sinceEnd = Math.floor((now.getTime() - millisOf(interval.end)) / 60_000);
  return reasons.length > 0
    ? reasons
    : [
        {
          code: 'not-planned-yet',
          detail: `it has been due for ${counted(sinceEnd, 'minute', 'minutes')}; the next tick makes its run`,
        },
      ];
}

const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;
