import type { Partitions } from '../../core/batch/config.ts';
import { conditionsBetween } from '../part-conditions.ts';

export const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
export const literal = (value: string) => `'${value.replaceAll("'", "''")}'`;

/** Runs a query and answers with its rows as texts. */
export type QueryRows = (text: string) => Promise<readonly (readonly (string | null)[])[]>;

/** Types between whose smallest and greatest value equal steps can be made, by what the difference is multiplied with. */
const stepped: Readonly<Record<string, (count: number, i: number) => string>> = {
  bigint: (count, i) => `(low::numeric + floor((high::numeric - low::numeric) * ${i} / ${count}))::bigint`,
  numeric: (count, i) => `low + (high - low) * ${i} / ${count}`,
  float: (count, i) => `low + (high - low) * ${i} / ${count}`,
  date: (count, i) => `low + ((high - low)::bigint * ${i} / ${count})::int`,
  time: (count, i) => `low + (high - low) * ${i} / ${count}`,
};

const steps: Readonly<Record<number, keyof typeof stepped>> = {
  20: 'bigint',
  21: 'bigint',
  23: 'bigint',
  700: 'float',
  701: 'float',
  1700: 'numeric',
  1082: 'date',
  1114: 'time',
  1184: 'time',
};

/** The conditions of an export's parts. */
export async function partConditions(
  { by, ...how }: Partitions,
  source: { readonly query: string; readonly oid: number },
  rows: QueryRows,
): Promise<string[]> {
  const column = identifier(by);
  const bounds = 'bounds' in how ? how.bounds.map(String) : await equalBounds(column, how.count, source, rows);
  // NaN is the greatest of all numbers to PostgreSQL, so that it is in the last part.
  return conditionsBetween(column, bounds, literal);
}

async function equalBounds(
  column: string,
  count: number,
  { query, oid }: { readonly query: string; readonly oid: number },
  rows: QueryRows,
): Promise<string[]> {
  const kind = steps[oid];
  const fractions = Array.from({ length: count - 1 }, (_, i) => i + 1);
  if (fractions.length === 0) return [];
  const step = kind === undefined ? undefined : stepped[kind];
  const text =
    step === undefined
      ? `SELECT unnest(percentile_disc(ARRAY[${fractions.map(i => i / count).join(', ')}]) WITHIN GROUP (ORDER BY ${column})) ` +
        `FROM (${query}\n) AS source`
      : `SELECT unnest(ARRAY[${fractions.map(i => step(count, i)).join(', ')}]) FROM ` +
        `(SELECT min(${column}) AS low, max(${column}) AS high FROM (${query}\n) AS source) AS range WHERE low IS NOT NULL`;
  const bounds = (await rows(text)).map(([bound]) => bound ?? null).filter(bound => bound !== null);
  return [...new Set(bounds)];
}
