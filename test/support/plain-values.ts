import { type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** What may be found in a record of a message by right, or by chance, is no proof that a value is. */
export interface PlainValues {
  /** Of the messages whose own fields count. */
  readonly counts: (message: string) => boolean;
  /** Shorter ones are left out. */
  readonly minLength: number;
}

/**
 * The forms in which the values of a message would show in a record or a row that holds them: as bytes, as text, and as
 * numbers on the wire. Those that fields which do not count hold, too, are left out.
 */
export function plainValues(desc: DescMessage, message: Message, { counts, minLength }: PlainValues): Buffer[] {
  const found: Found = { counted: [], others: [] };
  collect(reflect(desc, message), counts(desc.typeName), counts, found);
  return found.counted.filter(
    bytes =>
      bytes.length >= minLength &&
      new Set(bytes).size >= minDistinct &&
      !found.others.some(other => other.includes(bytes)),
  );
}

/** Extremes of numbers are bytes that are all alike, which other numbers and zeros hold, too. */
const minDistinct = 5;

interface Found {
  readonly counted: Buffer[];
  readonly others: Buffer[];
}

function collect(message: ReflectMessage, counted: boolean, counts: PlainValues['counts'], found: Found): void {
  const keep = (forms: readonly Buffer[]) => (counted ? found.counted : found.others).push(...forms);
  const add = (field: DescField, value: unknown) => {
    if (field.message !== undefined) {
      const inner = value as ReflectMessage;
      collect(inner, counted || counts(field.message.typeName), counts, found);
      if (field.message.typeName.endsWith('.Timestamp')) keep(microsOf(inner));
    } else if (field.enum === undefined) {
      keep(formsOf(field.scalar, value));
    }
  };
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    if (field.fieldKind === 'list') {
      for (const item of message.get(field)) add(field, item);
    } else if (field.fieldKind === 'map') {
      for (const [key, value] of message.get(field)) {
        keep(formsOf(field.mapKey, key));
        add(field, value);
      }
    } else {
      add(field, message.get(field));
    }
  }
}

const microsPerDay = 86_400_000_000n;

/** None of a time that is a day itself, which truncation leaves as it is. */
function microsOf(timestamp: ReflectMessage): Buffer[] {
  const [seconds, nanos] = timestamp.fields.map(field => timestamp.get(field)) as [bigint, number];
  const micros = seconds * 1_000_000n + BigInt(Math.floor(nanos / 1000));
  return micros % microsPerDay === 0n ? [] : integerForms(micros);
}

function formsOf(scalar: ScalarType, value: unknown): Buffer[] {
  switch (scalar) {
    case ScalarType.STRING:
      return [Buffer.from(value as string, 'utf8')];
    case ScalarType.BYTES:
      return [Buffer.from(value as Uint8Array), Buffer.from(Buffer.from(value as Uint8Array).toString('base64'))];
    case ScalarType.BOOL:
      return [];
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE: {
      const double = Buffer.alloc(8);
      double.writeDoubleLE(value as number);
      return value === 0 ? [] : [double, Buffer.from(String(value))];
    }
    default:
      return integerForms(BigInt(value as number | bigint | string));
  }
}

function integerForms(value: bigint): Buffer[] {
  const unsigned = BigInt.asUintN(64, value);
  const signed = BigInt.asIntN(64, value);
  return [
    Buffer.from(String(value)),
    Buffer.from(new BinaryWriter().uint64(unsigned).finish()),
    Buffer.from(new BinaryWriter().sint64(signed).finish()),
  ];
}
