import { type DescField, ScalarType } from '@bufbuild/protobuf';
import type { ColumnType, TypeConversion } from './column.ts';
import type { TypeOverride } from './options.ts';
import { wrappedField } from './well-known.ts';

/** A type that a column can have instead of its usual one, and how values become it. */
export type Overridden = readonly [type: ColumnType, conversion: TypeConversion | 'json'];

type Overrides = Readonly<Partial<Record<TypeOverride, Overridden>>>;

const integer: Overrides = {
  STRING: ['STRING', 'integer-text'],
  NUMERIC: ['NUMERIC', 'integer-text'],
  TIMESTAMP_SECONDS: ['TIMESTAMP', 'unix-seconds'],
};

const signed32: Overrides = { ...integer, DATE: ['DATE', 'epoch-days'] };

const signed64: Overrides = {
  ...integer,
  TIMESTAMP_MILLIS: ['TIMESTAMP', 'unix-millis'],
  TIMESTAMP_MICROS: ['TIMESTAMP', 'unix-micros'],
};

const unsigned64: Overrides = { ...signed64, INTEGER: ['INTEGER', 'checked-int64'] };

const scalars: Readonly<Partial<Record<ScalarType, Overrides>>> = {
  [ScalarType.INT32]: signed32,
  [ScalarType.SINT32]: signed32,
  [ScalarType.SFIXED32]: signed32,
  [ScalarType.UINT32]: integer,
  [ScalarType.FIXED32]: integer,
  [ScalarType.INT64]: signed64,
  [ScalarType.SINT64]: signed64,
  [ScalarType.SFIXED64]: signed64,
  [ScalarType.UINT64]: unsigned64,
  [ScalarType.FIXED64]: unsigned64,
  [ScalarType.STRING]: {
    NUMERIC: ['NUMERIC', 'decimal-text'],
    DATE: ['DATE', 'date-text'],
    JSON: ['JSON', 'json-text'],
  },
};

const enumeration: Overrides = { INTEGER: ['INTEGER', 'enum-number'] };
const asJson: Overrides = { JSON: ['JSON', 'json'] };
const none: Overrides = {};

/** Messages of which the usual column is more than JSON could be, or is JSON already. */
const notAsJson: readonly string[] = ['Timestamp', 'Duration', 'FieldMask', 'Struct', 'Value', 'ListValue'].map(
  name => `google.protobuf.${name}`,
);

/** The types that a field's column, or each element of a repeated one, can be asked to have, beside the usual one. */
export function typeOverridesOf(field: DescField): Overrides {
  if (field.fieldKind === 'map') return asJson;
  if (field.enum !== undefined) return enumeration;
  if (field.message === undefined) return scalars[field.scalar] ?? none;
  const wrapped = wrappedField(field.message);
  if (wrapped !== undefined) return typeOverridesOf(wrapped);
  if (field.message.typeName === 'google.protobuf.Duration') {
    return { DURATION_SECONDS: ['FLOAT', 'duration-seconds'] };
  }
  return notAsJson.includes(field.message.typeName) ? none : asJson;
}
