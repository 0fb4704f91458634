import type { AvroComplexType, AvroSchema } from '../schema/avro-schema.ts';
import { decimalText } from './decimal.ts';

/**
 * A decoded value: a long is a bigint and an int a number, a decimal a text, a record and a map an object. In a union
 * the value stands by itself.
 */
export type AvroValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Buffer
  | readonly AvroValue[]
  | { readonly [name: string]: AvroValue };

/**
 * Reads Avro's binary encoding. Throws a plain Error at bytes that are none.
 * See https://avro.apache.org/docs/1.8.2/spec.html#binary_encoding
 */
export class AvroReader {
  readonly #bytes: Buffer;
  #position: number;

  constructor(bytes: Buffer, position = 0) {
    this.#bytes = bytes;
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  get length(): number {
    return this.#bytes.length;
  }

  fixed(length: number): Buffer {
    const start = this.#position;
    if (length > this.#bytes.length - start) throw new Error(`it ends in the middle of a value, at byte ${start}`);
    this.#position += length;
    return this.#bytes.subarray(start, this.#position);
  }

  long(): bigint {
    let zigzag = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const [byte = 0] = this.fixed(1);
      zigzag |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, (zigzag >> 1n) ^ -(zigzag & 1n));
    }
    throw new Error(`a number has more than ten bytes, at byte ${this.#position}`);
  }

  int(): number {
    return Number(this.long());
  }

  /** A number of items or bytes, which is not below zero. */
  count(): number {
    const count = this.int();
    if (count < 0) throw new Error(`a length is below zero, at byte ${this.#position}`);
    return count;
  }

  boolean(): boolean {
    return this.fixed(1)[0] === 1;
  }

  float(): number {
    return this.fixed(4).readFloatLE();
  }

  double(): number {
    return this.fixed(8).readDoubleLE();
  }

  bytes(): Buffer {
    return this.fixed(this.count());
  }

  string(): string {
    return this.bytes().toString();
  }

  /** Calls `item` for every item of an array or a map. */
  blocks(item: () => void): void {
    for (let count = this.int(); count !== 0; count = this.int()) {
      // Below zero, the block's size in bytes follows its count.
      if (count < 0) this.count();
      for (let i = Math.abs(count); i > 0; i -= 1) {
        const before = this.#position;
        item();
        if (this.#position === before && i > this.#bytes.length) throw new Error('an array has more items than bytes');
      }
    }
  }
}

type Read = (reader: AvroReader) => AvroValue;

/** Makes the function that decodes a value of the schema. Throws a plain Error at a schema that is none. */
export function valueReader(schema: AvroSchema): Read {
  return readerOf(schema, new Map());
}

const primitives: Readonly<Record<string, Read>> = {
  null: () => null,
  boolean: reader => reader.boolean(),
  int: reader => reader.int(),
  long: reader => reader.long(),
  float: reader => reader.float(),
  double: reader => reader.double(),
  bytes: reader => reader.bytes(),
  string: reader => reader.string(),
};

function readerOf(schema: AvroSchema, named: Map<string, Read>): Read {
  if (typeof schema === 'string') return namedReader(schema, named);
  if ('length' in schema) return unionReader(schema as readonly AvroSchema[], named);
  const { type } = schema;
  switch (type) {
    case 'record':
    case 'error':
      return recordReader(schema, named);
    case 'enum': {
      const symbols = schema['symbols'] as readonly string[];
      return define(schema, named, reader => itemAt(symbols, reader.int()));
    }
    case 'fixed': {
      const size = schema['size'] as number;
      return define(
        schema,
        named,
        decimalReader(schema, reader => reader.fixed(size)),
      );
    }
    case 'array': {
      const read = readerOf(schema['items'] as AvroSchema, named);
      return reader => {
        const items: AvroValue[] = [];
        reader.blocks(() => items.push(read(reader)));
        return items;
      };
    }
    case 'map':
      return mapReader(readerOf(schema['values'] as AvroSchema, named));
    case 'bytes':
      return decimalReader(schema, reader => reader.bytes());
    default:
      return readerOf(type, named);
  }
}

function namedReader(name: string, named: ReadonlyMap<string, Read>): Read {
  const known = Object.hasOwn(primitives, name) ? primitives[name] : named.get(shortName(name));
  if (known === undefined) throw new Error(`the schema names the type ${JSON.stringify(name)}, which it lacks`);
  return known;
}

/** Types are told apart by their names without namespace: enough for files whose schema is at hand. */
const shortName = (name: string) => name.slice(name.lastIndexOf('.') + 1);

function define(schema: AvroComplexType, named: Map<string, Read>, read: Read): Read {
  named.set(shortName(String(schema['name'])), read);
  return read;
}

function recordReader(schema: AvroComplexType, named: Map<string, Read>): Read {
  const fields: [string, Read][] = [];
  const read = define(schema, named, reader =>
    Object.fromEntries(fields.map(([name, readField]) => [name, readField(reader)])),
  );
  // A record may name itself, so it is known before its fields are.
  for (const field of schema['fields'] as readonly { name: string; type: AvroSchema }[]) {
    fields.push([field.name, readerOf(field.type, named)]);
  }
  return read;
}

function unionReader(branches: readonly AvroSchema[], named: Map<string, Read>): Read {
  const reads = branches.map(branch => readerOf(branch, named));
  return reader => itemAt(reads, reader.int())(reader);
}

function mapReader(read: Read): Read {
  return reader => {
    const entries: [string, AvroValue][] = [];
    reader.blocks(() => entries.push([reader.string(), read(reader)]));
    return Object.fromEntries(entries);
  };
}

function decimalReader(schema: AvroComplexType, read: (reader: AvroReader) => Buffer): Read {
  if (schema['logicalType'] !== 'decimal') return read;
  const scale = (schema['scale'] as number | undefined) ?? 0;
  return reader => decimalText(read(reader), scale);
}

function itemAt<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`a union or an enum has no branch ${index}`);
  return item;
}
