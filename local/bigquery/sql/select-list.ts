import type { AllColumns, ExceptColumns, MemberExpr, ReplaceColumns, SelectClause } from 'sql-parser-cst';
import type { Located } from './errors.ts';
import type { Expression, ExpressionNode } from './expression.ts';
import { stepsOf } from './paths.ts';
import { columnsOfStruct, type Scope, type StarColumn } from './scope.ts';
import { typeName } from './sql-type.ts';
import type { Translator } from './translator.ts';

/** An item of the SELECT list, with `*` spelled out. */
export interface SelectItem {
  /** Absent for an expression without a name. */
  readonly name: string | undefined;
  readonly expression: Expression;
  /** True if it holds an aggregate call that is not over a window. */
  readonly aggregates: boolean;
}

type ItemNode = NonNullable<SelectClause['columns']>['items'][number];

const same = (a: string | undefined, b: string) => a?.toLowerCase() === b.toLowerCase();

export function selectItems(t: Translator, clause: SelectClause, scope: Scope): SelectItem[] {
  return (clause.columns?.items ?? []).flatMap(node => itemsOf(t, node, scope));
}

function itemsOf(t: Translator, node: ItemNode, scope: Scope): SelectItem[] {
  switch (node.type) {
    case 'empty':
      // A comma may follow the last item.
      return [];
    case 'alias':
      return [item(t, node.expr, scope, node.alias.name)];
    case 'all_columns':
      return stars(t, node, scope).map(plain(node));
    case 'except_columns':
      return except(t, stars(t, node.expr, scope), names(node), node).map(plain(node));
    case 'replace_columns':
      return replace(t, node, scope);
    case 'member_expr':
      return node.property.type === 'all_columns' ? stars(t, node, scope).map(plain(node)) : [item(t, node, scope)];
    default:
      return [item(t, node, scope)];
  }
}

function item(t: Translator, node: ExpressionNode, scope: Scope, alias?: string): SelectItem {
  const before = t.aggregates;
  const expression = t.expression(node, scope);
  return { name: alias ?? expression.name, expression, aggregates: t.aggregates > before };
}

const plain =
  (node: Located) =>
  (column: StarColumn): SelectItem => ({
    name: column.name,
    expression: { sql: column.sql, type: column.type, node },
    aggregates: false,
  });

const names = (node: ExceptColumns) => node.columns.expr.items.map(({ name }) => name);

/** What `*` and `t.*` stand for. */
function stars(t: Translator, node: AllColumns | MemberExpr, scope: Scope): readonly StarColumn[] {
  if (node.type === 'all_columns') {
    if (scope.star.length === 0) t.complain.invalid(node, 'SELECT * must have a FROM clause');
    return scope.star;
  }
  const { base, steps } = stepsOf(node.object);
  const relation =
    base.type === 'identifier' && steps.length === 0
      ? scope.relations.find(({ name }) => same(name, base.name))
      : undefined;
  if (relation !== undefined && relation.value === undefined)
    return relation.columns.filter(({ pseudo }) => pseudo !== true);
  const value = t.expression(node.object, scope);
  const fields = columnsOfStruct(value.sql, value.type);
  if (fields.length > 0) return fields;
  return t.complain.invalid(node, `Dot-star is not supported for type ${typeName(value.type)}`);
}

function except(
  t: Translator,
  columns: readonly StarColumn[],
  left: readonly string[],
  node: Located,
): readonly StarColumn[] {
  for (const name of left) {
    if (!columns.some(column => same(column.name, name))) {
      t.complain.invalid(node, `Column ${name} in SELECT * EXCEPT list does not exist`);
    }
  }
  const kept = columns.filter(column => !left.some(name => same(column.name, name)));
  return kept.length > 0 ? kept : t.complain.invalid(node, 'SELECT * EXCEPT expression yields zero columns');
}

function replace(t: Translator, node: ReplaceColumns, scope: Scope): SelectItem[] {
  const left = t.prepared.excepted.get(node.replaceKw.range?.[0] ?? -1) ?? [];
  const columns = except(t, stars(t, node.expr, scope), left, node);
  const replacements = node.columns.expr.items.map(({ expr, alias }) => item(t, expr, scope, alias.name));
  for (const { name = '' } of replacements) {
    if (!columns.some(column => same(column.name, name))) {
      t.complain.invalid(node, `Column ${name} in SELECT * REPLACE list does not exist`);
    }
  }
  return columns.map(column => {
    const replacement = replacements.find(({ name }) => name !== undefined && same(column.name, name));
    return replacement === undefined ? plain(node)(column) : { ...replacement, name: column.name };
  });
}
