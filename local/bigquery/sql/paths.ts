import type { ArraySubscript, Identifier, MemberExpr } from 'sql-parser-cst';
import { coerce } from './coercion.ts';
import { bind, type Expression, type ExpressionNode, errorSql } from './expression.ts';
import { jsonMember } from './functions/json-path.ts';
import { fieldOf, resolve, type Scope } from './scope.ts';
import { scalar, typeName } from './sql-type.ts';
import type { Translator } from './translator.ts';

type Step = MemberExpr['property'];

/** The base of `a.b[0].c` and the steps that lead from it. */
export function stepsOf(node: ExpressionNode): { readonly base: ExpressionNode; readonly steps: readonly Step[] } {
  const steps: Step[] = [];
  let base = node;
  while (base.type === 'member_expr') {
    steps.unshift(base.property);
    base = base.object;
  }
  return { base, steps };
}

/** A column, a field of it, an element of an array, and so on from there. */
export function pathExpression(t: Translator, node: Identifier | MemberExpr, scope: Scope): Expression {
  const { base, steps } = stepsOf(node);
  if (base.type !== 'identifier') return follow(t, t.expression(base, scope), steps, scope);
  const last = steps.at(-1) ?? base;
  const names: Identifier[] = [base];
  for (const step of steps) {
    if (step.type !== 'identifier') break;
    names.push(step);
  }
  const { expression, used } = resolve(t.complain, names, scope, base);
  const value = { ...follow(t, expression, steps.slice(used - 1), scope), node };
  // The result's column has the name in the case in which the query has it.
  return last.type === 'identifier' ? { ...value, name: last.name } : value;
}

function follow(t: Translator, start: Expression, steps: readonly Step[], scope: Scope): Expression {
  return steps.reduce((value, step) => {
    if (step.type === 'identifier') {
      return value.type.kind === 'JSON'
        ? jsonMember(value, step.name, step)
        : fieldOf(t.complain, value, step.name, step);
    }
    if (step.type === 'array_subscript') return subscript(t, value, step, scope);
    return t.complain.invalid(step, 'Syntax error: Unexpected "."');
  }, start);
}

function subscript(t: Translator, value: Expression, node: ArraySubscript, scope: Scope): Expression {
  const { expr } = node;
  if (expr.type === 'array_slice_specifier') return t.complain.invalid(node, 'Syntax error: Unexpected ":"');
  const bySpecifier = expr.type === 'array_subscript_specifier';
  const specifier = bySpecifier ? expr.specifierKw.name : 'OFFSET';
  const index = t.expression(bySpecifier ? expr.args.expr : expr, scope);
  if (value.type.kind === 'JSON' && !bySpecifier && (index.literal === 'INT64' || index.literal === 'STRING')) {
    return jsonMember(value, index.literal === 'STRING' ? String(index.value) : Number(index.value), node);
  }
  if (value.type.kind === 'JSON') return t.complain.unsupported(node, 'A JSON subscript that is not a literal');
  if (value.type.kind !== 'ARRAY') {
    return t.complain.invalid(
      node,
      `Element access using [${specifier}()] is not supported on values of type ${typeName(value.type)}`,
    );
  }
  const position = coerce(t.complain, index, scalar('INT64'), 'The array position');
  return { sql: elementSql(value.sql, position, specifier), type: value.type.element, node };
}

/** The element at a position; BigQuery fails beyond the ends, DuckDB answers NULL or counts from the end. */
export function elementSql(array: string, position: string, specifier: string): string {
  const first = specifier.endsWith('ORDINAL') ? 1 : 0;
  return bind([array, position], ([a = '', i = '']) => {
    const element = `${a}[CAST(${i} + ${1 - first} AS BIGINT)]`;
    if (specifier.startsWith('SAFE_')) return `(CASE WHEN ${i} >= ${first} THEN ${element} END)`;
    const fail = errorSql(`Array index is out of bounds (${specifier.toLowerCase()})`);
    return `(CASE WHEN ${a} IS NULL OR ${i} IS NULL THEN NULL WHEN ${i} < ${first} OR ${i} >= len(${a}) + ${first} THEN ${fail} ELSE ${element} END)`;
  });
}
