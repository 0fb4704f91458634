import type { FuncCall, OverArg, Parameter, SubSelect } from 'sql-parser-cst';
import type { DatasetName, TableName } from '../names.ts';
import type { Column } from '../types.ts';
import type { Complaints } from './errors.ts';
import type { Expression, ExpressionNode } from './expression.ts';
import type { Prepared } from './prepare.ts';
import type { Scope } from './scope.ts';
import type { SqlType } from './sql-type.ts';

/** A table or a view, as the catalogue knows it. */
export interface CatalogueTable {
  readonly table: string;
  readonly columns: readonly Column[];
  /** True for a table partitioned by ingestion time, which has `_PARTITIONTIME` and `_PARTITIONDATE`. */
  readonly partitioned: boolean;
}

export interface QueryParameter {
  /** Absent for a positional parameter. */
  readonly name?: string;
  /** In GoogleSQL's words, such as `ARRAY<STRING>`. */
  readonly type: string;
  readonly value: unknown;
}

export interface OutputColumn {
  /** Absent for a column that was given no name. */
  readonly name: string | undefined;
  readonly type: SqlType;
  /** Its name in DuckDB's SQL and in the result, unique in its query: `f0_` for the first without a name. */
  readonly sqlName: string;
  /** True for a bare NULL, which takes the type of what it is united with. */
  readonly isNull: boolean;
}

/** A translated query. */
export interface Query {
  readonly sql: string;
  readonly columns: readonly OutputColumn[];
  /** True for SELECT AS STRUCT and AS VALUE, whose one column is the row. */
  readonly isValue: boolean;
}

/** What the parts of the translator have of each other, for one statement. */
export interface Translator {
  readonly complain: Complaints;
  readonly prepared: Prepared;
  readonly defaultProject: string;
  readonly defaultDataset: string | undefined;
  /** The tables of a dataset; none when there is no such dataset. */
  tables(dataset: DatasetName): readonly CatalogueTable[];
  /** Notes that the statement reads a table. */
  reads(table: TableName): void;
  parameter(node: Parameter): Expression;
  /** A name that is used nowhere else in the statement. */
  fresh(prefix: string): string;
  expression(node: ExpressionNode, scope: Scope): Expression;
  query(node: SubSelect, scope: Scope): Query;
  functionCall(node: FuncCall, scope: Scope): Expression;
  window(node: OverArg, scope: Scope): string;
  /** How many aggregate calls have been met: tells whether an expression holds one. */
  aggregates: number;
}
