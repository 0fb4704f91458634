import { type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import fc from 'fast-check';

/**
 * Random messages of a type, with the edges that bugs live at: extremes of every integer, NaN and -0, enum numbers that
 * the schema does not know, keys such as `__proto__`, unset and empty fields. Times are within what BigQuery holds.
 */
export function randomMessage(desc: DescMessage, depth = 3): fc.Arbitrary<Message> {
  return randomReflect(desc, depth).map(({ message }) => message);
}

function randomReflect(desc: DescMessage, depth: number): fc.Arbitrary<ReflectMessage> {
  switch (desc.typeName) {
    case 'google.protobuf.Timestamp':
      return secondsAndNanos(desc, -62135596800n, 253402300799n);
    case 'google.protobuf.Duration':
      return secondsAndNanos(desc, 0n, 315576000000n);
    case 'google.protobuf.FieldMask':
      return fc.array(fc.constantFrom('a', 'user_name', 'a.b_c'), { maxLength: 3 }).map(paths => {
        const mask = reflect(desc);
        const field = fieldOf(desc, 'paths');
        mask.set(field, listOf(mask, field, paths));
        return mask;
      });
  }
  const fields = desc.fields.filter(field => depth > 0 || (field.message === undefined && field.fieldKind !== 'list'));
  const chosen = fields.map(field => fc.option(randomField(field, depth), { nil: undefined, freq: 2 }));
  return fc.tuple(...chosen).map(values => {
    const message = reflect(desc);
    for (const [index, field] of fields.entries()) {
      const value = values[index];
      if (value !== undefined) message.set(field, typeof value === 'function' ? (value as InMessage)(message) : value);
    }
    return message;
  });
}

type InMessage = (message: ReflectMessage) => unknown;

function randomField(field: DescField, depth: number): fc.Arbitrary<unknown> {
  switch (field.fieldKind) {
    case 'list':
      return fc.array(randomValue(field, depth), { maxLength: 4 }).map(
        (items): InMessage =>
          message =>
            listOf(message, field, items),
      );
    case 'map':
      return fc.array(fc.tuple(randomScalar(field.mapKey), randomValue(field, depth)), { maxLength: 4 }).map(
        (entries): InMessage =>
          message => {
            const map = message.get(field);
            for (const [key, value] of entries) map.set(key, value);
            return map;
          },
      );
    default:
      return randomValue(field, depth);
  }
}

function randomValue(field: DescField, depth: number): fc.Arbitrary<unknown> {
  if (field.message !== undefined) return randomReflect(field.message, depth - 1);
  if (field.enum !== undefined) {
    if (field.enum.typeName === 'google.protobuf.NullValue') return fc.constant(0);
    return fc.oneof(fc.constantFrom(...field.enum.values.map(value => value.number)), int32);
  }
  return randomScalar(field.scalar);
}

const int32 = fc.oneof(fc.integer(), fc.constantFrom(0, -1, -2147483648, 2147483647));
const uint32 = fc.oneof(fc.nat(), fc.constantFrom(0, 4294967295, 2147483648));
const int64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const uint64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '__proto__', 'constructor', '\u0000', '\ufeffx', '1', '10', '9', '😀', '\uffff'),
);

function randomScalar(scalar: ScalarType): fc.Arbitrary<unknown> {
  switch (scalar) {
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return int32;
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return uint32;
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return fc.oneof(int64, fc.constantFrom(0n, -(1n << 63n), (1n << 63n) - 1n, 1n << 53n));
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return fc.oneof(uint64, fc.constantFrom(0n, (1n << 64n) - 1n, 1n << 63n));
    case ScalarType.FLOAT:
      return fc.float();
    case ScalarType.DOUBLE:
      return fc.double();
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.STRING:
      return text;
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 20 });
  }
}

function secondsAndNanos(desc: DescMessage, min: bigint, max: bigint): fc.Arbitrary<ReflectMessage> {
  return fc.tuple(fc.bigInt({ min, max }), fc.integer({ min: 0, max: 999_999_999 })).map(([seconds, nanos]) => {
    const message = reflect(desc);
    message.set(fieldOf(desc, 'seconds'), seconds);
    message.set(fieldOf(desc, 'nanos'), nanos);
    return message;
  });
}

function listOf(message: ReflectMessage, field: DescField, items: readonly unknown[]): unknown {
  if (field.fieldKind !== 'list') throw new Error(`${field.name} is no list`);
  const list = message.get(field);
  for (const item of items) list.add(item);
  return list;
}

function fieldOf(desc: DescMessage, name: string): DescField {
  const field = desc.fields.find(candidate => candidate.name === name);
  if (field === undefined) throw new Error(`${desc.typeName} has no ${name}`);
  return field;
}
