import { type DescField, type DescMessage, fromBinary, type Message, ScalarType } from '@bufbuild/protobuf';
import { OnrampError } from '../errors.ts';
import type { Column } from '../schema/column.ts';
import type { Schema } from '../schema/descriptor-set.ts';
import { wrappedField } from '../schema/well-known.ts';
import { canonicalBytes } from './canonical-value.ts';
import { checkPayload } from './check-payload.ts';
import { compareDecimal, compareText } from './map-order.ts';
import { type Masker, withoutKey } from './masker.ts';
import { fieldReader, type MessageObject, mapEntries, objectOf } from './message-field.ts';
import { OutOfRange, outOfRangeError } from './out-of-range.ts';
import { elementJson, fieldJson } from './protojson.ts';
import type { Row, Value } from './row.ts';
import { durationMicros, timestampMicros } from './timestamp.ts';
import { truncating } from './truncate.ts';
import { typeConverters } from './type-converters.ts';

/** A payload by a schema. */
export interface DecodedPayload {
  readonly row: Row;
  /** Whether it holds fields that the schema does not know. They are not in the row; the raw lake has them. */
  readonly unknownFields: boolean;
}

/**
 * The values of a payload, one for each of the schema's columns, those of personal data masked.
 *
 * Throws what `checkPayload` throws, VALUE_OUT_OF_RANGE with the field's path, and MASKING_KEY_MISSING for a value that
 * needs a masker where there is none.
 */
export function readPayload(schema: Schema, payload: Uint8Array, masker: Masker = withoutKey): DecodedPayload {
  const unknownFields = checkPayload(schema.message, payload);
  const message = parse(schema.message, payload);
  try {
    return { row: rowReader(schema, masker)(objectOf(message)), unknownFields };
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

const readers = new WeakMap<Schema, WeakMap<Masker, RowReader>>();

function rowReader(schema: Schema, masker: Masker): RowReader {
  let byMasker = readers.get(schema);
  if (byMasker === undefined) readers.set(schema, (byMasker = new WeakMap()));
  let reader = byMasker.get(masker);
  if (reader === undefined) byMasker.set(masker, (reader = readerOf(schema.message, schema.columns, masker)));
  return reader;
}

function readerOf(desc: DescMessage, columns: readonly Column[], masker: Masker): RowReader {
  const fields = columns.map(column => fieldOfColumn(desc, column));
  const reads = columns.map((column, index) => columnReader(fields[index] as DescField, column, masker));
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

function columnReader(field: DescField, column: Column, masker: Masker): (message: MessageObject) => Value {
  const read = fieldReader(field);
  const convert = fieldConverter(field, column, masker);
  return message => {
    const value = read(message);
    return value === undefined ? null : convert(value);
  };
}

function fieldConverter(field: DescField, column: Column, masker: Masker): Convert {
  switch (field.fieldKind) {
    case 'list': {
      const convert = elementConverter(field, column, masker);
      const convertItem = column.conversion in typeConverters ? (item: unknown) => present(convert(item)) : convert;
      return value => (value as readonly unknown[]).map(convertItem);
    }
    case 'map':
      return mapConverter(field, column, masker);
    case 'message': {
      const wrapped = field.oneof === undefined ? wrappedField(field.message) : undefined;
      return elementConverter(wrapped ?? field, column, masker);
    }
    default:
      return elementConverter(field, column, masker);
  }
}

/** A value within a REPEATED column, where there is no NULL. */
function present(value: Value): Value {
  if (value === null) throw new OutOfRange('an empty text, which cannot be NULL in a list');
  return value;
}

/** Converts one value: of a singular field, of a list's element or of a map's value. */
function elementConverter(field: DescField, column: Column, masker: Masker): Convert {
  if (column.mask === 'hmac') return value => masker.hmac(canonicalBytes(field, value));
  const convert = plainConverter(field, column, masker);
  return column.mask === 'truncate' ? truncating(convert, column) : convert;
}

function plainConverter(field: DescField, column: Column, masker: Masker): Convert {
  const override = typeConverters[column.conversion];
  if (override !== undefined) {
    const wrapped = field.message === undefined ? undefined : wrappedField(field.message);
    return wrapped === undefined ? override : value => override((value as MessageObject)['value']);
  }
  if (field.message !== undefined) return messageConverter(field, field.message, column, masker);
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

function messageConverter(field: DescField, desc: DescMessage, column: Column, masker: Masker): Convert {
  switch (column.conversion) {
    case 'record': {
      const read = readerOf(desc, column.fields ?? [], masker);
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
      const convert = plainConverter(wrapped, column, masker);
      return value => convert((value as MessageObject)['value']);
    }
  }
}

function secondsAndNanos(value: unknown, convert: (seconds: bigint, nanos: number) => bigint): bigint {
  const { seconds, nanos } = value as { seconds: bigint; nanos: number };
  return convert(seconds, nanos);
}

function mapConverter(field: DescField & { fieldKind: 'map' }, column: Column, masker: Masker): Convert {
  if (column.mask === 'hmac') return value => masker.hmac(utf8(fieldJson(field, value)));
  if (column.conversion !== 'map') return value => fieldJson(field, value);
  const [keyColumn, valueColumn] = column.fields ?? [];
  if (keyColumn === undefined || valueColumn === undefined) throw new Error(`${column.name} has no key or no value`);
  const convert = elementConverter(field, valueColumn, masker);
  if (keyColumn.mask === 'hmac') {
    // In the order of the tokens: that of the keys would tell of them.
    return map =>
      mapEntries(map)
        .map(([text, value]) => [masker.hmac(utf8(text)), convert(value)] as const)
        .sort(([a], [b]) => compareText(a, b));
  }
  const { compare, key } = keyConverter(field.mapKey);
  const convertKey = keyColumn.mask === 'truncate' ? truncating(value => key(value as string), keyColumn) : key;
  return map =>
    mapEntries(map)
      .sort(([a], [b]) => compare(a, b))
      .map(([text, value]) => [convertKey(text), convert(value)]);
}

const utf8 = (text: string) => Buffer.from(text, 'utf8');

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
