import { now } from '../sql/now.ts';
import type { TableRecord } from './records.ts';

/** Partitioned by when a row came in: the table has the pseudo column `_PARTITIONTIME`, which is stored as its first. */
export const isIngestionTime = ({ timePartitioning }: Pick<TableRecord, 'timePartitioning'>): boolean =>
  timePartitioning !== undefined && timePartitioning.field === undefined;

/** The column's definition in CREATE TABLE. Rows that SQL inserts get the partition of that moment. */
export const ingestionTimeColumn = ({ timePartitioning }: Pick<TableRecord, 'timePartitioning'>): string =>
  `"_PARTITIONTIME" TIMESTAMPTZ DEFAULT date_trunc('${timePartitioning?.type ?? 'DAY'}', ${now})`;

/** When the partition of a moment begins, in microseconds. */
export function startOfPartition({ timePartitioning }: Pick<TableRecord, 'timePartitioning'>, moment: number): bigint {
  const date = new Date(moment);
  const [year, month, day, hour] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCHours()];
  const starts: Readonly<Record<string, number>> = {
    HOUR: Date.UTC(year, month, day, hour),
    MONTH: Date.UTC(year, month),
    YEAR: Date.UTC(year, 0),
  };
  return BigInt(starts[timePartitioning?.type ?? 'DAY'] ?? Date.UTC(year, month, day)) * 1000n;
}
