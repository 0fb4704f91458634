import type { OrderByClause, SubSelect } from 'sql-parser-cst';
import { quoted } from '../names.ts';
import { byOrdinal } from './group-by.ts';
import { limitSql } from './limit.ts';
import { sortItems, sortKey } from './order-by.ts';
import type { Scope, StarColumn } from './scope.ts';
import { selectQuery } from './select.ts';
import type { SelectItem } from './select-list.ts';
import { type Clause, operandsOf, united } from './set-operation.ts';
import type { Query, Translator } from './translator.ts';
import { withTables } from './with.ts';

/** Translates a query. `outer` is what it sees of the query around it. */
export function translateQuery(t: Translator, node: SubSelect, outer: Scope): Query {
  if (node.type === 'paren_expr') return t.query(node.expr, outer);
  if (node.type === 'select_stmt') {
    const inner = node.clauses.find(clause => clause.type === 'paren_expr');
    if (inner === undefined) return selectQuery(t, node, outer);
    // (SELECT ...) ORDER BY ...
    const withClause = node.clauses.find(clause => clause.type === 'with_clause');
    const { sql: withSql, scope } =
      withClause === undefined ? { sql: '', scope: outer } : withTables(t, withClause, outer);
    const tail = node.clauses.filter(clause => clause !== inner && clause !== withClause);
    return sorted(t, t.query(inner.expr, scope), tail, scope, withSql);
  }
  const { operands, operator, tail, with: withClause } = operandsOf(t, node);
  const { sql: withSql, scope } =
    withClause === undefined ? { sql: '', scope: outer } : withTables(t, withClause, outer);
  const queries = operands.map(operand => t.query(operand, scope));
  return sorted(t, united(t, queries, operator, node), tail, scope, withSql);
}

/** A query in parentheses with the clauses that follow it, which see its columns only. */
export function sorted(t: Translator, query: Query, tail: readonly Clause[], outer: Scope, before = ''): Query {
  if (tail.length === 0) return { ...query, sql: before + query.sql };
  const alias = t.fresh('q');
  const star = query.columns.map((column): StarColumn => ({ ...column, sql: `${alias}.${quoted(column.sqlName)}` }));
  const named = star.flatMap(column => (column.name === undefined ? [] : [{ ...column, name: column.name }]));
  const scope: Scope = { relations: [], columns: named, star, parent: outer, commonTables: outer.commonTables };
  const sql = [`${before}SELECT * FROM (${query.sql}) AS ${alias}`];
  for (const clause of tail) {
    if (clause.type === 'order_by_clause') {
      const items = star.map(
        (column): SelectItem => ({
          name: column.name,
          aggregates: false,
          expression: { ...column, node: clause, name: column.name ?? '' },
        }),
      );
      sql.push(orderBy(t, clause, items, scope));
    } else if (clause.type === 'limit_clause' || clause.type === 'offset_clause') {
      sql.push(limitSql(t, clause));
    } else {
      t.complain.invalid(clause, 'Syntax error: this clause cannot follow a query in parentheses');
    }
  }
  return { ...query, sql: sql.join(' ') };
}

function orderBy(t: Translator, clause: OrderByClause, items: readonly SelectItem[], scope: Scope): string {
  const keys = sortItems(t, clause).map(item => {
    const ordinal = item.node.type === 'number_literal' ? byOrdinal(t, item.node, items).expression : undefined;
    return sortKey(t, ordinal ?? t.expression(item.node, scope), item);
  });
  return `ORDER BY ${keys.join(', ')}`;
}
