import { avroSchema, isAvroMap, numeric } from '../schema/avro-schema.ts';
import type { Column } from '../schema/column.ts';
import type { Schema } from '../schema/descriptor-set.ts';
import { recordColumns } from '../schema/metadata-columns.ts';
import { AvroWriter } from './avro-writer.ts';
import { decimalBytes } from './decimal.ts';
import type { Row, Value } from './row.ts';

/** Encodes records of one Avro schema. */
export interface AvroEncoder {
  /** The Avro schema as JSON text, for the header of a container file. */
  readonly schema: string;
  /** The bytes of a record, from the values of its columns in their order. */
  readonly encode: (values: Row) => Buffer;
}

/** The encoder of a schema's records in the structured lake: of the values of `recordColumns(schema)`. */
export const avroEncoder = (schema: Schema): AvroEncoder => ({
  schema: JSON.stringify(avroSchema(schema)),
  encode: avroRecordEncoder(recordColumns(schema)),
});

/** Encodes records of any columns, as `avroRecord` describes them. */
export function avroRecordEncoder(columns: readonly Column[]): (values: Row) => Buffer {
  const writer = new AvroWriter();
  const write = recordWriter(columns);
  return values => {
    // A value that could not be written has left its beginning behind.
    writer.reset();
    write(writer, values);
    return writer.take();
  };
}

type Write<T> = (writer: AvroWriter, value: T) => void;

function recordWriter(columns: readonly Column[]): Write<Row> {
  const writes = columns.map(columnWriter);
  return (writer, row) => {
    writes.forEach((write, index) => write(writer, row[index] ?? null));
  };
}

function columnWriter(column: Column): Write<Value> {
  if (column.mode === 'REPEATED')
    return repeatedWriter(isAvroMap(column) ? mapEntryWriter(column) : valueWriter(column));
  const write = valueWriter(column);
  // The branches of the union: 0 is null, 1 is the value's type.
  return (writer, value) => {
    if (value === null) {
      writer.int(0);
    } else {
      writer.int(1);
      write(writer, value);
    }
  };
}

/** Arrays and maps are written alike: as one block with the number of its items, then the end. */
function repeatedWriter(write: Write<Value>): Write<Value> {
  return (writer, value) => {
    const items = value as readonly Value[];
    if (items.length > 0) {
      writer.int(items.length);
      for (const item of items) write(writer, item);
    }
    writer.int(0);
  };
}

function mapEntryWriter(column: Column): Write<Value> {
  const [, valueColumn] = column.fields ?? [];
  if (valueColumn === undefined) throw new Error(`the column ${column.name} has no value`);
  const write = valueWriter(valueColumn);
  return (writer, entry) => {
    const [key = null, value = null] = entry as Row;
    writer.string(key as string);
    write(writer, value);
  };
}

function valueWriter(column: Column): Write<Value> {
  switch (column.type) {
    case 'INTEGER':
      return column.conversion === 'int32'
        ? (writer, value) => writer.int(Number(value))
        : (writer, value) => writer.long(value as bigint);
    case 'TIMESTAMP':
      return (writer, value) => writer.long(value as bigint);
    case 'DATE':
      return (writer, value) => writer.int(value as number);
    case 'FLOAT':
      return column.conversion === 'float'
        ? (writer, value) => writer.float(value as number)
        : (writer, value) => writer.double(value as number);
    case 'NUMERIC':
      return (writer, value) => writer.bytes(decimalBytes(value as string, numeric.scale));
    case 'BOOLEAN':
      return (writer, value) => writer.boolean(value as boolean);
    case 'STRING':
    case 'JSON':
      return (writer, value) => writer.string(value as string);
    case 'BYTES':
      return (writer, value) => writer.bytes(value as Uint8Array);
    case 'RECORD': {
      const write = recordWriter(column.fields ?? []);
      return (writer, value) => write(writer, value as Row);
    }
  }
}
