import type { CaseExpr } from 'sql-parser-cst';
import { coerce, unify } from '../coercion.ts';
import { comparison } from '../comparison.ts';
import type { Expression } from '../expression.ts';
import type { Scope } from '../scope.ts';
import { scalar } from '../sql-type.ts';
import type { Translator } from '../translator.ts';
import { argAs, argumentsOf, checkCount, type FunctionTable, noMatch } from './call.ts';

export const conditionalFunctions: FunctionTable = {
  IF: call => {
    checkCount(call, 3);
    const condition = argAs(call, 0, 'BOOL');
    const { type, sqls } = unify(call.t.complain, [call.arg(1), call.arg(2)], call.node, 'function IF');
    return { sql: `(CASE WHEN ${condition} THEN ${sqls[0] ?? ''} ELSE ${sqls[1] ?? ''} END)`, type, node: call.node };
  },
  IFNULL: call => {
    checkCount(call, 2);
    const { type, sqls } = unify(call.t.complain, argumentsOf(call), call.node, 'function IFNULL');
    return { sql: `coalesce(${sqls.join(', ')})`, type, node: call.node };
  },
  COALESCE: call => {
    const args = argumentsOf(call);
    if (args.length === 0) return noMatch(call, args);
    const { type, sqls } = unify(call.t.complain, args, call.node, 'function COALESCE');
    return { sql: `coalesce(${sqls.join(', ')})`, type, node: call.node };
  },
  NULLIF: call => {
    checkCount(call, 2);
    const [value, other] = argumentsOf(call);
    if (value === undefined || other === undefined) return noMatch(call, []);
    const { type, sqls } = unify(call.t.complain, [value, other], call.node, 'function NULLIF');
    const equal = comparison(call.t.complain, '=', value, other, call.node);
    return { sql: `(CASE WHEN ${equal.sql} THEN NULL ELSE ${sqls[0] ?? ''} END)`, type, node: call.node };
  },
};

export function caseExpression(t: Translator, node: CaseExpr, scope: Scope): Expression {
  const operand = node.expr && t.expression(node.expr, scope);
  const conditions: string[] = [];
  const results: Expression[] = [];
  let otherwise: Expression | undefined;
  for (const clause of node.clauses) {
    const result = t.expression(clause.result, scope);
    if (clause.type === 'case_else') {
      otherwise = result;
      continue;
    }
    const condition = t.expression(clause.condition, scope);
    results.push(result);
    conditions.push(
      operand === undefined
        ? coerce(t.complain, condition, scalar('BOOL'), 'The condition of CASE')
        : comparison(t.complain, '=', operand, condition, clause).sql,
    );
  }
  const all = otherwise === undefined ? results : [...results, otherwise];
  const { type, sqls } = unify(t.complain, all, node, 'CASE');
  const whens = conditions.map((condition, index) => `WHEN ${condition} THEN ${sqls[index] ?? ''}`).join(' ');
  const last = otherwise === undefined ? '' : ` ELSE ${sqls.at(-1) ?? ''}`;
  return { sql: `(CASE ${whens}${last} END)`, type, node };
}
