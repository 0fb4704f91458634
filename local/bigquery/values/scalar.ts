import {
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { type Column, digitsOf } from '../types.ts';
import {
  maxDays,
  maxMicros,
  minDays,
  minMicros,
  parseDate,
  parseDatetime,
  parseTime,
  parseTimestamp,
} from './civil.ts';
import { checkDecimal, type DecimalType, decimals, fitDigits, isDecimal, parseDecimal, rescaled } from './decimal.ts';
import { type Interval, parseInterval } from './interval.ts';
import { normalJson } from './json-text.ts';

/** A value that does not fit its column. `path` is the column's, with dots inside records. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/** Makes DuckDB's value of a column's text, or undefined when the text is none of that type. */
type TextReader = (text: string) => DuckDBValue | undefined;

const present =
  <T>(parse: (text: string) => T | undefined, wrap: (value: T) => DuckDBValue): TextReader =>
  text => {
    const value = parse(text);
    return value === undefined ? undefined : wrap(value);
  };

/** Readers of the literals that BigQuery takes in place of a value of that type. */
export const textReaders = {
  NUMERIC: decimalReader('NUMERIC'),
  BIGNUMERIC: decimalReader('BIGNUMERIC'),
  TIMESTAMP: present(parseTimestamp, micros => new DuckDBTimestampTZValue(micros)),
  DATETIME: present(parseDatetime, micros => new DuckDBTimestampValue(micros)),
  DATE: present(parseDate, days => new DuckDBDateValue(days)),
  TIME: present(parseTime, micros => new DuckDBTimeValue(micros)),
  INTERVAL: present(parseInterval, intervalOf),
  JSON: normalJson,
} satisfies Record<string, TextReader>;

function decimalReader(type: DecimalType): TextReader {
  return present(
    text => parseDecimal(type, text),
    scaled => decimalOf(type, scaled),
  );
}

/** DuckDB's value of a decimal, which holds it times 10 to the type's scale. */
function decimalOf(type: DecimalType, scaled: bigint): DuckDBValue {
  return type === 'NUMERIC' ? new DuckDBDecimalValue(scaled, numericWidth, decimals.NUMERIC.scale) : scaled;
}

/** All digits of DuckDB's DECIMAL that a NUMERIC is. */
export const numericWidth = 38;

/** The same of an integer with `scale` digits after its point; undefined when it does not fit exactly. */
export function rescaledDecimal(type: DecimalType, unscaled: bigint, scale: number): DuckDBValue | undefined {
  const scaled = rescaled(type, unscaled, scale);
  return scaled === undefined ? undefined : decimalOf(type, scaled);
}

/** The same of an integer that has the type's scale already. */
export function checkedDecimal(type: DecimalType, scaled: bigint): DuckDBValue | undefined {
  return checkDecimal(type, scaled) === undefined ? undefined : decimalOf(type, scaled);
}

/** A value as its column stores it: one with few digits rounds decimals. Undefined when it has too many. */
export function stored(column: Column, value: DuckDBValue | undefined): DuckDBValue | undefined {
  const digits = digitsOf(column);
  if (digits === undefined || !isDecimal(column.type)) return value;
  const scaled = value instanceof DuckDBDecimalValue ? value.value : value;
  if (typeof scaled !== 'bigint') return value;
  const fitted = fitDigits(column.type, digits, scaled);
  return fitted === undefined ? undefined : decimalOf(column.type, fitted);
}

export function intervalOf({ months, days, micros }: Interval): DuckDBIntervalValue {
  return new DuckDBIntervalValue(months, days, micros);
}

export const timestampOfMicros = (micros: bigint): DuckDBValue | undefined =>
  micros >= minMicros && micros <= maxMicros ? new DuckDBTimestampTZValue(micros) : undefined;

export const datetimeOfMicros = (micros: bigint): DuckDBValue | undefined =>
  micros >= minMicros && micros <= maxMicros ? new DuckDBTimestampValue(micros) : undefined;

export const dateOfDays = (days: number): DuckDBValue | undefined =>
  days >= minDays && days <= maxDays ? new DuckDBDateValue(days) : undefined;

export const isInt64 = (value: bigint): boolean => BigInt.asIntN(64, value) === value;
