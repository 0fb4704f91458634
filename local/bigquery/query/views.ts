import { invalid } from '../errors.ts';
import { duckdbName, type TableName, tableId } from '../names.ts';
import { type Catalogue, checkEtag } from '../store/catalogue.ts';
import type { TableRecord } from '../store/records.ts';
import type { Column } from '../types.ts';
import { resultColumn } from './result-columns.ts';
import type { SqlStatement, TranslateSql } from './translate-sql.ts';

/** The views of all projects: each is a view of DuckDB over the translation of its query. */
export class Views {
  readonly #catalogue: Catalogue;
  readonly #translate: TranslateSql;

  constructor(catalogue: Catalogue, translate: TranslateSql) {
    this.#catalogue = catalogue;
    this.#translate = translate;
  }

  /** Makes a view. Throws BigQuery's error when its query is not valid. */
  async create(name: TableName, query: string, properties: TableRecord['properties']): Promise<TableRecord> {
    const { sql, columns } = await this.#prepare(name, query);
    return this.#catalogue.database.transaction(transaction =>
      this.#catalogue.createTable(transaction, { ...name, kind: 'VIEW', columns, viewQuery: query, properties }, sql),
    );
  }

  async replace(
    name: TableName,
    query: string,
    properties: TableRecord['properties'],
    ifMatch?: string,
  ): Promise<TableRecord> {
    const { sql, columns } = await this.#prepare(name, query);
    return this.#catalogue.database.transaction(async transaction => {
      const old = this.#catalogue.table(name);
      if (old.kind !== 'VIEW') throw invalid(`${tableId(name)} is not a view.`);
      checkEtag(old, ifMatch);
      await transaction.connection.run(`CREATE OR REPLACE VIEW ${duckdbName(name)} AS ${sql}`);
      return this.#catalogue.changeTable(transaction, { ...old, columns, viewQuery: query, properties }, []);
    });
  }

  /**
   * Makes all views anew: DuckDB refuses a `SELECT *` view whose table has got a column, where BigQuery answers with
   * it. A view whose query is no longer valid is left as it is, and fails when it is asked.
   */
  async refresh(): Promise<void> {
    for (const view of this.#catalogue.views()) await this.#refreshOne(view).catch(() => undefined);
  }

  async #refreshOne(view: TableRecord): Promise<void> {
    const { sql, columns } = await this.#prepare(view, view.viewQuery ?? '');
    await this.#catalogue.database.transaction(async transaction => {
      await transaction.connection.run(`CREATE OR REPLACE VIEW ${duckdbName(view)} AS ${sql}`);
      if (JSON.stringify(columns) === JSON.stringify(view.columns)) return;
      await this.#catalogue.changeTable(transaction, { ...view, columns }, []);
    });
  }

  /** The tables that a view reads. */
  reads(view: TableRecord): readonly TableName[] {
    return this.#select(view, view.viewQuery ?? '').reads;
  }

  #select(name: TableName, query: string): SqlStatement {
    const [statement, ...more] = this.#translate(query, { project: name.project, dataset: undefined, parameters: [] });
    if (statement?.kind !== 'SELECT' || more.length > 0) throw invalid('A view’s query must be one SELECT statement.');
    return statement;
  }

  async #prepare(name: TableName, query: string): Promise<{ sql: string; columns: readonly Column[] }> {
    const statement = this.#select(name, query);
    for (const table of statement.reads) this.#catalogue.table(table);
    const columns = await this.#catalogue.database.read(async connection => {
      const result = await connection.run(`SELECT * FROM (${statement.sql}) LIMIT 0`);
      return (
        statement.columns ?? result.columnNames().map((column, index) => resultColumn(column, result.columnType(index)))
      );
    });
    return { sql: statement.sql, columns };
  }
}
