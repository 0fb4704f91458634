import type { OrderByClause } from 'sql-parser-cst';
import { checkComparable } from './comparison.ts';
import type { Expression, ExpressionNode } from './expression.ts';
import type { Scope } from './scope.ts';
import type { Translator } from './translator.ts';

export interface SortItem {
  readonly node: ExpressionNode;
  readonly direction: 'ASC' | 'DESC';
  /** BigQuery has NULL first going up and last going down, unless the query says otherwise. */
  readonly nulls: 'FIRST' | 'LAST';
}

export function sortItems(t: Translator, clause: OrderByClause): SortItem[] {
  return clause.specifications.items.map(item => {
    const specified = item.type === 'sort_specification';
    if (specified && item.direction?.type === 'sort_direction_using_operator') {
      return t.complain.invalid(item, 'Syntax error: Unexpected "USING"');
    }
    const direction = specified && item.direction?.type === 'sort_direction_desc' ? 'DESC' : 'ASC';
    const nulls = t.prepared.nullOrder.get(item.range?.[1] ?? -1) ?? (direction === 'ASC' ? 'FIRST' : 'LAST');
    return { node: specified ? item.expr : item, direction, nulls };
  });
}

/** DuckDB's sort key. NaN comes before all other numbers in BigQuery and after them in DuckDB. */
export function sortKey(t: Translator, value: Expression, item: SortItem, exactlyOne = false): string {
  checkComparable(t.complain, value.type, item.node, 'ORDER BY');
  const key = `${value.sql} ${item.direction} NULLS ${item.nulls}`;
  if (value.type.kind !== 'FLOAT64' || exactlyOne) return key;
  return `isnan(${value.sql}) ${item.direction === 'ASC' ? 'DESC' : 'ASC'} NULLS ${item.nulls}, ${key}`;
}

/** ORDER BY inside of an aggregate call or a window. */
export const orderBySql = (t: Translator, clause: OrderByClause, scope: Scope, exactlyOne = false) =>
  `ORDER BY ${sortItems(t, clause)
    .map(item => sortKey(t, t.expression(item.node, scope), item, exactlyOne))
    .join(', ')}`;
