import type { TableName } from '../names.ts';
import type { Column } from '../types.ts';

export type StatementKind =
  | 'SELECT'
  | 'INSERT'
  | 'UPDATE'
  | 'DELETE'
  | 'MERGE'
  | 'TRUNCATE'
  | 'CREATE_TABLE'
  | 'CREATE_TABLE_AS_SELECT'
  | 'CREATE_VIEW'
  | 'DROP_TABLE'
  | 'DROP_VIEW'
  | 'ALTER_TABLE'
  | 'CREATE_SCHEMA'
  | 'BEGIN'
  | 'COMMIT'
  | 'ROLLBACK';

/** By what a table is partitioned: a time, a number or, without a field, the time of ingestion. */
export type PartitionBy =
  | { readonly type: 'HOUR' | 'DAY' | 'MONTH' | 'YEAR'; readonly field?: string }
  | {
      readonly field: string;
      readonly range: { readonly start: string; readonly end: string; readonly interval: string };
    };

/** What a DDL statement says of the table, view or dataset that it makes, or of the columns that it adds. */
export interface Created {
  readonly columns?: readonly Column[];
  readonly partitionBy?: PartitionBy;
  readonly clusterBy?: readonly string[];
  /** The literal values of OPTIONS: texts, numbers, booleans, nulls and, for labels, pairs of texts. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  /** The GoogleSQL after AS. */
  readonly query?: string;
  /** The same in DuckDB's SQL. */
  readonly select?: string;
}

/** One GoogleSQL statement in DuckDB's SQL. */
export interface TranslatedStatement {
  readonly sql: string;
  readonly kind: StatementKind;
  /** The table that it changes, makes or drops; of CREATE SCHEMA, with an empty table. */
  readonly target?: TableName;
  readonly reads: readonly TableName[];
  /** What DuckDB binds to `$1`, `$2` and so on: names of parameters, or their positions from 1. */
  readonly parameters: readonly string[];
  /** Of SELECT: its result's columns, where BigQuery can name their types. */
  readonly columns?: readonly Column[];
  readonly created?: Created;
}

/** What the translation of a statement's kind gives; the rest follows from what was met on the way. */
export type StatementBody = Pick<TranslatedStatement, 'sql' | 'kind' | 'target' | 'columns' | 'created'>;
