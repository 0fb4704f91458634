import { DuckDBTimeValue, type DuckDBValue } from '@duckdb/node-api';
import { parseDatetime } from '../values/civil.ts';
import { datetimeOfMicros } from '../values/scalar.ts';

/** The bits of `value` from `shift` up. */
const bits = (value: bigint, shift: bigint, width: number) => Number(BigInt.asUintN(width, value >> shift));

/** Microseconds since midnight of the low 37 bits: hour 5, minute 6, second 6, microsecond 20. */
function clock(value: bigint): bigint | undefined {
  const [hour, minute, second, micros] = [
    bits(value, 32n, 5),
    bits(value, 26n, 6),
    bits(value, 20n, 6),
    bits(value, 0n, 20),
  ];
  if (hour > 23 || minute > 59 || second > 59 || micros > 999_999) return undefined;
  return BigInt(hour * 3600 + minute * 60 + second) * 1_000_000n + BigInt(micros);
}

/**
 * A TIME packed in an integer, as Google's CivilTimeEncoder packs it.
 * https://github.com/googleapis/java-bigquerystorage
 */
export function civilTime(value: bigint): DuckDBValue | undefined {
  const micros = value >> 37n === 0n ? clock(value) : undefined;
  return micros === undefined ? undefined : new DuckDBTimeValue(micros);
}

/** A DATETIME packed in an integer: year 14 bits, month 4, day 5, then the time. */
export function civilDatetime(value: bigint): DuckDBValue | undefined {
  const micros = clock(value);
  const [year, month, day] = [bits(value, 46n, 14), bits(value, 42n, 4), bits(value, 37n, 5)];
  const midnight = parseDatetime(`${String(year).padStart(4, '0')}-${month}-${day}`);
  return micros === undefined || midnight === undefined ? undefined : datetimeOfMicros(midnight + micros);
}
