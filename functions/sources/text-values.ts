import type { ColumnWriter } from '../core/batch/column-writer.ts';

/** Digits that a double takes exactly. */
const exactDigits = 15;

/** A whole number in decimal digits, into INTEGER. */
export function writeInteger(writer: ColumnWriter, text: string): void {
  if (text.length <= exactDigits && /^-?[0-9]+$/.test(text)) {
    const value = Number(text);
    writer.long(Math.floor(value / 2 ** 32), (value % 2 ** 32) | 0);
    return;
  }
  const [whole = '', fraction = ''] = text.split('.');
  if (!/^-?[0-9]+$/.test(whole)) {
    writer.lost(notFinite(text) ?? 'other-type');
    return;
  }
  if (!/^0*$/.test(fraction)) {
    writer.lost('digits');
    return;
  }
  const value = BigInt(whole);
  if (BigInt.asIntN(64, value) !== value) {
    writer.lost('out-of-range');
    return;
  }
  writer.long(Number(value >> 32n), Number(BigInt.asIntN(32, value)));
}

/** A number in decimal digits, with or without a point, into NUMERIC. */
export function writeDecimal(writer: ColumnWriter, text: string): void {
  const { scale = 9 } = writer.column;
  const found = /^(-?)([0-9]+)(?:\.([0-9]*?)0*)?$/.exec(text);
  if (found === null) {
    writer.lost(notFinite(text) ?? 'other-type');
    return;
  }
  const [, sign, whole = '', fraction = ''] = found;
  if (fraction.length > scale) {
    writer.lost('digits');
    return;
  }
  const value = BigInt(`${whole}${fraction.padEnd(scale, '0')}`);
  writer.bigDecimal(sign === '-' ? -value : value);
}

/** `2024-02-29`, into DATE. */
export function writeDate(writer: ColumnWriter, text: string): void {
  const days = Date.parse(`${text}T00:00:00Z`) / 86_400_000;
  if (!Number.isInteger(days)) {
    writer.lost('other-type');
    return;
  }
  writer.long(days >> 31, days);
}

/** RFC 3339 in UTC with up to nine digits of a second's fraction, into TIMESTAMP or DATETIME. */
export function writeTimestamp(writer: ColumnWriter, text: string): void {
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text);
  const millis = Date.parse(`${found?.[1] ?? ''}Z`);
  if (Number.isNaN(millis)) {
    writer.lost('other-type');
    return;
  }
  writeMoment(writer, millis / 1000, Number((found?.[2] ?? '').padEnd(9, '0')));
}

/** The beginnings of the years 1 and 10000: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#timestamp_type */
const firstSecond = -62_135_596_800;
const endSecond = 253_402_300_800;

/**
 * Seconds since 1970, and nanoseconds that count forward from there, into TIMESTAMP or DATETIME: what is finer than a
 * microsecond is cut off, which is towards the past also before 1970.
 */
export function writeMoment(writer: ColumnWriter, seconds: number, nanos: number): void {
  if (!(seconds >= firstSecond && seconds < endSecond)) {
    writer.lost('out-of-range');
    return;
  }
  // Throws, or is counted.
  if (nanos % 1000 !== 0) writer.losses.take('sub-microsecond');
  // A million is 15,625 times 2^6: so never beyond 2^53.
  const units = seconds * 15_625;
  const high = Math.floor(units / 2 ** 26);
  const low = (units - high * 2 ** 26) * 64 + Math.floor(nanos / 1000);
  writer.long(high + Math.floor(low / 2 ** 32), (low % 2 ** 32) | 0);
}

function notFinite(text: string): 'nan' | 'infinity' | undefined {
  if (text === 'NaN') return 'nan';
  return /^-?Infinity$/.test(text) ? 'infinity' : undefined;
}
