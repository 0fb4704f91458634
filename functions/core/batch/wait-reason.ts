/** What can keep an interval of an export from running. */
export type WaitCode =
  | 'paused'
  | 'interval-not-over'
  | 'retry-delay'
  | 'depends-on-past'
  | 'max-active-runs'
  | 'pool-unknown'
  | 'pool-full'
  | 'before-start-date'
  | 'no-schedule'
  | 'skipped'
  | 'not-planned-yet';

/** One thing that keeps a run from starting, in words for a person. */
export interface WaitReason {
  readonly code: WaitCode;
  readonly detail: string;
}
