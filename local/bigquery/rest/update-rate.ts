import { ApiError } from '../errors.ts';
import { type TableName, tableId } from '../names.ts';

/** https://cloud.google.com/bigquery/quotas#standard_tables: changes of one table's metadata */
const updates = 5;
const withinMillis = 10_000;

/** Counts the changes of each table, and throws an ApiError for one more than BigQuery allows. */
export function createUpdateRate(now: () => number): (table: TableName) => void {
  const recent = new Map<string, number[]>();
  return table => {
    const times = (recent.get(tableId(table)) ?? []).filter(time => now() - time < withinMillis);
    if (times.length >= updates) {
      throw new ApiError(
        'rateLimitExceeded',
        'Exceeded rate limits: too many table update operations for this table. For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas',
      );
    }
    recent.set(tableId(table), [...times, now()]);
  };
}
