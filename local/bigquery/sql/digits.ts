import { type Digits, decimals } from '../values/decimal.ts';
import { bignumericSql, dividedBy10, times10 } from './bignumeric.ts';
import { bindAlways, errorSql, fieldSql, structSql } from './expression.ts';
import { fieldName, type SqlType, typeName } from './sql-type.ts';

/**
 * A value as a type with digits of its own stores it: those after the point are rounded, halves away from zero, and too
 * many before it are an error. In a `safe` cast they are NULL.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#parameterized_decimal_type
 */
export function withinDigits(value: string, type: SqlType, safe = false): string {
  if (!hasDigits(type)) return value;
  if (type.kind === 'ARRAY')
    return `list_transform(${value}, lambda "$d": ${withinDigits('"$d"', type.element, safe)})`;
  if (type.kind === 'STRUCT') {
    return bindAlways([value], ([struct = '']) => {
      const fields = type.fields.map((field, index) => {
        const name = fieldName(field, index);
        return [name, withinDigits(fieldSql(struct, name), field.type, safe)] as const;
      });
      return `(CASE WHEN ${struct} IS NULL THEN NULL ELSE ${structSql(fields)} END)`;
    });
  }
  const { digits } = type;
  if (digits === undefined) return value;
  if (type.kind === 'BIGNUMERIC') return bignumericWithin(value, digits, safe ? 'NULL' : errorSql(tooMany(type)));
  // DuckDB rounds so too, and complains in its own words.
  return `CAST(${safe ? 'TRY_CAST' : 'CAST'}(${value} AS DECIMAL(${digits.precision},${digits.scale})) AS DECIMAL(38,9))`;
}

function bignumericWithin(value: string, { precision, scale }: Digits, fail: string): string {
  const limit = 10n ** BigInt(precision) - 1n;
  const places = decimals.BIGNUMERIC.scale - scale;
  return bindAlways([dividedBy10(value, places)], ([x = '']) => {
    const range = `${bignumericSql(-limit)} AND ${bignumericSql(limit)}`;
    return `(CASE WHEN ${x} NOT BETWEEN ${range} THEN ${fail} ELSE ${times10(x, places)} END)`;
  });
}

const tooMany = (type: SqlType) => `Value out of range of ${typeName(type)}`;

function hasDigits(type: SqlType): boolean {
  if (type.kind === 'ARRAY') return hasDigits(type.element);
  if (type.kind === 'STRUCT') return type.fields.some(field => hasDigits(field.type));
  return type.digits !== undefined;
}
