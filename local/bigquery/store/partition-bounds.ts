import { DuckDBDateValue, DuckDBTimestampTZValue, DuckDBTimestampValue, type DuckDBValue } from '@duckdb/node-api';
import { tableId } from '../names.ts';
import { dayOfMicros } from '../values/civil.ts';
import type { TableRecord } from './records.ts';

/** https://cloud.google.com/bigquery/docs/write-api-streaming#time-unit_column_partitioning */
const daysBack = 3650;
const daysAhead = 366;

/**
 * Checks rows that are streamed into a table that is partitioned by a column: says why BigQuery would refuse the row, or
 * undefined. Load jobs and SQL may write any partition.
 */
export function partitionCheck(record: TableRecord, now: number): (row: readonly DuckDBValue[]) => string | undefined {
  const field = record.timePartitioning?.field;
  const index = record.columns.findIndex(column => column.name.toLowerCase() === field?.toLowerCase());
  if (field === undefined || index < 0) return () => undefined;
  const today = Math.floor(now / 86_400_000);
  return row => {
    const value = row[index] ?? null;
    const day = dayOf(value);
    if (day === undefined || (day >= today - daysBack && day <= today + daysAhead)) return undefined;
    const printed = value instanceof DuckDBDateValue ? value.toString() : String(microsOf(value));
    return `Value ${printed} for field ${field} of the destination table ${tableId(record)} is outside the allowed bounds. You can only stream to date range within ${daysBack} days in the past and ${daysAhead} days in the future relative to the current date.`;
  };
}

function dayOf(value: DuckDBValue): number | undefined {
  if (value instanceof DuckDBDateValue) return value.days;
  const micros = microsOf(value);
  return micros === undefined ? undefined : dayOfMicros(micros);
}

const microsOf = (value: DuckDBValue): bigint | undefined =>
  value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue ? value.micros : undefined;
