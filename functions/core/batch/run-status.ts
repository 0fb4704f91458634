import type { Instant } from './instant.ts';
import type { Interval } from './interval.ts';
import type { WaitCode } from './wait-reason.ts';

export const runStates = [
  /** Made, but not started; `waitingFor` says what holds it back. */
  'waiting',
  /** Its task is in the pool's queue. */
  'queued',
  'exporting',
  'exported',
  'loading',
  'done',
  /** The attempt failed; the next one starts when `due` has come. */
  'retrying',
  'failed',
  'cancelled',
] as const;

export type RunState = (typeof runStates)[number];

/** What made a run: the schedule in time, the schedule later on, a person for one interval, or for a range of them. */
export type RunKind = 'scheduled' | 'catchup' | 'manual' | 'backfill';

/** What planning needs of a run: few enough facts to be in its object's metadata, so that one listing has them all. */
export interface RunStatus {
  readonly interval: Interval;
  readonly kind: RunKind;
  readonly state: RunState;
  /** Of the present or last attempt, from 1; 0 before the first. */
  readonly attempt: number;
  /** The number that the last attempt may have. A rerun by hand raises it. */
  readonly lastAttempt: number;
  /** Before it the next attempt does not start: the interval's end, or the end of a retry's delay. */
  readonly due: Instant;
  /** From when dagrun_timeout counts: when the run was made, or last rerun by hand. */
  readonly started: Instant;
  /** When the state changed last. */
  readonly changed: Instant;
  /** When the first attempt was dispatched, since the run was made or rerun by hand. */
  readonly dispatched?: Instant;
  /** What holds the run back, and since when; empty unless it is waiting. */
  readonly waitingFor: readonly Wait[];
  /** Set by a person: depends_on_past does not hold this run back. */
  readonly ignorePast: boolean;
  /** Has been told to be late, or to become so; each is told once. */
  readonly slaMissed: boolean;
  readonly slaAtRisk: boolean;
  /** From the first dispatch to the end of the load; there when the run is done. */
  readonly seconds?: number;
}

export interface Wait {
  readonly code: WaitCode;
  readonly since: Instant;
}

/** Whether nothing more happens to a run by itself. */
export const isFinished = ({ state }: Pick<RunStatus, 'state'>): boolean =>
  state === 'done' || state === 'failed' || state === 'cancelled';

/** Whether an attempt of the run is under way. */
export const isInFlight = ({ state }: Pick<RunStatus, 'state'>): boolean =>
  state === 'queued' || state === 'exporting' || state === 'exported' || state === 'loading';

/** Whether just these hold the run back, in this order. */
export const isHeldBy = ({ waitingFor }: Pick<RunStatus, 'waitingFor'>, codes: readonly WaitCode[]): boolean =>
  waitingFor.length === codes.length && waitingFor.every(({ code }, index) => code === codes[index]);

/** Of a run that the schedule made; the others were made by a person. */
export const isScheduled = ({ kind }: Pick<RunStatus, 'kind'>): boolean => kind === 'scheduled' || kind === 'catchup';

/** The status of a run alone, without what only its own object has. */
export const statusOf = (run: RunStatus): RunStatus => ({
  interval: run.interval,
  kind: run.kind,
  state: run.state,
  attempt: run.attempt,
  lastAttempt: run.lastAttempt,
  due: run.due,
  started: run.started,
  changed: run.changed,
  ...(run.dispatched !== undefined && { dispatched: run.dispatched }),
  waitingFor: run.waitingFor,
  ignorePast: run.ignorePast,
  slaMissed: run.slaMissed,
  slaAtRisk: run.slaAtRisk,
  ...(run.seconds !== undefined && { seconds: run.seconds }),
});
