import { destinationId, type ExportAddress, type ExportConfig } from './config.ts';
import { type Instant, instantOf, later, millisOf, minutes } from './instant.ts';
import type { Interval } from './interval.ts';
import { isFinished, isHeldBy, type RunKind, type RunState, type RunStatus } from './run-status.ts';
import type { WaitCode } from './wait-reason.ts';

/** The object of one run in the state bucket. Plain data; changed by `applyEvent` and compare-and-swap only. */
export interface Run extends RunStatus {
  readonly version: 1;
  readonly export: ExportAddress;
  readonly created: Instant;
  /** Ids of the destinations that have to be loaded. */
  readonly destinations: readonly string[];
  readonly retryDelayMinutes: number;
  /** The last first; attempts of before a rerun by hand stay. */
  readonly attempts: readonly Attempt[];
  /** Who did what by hand, the last first. */
  readonly operations: readonly OperationRecord[];
}

export interface Attempt {
  readonly number: number;
  /** When its task was made. */
  readonly queued: Instant;
  readonly exportStarted?: Instant;
  readonly exportEnded?: Instant;
  readonly loadStarted?: Instant;
  readonly ended?: Instant;
  readonly outcome?: 'done' | 'failed' | 'timed-out' | 'cancelled';
  readonly error?: RunError;
  /** Where its manifest is, as a `gs://` URI. */
  readonly manifest?: string;
  readonly rows?: number;
  readonly bytes?: number;
  /** Ids of the destinations that are loaded. */
  readonly loaded: readonly string[];
}

export interface RunError {
  /** Of `functions/core/errors.ts`. */
  readonly code: string;
  readonly detail: string;
}

export interface OperationRecord {
  readonly at: Instant;
  /** The person's identity. */
  readonly by: string;
  readonly what: string;
}

/** What happens to a run. Those with an attempt are ignored when it is no longer the present one. */
export type RunEvent =
  | { readonly type: 'hold'; readonly reasons: readonly WaitCode[] }
  | { readonly type: 'dispatch'; readonly attempt: number }
  | { readonly type: 'export-started'; readonly attempt: number }
  | {
      readonly type: 'export-complete';
      readonly attempt: number;
      readonly manifest: string;
      readonly rows: number;
      readonly bytes: number;
    }
  | { readonly type: 'load-started'; readonly attempt: number }
  /** Of one destination, or of all when none is named. */
  | { readonly type: 'load-complete'; readonly attempt: number; readonly destination?: string }
  /** The export or the load failed. Without `retryable` no other attempt can help. */
  | { readonly type: 'attempt-failed'; readonly attempt: number; readonly error: RunError; readonly retryable: boolean }
  /** execution_timeout has passed. */
  | { readonly type: 'attempt-timed-out'; readonly attempt: number }
  /** dagrun_timeout has passed. */
  | { readonly type: 'run-timed-out' }
  | { readonly type: 'sla-missed' }
  | { readonly type: 'sla-at-risk' }
  | { readonly type: 'cancel'; readonly by: string }
  | { readonly type: 'mark'; readonly by: string; readonly state: 'done' | 'failed' }
  /** Starts anew with as many attempts as a new run has; an attempt under way is given up. */
  | { readonly type: 'rerun'; readonly by: string; readonly retryCount: number; readonly ignorePast?: boolean };

/** A run that nothing has happened to yet. */
export function newRun(config: ExportConfig, interval: Interval, kind: RunKind, now: Date): Run {
  const at = instantOf(now.getTime());
  return {
    version: 1,
    export: config.address,
    interval,
    kind,
    state: 'waiting',
    attempt: 0,
    lastAttempt: config.schedule.retryCount + 1,
    due: interval.end,
    created: at,
    started: at,
    changed: at,
    ignorePast: false,
    slaMissed: false,
    slaAtRisk: false,
    waitingFor: [],
    destinations: config.destinations.map(destinationId),
    retryDelayMinutes: config.schedule.retryDelayMinutes,
    attempts: [],
    operations: [],
  };
}

/**
 * The run after an event. Events arrive more than once and in any order: one that changes nothing any more gives the
 * same object back, so that whoever stores runs can tell by `===` that there is nothing to write.
 */
export function applyEvent(run: Run, event: RunEvent, now: Date): Run {
  const at = instantOf(now.getTime());
  switch (event.type) {
    case 'hold':
      return hold(run, event.reasons, at);
    case 'sla-missed':
      return run.slaMissed ? run : { ...run, slaMissed: true };
    case 'sla-at-risk':
      return run.slaAtRisk ? run : { ...run, slaAtRisk: true };
    case 'run-timed-out':
      return isFinished(run) ? run : end(run, 'failed', at, 'timed-out', runTimedOut);
    case 'cancel':
      return isFinished(run) ? run : operated(end(run, 'cancelled', at, 'cancelled'), at, event.by, 'cancelled it');
    case 'mark':
      return run.state === event.state
        ? run
        : operated(end(run, event.state, at, 'cancelled'), at, event.by, `marked it as ${event.state}`);
    case 'rerun':
      return rerun(run, event, at);
    case 'dispatch':
    case 'export-started':
    case 'export-complete':
    case 'load-started':
    case 'load-complete':
    case 'attempt-failed':
    case 'attempt-timed-out':
      return applyToAttempt(run, event, at);
  }
}

const runTimedOut: RunError = { code: 'RUN_TIMED_OUT', detail: 'dagrun_timeout passed before the run was done' };
const attemptTimedOut: RunError = { code: 'ATTEMPT_TIMED_OUT', detail: 'execution_timeout passed' };

