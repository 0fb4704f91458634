import type { OrderByClause, SelectStmt } from 'sql-parser-cst';
import { quoted } from '../names.ts';
import { coerce } from './coercion.ts';
import { type Expression, type ExpressionNode, isVolatile, structSql } from './expression.ts';
import { fromItems } from './from-clause.ts';
import { byOrdinal, groupBySql } from './group-by.ts';
import { limitSql } from './limit.ts';
import { type SortItem, sortItems, sortKey } from './order-by.ts';
import type { Scope, SelectAlias } from './scope.ts';
import { type SelectItem, selectItems } from './select-list.ts';
import { fieldName, scalar, structOf } from './sql-type.ts';
import type { OutputColumn, Query, Translator } from './translator.ts';
import { windowsOf } from './window.ts';
import { withTables } from './with.ts';

const find = <T extends SelectStmt['clauses'][number]['type']>(node: SelectStmt, type: T) =>
  node.clauses.find((clause): clause is Extract<SelectStmt['clauses'][number], { type: T }> => clause.type === type);

const known = new Set([
  'with_clause',
  'select_clause',
  'from_clause',
  'where_clause',
  'group_by_clause',
  'having_clause',
  'window_clause',
  'qualify_clause',
  'order_by_clause',
  'limit_clause',
  'offset_clause',
]);

/** Translates one SELECT, with all of its clauses. */
export function selectQuery(t: Translator, node: SelectStmt, outer: Scope): Query {
  const stranger = node.clauses.find(({ type }) => !known.has(type));
  if (stranger !== undefined) t.complain.invalid(stranger, 'Syntax error: this clause is no part of a SELECT');
  const select = find(node, 'select_clause');
  if (select === undefined) return t.complain.invalid(node, 'Syntax error: SELECT is missing');

  const outerAggregates = t.aggregates;
  const withClause = find(node, 'with_clause');
  const { sql: withSql, scope: around } =
    withClause === undefined ? { sql: '', scope: outer } : withTables(t, withClause, outer);
  const from = find(node, 'from_clause');
  const source = from && fromItems(t, from.expr, around);
  const nothing = { relations: [], columns: [], star: [] };
  const rows: Scope = { ...(source ?? nothing), parent: around, commonTables: around.commonTables };

  const where = find(node, 'where_clause');
  const whereSql = where && `WHERE ${condition(t, where.expr, rows, 'WHERE', false)}`;
  const windowClause = find(node, 'window_clause');
  const scope: Scope = windowClause === undefined ? rows : { ...rows, windows: windowsOf(t, windowClause, rows) };
  const items = selectItems(t, select, scope);
  if (items.length === 0) t.complain.invalid(select, 'Syntax error: the SELECT list is empty');
  const aliases = aliasesOf(items);
  const withAliases: Scope = { ...scope, aliases };

  const groupBy = find(node, 'group_by_clause');
  const groupSql = groupBy && groupBySql(t, groupBy, items, aliases, scope);
  const having = find(node, 'having_clause');
  const havingSql = having && `HAVING ${condition(t, having.expr, withAliases, 'HAVING', true)}`;
  const qualify = find(node, 'qualify_clause');
  const qualifySql = qualify && `QUALIFY ${condition(t, qualify.expr, withAliases, 'QUALIFY', true)}`;

  const distinct = select.modifiers.some(({ type }) => type === 'select_distinct');
  const output = outputOf(t, select, items);
  const order = find(node, 'order_by_clause');
  const body = [
    `SELECT ${distinct ? 'DISTINCT ' : ''}${output.list}`,
    source && `FROM ${source.sql}`,
    whereSql,
    groupSql,
    havingSql,
    qualifySql,
  ]
    .filter(part => part !== undefined && part !== '')
    .join(' ');
  const tail = node.clauses.flatMap(clause =>
    clause.type === 'limit_clause' || clause.type === 'offset_clause' ? [limitSql(t, clause)] : [],
  );
  const sql = order === undefined ? [body] : distinct ? sortedDistinct(order) : [body, orderBy(order)];
  // Aggregates in here are not those of the query around it.
  t.aggregates = outerAggregates;
  return { sql: withSql + [...sql, ...tail].join(' '), columns: output.columns, isValue: output.isValue };

  function orderBy(clause: OrderByClause): string {
    const keys = sortItems(t, clause).map(item => {
      const listed = listedItem(item);
      if (listed === undefined) return sortKey(t, t.expression(item.node, withAliases), item);
      // Evaluated again, RAND() would sort by other numbers than it shows.
      const place =
        isVolatile(listed.expression.sql) && !output.isValue ? String(items.indexOf(listed) + 1) : undefined;
      return place === undefined
        ? sortKey(t, listed.expression, item)
        : `${place} ${item.direction} NULLS ${item.nulls}`;
    });
    return `ORDER BY ${keys.join(', ')}`;
  }

  /** The item of the SELECT list that an ordinal or an alias means. */
  function listedItem({ node: key }: SortItem): SelectItem | undefined {
    if (key.type === 'number_literal') return byOrdinal(t, key, items);
    const found = key.type === 'identifier' ? (aliases.get(key.name.toLowerCase()) ?? []) : [];
    if (new Set(found.map(({ expression }) => expression.sql)).size > 1)
      t.complain.invalid(key, 'The name is ambiguous');
    const [alias] = found;
    return alias && items[alias.ordinal - 1];
  }

  /** DISTINCT comes before ORDER BY, which may then use the SELECT list only. */
  function sortedDistinct(clause: OrderByClause): string[] {
    if (output.isValue) return t.complain.unsupported(clause, 'ORDER BY in SELECT DISTINCT AS STRUCT');
    const alias = t.fresh('q');
    const keys = sortItems(t, clause).map(item => {
      const listed = listedItem(item);
      const wanted = listed?.expression.sql ?? t.expression(item.node, withAliases).sql;
      const index = items.findIndex(({ expression }) => expression.sql === wanted);
      const column = output.columns[index];
      if (column === undefined) {
        return t.complain.invalid(
          item.node,
          'ORDER BY clause expression references a column which is not visible after SELECT DISTINCT',
        );
      }
      return sortKey(t, { sql: `${alias}.${quoted(column.sqlName)}`, type: column.type, node: item.node }, item);
    });
    return [`SELECT * FROM (${body}) AS ${alias}`, `ORDER BY ${keys.join(', ')}`];
  }
}

