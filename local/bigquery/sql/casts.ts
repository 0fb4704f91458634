import { decimals } from '../values/decimal.ts';
import {
  bignumericOfFloat,
  bignumericOfInteger,
  bignumericOfNumeric,
  bignumericOfText,
  bignumericText,
  dividedBy10,
} from './bignumeric.ts';
import { bind, bindAlways, fieldSql, stringSql, structSql } from './expression.ts';
import { duckdbType, fieldName, type ScalarName, type SqlType, sameType, typeName } from './sql-type.ts';

/** How a conversion is written: `fail` makes what stands for a text that cannot be converted. */
type Conversion = (value: string, fail: (text: string) => string) => string;

/** The texts that BigQuery reads as a value; DuckDB reads more than these, which would hide a mistake. */
export const textPatterns: Readonly<Partial<Record<ScalarName, string>>> = {
  INT64: String.raw`\s*[+-]?(?:0[xX][0-9A-Fa-f]+|\d+)\s*`,
  FLOAT64: String.raw`(?i)\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|infinity|nan)\s*`,
  NUMERIC: String.raw`(?i)\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*`,
  BIGNUMERIC: String.raw`(?i)\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*`,
  DATE: String.raw`\d{4}-\d{1,2}-\d{1,2}`,
  TIME: String.raw`\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d{1,6})?`,
  DATETIME: String.raw`\d{4}-\d{1,2}-\d{1,2}(?:[ Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d{1,6})?)?`,
  TIMESTAMP: String.raw`\d{4}-\d{1,2}-\d{1,2}(?:[ Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d{1,6})?)?(?:[Zz]|[+-]\d{1,2}(?::\d\d)?| [A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*)?`,
};

/** The text of a moment, with 0, 3 or 6 digits after the second, as CAST prints it. */
const momentText = (local: string, format: string, suffix = '') =>
  `(regexp_replace(strftime(${local}, '${format}.%f'), '(?:\\.000000|000)$', '')${suffix && ` || '${suffix}'`})`;

const utc = (timestamp: string) => `timezone('UTC', ${timestamp})`;

/** FLOAT64 in the fewest digits, 15 or 17, that read back as the same number. */
export const floatText = (value: string) =>
  bind(
    [value],
    ([x = '']) =>
      `(CASE WHEN isnan(${x}) THEN 'NaN' WHEN isinf(${x}) THEN CASE WHEN ${x} > 0 THEN 'inf' ELSE '-inf' END ` +
      `WHEN ${x} = 0 THEN '0' WHEN CAST(printf('%.15g', ${x}) AS DOUBLE) = ${x} THEN printf('%.15g', ${x}) ` +
      `ELSE printf('%.17g', ${x}) END)`,
  );

const guarded =
  (type: ScalarName, convert: Conversion): Conversion =>
  (value, fail) =>
    bind(
      [value],
      ([x = '']) =>
        `(CASE WHEN ${x} IS NULL THEN NULL WHEN regexp_full_match(${x}, ${stringSql(textPatterns[type] ?? '')}) ` +
        `THEN ${convert(x, fail)} ELSE ${fail(x)} END)`,
    );

const unsigned = (text: string) => `replace(replace(${text}, '-', ''), '+', '')`;

