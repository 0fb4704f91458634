import type {
  AlterTableStmt,
  ColumnDefinition,
  CreateSchemaStmt,
  CreateTableStmt,
  CreateViewStmt,
  DropTableStmt,
  DropViewStmt,
  SubSelect,
} from 'sql-parser-cst';
import { duckdbName, duckdbSchema, quoted, type TableName } from '../names.ts';
import { type Column, duckdbColumn } from '../types.ts';
import { assigned } from './assignment.ts';
import { dataType } from './data-type.ts';
import { options } from './options.ts';
import { ingestionTime, partitionBy } from './partition-by.ts';
import { emptyScope } from './scope.ts';
import { columnOfType, typeOfColumn } from './sql-type.ts';
import type { Created, StatementBody } from './statement.ts';
import { findTable, pathNames, tableName } from './tables.ts';
import type { Query, Translator } from './translator.ts';

type Path = Parameters<typeof pathNames>[1] & Parameters<typeof tableName>[2];

const nameOf = (t: Translator, node: Path): TableName => tableName(t, pathNames(t, node), node);

const creation = (node: { readonly orReplaceKw?: unknown; readonly ifNotExistsKw?: unknown }) => ({
  orReplace: node.orReplaceKw !== undefined,
  ifNotExists: node.ifNotExistsKw !== undefined,
});

const createWords = (kind: string, { orReplace, ifNotExists }: Pick<Created, 'orReplace' | 'ifNotExists'>) =>
  `CREATE ${orReplace ? 'OR REPLACE ' : ''}${kind} ${ifNotExists ? 'IF NOT EXISTS ' : ''}`;

/** The GoogleSQL of a part of the statement, as it was written. */
const textOfNode = (t: Translator, text: string, node: SubSelect) =>
  text.slice(t.prepared.original(node.range?.[0] ?? 0), t.prepared.original(node.range?.[1] ?? 0));

export function createTable(t: Translator, node: CreateTableStmt, text: string): StatementBody {
  const unknown = node.kind ?? node.partitionOf ?? node.ofType ?? node.options;
  if (unknown !== undefined) return t.complain.unsupported(unknown, 'This kind of table');
  const target = nameOf(t, node.name);
  let details: Created = creation(node);
  let query: { readonly node: SubSelect; readonly result: Query } | undefined;
  for (const clause of node.clauses) {
    switch (clause.type) {
      case 'partition_by_clause':
        details = { ...details, partitionBy: partitionBy(t, clause) };
        break;
      case 'cluster_by_clause':
        details = { ...details, clusterBy: clause.columns.items.map(({ name }) => name) };
        break;
      case 'bigquery_options':
        details = { ...details, options: options(t, clause) };
        break;
      case 'as_clause':
        query = { node: clause.expr, result: t.query(clause.expr, emptyScope) };
        break;
      default:
        return t.complain.unsupported(clause, 'This clause of CREATE TABLE');
    }
  }
  const declared = node.columns?.expr.items.map(item =>
    item.type === 'column_definition' ? columnOf(t, item) : t.complain.unsupported(item, 'A table constraint'),
  );
  const columns = declared ?? (query && resultColumns(t, query.result, query.node));
  if (columns === undefined) return t.complain.invalid(node, 'CREATE TABLE needs columns or a query');
  checkNames(t, columns, node);
  const select = query && selectSql(t, query.result, columns, query.node);
  const created: Created = {
    ...details,
    columns,
    ...(query && select !== undefined ? { query: textOfNode(t, text, query.node), select } : {}),
  };
  const ingested = details.partitionBy !== undefined && ingestionTime(details.partitionBy) !== undefined;
  const words = createWords('TABLE', created);
  if (select !== undefined) {
    if (ingested)
      return t.complain.unsupported(node, 'CREATE TABLE AS SELECT by ingestion time', 'create the table, then INSERT');
    return { sql: `${words}${duckdbName(target)} AS ${select}`, kind: 'CREATE_TABLE_AS_SELECT', target, created };
  }
  const extra = details.partitionBy && ingestionTime(details.partitionBy);
  const definitions = [...columns.map(duckdbColumn), ...(extra === undefined ? [] : [extra])];
  return { sql: `${words}${duckdbName(target)} (${definitions.join(', ')})`, kind: 'CREATE_TABLE', target, created };
}

function columnOf(t: Translator, node: ColumnDefinition): Column {
  if (node.dataType === undefined) return t.complain.invalid(node, 'A column needs a type');
  const type = dataType(t.complain, node.dataType);
  const column = columnOfType(node.name.name, type, true);
  if (column === undefined) return t.complain.unsupported(node.dataType, 'A column of this type');
  let { mode } = column;
  let description: string | undefined;
  for (const constraint of node.constraints) {
    if (constraint.type === 'constraint_not_null') {
      if (type.kind === 'ARRAY') t.complain.invalid(constraint, 'NOT NULL cannot be applied to ARRAY fields');
      mode = 'REQUIRED';
    } else if (constraint.type === 'bigquery_options') {
      const { description: text, ...others } = options(t, constraint);
      if (Object.keys(others).length > 0 || typeof text !== 'string')
        t.complain.unsupported(constraint, 'This option of a column');
      description = text;
    } else {
      return t.complain.unsupported(constraint, 'This constraint of a column');
    }
  }
  return { ...column, mode, ...(description === undefined ? {} : { description }) };
}

function checkNames(t: Translator, columns: readonly Column[], node: Path): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name.toLowerCase())) t.complain.invalid(node, `CREATE TABLE has columns with duplicate name ${name}`);
    seen.add(name.toLowerCase());
  }
}

