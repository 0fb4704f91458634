import type { Schedule } from './config.ts';
import { none, once } from './cron.ts';
import { type Instant, millisOf, minutes } from './instant.ts';
import type { Interval } from './interval.ts';
import { intervalFrom, latestComplete, normalise, onceInterval, ticksOf } from './schedule.ts';

/** Clocks of machines differ by less; a cursor further ahead is of a clock that had gone wrong. */
const clockTolerance = 5 * minutes;

export interface DueIntervals {
  /** To be made runs of, the earliest first. */
  readonly intervals: readonly Interval[];
  /** The start of the last interval that need not be looked at again; undefined when there is none. */
  readonly planned: Instant | undefined;
}

/**
 * The intervals of which the schedule has to make runs now, by Airflow's rules: with catchup every one since the last
 * planned or the start date, at most `room` at a time; without it the latest that is over, and those before it never.
 * `exists` tells of which intervals there is a run already, whoever made it.
 */
export function dueIntervals(
  schedule: Schedule,
  cursor: Instant | undefined,
  exists: (start: Instant) => boolean,
  room: number,
  now: Date,
): DueIntervals {
  const nothing: DueIntervals = { intervals: [], planned: cursor };
  if (schedule.cron === none) return nothing;
  if (schedule.cron === once) {
    const interval = onceInterval(schedule);
    if (interval === undefined || cursor !== undefined || millisOf(interval.start) > now.getTime()) return nothing;
    if (exists(interval.start)) return { intervals: [], planned: interval.start };
    return room > 0 ? { intervals: [interval], planned: interval.start } : nothing;
  }
  const latest = latestComplete(schedule, now);
  if (latest === undefined) return nothing;
  const last = trusted(schedule, cursor, latest, now);
  return schedule.catchup
    ? allSince(schedule, last, latest, exists, room)
    : latestOnly(last, latest, exists(latest.start), room);
}

/**
 * The cursor, unless it is of a clock that had run ahead. Then all that is before it was planned when the export catches
 * up; else the latest interval is looked at again, which does no harm.
 */
function trusted(schedule: Schedule, cursor: Instant | undefined, latest: Interval, now: Date): Instant | undefined {
  if (cursor === undefined) return undefined;
  const end = ticksOf(schedule).following(millisOf(cursor));
  if (end !== undefined && end <= now.getTime() + clockTolerance) return cursor;
  return schedule.catchup ? latest.start : undefined;
}

function allSince(
  schedule: Schedule,
  last: Instant | undefined,
  latest: Interval,
  exists: (start: Instant) => boolean,
  room: number,
): DueIntervals {
  const intervals: Interval[] = [];
  let planned = last;
  const afterLast = last === undefined ? undefined : ticksOf(schedule).following(millisOf(last));
  // The start date may have been moved ahead since.
  const from = Math.max(afterLast ?? 0, millisOf(schedule.startDate ?? latest.start));
  let start = normalise(schedule, from);
  while (start !== undefined && start <= millisOf(latest.start)) {
    const interval = intervalFrom(schedule, start);
    if (interval === undefined) break;
    if (!exists(interval.start)) {
      if (intervals.length >= room) break;
      intervals.push(interval);
    }
    planned = interval.start;
    start = millisOf(interval.end);
  }
  return { intervals, planned };
}

function latestOnly(last: Instant | undefined, latest: Interval, exists: boolean, room: number): DueIntervals {
  if (last !== undefined && last >= latest.start) return { intervals: [], planned: last };
  if (exists) return { intervals: [], planned: latest.start };
  return room > 0 ? { intervals: [latest], planned: latest.start } : { intervals: [], planned: last };
}
