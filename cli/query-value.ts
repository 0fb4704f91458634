import { rfc3339OfMicros } from './time.ts';

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly fields?: readonly Field[];
}

/** A value as `jobs.getQueryResults` writes it. */
export interface Cell {
  readonly v: string | null | readonly Cell[] | { readonly f: readonly Cell[] };
}

/**
 * A value of a query's result as JSON. What a JSON number might round is a string: INTEGER, NUMERIC and BIGNUMERIC.
 * BYTES are base64, a TIMESTAMP is RFC 3339, FLOAT is a number or "NaN", "Infinity" or "-Infinity", and JSON is its
 * text.
 */
export type QueryValue =
  | null
  | boolean
  | number
  | string
  | readonly QueryValue[]
  | { readonly [field: string]: QueryValue };

export function queryValue(field: Field, { v }: Cell): QueryValue {
  if (v === null) return null;
  if (field.mode === 'REPEATED') return (v as readonly Cell[]).map(cell => queryValue({ ...field, mode: '' }, cell));
  if (typeof v !== 'string') {
    const { f } = v as { readonly f: readonly Cell[] };
    return Object.fromEntries(
      (field.fields ?? []).map((inner, index) => [inner.name, queryValue(inner, f[index] ?? { v: null })]),
    );
  }
  switch (field.type) {
    case 'BOOLEAN':
    case 'BOOL':
      return v === 'true';
    case 'FLOAT':
    case 'FLOAT64':
      return Number.isFinite(Number(v)) ? Number(v) : v;
    case 'TIMESTAMP':
      // The client asks for microseconds, as an integer.
      return rfc3339OfMicros(BigInt(v));
    default:
      return v;
  }
}

/** Types whose values stand at the right of a table's column. */
export const isNumeric = ({ type, mode }: Field): boolean =>
  mode !== 'REPEATED' && ['INTEGER', 'INT64', 'FLOAT', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC'].includes(type);

/** A value as the text of a table's cell. */
export function queryText(value: QueryValue): string {
  if (value === null) return 'NULL';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
