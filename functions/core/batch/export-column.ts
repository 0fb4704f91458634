import type { AvroField, AvroRecordSchema, AvroSchema } from '../schema/avro-schema.ts';

/** What a column is in the export's files, in BigQuery's words. NUMERIC stands for BIGNUMERIC too: its digits decide. */
export type ExportType =
  | 'INTEGER'
  | 'FLOAT'
  | 'NUMERIC'
  | 'BOOLEAN'
  | 'STRING'
  | 'BYTES'
  | 'DATE'
  | 'TIME'
  | 'DATETIME'
  | 'TIMESTAMP'
  | 'JSON'
  | 'RECORD';

export interface ExportColumn {
  readonly name: string;
  readonly type: ExportType;
  /** Of NUMERIC: all digits, and those after the point. */
  readonly precision?: number;
  readonly scale?: number;
  /** An array of values; it holds no NULL, and is itself never NULL. */
  readonly repeated?: boolean;
  /** Of a RECORD. */
  readonly fields?: readonly ExportColumn[];
  /** The type in the source's own words, such as `numeric(12,2)`. */
  readonly sourceType: string;
  /** What masks it on the way out, such as `hmac`. */
  readonly masked?: string;
  /** Its class of personal data. */
  readonly pii?: string;
  /** Resource name of the policy tag that its column gets. */
  readonly policyTag?: string;
  readonly description?: string;
}

/**
 * The record of an export's files. Every column that is not repeated is a union with null: see decision 0009.
 * https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-avro#avro_conversions
 */
export function exportSchema(name: string, columns: readonly ExportColumn[]): AvroRecordSchema {
  const record = name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(?=[0-9])/, '_');
  return { type: 'record', name: record, fields: columns.map(column => field(column, record)) };
}

function field(column: ExportColumn, parent: string): AvroField {
  const { name, description, sourceType, masked, pii, repeated } = column;
  const value = valueType(column, `${parent}_${name}`);
  return {
    name,
    ...(description === undefined ? {} : { doc: description }),
    'source.type': sourceType,
    ...(pii === undefined ? {} : { 'onramp.pii': pii }),
    ...(masked === undefined ? {} : { 'onramp.mask': masked }),
    ...(repeated === true
      ? { type: { type: 'array', items: value }, default: [] }
      : { type: ['null', value], default: null }),
  };
}

function valueType(column: ExportColumn, recordName: string): AvroSchema {
  if (column.type !== 'RECORD') return scalarTypes(column)[column.type];
  return { type: 'record', name: recordName, fields: (column.fields ?? []).map(child => field(child, recordName)) };
}

const scalarTypes = ({
  precision = 38,
  scale = 9,
}: ExportColumn): Record<Exclude<ExportType, 'RECORD'>, AvroSchema> => ({
  INTEGER: 'long',
  FLOAT: 'double',
  NUMERIC: { type: 'bytes', logicalType: 'decimal', precision, scale },
  BOOLEAN: 'boolean',
  STRING: 'string',
  BYTES: 'bytes',
  DATE: { type: 'int', logicalType: 'date' },
  TIME: { type: 'long', logicalType: 'time-micros' },
  DATETIME: { type: 'long', logicalType: 'local-timestamp-micros' },
  TIMESTAMP: { type: 'long', logicalType: 'timestamp-micros' },
  // https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-avro#extract_json_data_from_avro_data
  JSON: { type: 'string', sqlType: 'JSON' },
});

/**
 * Precision and scale that BigQuery holds a decimal of so many digits in: NUMERIC has 29 before the point and 9 after
 * it, BIGNUMERIC 38 and 38. Undefined when only text holds it.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#decimal_types
 */
export function decimalOf(precision: number, scale: number): { precision: number; scale: number } | undefined {
  // numeric(2, -3) has five digits before the point, numeric(3, 5) none.
  const digits = { precision: Math.max(precision - Math.min(scale, 0), scale), scale: Math.max(scale, 0) };
  return digits.precision - digits.scale <= 38 && digits.scale <= 38 ? digits : undefined;
}
