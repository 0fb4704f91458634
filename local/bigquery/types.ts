import { quoted } from './names.ts';
import type { Digits } from './values/decimal.ts';

export type ColumnType =
  | 'STRING'
  | 'BYTES'
  | 'INTEGER'
  | 'FLOAT'
  | 'NUMERIC'
  | 'BIGNUMERIC'
  | 'BOOLEAN'
  | 'TIMESTAMP'
  | 'DATETIME'
  | 'DATE'
  | 'TIME'
  | 'INTERVAL'
  | 'JSON'
  | 'RECORD';

export type ColumnMode = 'NULLABLE' | 'REQUIRED' | 'REPEATED';

/** A column in the words of the REST API (`TableFieldSchema`), with its type's canonical name. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly mode: ColumnMode;
  readonly description?: string;
  readonly policyTags?: unknown;
  /** Of a NUMERIC or BIGNUMERIC with digits of its own; integers as text, as the REST API has them. */
  readonly precision?: string;
  readonly scale?: string;
  /** Of a RECORD. */
  readonly fields?: readonly Column[];
}

/** The digits that a decimal column allows; undefined when it has all of its type. */
export const digitsOf = ({ precision, scale = '0' }: Pick<Column, 'precision' | 'scale'>): Digits | undefined =>
  precision === undefined ? undefined : { precision: Number(precision), scale: Number(scale) };

/** Both names of every type: the REST API answers with the first. */
const names: Readonly<Record<string, ColumnType>> = {
  STRING: 'STRING',
  BYTES: 'BYTES',
  INTEGER: 'INTEGER',
  INT64: 'INTEGER',
  FLOAT: 'FLOAT',
  FLOAT64: 'FLOAT',
  NUMERIC: 'NUMERIC',
  DECIMAL: 'NUMERIC',
  BIGNUMERIC: 'BIGNUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
  BOOLEAN: 'BOOLEAN',
  BOOL: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMP',
  DATETIME: 'DATETIME',
  DATE: 'DATE',
  TIME: 'TIME',
  INTERVAL: 'INTERVAL',
  JSON: 'JSON',
  RECORD: 'RECORD',
  STRUCT: 'RECORD',
};

/** Types that BigQuery has and that DuckDB cannot hold exactly. */
export const unsupportedTypes: ReadonlySet<string> = new Set(['GEOGRAPHY', 'RANGE', 'FOREIGN']);

/** The type with that name, in either spelling and any case; undefined when there is none. */
export const columnType = (name: string): ColumnType | undefined => names[name.toUpperCase()];

/** The type names of the Storage API, which differ from those of the REST API. */
export const storageTypes: Readonly<Record<ColumnType, string>> = {
  STRING: 'STRING',
  BYTES: 'BYTES',
  INTEGER: 'INT64',
  FLOAT: 'DOUBLE',
  NUMERIC: 'NUMERIC',
  BIGNUMERIC: 'BIGNUMERIC',
  BOOLEAN: 'BOOL',
  TIMESTAMP: 'TIMESTAMP',
  DATETIME: 'DATETIME',
  DATE: 'DATE',
  TIME: 'TIME',
  INTERVAL: 'INTERVAL',
  JSON: 'JSON',
  RECORD: 'STRUCT',
};

/**
 * BigQuery's type -> DuckDB's. NUMERIC has 38 digits, 9 of them after the point, in both. A BIGNUMERIC is an integer, the
 * value times 10^38: no DECIMAL of DuckDB has so many digits, and integers have the same order. A TIMESTAMPTZ is a moment in
 * microseconds, as BigQuery's TIMESTAMP is; DuckDB's TIMESTAMP knows no zone, as BigQuery's DATETIME.
 */
const duckdbScalars: Readonly<Record<Exclude<ColumnType, 'RECORD'>, string>> = {
  STRING: 'VARCHAR',
  BYTES: 'BLOB',
  INTEGER: 'BIGINT',
  FLOAT: 'DOUBLE',
  NUMERIC: 'DECIMAL(38,9)',
  BIGNUMERIC: 'BIGNUM',
  BOOLEAN: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMPTZ',
  DATETIME: 'TIMESTAMP',
  DATE: 'DATE',
  TIME: 'TIME',
  INTERVAL: 'INTERVAL',
  JSON: 'JSON',
};

/** The DuckDB type of a column, in SQL: a RECORD is a STRUCT, a REPEATED column a list. */
export function duckdbType(column: Pick<Column, 'type' | 'mode' | 'fields'>): string {
  const element =
    column.type === 'RECORD'
      ? `STRUCT(${(column.fields ?? []).map(field => `${quoted(field.name)} ${duckdbType(field)}`).join(', ')})`
      : duckdbScalars[column.type];
  return column.mode === 'REPEATED' ? `${element}[]` : element;
}

/** A column's definition in CREATE TABLE. An array is never NULL in BigQuery, so it has a default. */
export function duckdbColumn(column: Column): string {
  const constraint = column.mode === 'REQUIRED' ? ' NOT NULL' : column.mode === 'REPEATED' ? ' DEFAULT []' : '';
  return `${quoted(column.name)} ${duckdbType(column)}${constraint}`;
}
