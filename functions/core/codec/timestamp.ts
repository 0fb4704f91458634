import { OutOfRange } from './out-of-range.ts';

/**
 * The first and the last microsecond that BigQuery's TIMESTAMP holds: the years 0001 to 9999.
 * See https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#timestamp_type
 */
const first = -62_135_596_800_000_000n;
const last = 253_402_300_799_999_999n;

/** Microseconds since 1970 of a google.protobuf.Timestamp, rounded down. Throws OutOfRange. */
export function timestampMicros(seconds: bigint, nanos: number): bigint {
  return timestampOfMicros(seconds * 1_000_000n + BigInt(Math.floor(nanos / 1000)));
}

/** Microseconds since 1970 that a TIMESTAMP holds. Throws OutOfRange. */
export function timestampOfMicros(micros: bigint): bigint {
  if (micros < first || micros > last) throw new OutOfRange('a timestamp outside of the years 0001 to 9999');
  return micros;
}

/** Microseconds of a google.protobuf.Duration, rounded down. Throws OutOfRange. */
export function durationMicros(seconds: bigint, nanos: number): bigint {
  const micros = seconds * 1_000_000n + BigInt(Math.floor(nanos / 1000));
  if (BigInt.asIntN(64, micros) !== micros) throw new OutOfRange('a duration of more than 2^63 microseconds');
  return micros;
}

/** Microseconds since 1970 of an RFC 3339 time in UTC; undefined when the text is none or is out of range. */
export function microsOfRfc3339(text: string): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text);
  const milliseconds = match === null ? Number.NaN : Date.parse(`${match[1] ?? ''}Z`);
  if (Number.isNaN(milliseconds)) return undefined;
  const micros = BigInt(milliseconds) * 1000n + BigInt((match?.[2] ?? '').padEnd(6, '0').slice(0, 6));
  return micros < first ? undefined : micros;
}
