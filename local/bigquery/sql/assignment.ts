import type { ColumnAssignment } from 'sql-parser-cst';
import { quoted } from '../names.ts';
import { coerce } from './coercion.ts';
import { withinDigits } from './digits.ts';
import type { Located } from './errors.ts';
import { type Expression, type ExpressionNode, fieldSql, structSql } from './expression.ts';
import { stepsOf } from './paths.ts';
import type { Scope, ScopeColumn } from './scope.ts';
import { fieldName, type SqlType } from './sql-type.ts';
import type { Translator } from './translator.ts';

/** A value as a column stores it, which never holds a NULL array and may allow a decimal few digits. */
export function assigned(t: Translator, value: Expression, type: SqlType, column: string): string {
  const sql = withinDigits(coerce(t.complain, value, type, `The value for column ${column}`), type);
  return type.kind === 'ARRAY' ? `coalesce(${sql}, [])` : sql;
}

/** The column of a table that a statement names. */
export function targetColumn<T extends Pick<ScopeColumn, 'name'>>(
  t: Translator,
  columns: readonly T[],
  name: string,
  node: Located,
): T {
  const found = columns.find(column => column.name.toLowerCase() === name.toLowerCase());
  return found ?? t.complain.invalid(node, `Column ${name} is not present in table`);
}

interface Change {
  /** Names of the fields inside of the column. */
  readonly path: readonly string[];
  readonly value: Expression;
  readonly node: Located;
}

/** The SET clause of UPDATE and MERGE: `a = 1, b.c = 2`. DuckDB changes whole columns, so structs are built anew. */
export function setSql(
  t: Translator,
  assignments: readonly ColumnAssignment[],
  target: readonly ScopeColumn[],
  scope: Scope,
): string {
  const changes = new Map<ScopeColumn, Change[]>();
  for (const { column: node, expr } of assignments) {
    if (node.type === 'paren_expr') return t.complain.invalid(node, 'Syntax error: SET takes one column at a time');
    const { base, steps } = stepsOf(node);
    const names = [base, ...steps].map(step =>
      step.type === 'identifier' ? step.name : t.complain.unsupported(node, 'SET of an array’s element'),
    );
    const [first = '', ...path] = names;
    const qualified =
      path.length > 0 &&
      scope.relations.some(({ name, columns }) => name?.toLowerCase() === first.toLowerCase() && columns === target);
    const column = targetColumn(t, target, qualified ? (path[0] ?? '') : first, node);
    const change = { path: qualified ? path.slice(1) : path, value: t.expression(expr as ExpressionNode, scope), node };
    changes.set(column, [...(changes.get(column) ?? []), change]);
  }
  return [...changes]
    .map(([column, list]) => `${quoted(column.name)} = ${changed(t, column.sql, column.type, column.name, list)}`)
    .join(', ');
}

function changed(t: Translator, sql: string, type: SqlType, name: string, changes: readonly Change[]): string {
  const [whole, ...more] = changes;
  if (whole?.path.length === 0) {
    if (more[0] !== undefined) t.complain.invalid(more[0].node, `Update item ${name} assigned more than once`);
    return assigned(t, whole.value, type, name);
  }
  const { kind } = type;
  if (kind !== 'STRUCT')
    return t.complain.invalid(whole?.node ?? {}, `Cannot access a field of ${name}, which is no STRUCT`);
  const left = new Set(changes);
  const fields = type.fields.map((field, index) => {
    const key = fieldName(field, index);
    const own = changes.filter(({ path }) => path[0]?.toLowerCase() === key.toLowerCase());
    own.forEach(change => left.delete(change));
    const old = fieldSql(sql, key);
    const inside = own.map(change => ({ ...change, path: change.path.slice(1) }));
    return [key, inside.length === 0 ? old : changed(t, old, field.type, `${name}.${key}`, inside)] as const;
  });
  for (const { path, node } of left) t.complain.invalid(node, `Field ${path[0] ?? ''} does not exist in ${name}`);
  return structSql(fields);
}
