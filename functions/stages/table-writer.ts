import { type Clock, hostClock } from '../clients/clock.ts';
import type { Row } from '../core/codec/row.ts';
import { rowEncoderOfColumns } from '../core/codec/row-proto.ts';
import { partitionProblem } from '../core/partition-range.ts';
import type { Recovery } from '../core/schema/recovery.ts';
import type { Outcome } from '../core/stage.ts';
import type { TableDefinition } from '../core/warehouse-table.ts';
import { appendRows } from './append-rows.ts';
import { outcomeOfError } from './outcome-of-error.ts';
import { createPreparedTable, type PreparedTableOptions } from './prepared-table.ts';
import { RowBatch } from './row-batch.ts';
import type { WaitingRoom } from './waiting-room.ts';

/**
 * Writes rows of the same columns into one table, which is made or evolved before its first row. Those who write are told
 * of a new table or column only after a while, minutes at worst: rows wait for it as long as they may.
 */
export interface TableWriter {
  /** Answers with an outcome per row, in their order; never rejects. */
  write(rows: readonly Row[], now: Date): Promise<Outcome[]>;
}

export interface TableWriterOptions extends PreparedTableOptions {
  readonly waitingRoom: WaitingRoom;
  readonly onRecovered?: OnRecovered;
  readonly clock?: Clock;
}

/** Is told how many rows have been written with values in recovery columns. */
export type OnRecovered = (table: TableDefinition, recoveries: readonly Recovery[], rows: number) => void;

/** Pauses between two attempts of rows that wait; each is so many times as long as the one before. */
const firstPauseMillis = 500;
const longestPauseMillis = 2000;
const growth = 1.25;

export function createTableWriter(options: TableWriterOptions): TableWriter {
  const { table, columns, waitingRoom, onRecovered, clock = hostClock } = options;
  const encoder = rowEncoderOfColumns(columns);
  const partition = columns.findIndex(column => column.name === table.partitionBy);
  const preparedTable = createPreparedTable(options, clock);
  /** Batches that wait, one behind the other: only the first tries whether the table is ready by now. */
  let line = Promise.resolve();
  let waiting = 0;

  const attempt = async (rows: readonly Uint8Array[]): Promise<Outcome[]> => {
    try {
      const prepared = await preparedTable.get();
      const outcomes = await appendRows(prepared.appender, rows);
      // Somebody may have deleted the table, or changed it.
      if (outcomes.some(({ kind }) => kind === 'retry')) preparedTable.lookAgain(prepared);
      const written = outcomes.filter(({ kind }) => kind === 'done').length;
      if (prepared.recoveries.length > 0 && written > 0) onRecovered?.(table, prepared.recoveries, written);
      return outcomes;
    } catch (error) {
      const outcome = outcomeOfError(error);
      return rows.map(() => outcome);
    }
  };

  /** Tries, when those before have been written or given up, until the rows are written or their time is up. */
  const waitInLine = async (batch: RowBatch, deadline: number): Promise<void> => {
    const { pending } = batch;
    if (!waitingRoom.enter(pending)) return;
    let pause = waiting === 0 ? firstPauseMillis : 0;
    waiting += 1;
    line = line.then(async () => {
      while (batch.pending.length > 0 && clock.now() + pause < deadline) {
        if (pause > 0) await clock.sleep(pause);
        batch.settle(await attempt(batch.pending));
        pause = Math.min(Math.max(firstPauseMillis, pause * growth), longestPauseMillis);
      }
    });
    await line;
    waiting -= 1;
    waitingRoom.leave(pending);
  };

  return {
    async write(rows, now) {
      const deadline = clock.now() + waitingRoom.patienceMillis;
      const batch = new RowBatch(rows.length);
      rows.forEach((row, index) => {
        const problem = partitionProblem(table.partitionBy, row[partition], now);
        if (problem === undefined) batch.add(index, encoder.encode(row));
        else batch.refuse(index, { kind: 'dead-letter', reason: 'WAREHOUSE_PARTITION_OUT_OF_RANGE', detail: problem });
      });
      if (waiting === 0 && batch.pending.length > 0) batch.settle(await attempt(batch.pending));
      // While others wait, an error may be a consequence of theirs.
      if (batch.isNotReady || (waiting > 0 && batch.pending.length > 0)) await waitInLine(batch, deadline);
      return batch.outcomes;
    },
  };
}
