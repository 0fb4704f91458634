import type { Partitions } from '../../core/batch/config.ts';
import { OnrampError } from '../../core/errors.ts';
import { conditionsBetween } from '../part-conditions.ts';
import type { Natural } from './column-types.ts';

export const identifier = (name: string) => `\`${name.replaceAll('`', '``')}\``;
const literal = (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

type QueryRows = (text: string) => Promise<readonly (readonly (string | null)[])[]>;

/** The conditions of an export's parts. */
export async function partConditions(
  { by, ...how }: Partitions,
  source: { readonly query: string; readonly natural: Natural },
  rows: QueryRows,
): Promise<string[]> {
  const column = identifier(by);
  const bounds = 'bounds' in how ? how.bounds.map(String) : await equalBounds(by, how.count, source, rows);
  return conditionsBetween(column, bounds, literal);
}

async function equalBounds(
  by: string,
  count: number,
  { query, natural }: { readonly query: string; readonly natural: Natural },
  rows: QueryRows,
): Promise<string[]> {
  const step = stepOf(natural);
  if (step === undefined) {
    throw new OnrampError(
      'EXPORT_TYPE_REFUSED',
      `${by} is ${natural.text}, so that its parts need bounds, not a count`,
    );
  }
  const steps = Array.from({ length: Math.max(0, count - 1) }, (_, i) => `CAST(${step(i + 1, count)} AS CHAR)`);
  if (steps.length === 0) return [];
  const column = identifier(by);
  const range = `SELECT MIN(${column}) AS low, MAX(${column}) AS high FROM (${query}\n) AS source`;
  const [found = []] = await rows(`SELECT ${steps.join(', ')} FROM (${range}) AS span WHERE low IS NOT NULL`);
  return [...new Set(found.filter(bound => bound !== null))];
}

function stepOf({ form }: Natural): ((i: number, count: number) => string) | undefined {
  const seconds = (i: number, count: number) => `TIMESTAMPDIFF(SECOND, low, high) * ${i} DIV ${count}`;
  switch (form) {
    case 'integer':
    case 'decimal':
      return (i, count) => `low + FLOOR((CAST(high AS DECIMAL(65, 10)) - low) * ${i} / ${count})`;
    case 'date':
      return (i, count) => `low + INTERVAL (DATEDIFF(high, low) * ${i} DIV ${count}) DAY`;
    case 'datetime':
      return (i, count) => `low + INTERVAL (${seconds(i, count)}) SECOND`;
    default:
      return undefined;
  }
}
