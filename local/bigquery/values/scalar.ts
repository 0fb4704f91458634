import {
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
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
import { type Interval, parseInterval } from './interval.ts';
import { normalJson } from './json-text.ts';
import { checkNumeric, numericPrecision, numericScale, parseNumeric } from './numeric.ts';

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
  NUMERIC: present(parseNumeric, numericOf),
  TIMESTAMP: present(parseTimestamp, micros => new DuckDBTimestampTZValue(micros)),
  DATETIME: present(parseDatetime, micros => new DuckDBTimestampValue(micros)),
  DATE: present(parseDate, days => new DuckDBDateValue(days)),
  TIME: present(parseTime, micros => new DuckDBTimeValue(micros)),
  INTERVAL: present(parseInterval, intervalOf),
  JSON: normalJson,
} satisfies Record<string, TextReader>;

export function numericOf(scaled: bigint): DuckDBDecimalValue {
  return new DuckDBDecimalValue(scaled, numericPrecision, numericScale);
}

export function intervalOf({ months, days, micros }: Interval): DuckDBIntervalValue {
  return new DuckDBIntervalValue(months, days, micros);
}

/** A NUMERIC of a whole number; undefined when it has more than 29 digits. */
export function numericOfInteger(value: bigint): DuckDBValue | undefined {
  const scaled = checkNumeric(value * 10n ** BigInt(numericScale));
  return scaled === undefined ? undefined : numericOf(scaled);
}

export const timestampOfMicros = (micros: bigint): DuckDBValue | undefined =>
  micros >= minMicros && micros <= maxMicros ? new DuckDBTimestampTZValue(micros) : undefined;

export const datetimeOfMicros = (micros: bigint): DuckDBValue | undefined =>
  micros >= minMicros && micros <= maxMicros ? new DuckDBTimestampValue(micros) : undefined;

export const dateOfDays = (days: number): DuckDBValue | undefined =>
  days >= minDays && days <= maxDays ? new DuckDBDateValue(days) : undefined;

export const isInt64 = (value: bigint): boolean => BigInt.asIntN(64, value) === value;
