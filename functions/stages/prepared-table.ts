import type { Appender, OpenAppender } from '../clients/appender.ts';
import type { Clock } from '../clients/clock.ts';
import type { Tables } from '../clients/tables.ts';
import { OnrampError } from '../core/errors.ts';
import type { Column } from '../core/schema/column.ts';
import { type Recovery, recoveredColumns } from '../core/schema/recovery.ts';
import { rowDescriptor } from '../core/schema/row-descriptor.ts';
import type { TableDefinition, ViewDefinition } from '../core/warehouse-table.ts';

/** A table with all the columns of the rows, though those who write may not have been told of them yet. */
export interface Prepared {
  readonly appender: Appender;
  readonly recoveries: readonly Recovery[];
}

export interface PreparedTable {
  /**
   * Makes or evolves the table unless that has been done; once for all who ask at the same time.
   * @throws OnrampError when the table cannot take the rows. It is then left alone for five minutes: the next ones to ask
   * get the same answer without BigQuery being asked.
   */
  get(): Promise<Prepared>;
  /** Has the table looked at again, unless somebody has done so since this was got. */
  lookAgain(prepared: Prepared): void;
}

export interface PreparedTableOptions {
  readonly project: string;
  readonly table: TableDefinition;
  readonly view?: ViewDefinition;
  readonly columns: readonly Column[];
  readonly tables: Tables;
  readonly openAppender: OpenAppender;
}

const breakerMillis = 300_000;

export function createPreparedTable(options: PreparedTableOptions, clock: Clock): PreparedTable {
  const { project, table, view, columns, tables, openAppender } = options;
  const path = `projects/${project}/datasets/${table.dataset}/tables/${table.table}`;
  const appenders = new Map<string, Appender>();
  let preparing: Promise<Prepared> | undefined;
  let current: Prepared | undefined;
  let refused: { readonly error: OnrampError; readonly until: number } | undefined;

  const prepare = async (): Promise<Prepared> => {
    try {
      const recoveries = await tables.ensure(table);
      if (view) await tables.ensureView(view);
      // A connection goes on being used as long as the rows' columns have the same names.
      const key = recoveries.map(recovery => `${recovery.path} ${recovery.column}`).join();
      let appender = appenders.get(key);
      if (!appender) {
        appender = openAppender(path, rowDescriptor(recoveredColumns(columns, recoveries)));
        appenders.set(key, appender);
      }
      return (current = { appender, recoveries });
    } catch (error) {
      if (error instanceof OnrampError) refused = { error, until: clock.now() + breakerMillis };
      preparing = undefined;
      throw error;
    }
  };

  return {
    async get() {
      if (refused && clock.now() < refused.until) throw refused.error;
      refused = undefined;
      return (preparing ??= prepare());
    },
    lookAgain(prepared) {
      if (prepared === current) preparing = undefined;
    },
  };
}
