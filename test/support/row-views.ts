import { type DescMessage, type Message } from '@bufbuild/protobuf';
import { type ReflectList, type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import type { AvroValue } from '../../functions/core/codec/avro-reader.ts';
import { decimalText } from '../../functions/core/codec/decimal.ts';
import type { Row, Value } from '../../functions/core/codec/row.ts';
import { isAvroMap, numeric } from '../../functions/core/schema/avro-schema.ts';
import type { Column } from '../../functions/core/schema/column.ts';

/** The values of a record that an Avro library read, back in the form of a row. */
export function rowOfAvro(columns: readonly Column[], record: AvroValue): Row {
  return columns.map(column => {
    const value = (record as Record<string, AvroValue>)[column.name] ?? null;
    if (value === null) return null;
    if (column.mode === 'NULLABLE') return valueOfAvro(column, value);
    if (!isAvroMap(column)) return (value as readonly AvroValue[]).map(item => valueOfAvro(column, item));
    const [, valueColumn] = column.fields ?? [];
    if (valueColumn === undefined) throw new Error(`${column.name} has no value`);
    return Object.entries(value).map(([key, item]) => [key, valueOfAvro(valueColumn, item as AvroValue)]);
  });
}

function valueOfAvro(column: Column, value: AvroValue): Value {
  if (column.type === 'RECORD') return rowOfAvro(column.fields ?? [], value);
  if (column.type === 'INTEGER') return BigInt(value as number | bigint);
  if (!(value instanceof Uint8Array)) return value as Value;
  // Only our own reader knows decimals.
  return column.type === 'NUMERIC' ? decimalText(value, numeric.scale) : Uint8Array.from(value);
}

/** The values of a row that the server of the Storage Write API read, back in the form of a row. */
export function rowOfMessage(columns: readonly Column[], desc: DescMessage, message: Message): Row {
  return rowOfReflect(columns, reflect(desc, message));
}

function rowOfReflect(columns: readonly Column[], message: ReflectMessage): Row {
  return columns.map((column, index) => {
    const field = message.findNumber(index + 1);
    if (field === undefined) throw new Error(`there is no field ${index + 1}`);
    if (column.mode === 'REPEATED') {
      return [...(message.get(field) as ReflectList)].map(item => valueOfReflect(column, item));
    }
    return message.isSet(field) ? valueOfReflect(column, message.get(field)) : null;
  });
}

const valueOfReflect = (column: Column, value: unknown): Value =>
  column.type === 'RECORD' ? rowOfReflect(column.fields ?? [], value as ReflectMessage) : (value as Value);

/** Sorts the entries of maps by their keys, for libraries that read them into objects. */
export function withSortedMaps(columns: readonly Column[], row: Row): Row {
  return row.map((value, index) => {
    const column = columns[index];
    if (column?.fields === undefined || value === null) return value;
    const fields = column.fields;
    if (column.mode === 'NULLABLE') return withSortedMaps(fields, value as Row);
    const rows = (value as readonly Row[]).map(item => withSortedMaps(fields, item));
    return isAvroMap(column) ? rows.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)) : rows;
  });
}
