import type { GroupByClause, ListExpr, NumberLiteral } from 'sql-parser-cst';
import type { ExpressionNode } from './expression.ts';
import type { Scope, SelectAlias } from './scope.ts';
import type { SelectItem } from './select-list.ts';
import { typeName } from './sql-type.ts';
import type { Translator } from './translator.ts';

type Element = { readonly type: string } & Parameters<Translator['complain']['invalid']>[0];

/** GROUP BY, with the aliases and the ordinals of the SELECT list spelled out. */
export function groupBySql(
  t: Translator,
  clause: GroupByClause,
  items: readonly SelectItem[],
  aliases: ReadonlyMap<string, readonly SelectAlias[]>,
  scope: Scope,
): string {
  if (clause.distinctKw !== undefined || clause.withRollupKw !== undefined) {
    return t.complain.unsupported(clause, 'This form of GROUP BY');
  }
  // The parser wraps ALL in another list.
  const elements = (clause.columns.items as readonly (Element | readonly (Element | null)[])[])
    .flat()
    .filter(element => element !== null);
  if (elements.some(({ type }) => type === 'group_by_all')) return allKeys(items);
  return `GROUP BY ${elements.map(element => elementSql(element)).join(', ')}`;

  function elementSql(element: Element): string {
    const grouped = element as Element & { readonly columns: { readonly expr: ListExpr<Element> } };
    switch (element.type) {
      case 'group_by_rollup':
        return `ROLLUP (${list(grouped.columns.expr)})`;
      case 'group_by_cube':
        return `CUBE (${list(grouped.columns.expr)})`;
      case 'group_by_grouping_sets':
        return `GROUPING SETS (${list(grouped.columns.expr)})`;
      case 'struct_expr':
        return `(${list((element as unknown as { expr: ListExpr<Element> }).expr)})`;
      case 'paren_expr': {
        const inner = (element as unknown as { expr: Element | ListExpr<Element> }).expr;
        return inner.type === 'list_expr' ? `(${list(inner as ListExpr<Element>)})` : `(${elementSql(inner)})`;
      }
      default:
        return key(element as ExpressionNode);
    }
  }

  function list(elements: ListExpr<Element>): string {
    return elements.items.map(element => elementSql(element)).join(', ');
  }

  function key(node: ExpressionNode): string {
    const item = node.type === 'number_literal' ? byOrdinal(t, node, items) : byAlias(node);
    const before = t.aggregates;
    const expression = item?.expression ?? t.expression(node, scope);
    if (item?.aggregates === true || t.aggregates > before) {
      return t.complain.invalid(node, 'Aggregate functions are not allowed in GROUP BY');
    }
    if (expression.type.kind === 'ARRAY' || expression.type.kind === 'JSON') {
      return t.complain.invalid(node, `Grouping by expressions of type ${typeName(expression.type)} is not allowed`);
    }
    return expression.sql;
  }

  function byAlias(node: ExpressionNode): SelectItem | undefined {
    const found = node.type === 'identifier' ? (aliases.get(node.name.toLowerCase()) ?? []) : [];
    if (new Set(found.map(({ expression }) => expression.sql)).size > 1)
      t.complain.invalid(node, 'The name is ambiguous');
    const [alias] = found;
    return alias && items[alias.ordinal - 1];
  }
}

/** The item of the SELECT list that a number means. */
export function byOrdinal(t: Translator, node: NumberLiteral, items: readonly SelectItem[]): SelectItem {
  return (
    items[Number(node.text) - 1] ??
    t.complain.invalid(node, `The ordinal ${node.text} is out of the SELECT list’s range`)
  );
}

/** GROUP BY ALL: every item that is neither an aggregate nor a constant. */
function allKeys(items: readonly SelectItem[]): string {
  const keys = items.filter(
    ({ aggregates, expression }) =>
      !aggregates && expression.literal === undefined && !expression.sql.includes(' OVER ('),
  );
  return keys.length === 0 ? '' : `GROUP BY ${keys.map(({ expression }) => expression.sql).join(', ')}`;
}
