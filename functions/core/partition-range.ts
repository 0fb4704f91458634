import type { Value } from './codec/row.ts';

const microsPerDay = 86_400_000_000n;

/** https://cloud.google.com/bigquery/docs/write-api#partitions: streamed rows reach 10 years back and 1 year ahead. */
const daysBack = 3650n;
const daysAhead = 366n;

/** Says why BigQuery would refuse a row with this value in its partition column; undefined when it takes it. */
export function partitionProblem(column: string, value: Value | undefined, now: Date): string | undefined {
  if (typeof value !== 'bigint') return undefined;
  const today = BigInt(now.getTime()) * 1000n;
  if (value >= today - daysBack * microsPerDay && value <= today + daysAhead * microsPerDay) return undefined;
  return `${column} is ${new Date(Number(value / 1000n)).toISOString()}, beyond 10 years back or 1 year ahead`;
}