/** The columns of a query as a table has them, which all need names. */
function resultColumns(t: Translator, query: Query, node: SubSelect): Column[] {
  if (query.isValue) return t.complain.unsupported(node, 'A value table as a table', 'write SELECT * FROM (...)');
  return query.columns.map(({ name, type }, index) => {
    if (name === undefined)
      return t.complain.invalid(node, `CREATE TABLE columns must be named, but column ${index + 1} has no name`);
    return columnOfType(name, type) ?? t.complain.invalid(node, `Column ${name} has a type that a table cannot hold`);
  });
}

function selectSql(t: Translator, query: Query, columns: readonly Column[], node: SubSelect): string {
  if (query.columns.length !== columns.length) {
    return t.complain.invalid(node, `The number of columns in the column definition list does not match the query’s`);
  }
  const alias = t.fresh('q');
  const items = query.columns.map((column, index) => {
    const wanted = columns[index];
    const value = {
      sql: `${alias}.${quoted(column.sqlName)}`,
      type: column.type,
      node,
      ...(column.isNull ? { literal: 'NULL' as const } : {}),
    };
    return wanted === undefined
      ? 'NULL'
      : `${assigned(t, value, typeOfColumn(wanted), wanted.name)} AS ${quoted(wanted.name)}`;
  });
  return `SELECT ${items.join(', ')} FROM (${query.sql}) AS ${alias}`;
}

export function createView(t: Translator, node: CreateViewStmt, text: string): StatementBody {
  const [kind] = node.kinds;
  if (kind !== undefined) return t.complain.unsupported(kind, 'This kind of view');
  if (node.columns !== undefined)
    return t.complain.unsupported(node.columns, 'A column list of a view', 'name the columns in its query');
  const target = nameOf(t, node.name);
  let details: Created = creation(node);
  let body: { readonly query: Query; readonly node: SubSelect } | undefined;
  for (const clause of node.clauses) {
    if (clause.type === 'bigquery_options') details = { ...details, options: options(t, clause) };
    else if (clause.type === 'as_clause') body = { query: t.query(clause.expr, emptyScope), node: clause.expr };
    else return t.complain.unsupported(clause, 'This clause of CREATE VIEW');
  }
  if (body === undefined) return t.complain.invalid(node, 'CREATE VIEW needs a query');
  const columns = resultColumns(t, body.query, body.node);
  checkNames(t, columns, node);
  const created: Created = { ...details, columns, query: textOfNode(t, text, body.node), select: body.query.sql };
  return {
    sql: `${createWords('VIEW', created)}${duckdbName(target)} AS ${body.query.sql}`,
    kind: 'CREATE_VIEW',
    target,
    created,
  };
}

export function drop(t: Translator, node: DropTableStmt | DropViewStmt): StatementBody {
  const isTable = node.type === 'drop_table_stmt';
  const [path, ...more] = isTable ? node.tables.items : node.views.items;
  const extra = isTable ? node.behaviorKw : (node.kind ?? node.behaviorKw);
  if (path === undefined || more.length > 0 || extra !== undefined)
    return t.complain.unsupported(extra ?? node, 'This form of DROP');
  const target = nameOf(t, path);
  const sql = `DROP ${isTable ? 'TABLE' : 'VIEW'} ${node.ifExistsKw === undefined ? '' : 'IF EXISTS '}${duckdbName(target)}`;
  return { sql, kind: isTable ? 'DROP_TABLE' : 'DROP_VIEW', target };
}

/** DuckDB adds one column per statement. */
export function alterTable(t: Translator, node: AlterTableStmt): StatementBody[] {
  if (node.ifExistsKw !== undefined) return [t.complain.unsupported(node, 'ALTER TABLE IF EXISTS')];
  const target = nameOf(t, node.table);
  const existing = findTable(t, target, node.table).columns;
  return node.actions.items.map(action => addColumn(t, action, target, existing));
}

function addColumn(
  t: Translator,
  action: { readonly type: string; readonly column?: unknown; readonly ifNotExistsKw?: unknown } & Path,
  target: TableName,
  existing: readonly Column[],
): StatementBody {
  if (action.type !== 'alter_action_add_column') {
    return t.complain.unsupported(action, 'This action of ALTER TABLE', 'only ADD COLUMN is');
  }
  const column = columnOf(t, action.column as ColumnDefinition);
  if (column.mode === 'REQUIRED')
    return t.complain.invalid(action, `Cannot add required columns to an existing schema: ${column.name}`);
  const ifNotExists = action.ifNotExistsKw !== undefined;
  if (!ifNotExists && existing.some(({ name }) => name.toLowerCase() === column.name.toLowerCase())) {
    return t.complain.invalid(action, `Column already exists: ${column.name}`);
  }
  const sql = `ALTER TABLE ${duckdbName(target)} ADD COLUMN ${ifNotExists ? 'IF NOT EXISTS ' : ''}${duckdbColumn(column)}`;
  return { sql, kind: 'ALTER_TABLE', target, created: { columns: [column], orReplace: false, ifNotExists } };
}

export function createSchema(t: Translator, node: CreateSchemaStmt): StatementBody {
  if (node.name === undefined || node.statements.length > 0)
    return t.complain.invalid(node, 'Syntax error: CREATE SCHEMA needs a name');
  const [dataset = '', project = t.defaultProject, ...more] = pathNames(t, node.name).toReversed();
  if (more.length > 0) return t.complain.invalid(node.name, 'Invalid dataset name');
  let created: Created = creation(node);
  for (const clause of node.clauses) {
    if (clause.type !== 'bigquery_options') return t.complain.unsupported(clause, 'This clause of CREATE SCHEMA');
    created = { ...created, options: options(t, clause) };
  }
  const target = { project, dataset, table: '' };
  return { sql: `${createWords('SCHEMA', created)}${duckdbSchema(target)}`, kind: 'CREATE_SCHEMA', target, created };
}
