import type { CommonTableExpr, WithClause } from 'sql-parser-cst';
import { quoted } from '../names.ts';
import { coerce } from './coercion.ts';
import type { CommonTable, Scope } from './scope.ts';
import { operandsOf, united } from './set-operation.ts';
import type { Query, Translator } from './translator.ts';

/** WITH: its SQL, and the scope of the query that it belongs to. */
export function withTables(
  t: Translator,
  clause: WithClause,
  outer: Scope,
): { readonly sql: string; readonly scope: Scope } {
  const commonTables = new Map(outer.commonTables);
  const seen = new Set<string>();
  const scope: Scope = { ...outer, commonTables };
  const definitions = clause.tables.items.map(node => {
    const key = node.table.name.toLowerCase();
    if (seen.has(key)) t.complain.invalid(node.table, `Duplicate alias ${node.table.name} for WITH subquery`);
    seen.add(key);
    for (const part of [node.columns, node.search, node.cycle]) {
      if (part !== undefined) t.complain.unsupported(part, 'This part of WITH');
    }
    const sqlName = t.fresh('w');
    const { columns, sql, isValue } = commonTable(
      t,
      node,
      clause,
      { ...scope, commonTables: new Map(commonTables) },
      sqlName,
    );
    commonTables.set(key, { sqlName, columns, isValue });
    const list = columns.map(column => quoted(column.sqlName)).join(', ');
    return `${sqlName}(${list}) AS (${sql})`;
  });
  return { sql: `WITH ${clause.recursiveKw === undefined ? '' : 'RECURSIVE '}${definitions.join(', ')} `, scope };
}

function commonTable(t: Translator, node: CommonTableExpr, clause: WithClause, scope: Scope, sqlName: string): Query {
  const { expr } = node.expr;
  if (expr.type === 'insert_stmt' || expr.type === 'update_stmt' || expr.type === 'delete_stmt') {
    return t.complain.invalid(expr, 'Syntax error: a WITH subquery must be a query');
  }
  if (clause.recursiveKw === undefined || expr.type !== 'compound_select_stmt') return t.query(expr, scope);
  const { operands, operator, tail } = operandsOf(t, expr);
  const last = operands.at(-1);
  const first = operands.slice(0, -1).map(operand => t.query(operand, scope));
  if (last === undefined || first.length === 0 || !operator.startsWith('UNION') || tail.length > 0)
    return t.query(expr, scope);
  const base = first.length === 1 && first[0] ? first[0] : united(t, first, operator, expr);
  const common: CommonTable = { sqlName, columns: base.columns, isValue: base.isValue };
  const inside = new Map(scope.commonTables).set(node.table.name.toLowerCase(), common);
  const step = t.query(last, { ...scope, commonTables: inside });
  return {
    ...base,
    sql: `${base.sql} ${operator === 'UNION ALL' ? 'UNION ALL' : 'UNION'} ${likeBase(t, base, step, last)}`,
  };
}

/** The recursive term with the columns that the base term has. */
function likeBase(
  t: Translator,
  base: Query,
  step: Query,
  node: Parameters<Translator['complain']['invalid']>[0],
): string {
  if (base.columns.length !== step.columns.length) {
    return t.complain.invalid(node, 'Queries in UNION have mismatched column count');
  }
  const alias = t.fresh('q');
  const columns = step.columns.map((column, index) => {
    const sql = `${alias}.${quoted(column.sqlName)}`;
    const value = { sql, type: column.type, node, ...(column.isNull ? { literal: 'NULL' as const } : {}) };
    return coerce(t.complain, value, base.columns[index]?.type ?? column.type, 'The recursive term’s column');
  });
  return `SELECT ${columns.join(', ')} FROM (${step.sql}) AS ${alias}`;
}
