import {
  type DescEnum,
  type DescField,
  type DescMessage,
  fromJson,
  isMessage,
  type JsonValue,
  type Message,
  ScalarType,
} from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { OnrampError } from '../../functions/core/errors.ts';

/**
 * Makes a message of a plain object, and checks every name and every value on the way.
 * @throws OnrampError PUBLISH_MESSAGE_INVALID that says which field it is and what was expected
 */
export function messageOfObject(schema: DescMessage, object: unknown): Message {
  return messageAt(schema, object, '');
}

function messageAt(schema: DescMessage, value: unknown, path: string): Message {
  if (isMessage(value, schema)) return value;
  if (schema.typeName === 'google.protobuf.Timestamp' && value instanceof Date) {
    if (Number.isNaN(value.getTime())) expected(path, 'a valid Date', value);
    return timestampFromDate(value);
  }
  if (
    hasOwnJson(schema) &&
    !(isPlainObject(value) && schema.typeName !== 'google.protobuf.Struct' && fits(schema, value))
  ) {
    try {
      return fromJson(schema, value as JsonValue);
    } catch (cause) {
      return expected(path, `the JSON form of ${schema.typeName}`, value, cause);
    }
  }
  if (!isPlainObject(value)) return expected(path, `an object with the fields of ${schema.typeName}`, value);
  const message = reflect(schema);
  for (const [key, each] of Object.entries(value)) {
    if (each === undefined) continue;
    const field = fieldNamed(schema, key);
    if (field === undefined) unknown(schema, path, key);
    else if (each !== null) setField(message, field, each, path === '' ? key : `${path}.${key}`);
  }
  return message.message;
}

/** Types of which JSON shows something else than their fields: https://protobuf.dev/programming-guides/json/ */
const hasOwnJson = ({ typeName }: DescMessage): boolean =>
  /^google\.protobuf\.(Timestamp|Duration|FieldMask|Struct|ListValue|\w*Value)$/.test(typeName);

const fits = (schema: DescMessage, value: Readonly<Record<string, unknown>>): boolean =>
  schema.typeName !== 'google.protobuf.Value' && Object.keys(value).every(key => fieldNamed(schema, key) !== undefined);

const isPlainObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Uint8Array) &&
  !(value instanceof Date);

const names = new WeakMap<DescMessage, Map<string, DescField>>();

/** A field by its name in the proto file, in JSON, or in generated code. */
function fieldNamed(schema: DescMessage, key: string): DescField | undefined {
  let known = names.get(schema);
  if (known === undefined) {
    known = new Map();
    for (const field of schema.fields) {
      for (const name of [field.localName, field.jsonName, field.name]) known.set(name, field);
    }
    names.set(schema, known);
  }
  return known.get(key);
}

function setField(message: ReflectMessage, field: DescField, value: unknown, path: string): void {
  if (field.oneof !== undefined && message.oneofCase(field.oneof) !== undefined) {
    const other = message.oneofCase(field.oneof)?.name ?? '';
    invalid(`${path}: ${other} is set already, and of the oneof "${field.oneof.name}" only one field can be`);
  }
  switch (field.fieldKind) {
    case 'scalar':
      message.set(field, scalarAt(field.scalar, value, path));
      return;
    case 'enum':
      message.set(field, enumAt(field.enum, value, path));
      return;
    case 'message':
      message.set(field, reflect(field.message, messageAt(field.message, value, path)));
      return;
    case 'list': {
      if (!Array.isArray(value)) expected(path, 'an array', value);
      const list = message.get(field);
      (value as unknown[]).forEach((each, index) => list.add(elementAt(field, each, `${path}[${index}]`)));
      return;
    }
    case 'map': {
      const entries = value instanceof Map ? [...(value as Map<unknown, unknown>)] : mapEntries(value, path);
      const map = message.get(field);
      for (const [key, each] of entries) {
        const place = `${path}["${String(key)}"]`;
        map.set(mapKeyAt(field.mapKey, key, place), elementAt(field, each, place));
      }
      return;
    }
  }
}

function mapEntries(value: unknown, path: string): [string, unknown][] {
  if (!isPlainObject(value)) expected(path, 'an object or a Map', value);
  return Object.entries(value as object);
}

