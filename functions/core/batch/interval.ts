import { compactInstant, type Instant, millisOf } from './instant.ts';

/** The half-open stretch of time that a run is of: its rows are those from `start` until before `end`. */
export interface Interval {
  readonly start: Instant;
  /** When the run falls due. Equal to `start` for `@once` and for runs of an export without schedule. */
  readonly end: Instant;
}

/** How an interval is written in names of objects: by its start. */
export const intervalName = ({ start }: Pick<Interval, 'start'>): string => compactInstant(start);

/** Whether the run of an interval may be made: the interval is over. */
export const isComplete = ({ end }: Interval, now: Date): boolean => millisOf(end) <= now.getTime();
