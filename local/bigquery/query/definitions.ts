import type { Caller } from '../../stand-in.ts';
import type { Access } from '../access.ts';
import { invalid, notFound, unsupported } from '../errors.ts';
import { checkLayout } from '../layout.ts';
import { checkDataset, checkTable, duckdbName, quoted, type TableName, tableId } from '../names.ts';
import { parseColumns, schemaChange } from '../schema.ts';
import type { Created } from '../sql/statement.ts';
import type { Catalogue, Draft } from '../store/catalogue.ts';
import type { TableRecord } from '../store/records.ts';
import { datasetSettings, tableSettings } from './ddl-options.ts';
import type { QueryResult } from './query-result.ts';
import type { SqlStatement } from './translate-sql.ts';
import type { Views } from './views.ts';

export interface DefinitionContext {
  readonly catalogue: Catalogue;
  readonly views: Views;
  readonly access: Access;
}

/** Runs a DDL statement: on the catalogue, which makes the same change in DuckDB. */
export async function runDefinition(
  statement: SqlStatement,
  caller: Caller,
  context: DefinitionContext,
): Promise<QueryResult> {
  const { target, kind } = statement;
  if (target === undefined) throw unsupported(`The statement ${kind}`);
  await define(statement, target, caller, context);
  return { columns: [], rows: [], statementType: kind, ddlTarget: target };
}

async function define(
  statement: SqlStatement,
  target: TableName,
  caller: Caller,
  context: DefinitionContext,
): Promise<void> {
  const { catalogue, access } = context;
  const created: Created = statement.created ?? { orReplace: false, ifNotExists: false };
  switch (statement.kind) {
    case 'CREATE_SCHEMA':
      access.project(caller, 'bigquery.datasets.create', target.project);
      return createSchema(target, created, catalogue);
    case 'CREATE_TABLE':
    case 'CREATE_TABLE_AS_SELECT':
      access.dataset(caller, 'bigquery.tables.create', target);
      return createTable(statement, target, created, catalogue);
    case 'CREATE_VIEW':
      access.dataset(caller, 'bigquery.tables.create', target);
      return createView(target, created, context);
    case 'ALTER_TABLE':
      access.table(caller, 'bigquery.tables.update', target);
      return addColumns(target, created, context);
    case 'DROP_TABLE':
    case 'DROP_VIEW':
      access.table(caller, 'bigquery.tables.delete', target);
      return drop(statement, target, catalogue);
    default:
      throw unsupported(`The statement ${statement.kind}`);
  }
}

async function createSchema(target: TableName, created: Created, catalogue: Catalogue): Promise<void> {
  const { project, dataset } = target;
  checkDataset(dataset);
  const exists = catalogue.datasets(project).some(record => record.dataset === dataset);
  if (exists && created.ifNotExists) return;
  await catalogue.createDataset({ project, dataset, properties: datasetSettings(created) });
}

async function createTable(
  statement: SqlStatement,
  target: TableName,
  created: Created,
  catalogue: Catalogue,
): Promise<void> {
  checkTable(target.table);
  const draft: Draft<TableRecord> = {
    ...target,
    kind: 'TABLE',
    columns: parseColumns(created.columns ?? []),
    ...tableSettings(created),
  };
  checkLayout(draft);
  await catalogue.database.transaction(async transaction => {
    const old = catalogue.findTable(target);
    if (old && created.ifNotExists) return;
    if (old && created.orReplace) await catalogue.recreateTable(transaction, draft);
    else await catalogue.createTable(transaction, draft);
    if (created.select === undefined) return;
    const columns = draft.columns.map(column => quoted(column.name)).join(', ');
    const sql = `INSERT INTO ${duckdbName(target)} (${columns}) ${created.select}`;
    await transaction.connection.run(sql, statement.values, statement.valueTypes);
  });
}

async function createView(target: TableName, created: Created, { catalogue, views }: DefinitionContext): Promise<void> {
  checkTable(target.table);
  const old = catalogue.findTable(target);
  if (old && created.ifNotExists) return;
  const { properties } = tableSettings(created);
  if (old && created.orReplace) await views.replace(target, created.query ?? '', properties);
  else await views.create(target, created.query ?? '', properties);
}

async function addColumns(target: TableName, created: Created, { catalogue, views }: DefinitionContext): Promise<void> {
  await catalogue.database.transaction(async transaction => {
    const old = catalogue.table(target);
    const known = new Set(old.columns.map(column => column.name.toLowerCase()));
    const added = (created.columns ?? []).filter(column => !known.has(column.name.toLowerCase()));
    const wanted = parseColumns([...old.columns, ...added]);
    const { columns, steps } = schemaChange(target, old.columns, wanted);
    await catalogue.changeTable(transaction, { ...old, columns }, steps);
  });
  await views.refresh();
}

async function drop(statement: SqlStatement, target: TableName, catalogue: Catalogue): Promise<void> {
  const wanted = statement.kind === 'DROP_VIEW' ? 'VIEW' : 'TABLE';
  await catalogue.database.transaction(async transaction => {
    const record = catalogue.findTable(target);
    if (record === undefined) {
      if (/^DROP (TABLE|VIEW) IF EXISTS/.test(statement.sql)) return;
      throw notFound('Table', tableId(target));
    }
    if (record.kind !== wanted) throw invalid(`${tableId(target)} is a ${record.kind}, not a ${wanted}.`);
    await catalogue.dropTable(transaction, target);
  });
}
