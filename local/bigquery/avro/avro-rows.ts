import {
  DuckDBBlobValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import avro from 'avsc';
import type { Column } from '../types.ts';
import { isDecimal, printDecimal } from '../values/decimal.ts';
import {
  dateOfDays,
  datetimeOfMicros,
  rescaledDecimal,
  stored,
  textReaders,
  timestampOfMicros,
  ValueError,
} from '../values/scalar.ts';
import type { AvroColumn } from './avro-columns.ts';
import { AvroError, type AvroFile } from './container.ts';

/** Longs as bigints: a double holds 53 bits. */
const long = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
});

/** What avsc answers; a negative offset means that the bytes ended too early. */
interface Decoded {
  readonly value: Record<string, unknown>;
  readonly offset: number;
}

/** The records of a file, as rows of the table's columns. Throws an AvroError or a ValueError. */
export function* avroRows(
  file: AvroFile,
  columns: readonly Column[],
  fields: readonly AvroColumn[],
): Generator<DuckDBValue[]> {
  const type = avro.Type.forSchema(file.schema as avro.Schema, {
    // Not by the registry, which a long with a logical type passes by.
    typeHook: schema => (schema === 'long' || (schema as { type?: unknown }).type === 'long' ? long : undefined),
    wrapUnions: true,
  });
  const readers = columns.map(column => columnReader(column, fields));
  for (const { records, bytes } of file.blocks()) {
    let position = 0;
    for (let index = 0; index < records; index += 1) {
      const decoded: Decoded = type.decode(bytes, position);
      if (decoded.offset < 0) throw new AvroError('a block holds fewer records than it says');
      position = decoded.offset;
      yield readers.map(read => read(decoded.value));
    }
  }
}

type Reader<T> = (value: T) => DuckDBValue;

/** Reads a column out of a record; a column that the file does not have is NULL, or the empty array. */
function columnReader(column: Column, fields: readonly AvroColumn[]): Reader<Record<string, unknown>> {
  const field = fields.find(candidate => candidate.name.toLowerCase() === column.name.toLowerCase());
  if (field === undefined) return () => (column.mode === 'REPEATED' ? new DuckDBListValue([]) : null);
  const read = fieldReader(column, field);
  return record => read(record[field.name]);
}

function fieldReader(column: Column, field: AvroColumn): Reader<unknown> {
  const element = elementReader(column, field);
  if (column.mode !== 'REPEATED') {
    return value => (value === null || value === undefined ? null : element(field.wrapped ? unwrap(value) : value));
  }
  return value => {
    const content = value !== null && field.wrapped ? unwrap(value) : value;
    if (content === null || content === undefined) return new DuckDBListValue([]);
    if (field.kind === 'map') {
      return new DuckDBListValue(
        Object.entries(content).map(([key, item]) => element({ key, value: item as unknown })),
      );
    }
    return new DuckDBListValue(
      (content as unknown[]).map(item => {
        if (item === null) throw new ValueError(column.name, `Field ${column.name}: an array must not hold null.`);
        return element(field.wrappedElement ? unwrap(item) : item);
      }),
    );
  };
}

/** Of a union's value: avsc gives `{ branch: value }`. */
const unwrap = (value: unknown): unknown => Object.values(value as object)[0];

function elementReader(column: Column, field: AvroColumn): Reader<unknown> {
  const fields = field.fields ?? [];
  if (field.kind === 'union') {
    const readers = (column.fields ?? []).map(child => {
      const branch = fields.find(candidate => candidate.name.toLowerCase() === child.name.toLowerCase());
      return {
        name: child.name,
        branch: branch?.branch ?? '',
        read: branch && fieldReader(child, { ...branch, wrapped: false }),
      };
    });
    return value =>
      struct(
        readers.map(({ name, branch, read }) => [name, read?.((value as Record<string, unknown>)[branch]) ?? null]),
      );
  }
  if (column.fields !== undefined) {
    const readers = column.fields.map(child => ({ name: child.name, read: columnReader(child, fields) }));
    return value => struct(readers.map(({ name, read }) => [name, read(value as Record<string, unknown>)]));
  }
  const read = scalarReader(field);
  return value => {
    const result = stored(column, read(value));
    if (result === undefined)
      throw new ValueError(column.name, `Field ${column.name}: the value is out of the range of ${column.type}.`);
    return result;
  };
}

const struct = (entries: [string, DuckDBValue][]) => new DuckDBStructValue(Object.fromEntries(entries));

/** Avro's int is a number, its long a bigint. */
const integer = (value: unknown) => BigInt(value as number | bigint);

function scalarReader(field: AvroColumn): (value: unknown) => DuckDBValue | undefined {
  switch (field.kind) {
    case 'bytes':
      return value => new DuckDBBlobValue(value as Buffer);
    case 'decimal':
      return value => decimal(field, value as Buffer);
    case 'date':
      return value => dateOfDays(value as number);
    case 'time-millis':
      return value => timeOfMicros(integer(value) * 1000n);
    case 'time-micros':
      return value => timeOfMicros(integer(value));
    case 'timestamp-millis':
      return value => timestampOfMicros(integer(value) * 1000n);
    case 'timestamp-micros':
      return value => timestampOfMicros(integer(value));
    case 'local-timestamp-millis':
      return value => datetimeOfMicros(integer(value) * 1000n);
    case 'local-timestamp-micros':
      return value => datetimeOfMicros(integer(value));
    case 'text':
      return value => textReaders[field.type === 'JSON' ? 'JSON' : 'DATETIME'](value as string);
    default:
      return field.type === 'INTEGER' ? integer : value => value as DuckDBValue;
  }
}

const timeOfMicros = (micros: bigint): DuckDBValue | undefined =>
  micros >= 0n && micros < 86_400_000_000n ? new DuckDBTimeValue(micros) : undefined;

/** Avro's decimal: two's complement, most significant byte first. */
function decimal({ type, scale = 0 }: AvroColumn, bytes: Buffer): DuckDBValue | undefined {
  const unscaled = bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
  return isDecimal(type) ? rescaledDecimal(type, unscaled, scale) : printDecimal(unscaled, scale);
}
