import type { ColumnWriter } from '../../core/batch/column-writer.ts';
import { numericWriter } from './numeric.ts';

/** Converts a value of COPY's binary format, which is in these bytes, and hands it to its column's writer. */
export type Convert = (bytes: Buffer, start: number, end: number) => void;

/** How a type is sent. See the type's `…_send` function in PostgreSQL's source. */
export type Wire =
  | 'bool'
  | 'int2'
  | 'int4'
  | 'int8'
  | 'oid'
  | 'float4'
  | 'float8'
  | 'numeric'
  | 'integral'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'uuid'
  | 'bytes'
  | 'text'
  | 'jsonb';

/** `utf8` says whether the server vouches for its texts, so that they need not be looked through. */
export function convertTo(writer: ColumnWriter, wire: Wire, utf8: boolean): Convert {
  switch (wire) {
    case 'bool':
      return (bytes, start) => writer.boolean(bytes[start] !== 0);
    case 'int2':
      return (bytes, start) => {
        const value = (bytes.readUInt16BE(start) << 16) >> 16;
        writer.long(value >> 31, value);
      };
    case 'int4':
      return (bytes, start) => {
        const value = word(bytes, start);
        writer.long(value >> 31, value);
      };
    case 'int8':
      return (bytes, start) => writer.long(word(bytes, start), word(bytes, start + 4));
    case 'oid':
      return (bytes, start) => writer.long(0, word(bytes, start));
    case 'float4':
      return (bytes, start) => writer.double(bytes.readFloatBE(start));
    case 'float8':
      return (bytes, start) => {
        view.setInt32(0, word(bytes, start));
        view.setInt32(4, word(bytes, start + 4));
        writer.double(view.getFloat64(0));
      };
    case 'numeric':
      return numericWriter(writer);
    case 'integral':
      return integralWriter(writer);
    case 'date':
      return dateConverter(writer);
    case 'time':
      return timeConverter(writer);
    case 'timestamp':
      return timestampConverter(writer);
    case 'uuid':
      return uuidConverter(writer);
    case 'bytes':
      return (bytes, start, end) => writer.bytes(bytes, start, end);
    case 'text':
      return utf8
        ? (bytes, start, end) => writer.bytes(bytes, start, end)
        : (bytes, start, end) => writer.text(bytes, start, end);
    // A byte with the format's version comes first.
    case 'jsonb':
      return (bytes, start, end) => writer.text(bytes, start + 1, end);
  }
}

const word = (bytes: Buffer, at: number) =>
  ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);

const view = new DataView(new ArrayBuffer(8));

/** Days from 1970-01-01 to PostgreSQL's first day, 2000-01-01, and to the years 1 and 9999's ends. */
const epochDays = 10_957;
const firstDay = -719_162;
const lastDay = 2_932_896;

function dateConverter(writer: ColumnWriter): Convert {
  return (bytes, start) => {
    const days = word(bytes, start);
    if (days === 0x7fffffff || days === -0x80000000) {
      writer.lost('infinity');
      return;
    }
    const unix = days + epochDays;
    if (unix < firstDay || unix > lastDay) {
      writer.lost('out-of-range');
      return;
    }
    writer.long(unix >> 31, unix);
  };
}

/** The last microsecond of a day is 86,399,999,999. */
const dayHigh = 20;
const dayLow = 500_654_080;

function timeConverter(writer: ColumnWriter): Convert {
  return (bytes, start) => {
    const high = word(bytes, start);
    const low = word(bytes, start + 4);
    if (high === dayHigh && low >>> 0 >= dayLow) {
      writer.lost('end-of-day');
      return;
    }
    writer.long(high, low);
  };
}

/** 946,684,800,000,000 microseconds from 1970 to 2000, in two halves. */
const epochHigh = 220_417;
const epochLow = 993_517_568;
/** -62,135,596,800,000,000 and 253,402,300,800,000,000: the beginnings of the years 1 and 10000. */
const [firstHigh, firstLow] = halves(-62_135_596_800_000_000n);
const [endHigh, endLow] = halves(253_402_300_800_000_000n);

function timestampConverter(writer: ColumnWriter): Convert {
  return (bytes, start) => {
    const sentHigh = word(bytes, start);
    const sentLow = word(bytes, start + 4) >>> 0;
    if (sentHigh === 0x7fffffff && sentLow === 0xffffffff) {
      writer.lost('infinity');
      return;
    }
    if (sentHigh === -0x80000000 && sentLow === 0) {
      writer.lost('infinity');
      return;
    }
    const sum = sentLow + epochLow;
    const low = sum >>> 0;
    const high = sentHigh + epochHigh + (sum > 0xffffffff ? 1 : 0);
    const before = high < firstHigh || (high === firstHigh && low < firstLow);
    if (before || high > endHigh || (high === endHigh && low >= endLow)) {
      writer.lost('out-of-range');
      return;
    }
    writer.long(high, low);
  };
}

function halves(value: bigint): [high: number, low: number] {
  return [Number(value >> 32n), Number(BigInt.asUintN(32, value))];
}

function uuidConverter(writer: ColumnWriter): Convert {
  const text = Buffer.alloc(36, '-');
  return (bytes, start) => {
    let at = 0;
    for (let i = 0; i < 16; i += 1) {
      if (i === 4 || i === 6 || i === 8 || i === 10) at += 1;
      const byte = bytes[start + i] ?? 0;
      text[at] = hexDigits[byte >> 4] ?? 0;
      text[at + 1] = hexDigits[byte & 15] ?? 0;
      at += 2;
    }
    writer.bytes(text, 0, 36);
  };
}

const hexDigits = Buffer.from('0123456789abcdef');

/** A numeric that has to be a whole number of 64 bits. */
function integralWriter(writer: ColumnWriter): Convert {
  const target = { column: { scale: 0, precision: 38 } } as const;
  const long = (value: bigint) => {
    if (BigInt.asIntN(64, value) !== value) writer.lost('out-of-range');
    else writer.long(...halves(value));
  };
  return numericWriter({
    ...target,
    lost: loss => writer.lost(loss),
    decimal: value => long(BigInt(value)),
    bigDecimal: long,
  });
}
