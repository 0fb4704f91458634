import type { Identifier, JoinExpr } from 'sql-parser-cst';
import { coerce, unify } from './coercion.ts';
import { compareSql } from './comparison.ts';
import type { Relation, Scope, ScopeColumn, StarColumn } from './scope.ts';
import { scalar } from './sql-type.ts';
import type { Translator } from './translator.ts';

/** What one side of a join brings into scope. */
export interface Side {
  readonly relations: readonly Relation[];
  readonly columns: readonly ScopeColumn[];
  readonly star: readonly StarColumn[];
}

type JoinKind = 'CROSS' | 'INNER' | 'LEFT' | 'RIGHT' | 'FULL';

interface SqlSide extends Side {
  readonly sql: string;
}

/** Joins two sides; `lateral` when the right one is an array of the left. */
export function joined(
  t: Translator,
  node: JoinExpr,
  left: SqlSide,
  right: SqlSide,
  outer: Scope,
  lateral: boolean,
): SqlSide {
  const kind = joinKind(t, node);
  const using = node.specification?.type === 'join_using_specification' ? node.specification.expr.expr.items : [];
  const merged = using.map(column => mergedColumn(t, column, left, right, kind));
  const names = new Set(merged.map(({ column }) => column.name.toLowerCase()));
  const others = <T extends { readonly name: string | undefined }>(columns: readonly T[]) =>
    columns.filter(({ name }) => name === undefined || !names.has(name.toLowerCase()));
  const mergedColumns = merged.map(({ column }) => column);
  const scope: Side = {
    relations: [
      ...left.relations.map(relation => ({
        ...relation,
        nullable: relation.nullable || kind === 'RIGHT' || kind === 'FULL',
      })),
      ...right.relations.map(relation => ({
        ...relation,
        nullable: relation.nullable || kind === 'LEFT' || kind === 'FULL',
      })),
    ],
    columns: [...mergedColumns, ...others(left.columns), ...others(right.columns)],
    star: [...mergedColumns, ...others(left.star), ...others(right.star)],
  };
  const condition =
    merged.length > 0 ? merged.map(({ equal }) => equal).join(' AND ') : onCondition(t, node, left, right, outer);
  if (lateral && (kind === 'RIGHT' || kind === 'FULL'))
    return t.complain.invalid(node, `Array scan is not allowed with ${kind} JOIN`);
  const rightSql = lateral ? `LATERAL ${right.sql}` : right.sql;
  if (kind === 'CROSS') return { ...scope, sql: `${left.sql} CROSS JOIN ${rightSql}` };
  if (condition === undefined && !lateral) {
    return t.complain.invalid(
      node,
      `Syntax error: Expected an immediately following ON or USING clause of ${kind} JOIN`,
    );
  }
  return { ...scope, sql: `${left.sql} ${kind} JOIN ${rightSql} ON ${condition ?? 'true'}` };
}

function joinKind(t: Translator, node: JoinExpr): JoinKind {
  if (node.operator === ',') return 'CROSS';
  const words = (Array.isArray(node.operator) ? node.operator : [node.operator]).map(({ name }) => name as string);
  if (words.includes('NATURAL') || words.includes('STRAIGHT_JOIN')) {
    return t.complain.invalid(node, `Syntax error: ${words.join(' ')} is not supported`);
  }
  return (['CROSS', 'LEFT', 'RIGHT', 'FULL'] as const).find(word => words.includes(word)) ?? 'INNER';
}

function onCondition(t: Translator, node: JoinExpr, left: Side, right: Side, outer: Scope): string | undefined {
  const { specification } = node;
  if (specification?.type !== 'join_on_specification') return undefined;
  const scope: Scope = {
    relations: [...left.relations, ...right.relations],
    columns: [...left.columns, ...right.columns],
    star: [],
    parent: outer,
    commonTables: outer.commonTables,
  };
  const condition = t.expression(specification.expr, scope);
  return coerce(t.complain, condition, scalar('BOOL'), 'The condition of ON');
}

function mergedColumn(t: Translator, node: Identifier, left: Side, right: Side, kind: JoinKind) {
  const [a, b] = [left, right].map((side, index) => {
    const found = side.columns.filter(({ name }) => name.toLowerCase() === node.name.toLowerCase());
    const [column] = found;
    if (column !== undefined && found.length === 1) return column;
    const where = index === 0 ? 'left' : 'right';
    return t.complain.invalid(
      node,
      `Column ${node.name} in USING clause ${column ? 'is ambiguous' : 'not found'} on ${where} side of join`,
    );
  });
  if (a === undefined || b === undefined) return t.complain.invalid(node, 'USING needs two sides');
  const { type, sqls } = unify(
    t.complain,
    [
      { ...a, node },
      { ...b, node },
    ],
    node,
    'USING',
  );
  const [x = '', y = ''] = sqls;
  const sql = kind === 'FULL' ? `coalesce(${x}, ${y})` : kind === 'RIGHT' ? y : x;
  return { column: { name: a.name, type, sql }, equal: compareSql('=', x, y, type) };
}
