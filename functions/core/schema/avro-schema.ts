import type { Column } from './column.ts';
import type { Schema } from './descriptor-set.ts';
import { recordColumns } from './metadata-columns.ts';

/** An Avro schema as JSON. See https://avro.apache.org/docs/1.8.2/spec.html */
export type AvroSchema = string | readonly AvroSchema[] | AvroComplexType;

export interface AvroComplexType {
  readonly type: string;
  readonly [property: string]: unknown;
}

export interface AvroField {
  readonly name: string;
  readonly type: AvroSchema;
  readonly default: unknown;
  readonly doc?: string;
  readonly [property: string]: unknown;
}

export interface AvroRecordSchema extends AvroComplexType {
  readonly type: 'record';
  readonly name: string;
  readonly fields: readonly AvroField[];
}

/** Precision and scale of BigQuery's NUMERIC, which its load then chooses. */
export const numeric = { precision: 38, scale: 9 } as const;

/** The schema of a schema's files in the structured lake: Onramp's columns, then its own. */
export function avroSchema(schema: Schema): AvroRecordSchema {
  return avroRecord(schema.name, recordColumns(schema), {
    ...(schema.description === undefined ? {} : { doc: schema.description }),
    'proto.message': schema.name,
    'proto.version': schema.version,
  });
}

/**
 * A record of these columns. Every column that is not repeated is a union with null, also where a value is always
 * written: BigQuery takes any other Avro type for REQUIRED, and refuses it where the table's column is NULLABLE.
 * `properties` go on the record itself. BigQuery allows no dots in names, so they become underscores.
 */
export function avroRecord(
  name: string,
  columns: readonly Column[],
  properties: Readonly<Record<string, unknown>> = {},
): AvroRecordSchema {
  return record(name.replaceAll('.', '_'), columns, new Set(), properties);
}

/**
 * Whether a repeated column is an Avro map rather than an array: an Avro map's keys can only be strings, and each only
 * once, which truncated keys are not.
 */
export function isAvroMap({ conversion, fields }: Column): boolean {
  const key = conversion === 'map' ? fields?.[0] : undefined;
  return key?.type === 'STRING' && key.mask !== 'truncate';
}

function record(
  wanted: string,
  columns: readonly Column[],
  taken: Set<string>,
  properties: Readonly<Record<string, unknown>>,
): AvroRecordSchema {
  const name = unique(wanted, taken);
  return { type: 'record', name, ...properties, fields: columns.map(column => field(column, name, taken)) };
}

function unique(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let n = 2; taken.has(name); n += 1) name = `${wanted}_${n}`;
  taken.add(name);
  return name;
}

function field(column: Column, parent: string, taken: Set<string>): AvroField {
  const { name, mode, description, fieldNumber, protoType, pii, mask } = column;
  const value = valueType(column, `${parent}_${name}`, taken);
  return {
    name,
    ...(description === undefined ? {} : { doc: description }),
    ...(fieldNumber === undefined ? {} : { 'proto.field': fieldNumber }),
    ...(protoType === undefined ? {} : { [column.conversion === 'enum' ? 'proto.enum' : 'proto.type']: protoType }),
    ...(pii === undefined ? {} : { 'onramp.pii': pii }),
    ...(mask === undefined ? {} : { 'onramp.mask': mask }),
    ...(mode === 'REPEATED'
      ? { type: repeatedType(column, value), default: isAvroMap(column) ? {} : [] }
      : { type: ['null', value], default: null }),
  };
}

const repeatedType = (column: Column, value: AvroSchema): AvroSchema =>
  isAvroMap(column) ? { type: 'map', values: value } : { type: 'array', items: value };

/** The Avro type of one value; of a map with string keys, that of the map's values. */
function valueType(column: Column, recordName: string, taken: Set<string>): AvroSchema {
  const { type, fields = [] } = column;
  switch (type) {
    case 'INTEGER':
      return column.conversion === 'int32' ? 'int' : 'long';
    case 'FLOAT':
      return column.conversion === 'float' ? 'float' : 'double';
    case 'NUMERIC':
      return { type: 'bytes', logicalType: 'decimal', ...numeric };
    case 'BOOLEAN':
      return 'boolean';
    case 'STRING':
      return 'string';
    case 'BYTES':
      return 'bytes';
    case 'DATE':
      return { type: 'int', logicalType: 'date' };
    case 'TIMESTAMP':
      return { type: 'long', logicalType: 'timestamp-micros' };
    // https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-avro#extract_json_data_from_avro_data
    case 'JSON':
      return { type: 'string', sqlType: 'JSON' };
    case 'RECORD': {
      const [, value] = fields;
      return isAvroMap(column) && value !== undefined
        ? valueType(value, `${recordName}_value`, taken)
        : record(recordName, fields, taken, {});
    }
  }
}