/** DuckDB wants a time before the zone, and two digits in the hour of an offset. */
const zonedText = (text: string) =>
  `regexp_replace(regexp_replace(${text}, '^(\\d+-\\d+-\\d+)([Zz+-].*| [A-Za-z].*)$', '\\1 00:00:00\\2'), ` +
  `'([+-])(\\d)(:\\d\\d)?$', '\\10\\2\\3')`;

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_functions#cast */
const conversions: Readonly<Record<string, Conversion>> = {
  'INT64 FLOAT64': x => `CAST(${x} AS DOUBLE)`,
  'INT64 NUMERIC': x => `CAST(${x} AS DECIMAL(38,9))`,
  'INT64 BIGNUMERIC': bignumericOfInteger,
  'INT64 BOOL': x => `(${x} <> 0)`,
  'INT64 STRING': x => `CAST(${x} AS VARCHAR)`,
  'NUMERIC FLOAT64': x => `CAST(${x} AS DOUBLE)`,
  'NUMERIC BIGNUMERIC': bignumericOfNumeric,
  'NUMERIC INT64': x => `CAST(${x} AS BIGINT)`,
  'NUMERIC STRING': x => `regexp_replace(CAST(${x} AS VARCHAR), '\\.?0+$', '')`,
  'BIGNUMERIC FLOAT64': x => `CAST(${bignumericText(x)} AS DOUBLE)`,
  'BIGNUMERIC INT64': x => `CAST(CAST(${dividedBy10(x, decimals.BIGNUMERIC.scale)} AS VARCHAR) AS BIGINT)`,
  'BIGNUMERIC NUMERIC': x => `CAST(${bignumericText(x)} AS DECIMAL(38,9))`,
  'BIGNUMERIC STRING': bignumericText,
  // DuckDB rounds halves to even, BigQuery away from zero.
  'FLOAT64 INT64': x => `CAST(round(${x}) AS BIGINT)`,
  'FLOAT64 NUMERIC': x => `CAST(${x} AS DECIMAL(38,9))`,
  'FLOAT64 BIGNUMERIC': bignumericOfFloat,
  'FLOAT64 STRING': floatText,
  'BOOL INT64': x => `CAST(${x} AS BIGINT)`,
  'BOOL STRING': x => `CAST(${x} AS VARCHAR)`,
  'STRING INT64': guarded(
    'INT64',
    x =>
      `CASE WHEN regexp_matches(${x}, '-\\s*0[xX]') THEN -CAST(${unsigned(x)} AS BIGINT) ` +
      `WHEN regexp_matches(${x}, '0[xX]') THEN CAST(${unsigned(x)} AS BIGINT) ELSE CAST(${x} AS BIGINT) END`,
  ),
  'STRING FLOAT64': guarded('FLOAT64', x => `CAST(regexp_replace(${x}, '(?i)[+-](nan)', '\\1') AS DOUBLE)`),
  'STRING NUMERIC': guarded('NUMERIC', x => `CAST(${x} AS DECIMAL(38,9))`),
  'STRING BIGNUMERIC': guarded('BIGNUMERIC', bignumericOfText),
  'STRING BOOL': (value, fail) =>
    bind(
      [value],
      ([x = '']) =>
        `(CASE WHEN ${x} IS NULL THEN NULL WHEN lower(${x}) = 'true' THEN true WHEN lower(${x}) = 'false' THEN false ` +
        `ELSE ${fail(x)} END)`,
    ),
  'STRING BYTES': x => `encode(${x})`,
  'STRING DATE': guarded('DATE', x => `CAST(${x} AS DATE)`),
  'STRING TIME': guarded('TIME', x => `CAST(${x} AS TIME)`),
  'STRING DATETIME': guarded('DATETIME', x => `CAST(${x} AS TIMESTAMP)`),
  'STRING TIMESTAMP': guarded('TIMESTAMP', x => `CAST(${zonedText(x)} AS TIMESTAMPTZ)`),
  'BYTES STRING': x => `decode(${x})`,
  'DATE STRING': x => `CAST(${x} AS VARCHAR)`,
  'DATE DATETIME': x => `CAST(${x} AS TIMESTAMP)`,
  'DATE TIMESTAMP': x => utc(`CAST(${x} AS TIMESTAMP)`),
  'DATETIME STRING': x => momentText(x, '%Y-%m-%d %H:%M:%S'),
  'DATETIME DATE': x => `CAST(${x} AS DATE)`,
  'DATETIME TIME': x => `CAST(${x} AS TIME)`,
  'DATETIME TIMESTAMP': utc,
  'TIME STRING': x => momentText(`(DATE '1970-01-01' + ${x})`, '%H:%M:%S'),
  'TIMESTAMP STRING': x => momentText(utc(x), '%Y-%m-%d %H:%M:%S', '+00'),
  'TIMESTAMP DATE': x => `CAST(${utc(x)} AS DATE)`,
  'TIMESTAMP DATETIME': utc,
  'TIMESTAMP TIME': x => `CAST(${utc(x)} AS TIME)`,
};

