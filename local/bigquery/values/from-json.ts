import {
  DuckDBBlobValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Column, ColumnType } from '../types.ts';
import { isInt64, stored, textReaders, timestampOfMicros, ValueError } from './scalar.ts';

/** How the rows of a request are read. */
export interface JsonRows {
  /** Columns that the write path has not heard of yet count as unknown. */
  readonly known: readonly Column[];
  readonly ignoreUnknown: boolean;
}

/**
 * Reads a row of `tabledata.insertAll`: one value per column, in the columns' order. Throws a ValueError for the first
 * value that does not fit, and for a field that no column has unless unknown ones are ignored.
 * https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/insertAll
 */
export function rowOfJson(columns: readonly Column[], row: unknown, how: JsonRows): DuckDBValue[] {
  if (!isRecord(row)) throw new ValueError('', 'This row is not a JSON object.');
  return readFields(columns, row, '', how);
}

type JsonObject = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readFields(columns: readonly Column[], row: JsonObject, parent: string, how: JsonRows): DuckDBValue[] {
  const known = new Map(how.known.map(column => [column.name.toLowerCase(), column]));
  const given = new Map<string, unknown>();
  for (const [name, value] of Object.entries(row)) {
    if (known.has(name.toLowerCase())) given.set(name.toLowerCase(), value);
    else if (!how.ignoreUnknown) throw new ValueError(`${parent}${name}`, `no such field: ${parent}${name}.`);
  }
  return columns.map(column => {
    const name = column.name.toLowerCase();
    const inside = { known: known.get(name)?.fields ?? [], ignoreUnknown: how.ignoreUnknown };
    return readColumn(column, given.get(name), `${parent}${column.name}`, inside);
  });
}

/** `inside` is for the fields of a RECORD. */
function readColumn(column: Column, value: unknown, path: string, inside: JsonRows): DuckDBValue {
  if (column.mode === 'REPEATED') return readArray(column, value, path, inside);
  if (value === undefined || value === null) {
    if (column.mode === 'REQUIRED') throw new ValueError(path, `Missing required field: ${path}.`);
    return null;
  }
  if (Array.isArray(value) && column.type !== 'JSON') {
    throw new ValueError(path, `Array specified for non-repeated field: ${path}.`);
  }
  return readElement(column, value, path, inside);
}

function readArray(column: Column, value: unknown, path: string, inside: JsonRows): DuckDBValue {
  if (value === undefined || value === null) return new DuckDBListValue([]);
  // BigQuery takes a single value for an array of one.
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return new DuckDBListValue(
    items.map(item => {
      if (item === null) {
        throw new ValueError(path, `Only optional fields can be set to NULL. Field: ${path}; Value: NULL`);
      }
      return readElement(column, item, path, inside);
    }),
  );
}

function readElement(column: Column, value: unknown, path: string, inside: JsonRows): DuckDBValue {
  if (column.fields !== undefined) {
    if (!isRecord(value)) throw new ValueError(path, `This field: ${path} is not a record.`);
    const values = readFields(column.fields, value, `${path}.`, inside);
    return new DuckDBStructValue(Object.fromEntries(column.fields.map((field, i) => [field.name, values[i] ?? null])));
  }
  if (isRecord(value) && column.type !== 'JSON') throw new ValueError(path, `This field: ${path} is not a record.`);
  const result = stored(column, readScalar(column.type, value));
  if (result === undefined) {
    throw new ValueError(path, `Cannot convert value to ${typeWords[column.type]} (bad value): ${String(value)}`);
  }
  return result;
}

const typeWords: Readonly<Record<ColumnType, string>> = {
  STRING: 'string',
  BYTES: 'bytes',
  INTEGER: 'integer',
  FLOAT: 'float',
  NUMERIC: 'numeric',
  BIGNUMERIC: 'bignumeric',
  BOOLEAN: 'boolean',
  TIMESTAMP: 'timestamp',
  DATETIME: 'datetime',
  DATE: 'date',
  TIME: 'time',
  INTERVAL: 'interval',
  JSON: 'JSON',
  RECORD: 'record',
};

/** A scalar of that type out of JSON's strings, numbers and booleans; undefined when it does not fit. */
export function readScalar(type: ColumnType, value: unknown): DuckDBValue | undefined {
  // A value of a JSON column may be given as JSON text or as the value itself.
  const text = typeof value === 'string' ? value : type === 'JSON' ? JSON.stringify(value) : String(value);
  switch (type) {
    case 'STRING':
      return text;
    case 'BYTES':
      return readBytes(text);
    case 'INTEGER':
      return readInteger(text);
    case 'FLOAT':
      return readFloat(text);
    case 'BOOLEAN':
      return readBoolean(text);
    case 'TIMESTAMP':
      return typeof value === 'number'
        ? timestampOfSeconds(value)
        : (textReaders.TIMESTAMP(text) ?? timestampOfText(text));
    case 'RECORD':
      return undefined;
    default:
      return textReaders[type](text);
  }
}

function readBytes(text: string): DuckDBValue | undefined {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(standard)) return undefined;
  return new DuckDBBlobValue(Buffer.from(standard, 'base64'));
}

function readInteger(text: string): bigint | undefined {
  if (!/^[+-]?\d+(\.0*)?$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, '').replace(/\..*$/, ''));
  return isInt64(value) ? value : undefined;
}

const specialFloats: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '+infinity': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
};

function readFloat(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number(text);
  return specialFloats[text.toLowerCase()];
}

const booleans: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  '1': true,
  false: false,
  f: false,
  '0': false,
};

const readBoolean = (text: string): boolean | undefined => booleans[text.toLowerCase()];

/** A number is seconds since the epoch, with a fraction. */
function timestampOfSeconds(seconds: number): DuckDBValue | undefined {
  return Number.isFinite(seconds) ? timestampOfMicros(BigInt(Math.round(seconds * 1e6))) : undefined;
}

function timestampOfText(text: string): DuckDBTimestampTZValue | undefined {
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,6})\d*)?$/.exec(text);
  if (!match) return undefined;
  const micros = BigInt(match[2] ?? '') * 1_000_000n + BigInt((match[3] ?? '').padEnd(6, '0'));
  const value = timestampOfMicros(match[1] === '-' ? -micros : micros);
  return value instanceof DuckDBTimestampTZValue ? value : undefined;
}
