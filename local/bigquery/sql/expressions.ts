import type { CastExpr, ExtractExpr } from 'sql-parser-cst';
import { castSql, nullSql, safeCastSql } from './casts.ts';
import { coerced, decimalText } from './coercion.ts';
import { arrayExpression, structExpression, typedExpression } from './constructors.ts';
import { dataType } from './data-type.ts';
import { datePart } from './dates/date-part.ts';
import { extractable, extracted } from './dates/extract.ts';
import { intervalOf, intervalSql } from './dates/interval.ts';
import { toCivil, utcZone, zoneOf } from './dates/zone.ts';
import { withinDigits } from './digits.ts';
import type { Expression, ExpressionNode } from './expression.ts';
import { caseExpression } from './functions/conditional.ts';
import { literalExpression } from './literals.ts';
import { betweenExpression, binaryExpression, prefixExpression } from './operators.ts';
import { pathExpression } from './paths.ts';
import { atTimeZone } from './prepare.ts';
import type { Scope } from './scope.ts';
import { scalar, typeName } from './sql-type.ts';
import type { Query, Translator } from './translator.ts';

/** Translates an expression of any kind. What is not listed here is not supported. */
export function translateExpression(t: Translator, node: ExpressionNode, scope: Scope): Expression {
  switch (node.type) {
    case 'paren_expr': {
      const inner = node.expr;
      if (inner.type === 'select_stmt' || inner.type === 'compound_select_stmt') {
        return scalarSubquery(t, t.query(inner, scope), node);
      }
      const value = t.expression(inner as ExpressionNode, scope);
      return { ...value, node };
    }
    case 'string_literal':
    case 'number_literal':
    case 'blob_literal':
    case 'boolean_literal':
    case 'null_literal':
    case 'date_literal':
    case 'time_literal':
    case 'datetime_literal':
    case 'timestamp_literal':
    case 'numeric_literal':
    case 'bignumeric_literal':
    case 'json_literal':
      return literalExpression(t.complain, node);
    case 'interval_literal':
      return { sql: intervalSql(t.complain, intervalOf(t, node, scope)), type: scalar('INTERVAL'), node };
    case 'identifier':
    case 'member_expr':
      return pathExpression(t, node, scope);
    case 'parameter':
      return t.parameter(node);
    case 'binary_expr':
      return binaryExpression(t, node as Parameters<typeof binaryExpression>[1], scope);
    case 'prefix_op_expr':
      return prefixExpression(t, node, scope);
    case 'between_expr':
      return betweenExpression(t, node, scope);
    case 'case_expr':
      return caseExpression(t, node, scope);
    case 'cast_expr':
      return castExpression(t, node, scope);
    case 'extract_expr':
      return extractExpression(t, node, scope);
    case 'func_call':
      return t.functionCall(node, scope);
    case 'typed_expr':
      return typedExpression(t, node, scope);
    case 'array_expr':
      return arrayExpression(t, node, scope);
    case 'array_literal_expr':
      return arrayExpression(t, node.expr, scope);
    case 'struct_expr':
      return structExpression(t, node, scope);
    default:
      return t.complain.unsupported(node, `The expression ${node.type.replaceAll('_', ' ')}`);
  }
}

function scalarSubquery(t: Translator, query: Query, node: ExpressionNode): Expression {
  const [column, ...others] = query.columns;
  if (column === undefined || others.length > 0) {
    return t.complain.invalid(
      node,
      'Scalar subquery cannot have more than one column unless using SELECT AS STRUCT to build STRUCT values',
    );
  }
  return { sql: `(${query.sql})`, type: column.type, node };
}

function castExpression(t: Translator, node: CastExpr, scope: Scope): Expression {
  const { expr, dataType: typeNode, format } = node.args.expr;
  if (format !== undefined)
    return t.complain.unsupported(format, 'CAST with FORMAT', 'use a FORMAT_ or PARSE_ function');
  const type = dataType(t.complain, typeNode);
  const value = t.expression(expr, scope);
  if (value.literal === 'NULL') return { sql: nullSql(type), type, node };
  const safe = node.castKw.name === 'SAFE_CAST';
  const from = decimalText(value, type) ?? value;
  const cast = safe ? safeCastSql(from.sql, from.type, type) : castSql(from.sql, from.type, type);
  const sql = cast ?? coerced(value, type);
  if (sql === undefined) {
    return t.complain.invalid(node, `Invalid cast from ${typeName(value.type)} to ${typeName(type)}`);
  }
  return { sql: withinDigits(sql, type, safe), type, node };
}

function extractExpression(t: Translator, node: ExtractExpr, scope: Scope): Expression {
  const { unit, expr } = node.args.expr;
  const part = datePart(t.complain, unit);
  const zoned = expr.type === 'func_call' && expr.name.type === 'identifier' && expr.name.name === atTimeZone;
  const [valueNode = expr, zoneNode] = zoned ? ((expr.args?.expr.args.items ?? []) as ExpressionNode[]) : [expr];
  const value = t.expression(valueNode, scope);
  const zone = zoneNode === undefined ? utcZone : zoneOf(t.complain, t.expression(zoneNode, scope));
  const { kind } = value.type;
  const parts = kind === 'STRUCT' || kind === 'ARRAY' ? undefined : extractable[kind];
  if (parts?.includes(part.name) !== true) {
    return t.complain.invalid(node, `EXTRACT from ${typeName(value.type)} does not support the ${part.name} date part`);
  }
  if (zoned && kind !== 'TIMESTAMP') return t.complain.invalid(node, 'EXTRACT ... AT TIME ZONE needs a TIMESTAMP');
  return { ...extracted(kind === 'TIMESTAMP' ? toCivil(value.sql, zone) : value.sql, part), node };
}
