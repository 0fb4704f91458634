/**
 * What a protobuf field becomes at rest, decided once. The Avro schema, the table's schema, the row descriptor and both
 * encoders are all derived from this tree, which is why the structured lake and the warehouse agree column by column.
 */
export interface Column {
  readonly name: string;
  /** As BigQuery's REST API calls it. */
  readonly type: ColumnType;
  /** Never REQUIRED: such a column could neither be added later nor be left out by a newer publisher. */
  readonly mode: 'NULLABLE' | 'REPEATED';
  readonly conversion: Conversion;
  /** At most 1,024 characters. */
  readonly description?: string;
  /** The columns of a RECORD; for a map `key` and `value`. */
  readonly fields?: readonly Column[];
  /** Number of the protobuf field; absent on Onramp's own columns. */
  readonly fieldNumber?: number;
  /** The field's type as its schema declares it, such as `fixed64`, `acme.v1.Money` or `map<string, int32>`. */
  readonly protoType?: string;
  /** The class of personal data that its values belong to; several, separated by commas, for JSON that holds several. */
  readonly pii?: string;
  /** How its values are masked; absent when they are not. Of what is dropped there is no column. */
  readonly mask?: 'hmac' | 'truncate';
  /** Characters or bytes that a truncated STRING or BYTES keeps; a truncated TIMESTAMP is its day. */
  readonly truncate?: number;
  /** Resource name of the policy tag that guards it in BigQuery. */
  readonly policyTag?: string;
}

/** See https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema */
export type ColumnType =
  | 'INTEGER'
  | 'NUMERIC'
  | 'FLOAT'
  | 'BOOLEAN'
  | 'STRING'
  | 'BYTES'
  | 'DATE'
  | 'TIMESTAMP'
  | 'JSON'
  | 'RECORD';

/** How a value of the field's type becomes a value of the column's type; wrapper messages count as what they wrap. */
export type Conversion =
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float'
  | 'double'
  | 'bool'
  | 'string'
  | 'bytes'
  | 'enum'
  | 'timestamp'
  | 'duration'
  | 'field-mask'
  /** A message without fields: true when it is set. */
  | 'presence'
  /** Canonical protobuf JSON: of Struct and its like, and wherever columns cannot nest any further. */
  | 'json'
  | 'record'
  | 'map'
  /** To a type that an option of the field asks for; see `type-overrides.ts`. */
  | TypeConversion
  /** A token instead of the value, whatever its type was. */
  | 'hmac';

export type TypeConversion =
  /** Decimal notation, as STRING or as NUMERIC. */
  | 'integer-text'
  /** A 64-bit integer without sign, below 2^63. */
  | 'checked-int64'
  | 'enum-number'
  | 'unix-seconds'
  | 'unix-millis'
  | 'unix-micros'
  | 'duration-seconds'
  | 'epoch-days'
  /** Text that is a decimal, a date or JSON; the empty one is NULL. */
  | 'decimal-text'
  | 'date-text'
  | 'json-text';