function hold(run: Run, reasons: readonly WaitCode[], at: Instant): Run {
  const known = run.waitingFor;
  if (run.state !== 'waiting' || isHeldBy(run, reasons)) return run;
  const since = (code: WaitCode) => known.find(wait => wait.code === code)?.since ?? at;
  return { ...run, waitingFor: reasons.map(code => ({ code, since: since(code) })) };
}

type AttemptEvent = Extract<RunEvent, { readonly attempt: number }>;

function applyToAttempt(run: Run, event: AttemptEvent, at: Instant): Run {
  if (isFinished(run)) return run;
  const under = underWay(run, event.attempt, at);
  if (under === undefined) return run;
  const { started, present } = under;
  switch (event.type) {
    case 'dispatch':
      return started;
    case 'export-started':
      return present.exportStarted === undefined
        ? advance(started, { ...present, exportStarted: at }, 'exporting', at)
        : started;
    case 'export-complete':
      return present.manifest === undefined
        ? settle(
            started,
            {
              ...present,
              exportStarted: present.exportStarted ?? at,
              exportEnded: at,
              manifest: event.manifest,
              rows: event.rows,
              bytes: event.bytes,
            },
            'exported',
            at,
          )
        : started;
    case 'load-started':
      return present.loadStarted === undefined
        ? advance(started, { ...present, loadStarted: at }, 'loading', at)
        : started;
    case 'load-complete': {
      const loaded = [...new Set([...present.loaded, ...(event.destination ? [event.destination] : run.destinations)])];
      if (loaded.length === present.loaded.length) return started;
      return settle(started, { ...present, loadStarted: present.loadStarted ?? at, loaded }, 'loading', at);
    }
    case 'attempt-failed':
      return fail(started, 'failed', event.error, event.retryable, at);
    case 'attempt-timed-out':
      return fail(started, 'timed-out', attemptTimedOut, true, at);
  }
}

/**
 * The run with that attempt under way; undefined when the attempt is past, or is not the next one. An attempt that reports
 * before its dispatch was written down counts as dispatched.
 */
function underWay(run: Run, attempt: number, at: Instant): { started: Run; present: Attempt } | undefined {
  const known = run.attempts[0];
  if (attempt === run.attempt && known !== undefined) {
    return known.ended === undefined ? { started: run, present: known } : undefined;
  }
  if (attempt !== run.attempt + 1 || (run.state !== 'waiting' && run.state !== 'retrying')) return undefined;
  const present: Attempt = { number: attempt, queued: at, loaded: [] };
  return {
    started: {
      ...run,
      state: 'queued',
      attempt,
      changed: at,
      dispatched: run.dispatched ?? at,
      waitingFor: [],
      attempts: [present, ...run.attempts],
    },
    present,
  };
}

/**
 * Whether a run has any use for what that attempt does. Of one whose object is not there nothing says the contrary.
 */
export const wantsAttempt = (run: Run | undefined, attempt: number): boolean =>
  run === undefined || (!isFinished(run) && underWay(run, attempt, run.changed) !== undefined);

const order: readonly RunState[] = ['queued', 'exporting', 'exported', 'loading', 'done'];

/** The attempt's new facts; the state only ever moves forth, since events may overtake each other. */
function advance(run: Run, attempt: Attempt, state: RunState, at: Instant): Run {
  const attempts = [attempt, ...run.attempts.slice(1)];
  return order.indexOf(state) > order.indexOf(run.state)
    ? { ...run, attempts, state, changed: at }
    : { ...run, attempts };
}

/** As `advance`; the run is done when the manifest is known and every destination is loaded. */
function settle(run: Run, attempt: Attempt, state: RunState, at: Instant): Run {
  const advanced = advance(run, attempt, state, at);
  if (attempt.manifest === undefined || !run.destinations.every(id => attempt.loaded.includes(id))) return advanced;
  const dispatched = run.dispatched ?? attempt.queued;
  const seconds = Math.max(0, Math.round((millisOf(at) - millisOf(dispatched)) / 1000));
  return { ...end(advanced, 'done', at, 'done'), seconds };
}

function fail(run: Run, outcome: 'failed' | 'timed-out', error: RunError, retryable: boolean, at: Instant): Run {
  if (!retryable || run.attempt >= run.lastAttempt) return end(run, 'failed', at, outcome, error);
  const ended = end(run, 'retrying', at, outcome, error);
  return { ...ended, due: later(at, run.retryDelayMinutes * minutes) };
}

/** Puts the run into a state in which no attempt is under way. */
function end(run: Run, state: RunState, at: Instant, outcome: Attempt['outcome'] & string, error?: RunError): Run {
  const [present, ...past] = run.attempts;
  const attempts =
    present === undefined || present.ended !== undefined
      ? run.attempts
      : [{ ...present, ended: at, outcome, ...(error !== undefined && { error }) }, ...past];
  return { ...run, state, changed: at, waitingFor: [], attempts };
}

function rerun(run: Run, event: Extract<RunEvent, { type: 'rerun' }>, at: Instant): Run {
  const { seconds: _seconds, dispatched: _dispatched, ...ended } = end(run, 'waiting', at, 'cancelled');
  return operated(
    {
      ...ended,
      due: at > run.interval.end ? at : run.interval.end,
      started: at,
      lastAttempt: run.attempt + event.retryCount + 1,
      ignorePast: event.ignorePast ?? run.ignorePast,
      slaAtRisk: false,
    },
    at,
    event.by,
    'started it anew',
  );
}

const operated = (run: Run, at: Instant, by: string, what: string): Run => ({
  ...run,
  operations: [{ at, by, what }, ...run.operations],
});
