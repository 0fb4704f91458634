import { quoted } from '../names.ts';
import { type Column, columnType, digitsOf } from '../types.ts';
import type { Digits } from '../values/decimal.ts';

export type ScalarName =
  | 'INT64'
  | 'FLOAT64'
  | 'NUMERIC'
  | 'BIGNUMERIC'
  | 'STRING'
  | 'BYTES'
  | 'BOOL'
  | 'TIMESTAMP'
  | 'DATETIME'
  | 'DATE'
  | 'TIME'
  | 'INTERVAL'
  | 'JSON';

/** The type of an expression, in GoogleSQL's words. */
export type SqlType =
  | {
      readonly kind: ScalarName;
      /** Of a decimal that a column or a CAST allows few digits; they count where it is stored only. */
      readonly digits?: Digits;
    }
  | { readonly kind: 'ARRAY'; readonly element: SqlType }
  | { readonly kind: 'STRUCT'; readonly fields: readonly Field[] };

export interface Field {
  /** Absent for an anonymous field. */
  readonly name: string | undefined;
  readonly type: SqlType;
}

export const scalar = (kind: ScalarName): SqlType => ({ kind });
export const arrayOf = (element: SqlType): SqlType => ({ kind: 'ARRAY', element });
export const structOf = (fields: readonly Field[]): SqlType => ({ kind: 'STRUCT', fields });

const duckdbNames: Readonly<Record<ScalarName, string>> = {
  INT64: 'BIGINT',
  FLOAT64: 'DOUBLE',
  NUMERIC: 'DECIMAL(38,9)',
  BIGNUMERIC: 'BIGNUM',
  STRING: 'VARCHAR',
  BYTES: 'BLOB',
  BOOL: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMPTZ',
  DATETIME: 'TIMESTAMP',
  DATE: 'DATE',
  TIME: 'TIME',
  INTERVAL: 'INTERVAL',
  JSON: 'JSON',
};

const aliases: Readonly<Record<string, ScalarName>> = {
  INT: 'INT64',
  INTEGER: 'INT64',
  BIGINT: 'INT64',
  SMALLINT: 'INT64',
  TINYINT: 'INT64',
  BYTEINT: 'INT64',
  DECIMAL: 'NUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
  BOOLEAN: 'BOOL',
  // The REST API's name; GoogleSQL has FLOAT64 only.
  FLOAT: 'FLOAT64',
};

/** The scalar type with that name, in any case; undefined when there is none here. */
export function scalarNamed(name: string): ScalarName | undefined {
  const upper = name.toUpperCase();
  return upper in duckdbNames ? (upper as ScalarName) : aliases[upper];
}

/** The name that a struct's field has in DuckDB, where every field has one. */
export const fieldName = (field: Field, index: number) => field.name ?? `_field_${index + 1}`;

export function duckdbType(type: SqlType): string {
  if (type.kind === 'ARRAY') return `${duckdbType(type.element)}[]`;
  if (type.kind !== 'STRUCT') return duckdbNames[type.kind];
  const fields = type.fields.map((field, index) => `${quoted(fieldName(field, index))} ${duckdbType(field.type)}`);
  return `STRUCT(${fields.join(', ')})`;
}

/** The type as GoogleSQL writes it, for messages and INFORMATION_SCHEMA. */
export function typeName(type: SqlType): string {
  if (type.kind === 'ARRAY') return `ARRAY<${typeName(type.element)}>`;
  if (type.kind !== 'STRUCT') {
    const { digits } = type;
    if (digits === undefined) return type.kind;
    return `${type.kind}(${digits.precision}${digits.scale === 0 ? '' : `, ${digits.scale}`})`;
  }
  const fields = type.fields.map(field =>
    field.name ? `${field.name} ${typeName(field.type)}` : typeName(field.type),
  );
  return `STRUCT<${fields.join(', ')}>`;
}

export function sameType(a: SqlType, b: SqlType): boolean {
  if (a.kind === 'ARRAY') return b.kind === 'ARRAY' && sameType(a.element, b.element);
  if (a.kind !== 'STRUCT') return a.kind === b.kind;
  return (
    b.kind === 'STRUCT' &&
    a.fields.length === b.fields.length &&
    a.fields.every((field, index) => {
      const other = b.fields[index];
      return other !== undefined && field.name === other.name && sameType(field.type, other.type);
    })
  );
}

/** The type of a table's column. */
export function typeOfColumn(column: Pick<Column, 'type' | 'mode' | 'fields' | 'precision' | 'scale'>): SqlType {
  const digits = digitsOf(column);
  const element =
    column.type === 'RECORD'
      ? structOf((column.fields ?? []).map(field => ({ name: field.name, type: typeOfColumn(field) })))
      : { kind: scalarNamed(column.type) ?? 'STRING', ...(digits && { digits }) };
  return column.mode === 'REPEATED' ? arrayOf(element) : element;
}

/**
 * The column that holds values of a type. An array of arrays and an anonymous field have none. Digits are those of a
 * declaration only: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#parameterized_data_types
 */
export function columnOfType(name: string, type: SqlType, isDeclared = false): Column | undefined {
  const element = type.kind === 'ARRAY' ? type.element : type;
  const mode = type.kind === 'ARRAY' ? 'REPEATED' : 'NULLABLE';
  if (element.kind === 'ARRAY') return undefined;
  if (element.kind !== 'STRUCT') {
    const restName = columnType(element.kind);
    if (restName === undefined) return undefined;
    const { digits } = element;
    if (digits === undefined || !isDeclared) return { name, type: restName, mode };
    return { name, type: restName, mode, precision: String(digits.precision), scale: String(digits.scale) };
  }
  const fields = element.fields.map(field =>
    field.name === undefined ? undefined : columnOfType(field.name, field.type, isDeclared),
  );
  return fields.every(field => field !== undefined) ? { name, type: 'RECORD', mode, fields } : undefined;
}
