import type { ExportAddress } from './config.ts';
import type { Instant } from './instant.ts';
import type { Interval } from './interval.ts';
import type { Run, RunEvent } from './run.ts';
import type { RunState } from './run-status.ts';

/** What a person may do by hand with one export. Plain data. */
export type Operation =
  | {
      /** Starts runs anew; those that are named are given up when they are under way. */
      readonly type: 'rerun';
      readonly export: ExportAddress;
      readonly runs: RunSelection;
      /** depends_on_past does not hold them back. */
      readonly ignorePast?: boolean;
    }
  | {
      readonly type: 'mark-done' | 'mark-failed' | 'cancel';
      readonly export: ExportAddress;
      readonly runs: RunSelection;
    }
  | { readonly type: 'pause' | 'resume'; readonly export: ExportAddress }
  | {
      /** Runs the latest interval that was over at a moment. */
      readonly type: 'run';
      readonly export: ExportAddress;
      readonly at: Instant;
      readonly ignorePast?: boolean;
    }
  | {
      /** Runs all intervals that start at or after `from` and before `to`. */
      readonly type: 'backfill';
      readonly export: ExportAddress;
      readonly from: Instant;
      readonly to: Instant;
      /** Starts those anew that were run before. */
      readonly rerun?: boolean;
    };

export type OperationType = Operation['type'];

/** Which runs of an export. */
export interface RunSelection {
  /** Starts of their intervals; none for all runs of the export. */
  readonly starts: readonly Instant[];
  /** And all runs before the earliest of them. */
  readonly past?: boolean;
  /** And all runs after the latest of them. */
  readonly future?: boolean;
  /** Of all these the failed ones only. */
  readonly failed?: boolean;
}

/** What an operation does to one run, or to the schedule of the export. */
export interface Change {
  /** `run`, or `schedule` when it has no interval. */
  readonly what: 'run' | 'schedule';
  readonly interval?: Interval;
  /** Absent when there is no run yet. */
  readonly before?: ChangeState;
  /** Absent when it stays as it is. */
  readonly after?: ChangeState;
  /** Why it stays as it is. */
  readonly why?: string;
  /** The attempt that it has now; 0 before the first. */
  readonly attempt?: number;
  /** The run to make, when there is none. */
  readonly create?: Run;
}

export type ChangeState = RunState | 'active' | 'paused';

/** What an operation would do: shown before it is done. */
export interface Preview {
  /** The earliest interval first. */
  readonly changes: readonly Change[];
  /** What else a person should know before saying yes, each a sentence. */
  readonly notes: readonly string[];
  /** Names what would be changed: an operation is refused when it would do something else than was seen. */
  readonly seen: string;
}

/** Those of its changes that change anything. */
export const effective = ({ changes }: Pick<Preview, 'changes'>): Change[] =>
  changes.filter(({ after }) => after !== undefined);

/** What an operation means to a run that is there. */
export function eventOf(operation: Operation, retryCount: number, by: string): RunEvent {
  switch (operation.type) {
    case 'mark-done':
      return { type: 'mark', state: 'done', by };
    case 'mark-failed':
      return { type: 'mark', state: 'failed', by };
    case 'cancel':
      return { type: 'cancel', by };
    case 'rerun':
    case 'run':
      return { type: 'rerun', by, retryCount, ...(operation.ignorePast && { ignorePast: true }) };
    case 'backfill':
      return { type: 'rerun', by, retryCount };
    case 'pause':
    case 'resume':
      throw new Error(`${operation.type} is of no run`);
  }
}
