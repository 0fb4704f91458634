import type {
  DeleteStmt,
  Expr,
  FromClause,
  Identifier,
  InsertStmt,
  ListExpr,
  ParenExpr,
  TruncateStmt,
  UpdateStmt,
  WhereClause,
} from 'sql-parser-cst';
import { duckdbName, quoted, type TableName } from '../names.ts';
import { assigned, setSql, targetColumn } from './assignment.ts';
import { coerce } from './coercion.ts';
import type { Located } from './errors.ts';
import { errorSql } from './expression.ts';
import { fromItems } from './from-clause.ts';
import { emptyScope, type Relation, type Scope, type ScopeColumn } from './scope.ts';
import { scalar } from './sql-type.ts';
import type { StatementBody } from './statement.ts';
import { columnsOf, findTable, pathNames, tableName } from './tables.ts';
import type { Translator } from './translator.ts';

/** The table that a statement changes, under an alias. */
export interface Target {
  readonly name: TableName;
  readonly alias: string;
  readonly relation: Relation;
  /** As it stands in DuckDB's SQL. */
  readonly sql: string;
}

type TableNode = { readonly type: string } & Located;

export function targetOf(t: Translator, node: TableNode): Target {
  const aliased = node.type === 'alias' ? (node as TableNode & { expr: TableNode; alias: Identifier }) : undefined;
  const path = aliased?.expr ?? node;
  const name = tableName(t, pathNames(t, path), path);
  const alias = t.fresh('t');
  const columns = columnsOf(findTable(t, name, path)).map(
    ({ column, ...rest }): ScopeColumn => ({ ...rest, sql: column(alias) }),
  );
  const relation = { name: aliased?.alias.name ?? name.table, columns, nullable: false };
  return { name, alias, relation, sql: `${duckdbName(name)} AS ${alias}` };
}

/** What the columns of some relations bring into scope. */
export const scopeOf = (relations: readonly Relation[], parent: Scope = emptyScope): Scope => ({
  relations,
  columns: relations.flatMap(({ columns }) => columns),
  star: [],
  parent,
  commonTables: parent.commonTables,
});

/** The columns that INSERT fills: those it names, or all but the pseudo columns. */
export function insertedColumns(
  t: Translator,
  target: readonly ScopeColumn[],
  list: ParenExpr<ListExpr<Identifier>> | undefined,
): ScopeColumn[] {
  const columns =
    list === undefined
      ? target.filter(({ pseudo }) => pseudo !== true)
      : list.expr.items.map(node => {
          const column = targetColumn(t, target, node.name, node);
          return column.name === '_PARTITIONDATE'
            ? t.complain.unsupported(node, 'INSERT of _PARTITIONDATE', 'insert _PARTITIONTIME')
            : column;
        });
  if (list !== undefined && new Set(columns).size < columns.length)
    t.complain.invalid(list, 'INSERT has columns with duplicate name');
  return columns;
}

/** One row of VALUES. */
export function rowSql(
  t: Translator,
  row: ListExpr<Expr | { readonly type: 'default' }>,
  columns: readonly ScopeColumn[],
  scope: Scope,
): string {
  if (row.items.length !== columns.length) {
    t.complain.invalid(row, `Inserted row has wrong column count; Has ${row.items.length}, expected ${columns.length}`);
  }
  const values = columns.map((column, index) => {
    const item = row.items[index];
    if (item === undefined || item.type === 'default') return 'DEFAULT';
    return assigned(t, t.expression(item, scope), column.type, column.name);
  });
  return `(${values.join(', ')})`;
}

export function insert(t: Translator, node: InsertStmt): StatementBody {
  const [clause, source, ...more] = node.clauses;
  if (clause?.type !== 'insert_clause' || source === undefined || more.length > 0 || clause.orAction !== undefined) {
    return t.complain.invalid(node, 'Syntax error: INSERT is followed by VALUES or a query');
  }
  const target = targetOf(t, clause.table);
  const columns = insertedColumns(t, target.relation.columns, clause.columns);
  const into = `INSERT INTO ${duckdbName(target.name)} (${columns.map(({ name }) => quoted(name)).join(', ')})`;
  const done = (sql: string): StatementBody => ({ sql: `${into} ${sql}`, kind: 'INSERT', target: target.name });
  if (source.type === 'values_clause') {
    const rows = source.values.items.map(row =>
      row.type === 'paren_expr'
        ? rowSql(t, row.expr, columns, emptyScope)
        : t.complain.invalid(row, 'Syntax error: Unexpected "ROW"'),
    );
    return done(`VALUES ${rows.join(', ')}`);
  }
  if (source.type !== 'select_stmt' && source.type !== 'compound_select_stmt' && source.type !== 'paren_expr') {
    return t.complain.invalid(source, 'Syntax error: INSERT is followed by VALUES or a query');
  }
  const query = t.query(source, emptyScope);
  if (query.columns.length !== columns.length) {
    return t.complain.invalid(
      source,
      `Inserted row has wrong column count; Has ${query.columns.length}, expected ${columns.length}`,
    );
  }
  const alias = t.fresh('q');
  const values = query.columns.map((column, index) => {
    const wanted = columns[index];
    const value = {
      sql: `${alias}.${quoted(column.sqlName)}`,
      type: column.type,
      node: source,
      ...(column.isNull ? { literal: 'NULL' as const } : {}),
    };
    return wanted === undefined ? 'NULL' : assigned(t, value, wanted.type, wanted.name);
  });
  return done(`SELECT ${values.join(', ')} FROM (${query.sql}) AS ${alias}`);
}

