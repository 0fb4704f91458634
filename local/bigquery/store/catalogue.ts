import { randomUUID } from 'node:crypto';
import { ApiError, duplicate, notFound, unsupported } from '../errors.ts';
import { type DatasetName, datasetId, duckdbName, duckdbSchema, type TableName, tableId } from '../names.ts';
import type { SchemaStep } from '../schema.ts';
import { type Column, duckdbColumn } from '../types.ts';
import { alterTable } from './alter-table.ts';
import type { Database, Transaction } from './database.ts';
import { ingestionTimeColumn, isIngestionTime } from './ingestion-time.ts';
import { type DatasetRecord, dropRecord, putRecord, type Recorded, readRecords, type TableRecord } from './records.ts';

/** What a caller gives of a record; the catalogue adds the rest. */
export type Draft<T extends Recorded> = Omit<T, keyof Recorded>;

/**
 * The datasets and tables of all projects, with their DuckDB counterparts: each change is one transaction on both. Names
 * are case-sensitive, as in BigQuery.
 */
export class Catalogue {
  readonly database: Database;
  readonly #now: () => number;
  readonly #schemaDelayMillis: number;
  readonly #datasets = new Map<string, DatasetRecord>();
  readonly #tables = new Map<string, TableRecord>();
  /** Earlier columns of a table, for as long as the write paths still see them; none where it was not there yet. */
  readonly #stale = new Map<string, { columns: readonly Column[] | undefined; until: number }[]>();

  constructor(database: Database, now: () => number, schemaDelayMillis: number) {
    this.database = database;
    this.#now = now;
    this.#schemaDelayMillis = schemaDelayMillis;
  }

  /** Reads what the database files hold. */
  async load(): Promise<void> {
    for (const project of this.database.projects) {
      await this.database.read(async connection => {
        for (const record of await readRecords<DatasetRecord>(connection, project, 'dataset')) {
          this.#datasets.set(datasetId(record), record);
        }
        for (const record of await readRecords<TableRecord>(connection, project, 'table')) {
          this.#tables.set(tableId(record), record);
        }
      });
    }
  }

