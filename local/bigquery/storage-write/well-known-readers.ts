import type { DuckDBValue } from '@duckdb/node-api';
import type { ColumnType } from '../types.ts';
import { checkInterval } from '../values/interval.ts';
import { intervalOf, timestampOfMicros } from '../values/scalar.ts';
import { type ScalarReader, scalarReader } from './scalar-readers.ts';
import { type WireReader, wireType } from './wire-reader.ts';

const wrapped: Readonly<Record<string, string>> = {
  'google.protobuf.BoolValue': 'TYPE_BOOL',
  'google.protobuf.BytesValue': 'TYPE_BYTES',
  'google.protobuf.DoubleValue': 'TYPE_DOUBLE',
  'google.protobuf.FloatValue': 'TYPE_FLOAT',
  'google.protobuf.Int32Value': 'TYPE_INT32',
  'google.protobuf.Int64Value': 'TYPE_INT64',
  'google.protobuf.StringValue': 'TYPE_STRING',
  'google.protobuf.UInt32Value': 'TYPE_UINT32',
};

/** The column types that each wrapper goes into: fewer than those of the type that it wraps. */
const wrapperColumns: Readonly<Record<string, readonly ColumnType[]>> = {
  'google.protobuf.BoolValue': ['BOOLEAN'],
  'google.protobuf.BytesValue': ['BYTES', 'NUMERIC', 'BIGNUMERIC'],
  'google.protobuf.DoubleValue': ['FLOAT'],
  'google.protobuf.FloatValue': ['FLOAT'],
  'google.protobuf.Int32Value': ['INTEGER'],
  'google.protobuf.Int64Value': ['INTEGER'],
  'google.protobuf.StringValue': ['STRING'],
  'google.protobuf.UInt32Value': ['INTEGER'],
};

/**
 * The reader of a well-known message type into a column that is no RECORD; undefined when BigQuery does not take it.
 * https://cloud.google.com/bigquery/docs/supported-data-types
 */
export function wellKnownReader(column: ColumnType, typeName: string): ScalarReader | undefined {
  const name = typeName.replace(/^\./, '');
  if (name === 'google.protobuf.Timestamp' && column === 'TIMESTAMP') {
    return message(reader => timestampOfMicros(microsOf(reader)));
  }
  if (name === 'google.protobuf.Duration' && column === 'INTERVAL') {
    return message(reader => {
      const interval = checkInterval({ months: 0, days: 0, micros: microsOf(reader) });
      return interval && intervalOf(interval);
    });
  }
  if (!wrapperColumns[name]?.includes(column)) return undefined;
  const value = scalarReader(column, wrapped[name] ?? '', new Map());
  return value && message(reader => readValue(reader, value, column));
}

const message = (read: (reader: WireReader) => DuckDBValue | undefined): ScalarReader => ({
  wireType: wireType.bytes,
  read: reader => read(reader.delimited()),
});

/** A wrapper without its field holds the zero of its type: it is proto3, whatever the row is. */
const zeros: Partial<Record<ColumnType, DuckDBValue>> = { BOOLEAN: false, INTEGER: 0n, FLOAT: 0, STRING: '' };

function readValue(reader: WireReader, scalar: ScalarReader, column: ColumnType): DuckDBValue | undefined {
  let value: DuckDBValue | undefined = zeros[column];
  while (!reader.atEnd) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | scalar.wireType)) value = scalar.read(reader);
    else reader.skip(tag);
  }
  return value;
}

/** Seconds (field 1) and nanoseconds (field 2) of a Timestamp or Duration, as microseconds. */
function microsOf(reader: WireReader): bigint {
  let seconds = 0n;
  let nanos = 0n;
  while (!reader.atEnd) {
    const tag = reader.tag();
    if (tag === 0x08) seconds = BigInt.asIntN(64, reader.varint());
    else if (tag === 0x10) nanos = BigInt.asIntN(32, reader.varint());
    else reader.skip(tag);
  }
  return seconds * 1_000_000n + nanos / 1000n;
}