/** The text of a TIMESTAMP in UTC or of a DATETIME, in ISO 8601, as TO_JSON_STRING prints it. */
export const isoText = (value: string, type: 'TIMESTAMP' | 'DATETIME') =>
  type === 'TIMESTAMP' ? momentText(utc(value), '%Y-%m-%dT%H:%M:%S', 'Z') : momentText(value, '%Y-%m-%dT%H:%M:%S');

/** How BigQuery's messages begin. */
const complaints: Readonly<Partial<Record<SqlType['kind'], string>>> = {
  INT64: 'Bad int64 value: ',
  FLOAT64: 'Bad double value: ',
  BOOL: 'Bad bool value: ',
  NUMERIC: 'Invalid NUMERIC value: ',
  BIGNUMERIC: 'Invalid BIGNUMERIC value: ',
  DATE: 'Invalid date: ',
  TIME: 'Invalid time string: ',
  DATETIME: 'Invalid datetime string: ',
  TIMESTAMP: 'Invalid timestamp: ',
};

/** DuckDB's SQL of CAST; undefined when BigQuery has no such conversion, or this translator has not. */
export function castSql(value: string, from: SqlType, to: SqlType, safe = false): string | undefined {
  if (sameType(from, to)) return value;
  if (from.kind === 'STRUCT' && to.kind === 'STRUCT') return castStruct(value, from, to, safe);
  if (from.kind === 'ARRAY' && to.kind === 'ARRAY') {
    const element = castSql('"$e"', from.element, to.element, safe);
    return element && `list_transform(${value}, lambda "$e": ${element})`;
  }
  const complaint = stringSql(complaints[to.kind] ?? `Invalid ${typeName(to)}: `);
  const fail = (text: string) => (safe ? 'NULL' : `error(${complaint} || ${text})`);
  return conversions[`${from.kind} ${to.kind}`]?.(value, fail);
}

/** Field by field and in their order, as BigQuery does; DuckDB would go by the names. */
function castStruct(
  value: string,
  from: SqlType & { kind: 'STRUCT' },
  to: SqlType & { kind: 'STRUCT' },
  safe: boolean,
): string | undefined {
  if (from.fields.length !== to.fields.length) return undefined;
  const fieldCasts = (struct: string) =>
    to.fields.map((field, index) => {
      const source = from.fields[index];
      return source && castSql(fieldSql(struct, fieldName(source, index)), source.type, field.type, safe);
    });
  if (fieldCasts('x').includes(undefined)) return undefined;
  return bind([value], ([struct = '']) => {
    const fields = fieldCasts(struct).map((sql, index) => {
      const field = to.fields[index];
      return [field ? fieldName(field, index) : '', sql ?? 'NULL'] as const;
    });
    return `(CASE WHEN ${struct} IS NULL THEN NULL ELSE ${structSql(fields)} END)`;
  });
}

/** DuckDB's SQL of SAFE_CAST: NULL where CAST raises. */
export function safeCastSql(value: string, from: SqlType, to: SqlType): string | undefined {
  const possible = castSql('x', from, to, true);
  return possible && bindAlways([value], ([x = '']) => `TRY(${castSql(x, from, to, true) ?? ''})`);
}

/** A NULL of a type, so that DuckDB does not choose one. */
export const nullSql = (type: SqlType) => `CAST(NULL AS ${duckdbType(type)})`;
