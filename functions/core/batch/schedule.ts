import type { Schedule } from './config.ts';
import { cronTimes, none, once } from './cron.ts';
import { type Instant, instantOf, millisOf } from './instant.ts';
import type { Interval } from './interval.ts';
import { momentOf, momentsOf, offsetAt } from './zone.ts';

const hour = 3_600_000;

/** Clocks are put back or forth by less: how far around a change order needs care. */
const nearChange = 3.5 * hour;

/** Answers that are kept: the exports of a tick ask for the same. */
const maxKept = 256;

/**
 * The moments at which a schedule falls due. They are a set that depends on nothing but cron and time zone, so that
 * intervals touch each other without gap or overlap, also where clocks are changed:
 * - a time that the clocks skip falls due when they have been put forward, later by as much;
 * - a time that they show twice falls due the second time; both times, when the cron falls due in every hour.
 */
export interface Ticks {
  /** The first moment after one, in milliseconds; undefined when there is none. */
  readonly following: (after: number) => number | undefined;
  /** The last moment before one. */
  readonly previous: (before: number) => number | undefined;
}

const known = new Map<string, Ticks>();

/** The ticks of a cron; none for `@once` and `none`. */
export function ticksOf({ cron, timezone }: Pick<Schedule, 'cron' | 'timezone'>): Ticks {
  const key = `${timezone} ${cron}`;
  let ticks = known.get(key);
  if (ticks === undefined) {
    ticks = cron === once || cron === none ? noTicks : kept(cronTicks(cron, timezone));
    known.set(key, ticks);
  }
  return ticks;
}

function kept({ following, previous }: Ticks): Ticks {
  const keep = (search: Ticks['following']) => {
    const answers = new Map<number, number | undefined>();
    return (from: number) => {
      if (answers.has(from)) return answers.get(from);
      if (answers.size >= maxKept) answers.clear();
      const answer = search(from);
      answers.set(from, answer);
      return answer;
    };
  };
  return { following: keep(following), previous: keep(previous) };
}

const noTicks: Ticks = { following: () => undefined, previous: () => undefined };

function cronTicks(cron: string, zone: string): Ticks {
  const times = cronTimes(cron);
  if (zone === 'UTC') return { following: times.next, previous: times.previous };

  const moments = (wall: number): readonly number[] => {
    const both = times.hourly ? momentsOf(zone, wall) : [];
    return both.length > 0 ? both : [momentOf(zone, wall)];
  };
  const isPlain = (instant: number) => {
    const offset = offsetAt(zone, instant);
    return offsetAt(zone, instant - nearChange) === offset && offsetAt(zone, instant + nearChange) === offset;
  };
  const step = { following: times.next, previous: times.previous };

  /** The nearest tick in a direction. */
  const search = (from: number, direction: keyof typeof step): number | undefined => {
    const next = step[direction];
    const ahead = direction === 'following' ? 1 : -1;
    const wall = from + offsetAt(zone, from);
    if (isPlain(from)) {
      const nearest = next(wall);
      if (nearest === undefined) return undefined;
      const moment = nearest - offsetAt(zone, nearest - offsetAt(zone, from));
      if (isPlain(moment)) return moment;
    }
    // Around a change, times and moments are not in the same order: look at all that are near.
    let best: number | undefined;
    for (let time = next(wall - ahead * nearChange); time !== undefined; time = next(time)) {
      if (best !== undefined && (time - (best + offsetAt(zone, best))) * ahead > nearChange) break;
      for (const moment of moments(time)) {
        if ((moment - from) * ahead > 0 && (best === undefined || (best - moment) * ahead > 0)) best = moment;
      }
    }
    return best;
  };
  return { following: from => search(from, 'following'), previous: from => search(from, 'previous') };
}

/** The interval that starts at a tick; undefined when the schedule has no tick after it. */
export function intervalFrom(schedule: Schedule, start: number): Interval | undefined {
  const end = ticksOf(schedule).following(start);
  return end === undefined ? undefined : { start: instantOf(start), end: instantOf(end) };
}

/** The first tick at or after a moment. */
export function normalise(schedule: Schedule, moment: number): number | undefined {
  return ticksOf(schedule).following(moment - 1);
}

/** The one interval of `@once`: it is empty, and starts and ends with the start date. */
export function onceInterval({ startDate }: Schedule): Interval | undefined {
  return startDate === undefined ? undefined : { start: startDate, end: startDate };
}

/** The latest interval that is over; undefined when there is none since the start date. */
export function latestComplete(schedule: Schedule, now: Date): Interval | undefined {
  if (schedule.cron === once) {
    const interval = onceInterval(schedule);
    return interval !== undefined && millisOf(interval.end) <= now.getTime() ? interval : undefined;
  }
  const ticks = ticksOf(schedule);
  const end = ticks.previous(now.getTime() + 1);
  const start = end === undefined ? undefined : ticks.previous(end);
  if (start === undefined || end === undefined) return undefined;
  if (schedule.startDate !== undefined && start < millisOf(schedule.startDate)) return undefined;
  return { start: instantOf(start), end: instantOf(end) };
}

/**
 * The interval of a run by hand at a moment: the latest that was over then, whatever the start date, so that a query of
 * the interval selects what it would have. (Airflow gives such a run an empty one.) Without schedule it is the empty
 * interval at that minute.
 */
export function manualInterval(schedule: Schedule, at: Date): Interval {
  const { startDate: _startDate, ...anyTime } = schedule;
  const aligned = schedule.cron === once ? onceInterval(schedule) : latestComplete(anyTime, at);
  if (aligned !== undefined) return aligned;
  const minute: Instant = instantOf(Math.floor(at.getTime() / 60_000) * 60_000);
  return { start: minute, end: minute };
}

/** The interval that holds a moment: `start <= at < end`. Undefined without ticks. */
export function intervalAt(schedule: Schedule, at: Date): Interval | undefined {
  const start = ticksOf(schedule).previous(at.getTime() + 1);
  return start === undefined ? undefined : intervalFrom(schedule, start);
}

/** The intervals that start in a stretch of time, the earliest first, at most `limit`. */
export function intervalsBetween(schedule: Schedule, from: Date, to: Date, limit: number): Interval[] {
  const intervals: Interval[] = [];
  const first = normalise(schedule, from.getTime());
  let interval = first === undefined ? undefined : intervalFrom(schedule, first);
  while (interval !== undefined && millisOf(interval.start) < to.getTime() && intervals.length < limit) {
    intervals.push(interval);
    interval = intervalFrom(schedule, millisOf(interval.end));
  }
  return intervals;
}
