import { quoted } from '../names.ts';
import { coerced, unify } from './coercion.ts';
import { checkComparable, compareSql } from './comparison.ts';
import type { Located } from './errors.ts';
import type { Expression, ExpressionNode } from './expression.ts';
import type { Scope } from './scope.ts';
import { scalar, typeName } from './sql-type.ts';
import type { Translator } from './translator.ts';

/** `x IN (...)`, `x IN UNNEST(...)` and `x IN (SELECT ...)`. */
export function membership(
  t: Translator,
  leftNode: ExpressionNode,
  right: { readonly type: string } & Located,
  scope: Scope,
  node: Located,
): Expression {
  const left = t.expression(leftNode, scope);
  const set = right as ExpressionNode | { type: 'unnest_expr'; expr: { expr: ExpressionNode } };
  if (set.type === 'unnest_expr') return inArray(t, left, t.expression(set.expr.expr, scope), node);
  const inner = set.type === 'paren_expr' ? set.expr : set;
  if (inner.type === 'select_stmt' || inner.type === 'compound_select_stmt') {
    return inQuery(t, left, t.query(inner, scope), node);
  }
  const items = set.type === 'struct_expr' ? set.expr.items : inner.type === 'list_expr' ? inner.items : [inner];
  return inList(
    t,
    left,
    items.map(item => t.expression(item as ExpressionNode, scope)),
    node,
  );
}

function inList(t: Translator, left: Expression, items: readonly Expression[], node: Located): Expression {
  const { type, sqls } = unify(t.complain, [left, ...items], node, 'operator IN');
  checkComparable(t.complain, type, node, 'The operator IN');
  const [value = '', ...values] = sqls;
  const sql =
    type.kind === 'FLOAT64'
      ? `(${values.map(item => compareSql('=', value, item, type)).join(' OR ')})`
      : `(${value} IN (${values.join(', ')}))`;
  return { sql, type: scalar('BOOL'), node };
}

function inArray(t: Translator, left: Expression, array: Expression, node: Located): Expression {
  if (array.type.kind !== 'ARRAY') {
    return t.complain.invalid(
      array.node,
      `Values referenced in UNNEST must be arrays. UNNEST contains expression of type ${typeName(array.type)}`,
    );
  }
  const { element } = array.type;
  checkComparable(t.complain, element, node, 'The operator IN');
  const value = array.literal === 'EMPTY_ARRAY' ? left.sql : coerced(left, element);
  if (value === undefined) {
    return t.complain.invalid(
      node,
      `No matching signature for operator IN UNNEST for argument types: ${typeName(left.type)}, ${typeName(array.type)}`,
    );
  }
  return { sql: `(${value} = ANY(coalesce(${array.sql}, [])))`, type: scalar('BOOL'), node };
}

function inQuery(t: Translator, left: Expression, query: ReturnType<Translator['query']>, node: Located): Expression {
  const [column, ...others] = query.columns;
  if (column === undefined || others.length > 0) {
    return t.complain.invalid(node, 'Subquery of type IN must have only one output column');
  }
  const alias = t.fresh('q');
  const item: Expression = { sql: `${alias}.${quoted(column.sqlName)}`, type: column.type, node };
  const { type, sqls } = unify(t.complain, [left, item], node, 'operator IN');
  checkComparable(t.complain, type, node, 'The operator IN');
  const sql = `(${sqls[0] ?? ''} IN (SELECT ${sqls[1] ?? ''} FROM (${query.sql}) AS ${alias}))`;
  return { sql, type: scalar('BOOL'), node };
}
