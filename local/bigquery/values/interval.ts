import { microsPerSecond } from './civil.ts';

/** BigQuery's INTERVAL and DuckDB's have the same three parts. */
export interface Interval {
  readonly months: number;
  readonly days: number;
  readonly micros: bigint;
}

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#interval_type */
const maxMonths = 120_000;
const maxDays = 3_660_000;
const maxMicros = 87_840_000n * 3600n * microsPerSecond;

const canonical = /^([+-]?)(\d+)-(\d+) ([+-]?\d+) ([+-]?)(\d+):(\d+):(\d+)(?:\.(\d{1,6}))?$/;
const iso8601 =
  /^P(?:([+-]?\d+)Y)?(?:([+-]?\d+)M)?(?:([+-]?\d+)W)?(?:([+-]?\d+)D)?(?:T(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?)(\d+)(?:\.(\d{1,6}))?S)?)?$/;

/** Reads `Y-M D H:M:S[.F]` and ISO 8601 (`P1Y2M3DT4H5M6.5S`); undefined when the text is neither or out of range. */
export function parseInterval(text: string): Interval | undefined {
  return checkInterval(parseCanonical(text) ?? parseIso8601(text));
}

export function checkInterval(interval: Interval | undefined): Interval | undefined {
  if (interval === undefined) return undefined;
  const { months, days, micros } = interval;
  const fits =
    Math.abs(months) <= maxMonths && Math.abs(days) <= maxDays && micros <= maxMicros && micros >= -maxMicros;
  return fits ? interval : undefined;
}

function parseCanonical(text: string): Interval | undefined {
  const match = canonical.exec(text);
  if (!match) return undefined;
  const [, monthSign, years, months, days, timeSign, hours, minutes, seconds, fraction] = match;
  const total = Number(years) * 12 + Number(months);
  const micros = clockMicros(hours, minutes, seconds, fraction);
  return {
    months: monthSign === '-' ? 0 - total : total,
    days: Number(days),
    micros: timeSign === '-' ? -micros : micros,
  };
}

function parseIso8601(text: string): Interval | undefined {
  const match = iso8601.exec(text);
  if (!match || /[PT]$/.test(text)) return undefined;
  const [, years = '0', months = '0', weeks = '0', days = '0', hours, minutes, sign, seconds, fraction] = match;
  const ofSeconds = clockMicros('0', '0', seconds, fraction);
  return {
    months: Number(years) * 12 + Number(months),
    days: Number(weeks) * 7 + Number(days),
    micros: clockMicros(hours, minutes, '0', undefined) + (sign === '-' ? -ofSeconds : ofSeconds),
  };
}

const clockMicros = (hours = '0', minutes = '0', seconds = '0', fraction = ''): bigint =>
  (BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(seconds)) * microsPerSecond + BigInt(fraction.padEnd(6, '0'));

/** `Y-M D H:M:S[.F]`, as BigQuery prints it. */
export function printInterval({ months, days, micros }: Interval): string {
  const m = Math.abs(months);
  const u = micros < 0n ? -micros : micros;
  const seconds = u / microsPerSecond;
  const fraction = u % microsPerSecond;
  const clock = `${seconds / 3600n}:${(seconds / 60n) % 60n}:${seconds % 60n}`;
  const digits =
    fraction === 0n
      ? ''
      : `.${fraction
          .toString()
          .padStart(6, '0')
          .replace(/(000)$/, '')}`;
  return `${months < 0 ? '-' : ''}${Math.trunc(m / 12)}-${m % 12} ${days} ${micros < 0n ? '-' : ''}${clock}${digits}`;
}
