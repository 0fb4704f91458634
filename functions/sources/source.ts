import type { ColumnWriter } from '../core/batch/column-writer.ts';
import type { ColumnPolicy } from '../core/batch/config.ts';
import type { ExportColumn } from '../core/batch/export-column.ts';
import type { ExportRequest } from '../core/batch/export-request.ts';
import type { SourcePlan } from '../core/batch/part-plan.ts';

/**
 * A database from which exports are read. `open` begins a snapshot and describes the result without reading a row, so
 * that whatever the configuration does not allow is refused before.
 */
export type OpenSource = (request: ExportRequest, context: SourceContext) => Promise<SourceSnapshot>;

export interface SourceContext {
  /** Aborted at the deadline, or when another part has failed: whatever waits then rejects with its reason. */
  readonly signal: AbortSignal;
  /** Until when the database shall work for this export at most. */
  readonly deadline: Date;
  /** What a `projects/…/secrets/…/versions/…` holds. Rejects when the function was not given it. */
  readonly secret: (reference: string) => Promise<Uint8Array>;
  /** The plan of an earlier snapshot of the same request: its parts are read, and its moment where it has one. */
  readonly plan?: SourcePlan;
}

/** What most sources let read side by side: each part is a connection to the service's database. */
export const maxSideBySide = 4;

/** One consistent state of the database, held open: every part reads the same one. */
export interface SourceSnapshot {
  /** What identifies the state in the database's own words, such as an LSN or a GTID; it goes into the manifest. */
  readonly identity: Readonly<Record<string, string>>;
  /** The moment of the state, as far as the source knows it. */
  readonly readTime: Date;
  readonly columns: readonly SourceColumn[];
  /** From the database's statistics, for the estimate of progress; absent when it has none. */
  readonly estimatedRows?: number;
  readonly plan: SourcePlan;
  /** How many parts may be read at once. */
  readonly sideBySide: number;
  /** Reads one part of the plan, counted from 0, into the sink to its end. */
  read(part: number, sink: RowSink): Promise<void>;
  /** Ends the snapshot, but for what others need who go on with its plan; never rejects. */
  close(goesOn: boolean): Promise<void>;
}

export interface SourceColumn {
  readonly column: ExportColumn;
  /** What was written of it. */
  readonly policy: Partial<ColumnPolicy>;
}

/**
 * Where a part's rows go: as bytes into the columns' writers, one after the other in their order, each of them exactly
 * once per row; then `endRow`.
 */
export interface RowSink {
  /** One per column of the snapshot. */
  readonly writers: readonly ColumnWriter[];
  endRow(): void;
  /** False when the source has to pause until `ready` resolves, as soon as it can. */
  more(): boolean;
  /** Rejects when what has been handed over cannot be stored. */
  ready(): Promise<void>;
}