/** A condition; aggregates are only allowed after grouping. */
function condition(
  t: Translator,
  node: ExpressionNode,
  scope: Scope,
  clause: string,
  aggregatesAllowed: boolean,
): string {
  const before = t.aggregates;
  const value = t.expression(node, scope);
  if (!aggregatesAllowed && t.aggregates > before)
    t.complain.invalid(node, `Aggregate functions are not allowed in ${clause} clause`);
  return coerce(t.complain, value, scalar('BOOL'), `The condition of ${clause}`);
}

function aliasesOf(items: readonly SelectItem[]): ReadonlyMap<string, readonly SelectAlias[]> {
  const aliases = new Map<string, SelectAlias[]>();
  items.forEach(({ name, expression }, index) => {
    if (name === undefined) return;
    const key = name.toLowerCase();
    aliases.set(key, [...(aliases.get(key) ?? []), { expression, ordinal: index + 1 }]);
  });
  return aliases;
}

interface Output {
  readonly list: string;
  readonly columns: readonly OutputColumn[];
  readonly isValue: boolean;
}

function outputOf(
  t: Translator,
  select: Extract<SelectStmt['clauses'][number], { type: 'select_clause' }>,
  items: readonly SelectItem[],
): Output {
  const isValue = select.modifiers.find(({ type }) => type === 'select_as_struct' || type === 'select_as_value');
  if (isValue === undefined) {
    const columns = outputColumns(items);
    return {
      list: listSql(
        items.map(({ expression }) => expression.sql),
        columns,
      ),
      columns,
      isValue: false,
    };
  }
  const value = isValue.type === 'select_as_struct' ? structOfItems(t, items, isValue) : items[0]?.expression;
  if (value === undefined || (isValue.type === 'select_as_value' && items.length !== 1)) {
    return t.complain.invalid(isValue, 'SELECT AS VALUE query must have exactly one column');
  }
  const columns = outputColumns([{ name: undefined, expression: value, aggregates: false }]);
  return { list: listSql([value.sql], columns), columns, isValue: true };
}

const listSql = (values: readonly string[], columns: readonly OutputColumn[]) =>
  values.map((value, index) => `${value} AS ${quoted(columns[index]?.sqlName ?? '')}`).join(', ');

function structOfItems(t: Translator, items: readonly SelectItem[], node: Expression['node']): Expression {
  const type = structOf(items.map(({ name, expression }) => ({ name, type: expression.type })));
  const names = type.kind === 'STRUCT' ? type.fields.map(fieldName) : [];
  if (new Set(names.map(name => name.toLowerCase())).size < names.length) {
    t.complain.unsupported(node, 'A STRUCT with two fields of one name');
  }
  const sql = structSql(items.map(({ expression }, index) => [names[index] ?? '', expression.sql] as const));
  return { sql, type, node };
}

/** Names the columns as BigQuery does: `f0_` for one without a name, `a_1` for a second `a`. */
function outputColumns(items: readonly SelectItem[]): OutputColumn[] {
  const taken = new Set(items.flatMap(({ name }) => (name === undefined ? [] : [name.toLowerCase()])));
  const used = new Set<string>();
  let anonymous = 0;
  return items.map(({ name, expression }) => {
    let sqlName = name ?? `f${anonymous++}_`;
    for (let n = 1; used.has(sqlName.toLowerCase()) || (name === undefined && taken.has(sqlName.toLowerCase())); n++) {
      sqlName = name === undefined ? `f${anonymous++}_` : `${name}_${n}`;
    }
    used.add(sqlName.toLowerCase());
    return { name, type: expression.type, sqlName, isNull: expression.literal === 'NULL' };
  });
}
