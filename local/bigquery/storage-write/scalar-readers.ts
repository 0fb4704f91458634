import { isUtf8 } from 'node:buffer';
import { DuckDBBlobValue, type DuckDBValue } from '@duckdb/node-api';
import type { ColumnType } from '../types.ts';
import { type DecimalType, decimals } from '../values/decimal.ts';
import { checkedDecimal, dateOfDays, rescaledDecimal, textReaders, timestampOfMicros } from '../values/scalar.ts';
import { civilDatetime, civilTime } from './civil-time.ts';
import { type WireReader, wireType } from './wire-reader.ts';

/** Reads one value off the wire. */
interface Wire<T> {
  readonly wireType: number;
  read(reader: WireReader): T;
}

const signed = (value: bigint) => BigInt.asIntN(64, value);
const zigzag = (value: bigint) => (value >> 1n) ^ -(value & 1n);
const int32 = (value: bigint) => BigInt.asIntN(32, value);

/** Integers of every kind, by protobuf's name of the type. */
const integers: Readonly<Record<string, Wire<bigint>>> = {
  TYPE_INT32: { wireType: wireType.varint, read: reader => int32(reader.varint()) },
  TYPE_INT64: { wireType: wireType.varint, read: reader => signed(reader.varint()) },
  TYPE_SINT32: { wireType: wireType.varint, read: reader => int32(zigzag(reader.varint())) },
  TYPE_SINT64: { wireType: wireType.varint, read: reader => zigzag(reader.varint()) },
  TYPE_SFIXED32: { wireType: wireType.fixed32, read: reader => BigInt(reader.fixed32() | 0) },
  TYPE_SFIXED64: { wireType: wireType.fixed64, read: reader => signed(reader.fixed64()) },
  TYPE_UINT32: { wireType: wireType.varint, read: reader => BigInt.asUintN(32, reader.varint()) },
  TYPE_FIXED32: { wireType: wireType.fixed32, read: reader => BigInt(reader.fixed32()) },
  TYPE_UINT64: { wireType: wireType.varint, read: reader => reader.varint() },
  TYPE_FIXED64: { wireType: wireType.fixed64, read: reader => reader.fixed64() },
  TYPE_ENUM: { wireType: wireType.varint, read: reader => int32(reader.varint()) },
};

const floats: Readonly<Record<string, Wire<number>>> = {
  TYPE_FLOAT: { wireType: wireType.fixed32, read: reader => reader.float() },
  TYPE_DOUBLE: { wireType: wireType.fixed64, read: reader => reader.double() },
};

/** A string field holds bytes that are not UTF-8. */
export class Utf8Error extends Error {
  override readonly name = 'Utf8Error';
}

const text: Wire<string> = {
  wireType: wireType.bytes,
  read: reader => {
    const bytes = reader.bytes();
    if (!isUtf8(bytes)) throw new Utf8Error('not UTF-8');
    return bytes.toString('utf8');
  },
};

const bytes: Wire<Buffer> = { wireType: wireType.bytes, read: reader => reader.bytes() };

const boolean: Wire<boolean> = { wireType: wireType.varint, read: reader => reader.varint() !== 0n };

/** Makes a column's value of what a field holds; `undefined` when it does not fit. */
export interface ScalarReader {
  readonly wireType: number;
  read(reader: WireReader): DuckDBValue | undefined;
}

function from<T>(wire: Wire<T> | undefined, convert: (value: T) => DuckDBValue | undefined): ScalarReader | undefined {
  return wire && { wireType: wire.wireType, read: reader => convert(wire.read(reader)) };
}

const oneOf = (types: readonly string[], type: string) => (types.includes(type) ? integers[type] : undefined);

const signed32 = ['TYPE_INT32', 'TYPE_SINT32', 'TYPE_SFIXED32'];
const signed64 = ['TYPE_INT64', 'TYPE_SINT64', 'TYPE_SFIXED64'];
const unsigned32 = ['TYPE_UINT32', 'TYPE_FIXED32'];
const unsigned64 = ['TYPE_UINT64', 'TYPE_FIXED64'];

/**
 * The reader of a protobuf type into a column's type, or undefined when BigQuery does not take the one for the other.
 * https://cloud.google.com/bigquery/docs/supported-data-types
 */
export function scalarReader(
  column: ColumnType,
  proto: string,
  enumNames: ReadonlyMap<bigint, string>,
): ScalarReader | undefined {
  const textual = (convert: (value: string) => DuckDBValue | undefined) =>
    proto === 'TYPE_STRING' ? from(text, convert) : undefined;
  switch (column) {
    case 'STRING':
      if (proto === 'TYPE_ENUM') return from(integers[proto], value => enumNames.get(value));
      return textual(value => value);
    case 'BYTES':
      if (proto === 'TYPE_BYTES') return from(bytes, value => new DuckDBBlobValue(value));
      return textual(value => new DuckDBBlobValue(Buffer.from(value)));
    case 'BOOLEAN':
      if (proto === 'TYPE_BOOL') return from(boolean, value => value);
      return from(oneOf([...signed32, ...signed64, ...unsigned32, ...unsigned64], proto), value => value !== 0n);
    case 'INTEGER':
      return from(oneOf([...signed32, ...signed64, ...unsigned32, 'TYPE_ENUM'], proto), value => value);
    case 'FLOAT':
      return from(floats[proto], value => value);
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return decimalReader(column, proto) ?? textual(textReaders[column]);
    case 'TIMESTAMP':
      return (
        from(oneOf([...signed32, ...signed64, ...unsigned32], proto), timestampOfMicros) ??
        textual(textReaders.TIMESTAMP)
      );
    case 'DATE':
      return (
        from(oneOf([...signed32, ...signed64], proto), days => dateOfDays(Number(days))) ?? textual(textReaders.DATE)
      );
    case 'DATETIME':
      return from(oneOf(signed64, proto), civilDatetime) ?? textual(textReaders.DATETIME);
    case 'TIME':
      return from(oneOf(signed64, proto), civilTime) ?? textual(textReaders.TIME);
    case 'INTERVAL':
      return textual(textReaders.INTERVAL);
    case 'JSON':
      return textual(textReaders.JSON);
    case 'RECORD':
      return undefined;
  }
}

function decimalReader(type: DecimalType, proto: string): ScalarReader | undefined {
  if (proto === 'TYPE_BYTES') return from(bytes, value => decimalOfBytes(type, value));
  if (floats[proto]) {
    return from(floats[proto], value =>
      Number.isFinite(value) ? textReaders[type](value.toFixed(decimals[type].scale)) : undefined,
    );
  }
  return from(oneOf([...signed32, ...signed64, ...unsigned32, ...unsigned64], proto), value =>
    rescaledDecimal(type, value, 0),
  );
}

/** Google's byte form of a decimal: the value times 10^scale, two's complement, least significant byte first. */
function decimalOfBytes(type: DecimalType, value: Buffer): DuckDBValue | undefined {
  if (value.length === 0 || value.length > mostBytes[type]) return undefined;
  const hex = Buffer.from(value).reverse().toString('hex');
  return checkedDecimal(type, BigInt.asIntN(value.length * 8, BigInt(`0x${hex}`)));
}

const mostBytes = { NUMERIC: 16, BIGNUMERIC: 32 } as const;
