import type { ColumnWriter } from '../../core/batch/column-writer.ts';
import { writeInteger } from '../text-values.ts';
import { CivilTime } from './civil-time.ts';
import type { TextForm } from './column-types.ts';

/** Converts a value of the text protocol, which is in these bytes, and hands it to its column's writer. */
export type Convert = (bytes: Buffer, start: number, end: number) => void;

export function convertTo(writer: ColumnWriter, form: TextForm): Convert {
  switch (form) {
    case 'integer':
      return integerConverter(writer);
    case 'double':
      return (bytes, start, end) => writer.double(Number(bytes.toString('latin1', start, end)));
    case 'decimal':
      return decimalConverter(writer);
    case 'bit':
      return (bytes, start, end) => writer.long(highBits(bytes, start, end), lowBits(bytes, start, end));
    case 'bit-decimal':
      return (bytes, start, end) =>
        writer.bigDecimal(BigInt(`0x0${bytes.toString('hex', start, end)}`) * powerOf(writer));
    case 'boolean':
      return (bytes, start, end) => {
        const digit = end - start === 1 ? bytes[start] : undefined;
        if (digit !== zero && digit !== zero + 1) {
          writer.lost('out-of-range');
          return;
        }
        writer.boolean(digit !== zero);
      };
    case 'bit-boolean':
      return (bytes, start, end) => {
        const value = lowBits(bytes, start, end);
        if (value >>> 0 > 1 || highBits(bytes, start, end) !== 0) {
          writer.lost('out-of-range');
          return;
        }
        writer.boolean(value === 1);
      };
    case 'date':
      return (bytes, start) => {
        const wrong = civil.date(bytes, start);
        if (wrong !== undefined) writer.lost(wrong);
        else writer.long(civil.days >> 31, civil.days);
      };
    case 'datetime':
      return (bytes, start, end) => {
        const wrong = civil.date(bytes, start);
        if (wrong !== undefined) {
          writer.lost(wrong);
          return;
        }
        civil.time(bytes, start + 11, end);
        daysAndMicros(writer, civil.days, civil.micros);
      };
    case 'time':
      return (bytes, start, end) => {
        if (bytes[start] === minus) {
          writer.lost('out-of-range');
          return;
        }
        civil.time(bytes, start, end);
        if (civil.micros >= dayMicros) {
          writer.lost('out-of-range');
          return;
        }
        writer.long(Math.floor(civil.micros / 2 ** 32), civil.micros | 0);
      };
    case 'text':
      return (bytes, start, end) => writer.text(bytes, start, end);
    case 'bytes':
      return (bytes, start, end) => writer.bytes(bytes, start, end);
    case 'vector':
      return (bytes, start, end) => {
        for (let at = start; at < end; at += 4) writer.double(bytes.readFloatLE(at));
        writer.endArray();
      };
  }
}

const zero = 0x30;
const minus = 0x2d;
const point = 0x2e;
const civil = new CivilTime();
const dayMicros = 86_400_000_000;
/** Digits that a double takes exactly. */
const exactDigits = 15;

/** The last four bytes of a big-endian number, or fewer. */
function lowBits(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let at = Math.max(start, end - 4); at < end; at += 1) value = (value << 8) | (bytes[at] ?? 0);
  return value;
}

/** The bytes before them. */
const highBits = (bytes: Buffer, start: number, end: number) => lowBits(bytes, start, Math.max(start, end - 4));

/**
 * Microseconds of days and of the day, in two halves: beyond 2^53, but never as a BigInt. A day has 10,546,875 times
 * 2^13 microseconds.
 */
function daysAndMicros(writer: ColumnWriter, days: number, micros: number): void {
  const units = days * 10_546_875;
  const high = Math.floor(units / 2 ** 19);
  const low = (units - high * 2 ** 19) * 2 ** 13 + micros;
  writer.long(high + Math.floor(low / 2 ** 32), (low % 2 ** 32) | 0);
}

function integerConverter(writer: ColumnWriter): Convert {
  return (bytes, start, end) => {
    const negative = bytes[start] === minus;
    const first = negative ? start + 1 : start;
    if (end - first > exactDigits) {
      writeInteger(writer, bytes.toString('latin1', start, end));
      return;
    }
    let value = 0;
    for (let at = first; at < end; at += 1) {
      const digit = (bytes[at] ?? 0) - zero;
      // A decimal that is to be exported as an integer.
      if (digit < 0 || digit > 9) {
        writeInteger(writer, bytes.toString('latin1', start, end));
        return;
      }
      value = value * 10 + digit;
    }
    if (negative) value = -value;
    writer.long(Math.floor(value / 2 ** 32), (value % 2 ** 32) | 0);
  };
}

const powerOf = (writer: ColumnWriter) => 10n ** BigInt(writer.column.scale ?? 9);

function decimalConverter(writer: ColumnWriter): Convert {
  const { scale = 9, precision = 38 } = writer.column;
  const limit = 10 ** Math.min(precision, exactDigits);
  return (bytes, start, end) => {
    const negative = bytes[start] === minus;
    let value = 0;
    let behind = -1;
    if (end - start > exactDigits) {
      longDecimal(writer, bytes, start, end);
      return;
    }
    for (let at = negative ? start + 1 : start; at < end; at += 1) {
      const digit = (bytes[at] ?? 0) - zero;
      if (digit === point - zero && behind < 0) {
        behind = 0;
        continue;
      }
      if (digit < 0 || digit > 9) {
        longDecimal(writer, bytes, start, end);
        return;
      }
      value = value * 10 + digit;
      if (behind >= 0) behind += 1;
    }
    const missing = scale - Math.max(behind, 0);
    if (missing < 0) {
      longDecimal(writer, bytes, start, end);
      return;
    }
    for (let i = 0; i < missing; i += 1) value *= 10;
    if (value >= limit) {
      longDecimal(writer, bytes, start, end);
      return;
    }
    writer.decimal(negative ? 0 - value : value);
  };
}

function longDecimal(writer: ColumnWriter, bytes: Buffer, start: number, end: number): void {
  const { scale = 9 } = writer.column;
  const found = /^(-?)([0-9]*)(?:\.([0-9]*?)0*)?$/.exec(bytes.toString('latin1', start, end));
  if (found === null) {
    writer.lost('other-type');
    return;
  }
  const [, sign, whole = '', fraction = ''] = found;
  if (fraction.length > scale) {
    writer.lost('digits');
    return;
  }
  const value = BigInt(`${whole}${fraction.padEnd(scale, '0')}` || '0');
  writer.bigDecimal(sign === '-' ? -value : value);
}
