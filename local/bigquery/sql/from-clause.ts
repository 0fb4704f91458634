import type {
  Alias,
  FromClause,
  Identifier,
  JoinExpr,
  MemberExpr,
  TableFactor,
  UnnestWithOffsetExpr,
} from 'sql-parser-cst';
import { quoted } from '../names.ts';
import type { Located } from './errors.ts';
import type { ExpressionNode } from './expression.ts';
import { joined, type Side } from './join.ts';
import { stepsOf } from './paths.ts';
import { columnsOfStruct, type Relation, type Scope, type ScopeColumn, type StarColumn } from './scope.ts';
import { type SqlType, scalar, typeName } from './sql-type.ts';
import { readTable } from './tables.ts';
import type { Query, Translator } from './translator.ts';

type TableExpression = FromClause['expr'];

/** The items of a FROM clause: DuckDB's SQL of them, and what they bring into scope. */
interface FromItems extends Side {
  readonly sql: string;
}

/** What an item of FROM sees: an array sees the items before it too, a subquery only the query around the whole. */
interface Around {
  readonly left: Scope;
  readonly outer: Scope;
}

/** Translates a FROM clause. `outer` is what a subquery sees of the query around it. */
export function fromItems(t: Translator, node: TableExpression, outer: Scope): FromItems {
  switch (node.type) {
    case 'join_expr':
      return join(t, node, outer);
    case 'pivot_expr':
      return t.complain.unsupported(node.pivotKw, 'PIVOT', 'use conditional aggregates such as SUM(IF(...))');
    case 'unpivot_expr':
      return t.complain.unsupported(node.unpivotKw, 'UNPIVOT', 'use UNION ALL');
    case 'tablesample_expr':
      return t.complain.unsupported(node.tablesampleKw, 'TABLESAMPLE');
    case 'for_system_time_as_of_expr':
      return t.complain.unsupported(node, 'FOR SYSTEM_TIME AS OF');
    case 'dual_table':
      return t.complain.invalid(node, 'Syntax error: Unexpected "DUAL"');
    default:
      return factor(t, node, { left: outer, outer }, undefined);
  }
}

function join(t: Translator, node: JoinExpr, outer: Scope): FromItems {
  const left = fromItems(t, node.left, outer);
  // What stands to the left is in scope to the right, for arrays.
  const inner: Scope = { ...left, parent: outer, commonTables: outer.commonTables };
  const right = factor(t, node.right, { left: inner, outer }, undefined);
  return joined(t, node, left, right, outer, isArray(t, node.right, inner));
}

/** Says whether an item is an array of the items before it rather than a table. */
function isArray(t: Translator, node: TableFactor, scope: Scope): boolean {
  if (node.type === 'alias') return isArray(t, node.expr, scope);
  return node.type === 'unnest_expr' || node.type === 'unnest_with_offset_expr' || isArrayPath(node, scope);
}

function isArrayPath(node: { readonly type: string }, scope: Scope): node is MemberExpr {
  if (node.type !== 'member_expr') return false;
  const { base } = stepsOf(node as MemberExpr);
  if (base.type !== 'identifier') return false;
  const same = (name: string | undefined) => name?.toLowerCase() === base.name.toLowerCase();
  for (let level: Scope | undefined = scope; level !== undefined; level = level.parent) {
    if (level.relations.some(({ name }) => same(name)) || level.columns.some(({ name }) => same(name))) return true;
  }
  return false;
}

function factor(
  t: Translator,
  node: TableFactor | TableExpression,
  around: Around,
  alias: Identifier | undefined,
): FromItems {
  const { left, outer } = around;
  switch (node.type) {
    case 'alias': {
      if (node.columnAliases !== undefined) t.complain.invalid(node.columnAliases, 'Syntax error: Unexpected "("');
      if (node.expr.type === 'unnest_with_offset_expr') return unnestWithOffset(t, node.expr, left, node.alias);
      return factor(t, node.expr, around, node.alias);
    }
    case 'unnest_expr':
      return unnest(t, node.expr.expr, left, alias, undefined);
    case 'unnest_with_offset_expr':
      return unnestWithOffset(t, node, left, undefined);
    case 'paren_expr': {
      const { expr } = node;
      if (expr.type === 'select_stmt' || expr.type === 'compound_select_stmt' || expr.type === 'paren_expr') {
        const inside = isQuery(expr);
        if (inside !== undefined) return derived(t, t.query(inside, outer), alias, node);
      }
      if (alias !== undefined) t.complain.invalid(alias, 'Syntax error: a parenthesised join takes no alias');
      const items = fromItems(t, expr as TableExpression, outer);
      return { ...items, sql: `(${items.sql})` };
    }
    case 'identifier':
    case 'member_expr':
    case 'bigquery_quoted_member_expr': {
      const common = node.type === 'identifier' ? outer.commonTables.get(node.name.toLowerCase()) : undefined;
      if (common !== undefined) {
        const query: Query = {
          sql: '',
          columns: common.columns.map(column => ({ ...column, isNull: false })),
          isValue: common.isValue,
        };
        return derived(t, query, alias ?? (node as Identifier), node, common.sqlName);
      }
      if (isArrayPath(node, left)) {
        const last = stepsOf(node).steps.at(-1);
        return unnest(t, node, left, alias ?? (last?.type === 'identifier' ? last : undefined), undefined);
      }
      return table(t, node, alias);
    }
    case 'join_expr':
      return fromItems(t, node, outer);
    case 'func_call':
      return t.complain.unsupported(node, 'A table function');
    default:
      return t.complain.unsupported(node, 'This item of FROM');
  }
}

