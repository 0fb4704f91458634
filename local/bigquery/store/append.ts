import { type DuckDBConnection, DuckDBDataChunk, DuckDBTimestampTZValue, type DuckDBValue } from '@duckdb/node-api';
import { isIngestionTime, startOfPartition } from './ingestion-time.ts';
import type { TableRecord } from './records.ts';

/** Rows that a data chunk of DuckDB holds at most. */
const chunkRows = 2048;

/** Appends rows, with a value for each of the table's columns. All of them are visible when it resolves. */
export async function appendRows(
  connection: DuckDBConnection,
  table: TableRecord,
  rows: readonly (readonly DuckDBValue[])[],
  now: number,
): Promise<void> {
  if (rows.length === 0) return;
  const columns = table.columns.map((_, index) => rows.map(row => row[index] ?? null));
  if (isIngestionTime(table)) {
    const partition = new DuckDBTimestampTZValue(startOfPartition(table, now));
    columns.unshift(rows.map(() => partition));
  }
  const appender = await connection.createAppender(table.table, table.dataset, table.project);
  try {
    const types = columns.map((_, index) => appender.columnType(index));
    for (let start = 0; start < rows.length; start += chunkRows) {
      const end = Math.min(start + chunkRows, rows.length);
      const chunk = DuckDBDataChunk.create(types, end - start);
      for (const [index, values] of columns.entries()) chunk.setColumnValues(index, values.slice(start, end));
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}
