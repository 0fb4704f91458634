import { type DescField, type DescMessage, fromBinary, type Message, ScalarType } from '@bufbuild/protobuf';
import { OnrampError } from '../errors.ts';
import type { Column } from '../schema/column.ts';
import { wrappedField } from '../schema/columns.ts';
import type { Schema } from '../schema/descriptor-set.ts';
import { checkPayload } from './check-payload.ts';
import { compareDecimal, compareText } from './map-order.ts';
import { fieldReader, type MessageObject, mapEntries, objectOf } from './message-field.ts';
import { OutOfRange, outOfRangeError } from './out-of-range.ts';
import { elementJson, fieldJson } from './protojson.ts';
import type { Row, Value } from './row.ts';
import { durationMicros, timestampMicros } from './timestamp.ts';

/**
 * The values of a payload, one for each of the schema's columns.
 *
 * Throws what `checkPayload` throws, and VALUE_OUT_OF_RANGE with the field's path. Fields that the schema does not know
 * are left out; the raw lake has them.
 */
export function decodePayload(schema: Schema, payload: Uint8Array): Row {
  checkPayload(schema.message, payload);
  const message = parse(schema.message, payload);
  try {
    return rowReader(schema)(objectOf(message));
  } catch (error) {
    throw error instanceof OutOfRange ? outOfRangeError(error) : error;
  }
}

function parse(desc: DescMessage, payload: Uint8Array): Message {
  try {
    return fromBinary(desc, payload, { readUnknownFields: false });
  } catch (cause) {
    throw new OnrampError('PAYLOAD_UNDECODABLE', `the payload is no ${desc.typeName}`, { cause });
  }
}

type RowReader = (message: MessageObject) => Row;
type Convert = (value: unknown) => Value;

const readers = new WeakMap<Schema, RowReader>();

function rowReader(schema: Schema): RowReader {
  let reader = readers.get(schema);
  if (reader === undefined) {
    reader = readerOf(schema.message, schema.columns);
    readers.set(schema, reader);
  }
  return reader;
}

function readerOf(desc: DescMessage, columns: readonly Column[]): RowReader {
  const fields = columns.map(column => fieldOfColumn(desc, column));
  const reads = columns.map((column, index) => columnReader(fields[index] as DescField, column));
  return message => {
    const row: Value[] = [];
    try {
      for (const read of reads) row.push(read(message));
    } catch (error) {
      if (error instanceof OutOfRange) error.path.unshift(fields[row.length]?.name ?? '');
      throw error;
    }
    return row;
  };
}

function fieldOfColumn(desc: DescMessage, column: Column): DescField {
  const field = desc.fields.find(candidate => candidate.number === column.fieldNumber);
  if (field === undefined) throw new Error(`${desc.typeName} has no field for the column ${column.name}`);
  return field;
}

function columnReader(field: DescField, column: Column): (message: MessageObject) => Value {
  const read = fieldReader(field);
  const convert = fieldConverter(field, column);
  return message => {
    const value = read(message);
    return value === undefined ? null : convert(value);
  };
}

function fieldConverter(field: DescField, column: Column): Convert {
  switch (field.fieldKind) {
    case 'list': {
      const convert = elementConverter(field, column);
      return value => (value as readonly unknown[]).map(convert);
    }
    case 'map':
      return column.conversion === 'map' ? mapConverter(field, column) : value => fieldJson(field, value);
    case 'message': {
      const wrapped = field.oneof === undefined ? wrappedField(field.message) : undefined;
      return elementConverter(wrapped ?? field, column);
    }
    default:
      return elementConverter(field, column);
  }
}

/** Converts one value: of a singular field, of a list's element or of a map's value. */
function elementConverter(field: DescField, column: Column): Convert {
  if (field.message !== undefined) return messageConverter(field, field.message, column);
  if (field.enum !== undefined) {
    const names = field.enum.value;
    return value => names[value as number]?.name ?? String(value);
  }
  return scalarConverter(field.scalar);
}

function scalarConverter(scalar: ScalarType): Convert {
  switch (scalar) {
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
    case ScalarType.BOOL:
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return value => value as Value;
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return String;
    default:
      // A 64-bit integer is a string where the schema says jstype = JS_STRING.
      return value => BigInt(value as number | bigint | string);
  }
}

function messageConverter(field: DescField, desc: DescMessage, column: Column): Convert {
  switch (column.conversion) {
    case 'record': {
      const read = readerOf(desc, column.fields ?? []);
      return value => read(value as MessageObject);
    }
    case 'json':
      return value => elementJson(field, value);
    case 'presence':
      return () => true;
    case 'timestamp':
      return value => secondsAndNanos(value, timestampMicros);
    case 'duration':
      return value => secondsAndNanos(value, durationMicros);
    case 'field-mask':
      return value => ((value as MessageObject)['paths'] as readonly string[]).join(',');
    default: {
      const wrapped = wrappedField(desc);
      if (wrapped === undefined) throw new Error(`${desc.typeName} does not convert to ${column.conversion}`);
      const convert = elementConverter(wrapped, column);
      return value => convert((value as MessageObject)['value']);
    }
  }
}

function secondsAndNanos(value: unknown, convert: (seconds: bigint, nanos: number) => bigint): bigint {
  const { seconds, nanos } = value as { seconds: bigint; nanos: number };
  return convert(seconds, nanos);
}

function mapConverter(field: DescField & { fieldKind: 'map' }, column: Column): Convert {
  const [, valueColumn] = column.fields ?? [];
  if (valueColumn === undefined) throw new Error(`the column ${column.name} has no value`);
  const { compare, key } = keyConverter(field.mapKey);
  const convert = elementConverter(field, valueColumn);
  return map =>
    mapEntries(map)
      .sort(([a], [b]) => compare(a, b))
      .map(([text, value]) => [key(text), convert(value)]);
}

/** Keys reach us as text; see `mapEntries`. */
function keyConverter(scalar: ScalarType): { compare: (a: string, b: string) => number; key: (text: string) => Value } {
  switch (scalar) {
    case ScalarType.STRING:
      return { compare: compareText, key: text => text };
    case ScalarType.BOOL:
      return { compare: compareText, key: text => text === 'true' };
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return { compare: compareDecimal, key: text => text };
    default:
      return { compare: compareDecimal, key: BigInt };
  }
}
