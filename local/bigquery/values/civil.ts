/** Dates and times of the proleptic Gregorian calendar as numbers, and their text as BigQuery reads and prints it. */

export const microsPerSecond = 1_000_000n;
const microsPerDay = 86_400n * microsPerSecond;

/** 0001-01-01 and 9999-12-31, in days since 1970-01-01: BigQuery's first and last date. */
export const minDays = -719_162;
export const maxDays = 2_932_896;
export const minMicros = BigInt(minDays) * microsPerDay;
export const maxMicros = BigInt(maxDays + 1) * microsPerDay - 1n;

const datePart = String.raw`(\d{4})-(\d{1,2})-(\d{1,2})`;
const timePart = String.raw`(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,6}))?`;
const zonePart = String.raw`(Z|UTC|[+-]\d{1,2}(?::?\d{2})?)`;
const datePattern = new RegExp(`^${datePart}$`);
const timePattern = new RegExp(`^${timePart}$`);
const datetimePattern = new RegExp(`^${datePart}(?:[ T]${timePart})?$`, 'i');
const timestampPattern = new RegExp(`^${datePart}(?:[ T]${timePart})?(?: ?${zonePart})?$`, 'i');

/** Days since 1970-01-01 of `YYYY-MM-DD`; undefined when the text is no date. */
export function parseDate(text: string): number | undefined {
  const match = datePattern.exec(text);
  return match ? daysOf(match.slice(1)) : undefined;
}

/** Microseconds since midnight of `HH:MM:SS[.ffffff]`. */
export function parseTime(text: string): bigint | undefined {
  const match = timePattern.exec(text);
  return match ? microsOf(match.slice(1)) : undefined;
}

/** Microseconds since 1970-01-01T00:00:00 of a DATETIME, which has no zone. */
export function parseDatetime(text: string): bigint | undefined {
  const match = datetimePattern.exec(text);
  return match ? civilMicros(match.slice(1, 4), match.slice(4, 8)) : undefined;
}

/** Microseconds since the epoch of a TIMESTAMP. Without a zone it is UTC; names of zones other than UTC are not read. */
export function parseTimestamp(text: string): bigint | undefined {
  const match = timestampPattern.exec(text);
  if (!match) return undefined;
  const civil = civilMicros(match.slice(1, 4), match.slice(4, 8));
  const zone = offsetMicros(match[8] ?? 'Z');
  if (civil === undefined || zone === undefined) return undefined;
  const micros = civil - zone;
  return micros >= minMicros && micros <= maxMicros ? micros : undefined;
}

function civilMicros(date: readonly (string | undefined)[], time: readonly (string | undefined)[]): bigint | undefined {
  const days = daysOf(date);
  const micros = time[0] === undefined ? 0n : microsOf(time);
  return days === undefined || micros === undefined ? undefined : BigInt(days) * microsPerDay + micros;
}

function daysOf([year, month, day]: readonly (string | undefined)[]): number | undefined {
  // Date.UTC reads years below 100 as 19xx, and lets 31 April be 1 May: setUTCFullYear and the comparison mend both.
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const days = date.getTime() / 86_400_000;
  const isReal = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  return isReal && days >= minDays && days <= maxDays ? days : undefined;
}

function microsOf([hour, minute, second, fraction]: readonly (string | undefined)[]): bigint | undefined {
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  if (h > 23 || m > 59 || s > 59) return undefined;
  return BigInt(h * 3600 + m * 60 + s) * microsPerSecond + BigInt((fraction ?? '').padEnd(6, '0'));
}

function offsetMicros(zone: string): bigint | undefined {
  if (!/^[+-]/.test(zone)) return 0n;
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(zone) ?? [];
  if (Number(hours) > 14 || Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1n : 1n) * BigInt(Number(hours) * 3600 + Number(minutes) * 60) * microsPerSecond;
}

export function printDate(days: number): string {
  const date = new Date(days * 86_400_000);
  return `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
}

export function printTime(micros: bigint): string {
  const seconds = Number(micros / microsPerSecond);
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(part => pad(Math.floor(part)));
  return clock.join(':') + printFraction(micros % microsPerSecond);
}

/** `YYYY-MM-DDTHH:MM:SS[.ffffff]` */
export function printDatetime(micros: bigint): string {
  const days = floorDivide(micros, microsPerDay);
  return `${printDate(Number(days))}T${printTime(micros - days * microsPerDay)}`;
}

const printFraction = (micros: bigint) => (micros === 0n ? '' : `.${micros.toString().padStart(6, '0')}`);
const pad = (value: number, width = 2) => String(value).padStart(width, '0');

export const floorDivide = (value: bigint, by: bigint): bigint => {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
};

/** Days since 1970-01-01 of a moment. */
export const dayOfMicros = (micros: bigint): number => Number(floorDivide(micros, microsPerDay));
