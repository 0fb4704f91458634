import type { DuckDBValue } from '@duckdb/node-api';
import type { TableName } from '../names.ts';
import type { Column } from '../types.ts';

/** What a query, or the last statement of a script, has brought. */
export interface QueryResult {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly DuckDBValue[])[];
  /** BigQuery's word for the statement, such as SELECT or CREATE_TABLE_AS_SELECT. */
  readonly statementType: string;
  /** Rows that a DML statement has changed. */
  readonly affectedRows?: number;
  /** The table that a DDL statement has made, changed or dropped. */
  readonly ddlTarget?: TableName;
}