  datasets(project: string): DatasetRecord[] {
    return [...this.#datasets.values()].filter(record => record.project === project).sort(by(record => record.dataset));
  }

  /** Throws notFound. */
  dataset(name: DatasetName): DatasetRecord {
    const record = this.#datasets.get(datasetId(name));
    if (record === undefined) throw notFound('Dataset', datasetId(name));
    return record;
  }

  tables(name: DatasetName): TableRecord[] {
    return [...this.#tables.values()]
      .filter(record => record.project === name.project && record.dataset === name.dataset && !this.#expired(record))
      .sort(by(record => record.table));
  }

  /** The views of all projects. */
  views(): TableRecord[] {
    return [...this.#tables.values()].filter(record => record.kind === 'VIEW');
  }

  /** Undefined when there is none or it has expired. */
  findTable(name: TableName): TableRecord | undefined {
    const record = this.#tables.get(tableId(name));
    return record === undefined || this.#expired(record) ? undefined : record;
  }

  /** Throws notFound, for the dataset if that is what is missing. */
  table(name: TableName): TableRecord {
    const record = this.findTable(name);
    if (record !== undefined) return record;
    this.dataset(name);
    throw notFound('Table', tableId(name));
  }

  /** The columns that the write paths know of: those of `schemaDelayMillis` ago. Throws notFound for a newer table. */
  writableColumns(record: TableRecord): readonly Column[] {
    const now = this.#now();
    const stale = this.#stale.get(tableId(record))?.find(({ until }) => until > now);
    if (stale === undefined) return record.columns;
    if (stale.columns === undefined) throw notFound('Table', tableId(record));
    return stale.columns;
  }

  async createDataset(draft: Draft<DatasetRecord>): Promise<DatasetRecord> {
    await this.database.addProject(draft.project);
    return this.database.transaction(async transaction => {
      const id = datasetId(draft);
      const twin = this.datasets(draft.project).find(other => sameIgnoringCase(other.dataset, draft.dataset));
      if (twin) throw twin.dataset === draft.dataset ? duplicate('Dataset', id) : caseClash('dataset', twin.dataset);
      await transaction.connection.run(`CREATE SCHEMA ${duckdbSchema(draft)}`);
      return this.#putDataset(transaction, this.#stamped(draft));
    });
  }

  replaceDataset(draft: Draft<DatasetRecord>, ifMatch: string | undefined): Promise<DatasetRecord> {
    return this.database.transaction(async transaction => {
      const old = this.dataset(draft);
      checkEtag(old, ifMatch);
      return this.#putDataset(transaction, this.#stamped(draft, old));
    });
  }

  async dropDataset(name: DatasetName, deleteContents: boolean): Promise<void> {
    const id = datasetId(name);
    await this.database.transaction(async transaction => {
      this.dataset(name);
      if (this.tables(name).length > 0 && !deleteContents) {
        throw new ApiError('resourceInUse', `Dataset ${id} is still in use`);
      }
      await transaction.connection.run(`DROP SCHEMA ${duckdbSchema(name)} CASCADE`);
      for (const table of this.#tables.values()) {
        if (datasetId(table) === id) await this.#forgetTable(transaction, table);
      }
      await dropRecord(transaction.connection, name.project, 'dataset', id);
      transaction.afterCommit(() => this.#datasets.delete(id));
    });
  }

  /** Makes the table, or the view of `viewSql` in DuckDB's SQL, and its record. */
  async createTable(transaction: Transaction, draft: Draft<TableRecord>, viewSql?: string): Promise<TableRecord> {
    this.dataset(draft);
    if (draft.columns.length === 0) throw unsupported('A table without columns');
    const twin = this.tables(draft).find(other => sameIgnoringCase(other.table, draft.table));
    if (twin) throw twin.table === draft.table ? duplicate('Table', tableId(draft)) : caseClash('table', twin.table);
    const expired = this.#tables.get(tableId(draft));
    if (expired) await transaction.connection.run(`DROP ${expired.kind} ${duckdbName(expired)}`);
    await transaction.connection.run(
      viewSql === undefined ? createSql(draft) : `CREATE VIEW ${duckdbName(draft)} AS ${viewSql}`,
    );
    this.#delay(transaction, draft, undefined);
    return this.#putTable(transaction, this.#stamped(draft));
  }

  /** Changes the record, and the table by `steps`. */
  async changeTable(
    transaction: Transaction,
    draft: Draft<TableRecord>,
    steps: readonly SchemaStep[],
  ): Promise<TableRecord> {
    const old = this.table(draft);
    for (const step of steps) await alterTable(transaction.connection, draft, step);
    if (steps.length > 0) this.#delay(transaction, draft, old.columns);
    return this.#putTable(transaction, this.#stamped(draft, old));
  }

  /** Makes the table anew, empty and with other columns. */
  async recreateTable(transaction: Transaction, draft: Draft<TableRecord>): Promise<TableRecord> {
    const old = this.table(draft);
    await transaction.connection.run(`DROP TABLE ${duckdbName(draft)}`);
    await transaction.connection.run(createSql(draft));
    return this.#putTable(transaction, this.#stamped(draft, old));
  }

  /** Drops the table and its record. */
  async dropTable(transaction: Transaction, name: TableName): Promise<void> {
    await transaction.connection.run(`DROP ${this.table(name).kind} ${duckdbName(name)}`);
    await this.#forgetTable(transaction, name);
  }

  /** Has the write paths go on with what was there before. */
  #delay(transaction: Transaction, name: TableName, columns: readonly Column[] | undefined): void {
    if (this.#schemaDelayMillis === 0) return;
    transaction.afterCommit(() => {
      const now = this.#now();
      const stale = (this.#stale.get(tableId(name)) ?? []).filter(({ until }) => until > now);
      this.#stale.set(tableId(name), [...stale, { columns, until: now + this.#schemaDelayMillis }]);
    });
  }

  async #forgetTable(transaction: Transaction, name: TableName): Promise<void> {
    await dropRecord(transaction.connection, name.project, 'table', tableId(name));
    transaction.afterCommit(() => {
      this.#tables.delete(tableId(name));
      this.#stale.delete(tableId(name));
    });
  }

  async #putDataset(transaction: Transaction, record: DatasetRecord): Promise<DatasetRecord> {
    await putRecord(transaction.connection, record.project, 'dataset', datasetId(record), record);
    transaction.afterCommit(() => this.#datasets.set(datasetId(record), record));
    return record;
  }

  async #putTable(transaction: Transaction, record: TableRecord): Promise<TableRecord> {
    await putRecord(transaction.connection, record.project, 'table', tableId(record), record);
    transaction.afterCommit(() => this.#tables.set(tableId(record), record));
    return record;
  }

  #stamped<T extends Recorded>(draft: Draft<T>, old?: T): T {
    const now = this.#now();
    const stamps: Recorded = { etag: randomUUID(), creationTime: old?.creationTime ?? now, lastModifiedTime: now };
    return { ...draft, ...stamps } as T;
  }

  #expired(record: TableRecord): boolean {
    return record.expirationTime !== undefined && record.expirationTime <= this.#now();
  }
}

/** Throws conditionNotMet when the record is not the one that the caller has seen. */
export function checkEtag(record: Recorded, ifMatch: string | undefined): void {
  if (ifMatch === undefined || ifMatch === '*' || ifMatch === record.etag) return;
  throw new ApiError('conditionNotMet', 'Precondition check failed.', 'If-Match');
}

function createSql(draft: Draft<TableRecord>): string {
  const columns = draft.columns.map(duckdbColumn);
  if (isIngestionTime(draft)) columns.unshift(ingestionTimeColumn(draft));
  return `CREATE TABLE ${duckdbName(draft)} (${columns.join(', ')})`;
}

const by =
  <T>(key: (value: T) => string) =>
  (a: T, b: T) =>
    key(a) < key(b) ? -1 : 1;

const sameIgnoringCase = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** DuckDB ignores the case of names and BigQuery does not, so that only one of the two can exist here. */
const caseClash = (what: string, other: string) =>
  unsupported(`A ${what} whose name differs from that of "${other}" in case only`);