function isQuery(node: { readonly type: string }): Parameters<Translator['query']>[0] | undefined {
  if (node.type === 'select_stmt' || node.type === 'compound_select_stmt')
    return node as Parameters<Translator['query']>[0];
  return node.type === 'paren_expr' ? isQuery((node as { type: string; expr: { type: string } }).expr) : undefined;
}

function table(t: Translator, node: TableFactor, alias: Identifier | undefined): FromItems {
  const source = readTable(t, node);
  const name = t.fresh('t');
  const columns = source.columns.map(({ column, ...rest }): ScopeColumn => ({ ...rest, sql: column(name) }));
  return side(`${source.sql} AS ${name}`, { name: alias?.name ?? source.name, columns, nullable: false });
}

/** A subquery or, by the name it has in DuckDB, a query of WITH. */
function derived(
  t: Translator,
  query: Query,
  alias: Identifier | undefined,
  node: Located,
  common?: string,
): FromItems {
  const name = t.fresh('t');
  const sql = `${common ?? `(${query.sql})`} AS ${name}`;
  const column = (sqlName: string) => `${name}.${quoted(sqlName)}`;
  const [only] = query.columns;
  if (query.isValue && only !== undefined) {
    return valueRows(sql, alias?.name, column(only.sqlName), only.type, []);
  }
  if (query.columns.length === 0) t.complain.invalid(node, 'A subquery needs a column');
  const star = query.columns.map(
    (item): StarColumn => ({ name: item.name, type: item.type, sql: column(item.sqlName) }),
  );
  const columns = star.flatMap((item): ScopeColumn[] =>
    item.name === undefined ? [] : [{ ...item, name: item.name }],
  );
  return { ...side(sql, { name: alias?.name, columns, nullable: false }), star };
}

const side = (sql: string, relation: Relation): FromItems => ({
  sql,
  relations: [relation],
  columns: relation.columns,
  star: relation.columns.filter(({ pseudo }) => pseudo !== true),
});

/** Rows that are values: under one name, and field by field if they are structs. */
function valueRows(
  sql: string,
  name: string | undefined,
  value: string,
  type: SqlType,
  more: readonly ScopeColumn[],
): FromItems {
  const fields = columnsOfStruct(value, type);
  const relation: Relation = { name, columns: fields, value: { sql: value, type }, nullable: false };
  const star: StarColumn[] = type.kind === 'STRUCT' ? fields : [{ name, type, sql: value }];
  return { sql, relations: [relation], columns: [...fields, ...more], star: [...star, ...more] };
}

function unnestWithOffset(
  t: Translator,
  node: UnnestWithOffsetExpr,
  scope: Scope,
  offset: Identifier | undefined,
): FromItems {
  const inner = node.unnest.type === 'alias' ? (node.unnest as Alias).expr : node.unnest;
  const alias = node.unnest.type === 'alias' ? node.unnest.alias : undefined;
  const array = (inner.type === 'unnest_expr' ? inner.expr.expr : inner) as ExpressionNode;
  return unnest(t, array, scope, alias, offset?.name ?? 'offset');
}

function unnest(
  t: Translator,
  node: ExpressionNode,
  scope: Scope,
  alias: Identifier | undefined,
  offset: string | undefined,
): FromItems {
  const array = t.expression(node, scope);
  if (array.type.kind !== 'ARRAY') {
    return t.complain.invalid(
      node,
      `Values referenced in UNNEST must be arrays. UNNEST contains expression of type ${typeName(array.type)}`,
    );
  }
  const name = t.fresh('u');
  const place = offset === undefined ? '' : ', generate_subscripts(a, 1) - 1 AS o';
  const sql = `(SELECT unnest(a) AS v${place} FROM (SELECT ${array.sql} AS a)) AS ${name}`;
  const more = offset === undefined ? [] : [{ name: offset, type: scalar('INT64'), sql: `${name}.o` }];
  return valueRows(sql, alias?.name, `${name}.v`, array.type.element, more);
}