function elementAt(field: DescField & { fieldKind: 'list' | 'map' }, value: unknown, path: string): unknown {
  if (field.scalar !== undefined) return scalarAt(field.scalar, value, path);
  if (field.enum !== undefined) return enumAt(field.enum, value, path);
  return reflect(field.message, messageAt(field.message, value, path));
}

function mapKeyAt(type: ScalarType, key: unknown, path: string): string | number | bigint | boolean {
  if (typeof key !== 'string' || type === ScalarType.STRING) {
    return scalarAt(type, key, `${path}, key`) as string | number | bigint | boolean;
  }
  if (type === ScalarType.BOOL)
    return key === 'true' || (key !== 'false' && expected(`${path}, key`, 'true or false', key));
  const number = isLong(type) ? key : Number(key);
  return scalarAt(type, number, `${path}, key`) as number | bigint;
}

function enumAt(type: DescEnum, value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 2 ** 31) return value;
  const found = type.values.find(({ name }) => name === value);
  return found?.number ?? expected(path, `a value of ${type.typeName}`, value);
}

const longs: ReadonlySet<ScalarType> = new Set([
  ...[ScalarType.INT64, ScalarType.SINT64, ScalarType.SFIXED64, ScalarType.UINT64, ScalarType.FIXED64],
]);
const unsigned: ReadonlySet<ScalarType> = new Set([
  ...[ScalarType.UINT32, ScalarType.FIXED32, ScalarType.UINT64, ScalarType.FIXED64],
]);
const isLong = (type: ScalarType): boolean => longs.has(type);

function scalarAt(type: ScalarType, value: unknown, path: string): string | number | bigint | boolean | Uint8Array {
  switch (type) {
    case ScalarType.STRING:
      return typeof value === 'string' && value.isWellFormed() ? value : expected(path, 'a string', value);
    case ScalarType.BOOL:
      return typeof value === 'boolean' ? value : expected(path, 'true or false', value);
    case ScalarType.BYTES:
      return value instanceof Uint8Array ? value : expected(path, 'a Uint8Array', value);
    case ScalarType.DOUBLE:
      return typeof value === 'number' ? value : expected(path, 'a number', value);
    case ScalarType.FLOAT: {
      const fits = typeof value === 'number' && (!Number.isFinite(value) || Number.isFinite(Math.fround(value)));
      return fits ? value : expected(path, 'a number that a float can hold', value);
    }
    default:
      return isLong(type) ? longAt(type, value, path) : intAt(type, value, path);
  }
}

function intAt(type: ScalarType, value: unknown, path: string): number {
  const [least, most] = unsigned.has(type) ? [0, 2 ** 32 - 1] : [-(2 ** 31), 2 ** 31 - 1];
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
    ? value
    : expected(path, `a whole number from ${least} to ${most}`, value);
}

function longAt(type: ScalarType, value: unknown, path: string): bigint {
  const [least, most] = unsigned.has(type) ? [0n, 2n ** 64n - 1n] : [-(2n ** 63n), 2n ** 63n - 1n];
  const isWhole =
    typeof value === 'bigint' || Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d+$/.test(value));
  const number = isWhole ? BigInt(value as bigint | number | string) : undefined;
  return number !== undefined && number >= least && number <= most
    ? number
    : expected(path, `a whole number from ${least} to ${most} (a bigint, a safe integer or text)`, value);
}

function unknown(schema: DescMessage, path: string, key: string): never {
  const known = schema.fields.map(({ name }) => name).join(', ');
  return invalid(`${path === '' ? key : `${path}.${key}`}: ${schema.typeName} has no such field; it has ${known}`);
}

function expected(path: string, what: string, value: unknown, cause?: unknown): never {
  return invalid(`${path === '' ? 'the message' : path}: expected ${what}, got ${kindOf(value)}`, cause);
}

/** Never the value itself, which may be personal. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return Number.isInteger(value) ? 'another whole number' : 'another number';
  if (typeof value === 'string') return 'a string';
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object of another type';
  return `a ${typeof value}`;
}

function invalid(detail: string, cause?: unknown): never {
  throw new OnrampError('PUBLISH_MESSAGE_INVALID', detail, cause === undefined ? {} : { cause });
}
