import {
  BIGINT,
  BIGNUM,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  DuckDBListValue,
  DuckDBStructValue,
  type DuckDBType,
  type DuckDBValue,
  INTERVAL,
  LIST,
  STRUCT,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
} from '@duckdb/node-api';
import { invalid } from '../errors.ts';
import { isObject, type Json, textOf } from '../properties.ts';
import { type ColumnType, columnType } from '../types.ts';
import { decimals } from '../values/decimal.ts';
import { readScalar } from '../values/from-json.ts';
import { numericWidth } from '../values/scalar.ts';

/** A query parameter. */
export interface Parameter {
  /** Absent for a positional parameter. */
  readonly name?: string;
  /** In GoogleSQL's words, such as `INT64`, `ARRAY<STRING>` or `STRUCT<a INT64, b STRING>`. */
  readonly type: string;
  /** The text of a scalar. */
  readonly value: string | null | undefined;
  readonly bound: DuckDBValue;
  readonly boundType: DuckDBType;
}

/** Reads `queryParameters`: https://cloud.google.com/bigquery/docs/reference/rest/v2/QueryParameter */
export function parseParameters(given: unknown): Parameter[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw invalid('queryParameters must be an array.', 'queryParameters');
  return given.map(parameter => {
    if (!isObject(parameter) || !isObject(parameter['parameterType'])) {
      throw invalid('A query parameter needs a parameterType.', 'queryParameters');
    }
    const { name, parameterType, parameterValue } = parameter;
    const value = isObject(parameterValue) ? parameterValue : {};
    return {
      ...(typeof name === 'string' && name !== '' ? { name } : {}),
      type: typeText(parameterType),
      value: scalarText(value),
      bound: valueOf(parameterType, value),
      boundType: boundTypeOf(parameterType),
    };
  });
}

function typeText(type: Json): string {
  const name = textOf(type['type']).toUpperCase();
  if (name === 'ARRAY' && isObject(type['arrayType'])) return `ARRAY<${typeText(type['arrayType'])}>`;
  if (name === 'STRUCT') {
    const fields = structTypes(type).map(
      field => `${field.name === '' ? '' : `\`${field.name}\` `}${typeText(field.type)}`,
    );
    return `STRUCT<${fields.join(', ')}>`;
  }
  return name;
}

const scalarTypes: Readonly<Record<Exclude<ColumnType, 'RECORD'>, DuckDBType>> = {
  STRING: VARCHAR,
  BYTES: BLOB,
  INTEGER: BIGINT,
  FLOAT: DOUBLE,
  NUMERIC: DECIMAL(numericWidth, decimals.NUMERIC.scale),
  BIGNUMERIC: BIGNUM,
  BOOLEAN,
  TIMESTAMP: TIMESTAMPTZ,
  DATETIME: TIMESTAMP,
  DATE,
  TIME,
  INTERVAL,
  JSON: VARCHAR,
};

function boundTypeOf(type: Json): DuckDBType {
  if (isObject(type['arrayType'])) return LIST(boundTypeOf(type['arrayType']));
  if (type['structTypes'] !== undefined) {
    return STRUCT(Object.fromEntries(structTypes(type).map(field => [field.name, boundTypeOf(field.type)])));
  }
  const name = columnType(textOf(type['type']));
  // The translator refuses a type that it does not know.
  return name === undefined || name === 'RECORD' ? VARCHAR : scalarTypes[name];
}

function structTypes(type: Json): { name: string; type: Json }[] {
  const fields: unknown[] = Array.isArray(type['structTypes']) ? type['structTypes'] : [];
  return fields.map(field => {
    if (!isObject(field) || !isObject(field['type'])) {
      throw invalid('A struct parameter’s field needs a type.', 'queryParameters');
    }
    return { name: textOf(field['name']), type: field['type'] };
  });
}

function valueOf(type: Json, value: Json): DuckDBValue {
  const { arrayType } = type;
  if (isObject(arrayType)) {
    const items: unknown[] = Array.isArray(value['arrayValues']) ? value['arrayValues'] : [];
    return new DuckDBListValue(items.map(item => valueOf(arrayType, isObject(item) ? item : {})));
  }
  if (type['structTypes'] !== undefined) {
    const { structValues } = value;
    if (!isObject(structValues)) return null;
    const fields = structTypes(type).map(field => {
      const given = structValues[field.name];
      return [field.name, valueOf(field.type, isObject(given) ? given : {})] as const;
    });
    return new DuckDBStructValue(Object.fromEntries(fields));
  }
  const text = scalarText(value);
  return text === null || text === undefined ? null : scalarOf(columnType(textOf(type['type'])), text, type);
}

function scalarOf(type: ColumnType | undefined, text: string, given: Json): DuckDBValue {
  const value = type && readScalar(type, text);
  if (value === undefined) {
    throw invalid(`Invalid value for a query parameter of type ${textOf(given['type'])}: ${text}`, 'queryParameters');
  }
  return value;
}

function scalarText({ value }: Json): string | null | undefined {
  return value === undefined || value === null ? value : textOf(value);
}
