import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Column } from '../schema/column.ts';
import type { Schema } from '../schema/descriptor-set.ts';
import { recordColumns } from '../schema/metadata-columns.ts';
import type { Row, Value } from './row.ts';

/** Encodes rows of one table for the Storage Write API. */
export interface RowEncoder {
  /** The bytes of a row, from the values of its columns in their order. */
  readonly encode: (values: Row) => Uint8Array;
}

/** The encoder of a schema's rows: of the values of `recordColumns(schema)`. */
export const rowEncoder = (schema: Schema): RowEncoder => rowEncoderOfColumns(recordColumns(schema));

/**
 * Encodes rows of any columns, as `rowDescriptor` describes them. NULL is left out; every other value is written, zero
 * and the empty string too, since BigQuery takes what is not on the wire for NULL.
 */
export function rowEncoderOfColumns(columns: readonly Column[]): RowEncoder {
  const write = rowWriter(columns);
  return {
    encode: values => {
      const writer = new BinaryWriter();
      write(writer, values);
      return writer.finish();
    },
  };
}

type Write<T> = (writer: BinaryWriter, value: T) => void;

function rowWriter(columns: readonly Column[]): Write<Row> {
  const writes = columns.map((column, index) => columnWriter(column, index + 1));
  return (writer, row) => {
    writes.forEach((write, index) => {
      const value = row[index] ?? null;
      if (value !== null) write(writer, value);
    });
  };
}

function columnWriter(column: Column, number: number): Write<Value> {
  const write = valueWriter(column, number);
  if (column.mode === 'NULLABLE') return write;
  return (writer, value) => {
    for (const item of value as readonly Value[]) write(writer, item);
  };
}

/** Writes a value with its tag. */
function valueWriter(column: Column, number: number): Write<Value> {
  switch (column.type) {
    case 'INTEGER':
    case 'TIMESTAMP':
      return (writer, value) => writer.tag(number, WireType.Varint).int64(value as bigint);
    case 'DATE':
      return (writer, value) => writer.tag(number, WireType.Varint).int32(value as number);
    case 'FLOAT':
      return (writer, value) => writer.tag(number, WireType.Bit64).double(value as number);
    case 'BOOLEAN':
      return (writer, value) => writer.tag(number, WireType.Varint).bool(value as boolean);
    case 'NUMERIC':
    case 'STRING':
    case 'JSON':
      return (writer, value) => writer.tag(number, WireType.LengthDelimited).string(value as string);
    case 'BYTES':
      return (writer, value) => writer.tag(number, WireType.LengthDelimited).bytes(value as Uint8Array);
    case 'RECORD': {
      const write = rowWriter(column.fields ?? []);
      return (writer, value) => {
        writer.tag(number, WireType.LengthDelimited).fork();
        write(writer, value as Row);
        writer.join();
      };
    }
  }
}
