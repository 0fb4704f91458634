import type { DuckDBStructValue } from '@duckdb/node-api';
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Column } from '../types.ts';
import { printDate, printDatetime, printTime } from './civil.ts';
import { decimals, printDecimal } from './decimal.ts';
import { printInterval } from './interval.ts';

/** How a TIMESTAMP is printed: https://cloud.google.com/bigquery/docs/reference/rest/v2/DataFormatOptions */
export type TimestampFormat = 'FLOAT64' | 'INT64' | 'ISO8601_STRING';

/** The value of a cell: text, null, a record's `f`, or the cells of an array. */
export type CellValue = string | null | { readonly f: readonly Cell[] } | readonly Cell[];

export interface Cell {
  readonly v: CellValue;
}

export interface RowJson {
  readonly f: readonly Cell[];
}

/** A row as the REST API prints it. */
export const rowJson = (columns: readonly Column[], row: readonly DuckDBValue[], format: TimestampFormat): RowJson => ({
  f: columns.map((column, index) => ({ v: cellValue(column, row[index] ?? null, format) })),
});

function cellValue(column: Column, value: DuckDBValue, format: TimestampFormat): CellValue {
  if (column.mode !== 'REPEATED') return value === null ? null : elementValue(column, value, format);
  // BigQuery has no NULL array; a column that was added inside a record may still hold one in DuckDB.
  const items = value instanceof DuckDBListValue ? value.items : [];
  return items.map(item => ({ v: item === null ? null : elementValue(column, item, format) }));
}

function elementValue(column: Column, value: DuckDBValue, format: TimestampFormat): CellValue {
  if (column.type === 'BIGNUMERIC') return printDecimal(value as bigint, decimals.BIGNUMERIC.scale);
  if (column.fields === undefined) return printScalar(value, format);
  const entries = Object.values((value as DuckDBStructValue).entries);
  return rowJson(column.fields, entries, format);
}

/** A value that is neither an array nor a record, as the REST API prints it. */
export function printScalar(value: DuckDBValue, format: TimestampFormat): string {
  if (typeof value === 'number') return printDouble(value);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (value instanceof DuckDBDecimalValue) return printDecimal(value.value, value.scale);
  if (value instanceof DuckDBTimestampTZValue) return printTimestamp(value.micros, format);
  if (value instanceof DuckDBTimestampValue) return printDatetime(value.micros);
  if (value instanceof DuckDBDateValue) return printDate(value.days);
  if (value instanceof DuckDBTimeValue) return printTime(value.micros);
  if (value instanceof DuckDBIntervalValue) return printInterval(value);
  return String(value);
}

function printTimestamp(micros: bigint, format: TimestampFormat): string {
  if (format === 'INT64') return micros.toString();
  if (format === 'ISO8601_STRING') return `${printDatetime(micros)}Z`;
  return printDouble(Number(micros) / 1e6);
}

/** A double as BigQuery's JSON has it: `1.0`, `1.5E10`, `NaN`, `Infinity`. */
export function printDouble(value: number): string {
  const size = Math.abs(value);
  if (Object.is(value, -0)) return '-0.0';
  if (!Number.isFinite(value) || value === 0 || (size >= 1e-3 && size < 1e7)) {
    return Number.isInteger(value) ? `${value}.0` : String(value);
  }
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}
