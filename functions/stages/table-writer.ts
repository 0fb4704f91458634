import type { OpenAppender } from '../clients/appender.ts';
import type { Tables } from '../clients/tables.ts';
import type { Row } from '../core/codec/row.ts';
import { rowEncoderOfColumns } from '../core/codec/row-proto.ts';
import { partitionProblem } from '../core/partition-range.ts';
import type { Column } from '../core/schema/column.ts';
import { rowDescriptor } from '../core/schema/row-descriptor.ts';
import { done, type Outcome } from '../core/stage.ts';
import type { TableDefinition, ViewDefinition } from '../core/warehouse-table.ts';
import { appendRows } from './append-rows.ts';
import { outcomeOfError } from './outcome-of-error.ts';

/** Writes rows of the same columns into one table, which is made or evolved before its first row. */
export interface TableWriter {
  /** Answers with an outcome per row, in their order; never rejects. */
  write(rows: readonly Row[], now: Date): Promise<Outcome[]>;
}

export interface TableWriterOptions {
  readonly project: string;
  readonly table: TableDefinition;
  readonly view?: ViewDefinition;
  readonly columns: readonly Column[];
  readonly tables: Tables;
  readonly openAppender: OpenAppender;
}

export function createTableWriter(options: TableWriterOptions): TableWriter {
  const { project, table, view, columns, tables, openAppender } = options;
  const encoder = rowEncoderOfColumns(columns);
  const partition = columns.findIndex(column => column.name === table.partitionBy);
  const path = `projects/${project}/datasets/${table.dataset}/tables/${table.table}`;
  const appender = openAppender(path, rowDescriptor(columns));
  let ready: Promise<void> | undefined;

  const makeReady = async () => {
    await tables.ensure(table);
    if (view) await tables.ensureView(view);
  };

  return {
    async write(rows, now) {
      try {
        await (ready ??= makeReady());
      } catch (error) {
        ready = undefined;
        const outcome = outcomeOfError(error);
        return rows.map(() => outcome);
      }
      const outcomes: Outcome[] = new Array<Outcome>(rows.length).fill(done);
      const indexes: number[] = [];
      const encoded: Uint8Array[] = [];
      rows.forEach((row, index) => {
        const problem = partitionProblem(table.partitionBy, row[partition], now);
        if (problem !== undefined) {
          outcomes[index] = { kind: 'dead-letter', reason: 'WAREHOUSE_PARTITION_OUT_OF_RANGE', detail: problem };
          return;
        }
        indexes.push(index);
        encoded.push(encoder.encode(row));
      });
      const appended = await appendRows(appender, encoded);
      // Somebody may have deleted the table, or changed it: the next batch looks again.
      if (appended.some(({ kind }) => kind === 'retry')) ready = undefined;
      indexes.forEach((index, place) => {
        outcomes[index] = appended[place] ?? done;
      });
      return outcomes;
    },
  };
}
