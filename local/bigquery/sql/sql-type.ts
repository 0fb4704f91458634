import { quoted } from '../names.ts';
import { type Column, columnType } from '../types.ts';

export type ScalarName =
  | 'INT64'
  | 'FLOAT64'
  | 'NUMERIC'
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
  | { readonly kind: ScalarName }
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
  if (type.kind !== 'STRUCT') return type.kind;
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
export function typeOfColumn(column: Pick<Column, 'type' | 'mode' | 'fields'>): SqlType {
  const element =
    column.type === 'RECORD'
      ? structOf((column.fields ?? []).map(field => ({ name: field.name, type: typeOfColumn(field) })))
      : scalar(scalarNamed(column.type) ?? 'STRING');
  return column.mode === 'REPEATED' ? arrayOf(element) : element;
}

/** The column that holds values of a type. An array of arrays and an anonymous field have none. */
export function columnOfType(name: string, type: SqlType): Column | undefined {
  const element = type.kind === 'ARRAY' ? type.element : type;
  const mode = type.kind === 'ARRAY' ? 'REPEATED' : 'NULLABLE';
  if (element.kind === 'ARRAY') return undefined;
  if (element.kind !== 'STRUCT') {
    const restName = columnType(element.kind);
    return restName === undefined ? undefined : { name, type: restName, mode };
  }
  const fields = element.fields.map(field =>
    field.name === undefined ? undefined : columnOfType(field.name, field.type),
  );
  return fields.every(field => field !== undefined) ? { name, type: 'RECORD', mode, fields } : undefined;
}
