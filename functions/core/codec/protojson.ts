import { type DescField, type DescMessage, isFieldSet, type Message, ScalarType } from '@bufbuild/protobuf';
import { fieldOptions } from '../schema/options.ts';
import { wrappedField } from '../schema/well-known.ts';
import { compareDecimal, compareText } from './map-order.ts';
import { fieldReader, type MessageObject, mapEntries, objectOf } from './message-field.ts';
import { OutOfRange } from './out-of-range.ts';
import { timestampMicros } from './timestamp.ts';

/**
 * Protobuf's JSON form as text, with fields by number and keys in order: the same value has the same text.
 * See https://protobuf.dev/programming-guides/json/
 *
 * Where that form knows no text for a well-formed message, the message is kept: NaN and the infinities in a
 * google.protobuf.Value are strings, a Value without kind is null, a path of a FieldMask that camel case would lose is
 * written as it is, and an Any holds its bytes in base64 under `value`, for its type is not ours to know. Fields that are
 * to be ignored are left out.
 * Throws OutOfRange for a Timestamp outside of the years 0001 to 9999.
 */
export function fieldJson(field: DescField, value: unknown): string {
  switch (field.fieldKind) {
    case 'list':
      return `[${(value as readonly unknown[]).map(item => elementJson(field, item)).join(',')}]`;
    case 'map': {
      const compare =
        field.mapKey === ScalarType.STRING || field.mapKey === ScalarType.BOOL ? compareText : compareDecimal;
      return object(
        mapEntries(value)
          .sort(([a], [b]) => compare(a, b))
          .map(([key, item]) => [key, elementJson(field, item)]),
      );
    }
    case 'message': {
      const wrapped = wrappedField(field.message);
      if (wrapped !== undefined && field.oneof === undefined) return elementJson(wrapped, value);
      return elementJson(field, value);
    }
    default:
      return elementJson(field, value);
  }
}

/** The JSON of one value: of a singular field, of a list's element or of a map's value. */
export function elementJson(field: DescField, value: unknown): string {
  if (field.enum !== undefined) {
    if (field.enum.typeName === 'google.protobuf.NullValue') return 'null';
    const known = field.enum.value[value as number];
    return known === undefined ? String(value) : quoted(known.name);
  }
  if (field.message === undefined) return scalarJson(field.scalar, value);
  if (field.message.typeName === 'google.protobuf.Struct' && field.parent.typeName !== 'google.protobuf.Value') {
    return plainJson(value);
  }
  return messageJson(field.message, value as Message);
}

function messageJson(desc: DescMessage, message: Message): string {
  const fields = objectOf(message);
  const wrapped = wrappedField(desc);
  if (wrapped !== undefined) return elementJson(wrapped, fields['value']);
  switch (desc.typeName) {
    case 'google.protobuf.Timestamp':
      return timestampJson(fields);
    case 'google.protobuf.Duration':
      return durationJson(fields);
    case 'google.protobuf.FieldMask':
      return quoted((fields['paths'] as readonly string[]).map(camelCasePath).join(','));
    case 'google.protobuf.Struct':
      return structJson(fields);
    case 'google.protobuf.Value':
      return valueJson(fields);
    case 'google.protobuf.ListValue':
      return `[${(fields['values'] as readonly MessageObject[]).map(valueJson).join(',')}]`;
    case 'google.protobuf.Any':
      return anyJson(fields);
  }
  const members: [string, string][] = [];
  for (const field of jsonFields(desc)) {
    if (!isFieldSet(message, field)) continue;
    try {
      members.push([field.jsonName, fieldJson(field, fieldReader(field)(fields))]);
    } catch (error) {
      if (error instanceof OutOfRange) error.path.unshift(field.name);
      throw error;
    }
  }
  return object(members);
}

const fieldsOf = new WeakMap<DescMessage, readonly DescField[]>();

/** The fields of a message that JSON holds: not those that are to be ignored. */
function jsonFields(desc: DescMessage): readonly DescField[] {
  let fields = fieldsOf.get(desc);
  if (fields === undefined) {
    fields = desc.fields.filter(field => fieldOptions(field).ignore !== true).sort((a, b) => a.number - b.number);
    fieldsOf.set(desc, fields);
  }
  return fields;
}

const quoted = (text: string) => JSON.stringify(text);

const object = (members: readonly (readonly [string, string])[]) =>
  `{${members.map(([key, value]) => `${quoted(key)}:${value}`).join(',')}}`;

function scalarJson(scalar: ScalarType, value: unknown): string {
  switch (scalar) {
    case ScalarType.STRING:
      return quoted(value as string);
    case ScalarType.BYTES:
      return quoted(base64(value as Uint8Array));
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      return numberJson(value as number);
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return quoted(String(value));
    default:
      return String(value);
  }
}

function numberJson(value: number): string {
  if (!Number.isFinite(value)) return quoted(String(value));
  return Object.is(value, -0) ? '-0' : String(value);
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** A Struct as the runtime keeps it: as the JSON that it stands for. */
function plainJson(value: unknown): string {
  if (typeof value === 'number') return numberJson(value);
  if (Array.isArray(value)) return `[${value.map(plainJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return object(sortedByKey(value).map(([key, item]) => [key, plainJson(item)]));
}

const sortedByKey = (map: unknown) => mapEntries(map).sort(([a], [b]) => compareText(a, b));

const structJson = (struct: MessageObject) =>
  object(sortedByKey(struct['fields']).map(([key, value]) => [key, valueJson(value as MessageObject)]));

function valueJson(message: MessageObject): string {
  const kind = message['kind'] as { case: string | undefined; value?: unknown };
  switch (kind.case) {
    case 'structValue':
      return structJson(kind.value as MessageObject);
    case 'listValue':
      return `[${((kind.value as MessageObject)['values'] as readonly MessageObject[]).map(valueJson).join(',')}]`;
    case 'numberValue':
    case 'stringValue':
    case 'boolValue':
      return plainJson(kind.value);
    default:
      return 'null';
  }
}

function anyJson(any: MessageObject): string {
  const typeUrl = any['typeUrl'] as string;
  const value = any['value'] as Uint8Array;
  if (typeUrl === '' && value.length === 0) return '{}';
  return object([
    ['@type', quoted(typeUrl)],
    ['value', quoted(base64(value))],
  ]);
}

/** Seconds and nanoseconds such that 0 <= nanos < 10^9. */
function normalised(fields: MessageObject): { seconds: bigint; nanos: number } {
  const nanos = fields['nanos'] as number;
  const carry = Math.floor(nanos / 1e9);
  return { seconds: (fields['seconds'] as bigint) + BigInt(carry), nanos: nanos - carry * 1e9 };
}

/** Three, six or nine digits after the point, or none. */
function fraction(nanos: number): string {
  if (nanos === 0) return '';
  return `.${String(nanos)
    .padStart(9, '0')
    .replace(/(000){1,2}$/, '')}`;
}

function timestampJson(fields: MessageObject): string {
  const { seconds, nanos } = normalised(fields);
  timestampMicros(seconds, nanos);
  return quoted(`${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}${fraction(nanos)}Z`);
}

function durationJson(fields: MessageObject): string {
  const { seconds, nanos } = normalised(fields);
  // Below zero the fraction counts away from zero.
  if (seconds < 0n && nanos > 0) return quoted(`-${-(seconds + 1n)}${fraction(1e9 - nanos)}s`);
  return quoted(`${seconds}${fraction(nanos)}s`);
}

function camelCasePath(path: string): string {
  const camel = path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const back = camel.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
  return back === path ? camel : path;
}