/**
 * A condition that raises when a row of the target has several partners, which DuckDB would choose from. It is always
 * true otherwise.
 */
export const oneSourceRow = (target: Target, source: string, condition: string) =>
  `(SELECT CASE WHEN count(*) > 0 THEN CAST(${errorSql('UPDATE/MERGE must match at most one source row for each target row')} AS BOOLEAN) ` +
  `ELSE true END FROM (SELECT 1 FROM ${target.sql} CROSS JOIN ${source} WHERE ${condition} GROUP BY ${target.alias}.rowid HAVING count(*) > 1))`;

const whereOf = (t: Translator, clause: WhereClause, scope: Scope) =>
  coerce(t.complain, t.expression(clause.expr, scope), scalar('BOOL'), 'The condition of WHERE');

export function update(t: Translator, node: UpdateStmt): StatementBody {
  const find = <T extends string>(type: T) =>
    node.clauses.find((clause): clause is Extract<UpdateStmt['clauses'][number], { type: T }> => clause.type === type);
  const stranger = node.clauses.find(({ type }) => !/^(?:update|set|from|where)_clause$/.test(type));
  if (stranger !== undefined) t.complain.invalid(stranger, 'Syntax error: this clause is no part of UPDATE');
  const [table, ...others] = find('update_clause')?.tables.items ?? [];
  const set = find('set_clause');
  if (table === undefined || others.length > 0 || set === undefined)
    return t.complain.invalid(node, 'Syntax error: UPDATE changes one table');
  const where = find('where_clause');
  if (where === undefined) return t.complain.invalid(node, 'UPDATE must have a WHERE clause');
  const target = targetOf(t, table);
  const from: FromClause | undefined = find('from_clause');
  const outer = scopeOf([target.relation]);
  const source = from && fromItems(t, from.expr, { ...emptyScope, parent: undefined });
  const scope: Scope =
    source === undefined
      ? outer
      : {
          ...outer,
          relations: [target.relation, ...source.relations],
          columns: [...target.relation.columns, ...source.columns],
        };
  const condition = whereOf(t, where, scope);
  const changes = setSql(t, set.assignments.items, target.relation.columns, scope);
  const guard = source === undefined ? '' : ` AND ${oneSourceRow(target, source.sql, condition)}`;
  const sql = `UPDATE ${target.sql} SET ${changes}${source === undefined ? '' : ` FROM ${source.sql}`} WHERE ${condition}${guard}`;
  return { sql, kind: 'UPDATE', target: target.name };
}

export function remove(t: Translator, node: DeleteStmt): StatementBody {
  const [clause, where, ...more] = node.clauses;
  if (clause?.type !== 'delete_clause' || clause.tables.items.length !== 1 || more[0] !== undefined) {
    return t.complain.invalid(more[0] ?? node, 'Syntax error: DELETE takes one table and a WHERE clause');
  }
  if (where?.type !== 'where_clause') return t.complain.invalid(node, 'DELETE must have a WHERE clause');
  const [table] = clause.tables.items;
  const target = targetOf(t, table ?? node);
  const condition = whereOf(t, where, scopeOf([target.relation]));
  return { sql: `DELETE FROM ${target.sql} WHERE ${condition}`, kind: 'DELETE', target: target.name };
}

export function truncate(t: Translator, node: TruncateStmt): StatementBody {
  const [table, ...more] = node.tables.items;
  if (table === undefined || more.length > 0)
    return t.complain.invalid(node, 'Syntax error: TRUNCATE TABLE takes one table');
  const { name } = targetOf(t, table);
  return { sql: `DELETE FROM ${duckdbName(name)}`, kind: 'TRUNCATE', target: name };
}
