import type { ArrayExpr, DataType, Expr, StructExpr, TypedExpr } from 'sql-parser-cst';
import { coerce, unify } from './coercion.ts';
import { dataType } from './data-type.ts';
import { type Expression, structSql } from './expression.ts';
import type { Scope } from './scope.ts';
import { arrayOf, duckdbType, fieldName, type SqlType, scalar, structOf, typeName } from './sql-type.ts';
import type { Translator } from './translator.ts';

/** `[1, 2]`, `ARRAY[1, 2]` and, with a type, `ARRAY<INT64>[1, 2]`. */
export function arrayExpression(t: Translator, node: ArrayExpr, scope: Scope, declared?: SqlType): Expression {
  const parts = node.expr.items.map(item => t.expression(item, scope));
  if (declared !== undefined) {
    const sqls = parts.map(part => coerce(t.complain, part, declared, 'The array element'));
    return { sql: `CAST([${sqls.join(', ')}] AS ${duckdbType(arrayOf(declared))})`, type: arrayOf(declared), node };
  }
  if (parts.length === 0) {
    return { sql: 'CAST([] AS BIGINT[])', type: arrayOf(scalar('INT64')), node, literal: 'EMPTY_ARRAY' };
  }
  const { type, sqls } = unify(t.complain, parts, node, 'an array of');
  if (type.kind === 'ARRAY')
    return t.complain.invalid(node, `Cannot construct array with element type ${typeName(type)}`);
  return { sql: `[${sqls.join(', ')}]`, type: arrayOf(type), node, parts };
}

/** `(1, 2)`, `STRUCT(1 AS a, b)` and, with fields, `STRUCT<a INT64>(1)`. */
export function structExpression(
  t: Translator,
  node: StructExpr,
  scope: Scope,
  declared?: SqlType,
  named = false,
): Expression {
  const items = node.expr.items.map((item: Expr | { type: 'alias' }) => {
    const alias = item.type === 'alias' ? (item as unknown as { expr: Expr; alias: { name: string } }) : undefined;
    const value = t.expression(alias?.expr ?? (item as Expr), scope);
    // STRUCT(x) names its field after the column; (x, y) does not.
    return { value, name: alias?.alias.name ?? (named ? value.name : undefined) };
  });
  if (declared?.kind === 'STRUCT') {
    if (declared.fields.length !== items.length) {
      return t.complain.invalid(
        node,
        `STRUCT type has ${declared.fields.length} fields but constructor call has ${items.length} fields`,
      );
    }
    const fields = declared.fields.map((field, index) => {
      const value = items[index]?.value;
      return [
        fieldName(field, index),
        value ? coerce(t.complain, value, field.type, 'The struct field') : 'NULL',
      ] as const;
    });
    return { sql: structSql(fields), type: declared, node };
  }
  if (items.length === 0) return t.complain.unsupported(node, 'A STRUCT without fields');
  const type = structOf(items.map(({ name, value }) => ({ name, type: value.type })));
  const names = items.map(({ name }, index) => name ?? `_field_${index + 1}`);
  if (new Set(names.map(name => name.toLowerCase())).size < names.length) {
    return t.complain.unsupported(node, 'A STRUCT with two fields of one name');
  }
  const sql = structSql(names.map((name, index) => [name, items[index]?.value.sql ?? 'NULL'] as const));
  return { sql, type, node, parts: items.map(({ value }) => value) };
}

export function typedExpression(t: Translator, node: TypedExpr, scope: Scope): Expression {
  const hasParameters = hasTypeParameters(node.dataType);
  const declared = hasParameters ? dataType(t.complain, node.dataType) : undefined;
  if (node.expr.type === 'array_expr') {
    return arrayExpression(t, node.expr, scope, declared?.kind === 'ARRAY' ? declared.element : undefined);
  }
  return structExpression(t, node.expr, scope, declared, true);
}

const hasTypeParameters = (type: DataType) => type.type === 'parametric_data_type' && type.params !== undefined;
