import type { BetweenExpr, BinaryExpr, Keyword, PrefixOpExpr } from 'sql-parser-cst';
import { inRange, product, times10 } from './bignumeric.ts';
import { coerce, supertype, unify } from './coercion.ts';
import { checkComparable, comparison } from './comparison.ts';
import { type IntervalNode, isInterval, shifted } from './dates/interval.ts';
import { bind, type Expression, type ExpressionNode, errorSql } from './expression.ts';
import { numberExpression } from './literals.ts';
import { membership } from './membership.ts';
import type { Scope } from './scope.ts';
import { scalar, typeName } from './sql-type.ts';
import type { Translator } from './translator.ts';

const comparisons: Readonly<Record<string, string>> = {
  '=': '=',
  '!=': '<>',
  '<>': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

const operatorName = (operator: BinaryExpr['operator']): string =>
  typeof operator === 'string'
    ? operator
    : Array.isArray(operator)
      ? (operator as readonly Keyword[]).map(({ name }) => name).join(' ')
      : 'name' in operator && typeof operator.name === 'string'
        ? operator.name
        : '?';

const isOperand = (node: { readonly type: string }) => node as ExpressionNode;

/** `NOT IN` and its like are the negation of the operator without NOT. */
const negated = /^NOT (IN|LIKE)$/;

export function binaryExpression(t: Translator, node: BinaryExpr, scope: Scope): Expression {
  const operator = operatorName(node.operator);
  const [leftNode, rightNode] = [isOperand(node.left), isOperand(node.right)];
  checkChain(t, node, operator);
  const positive = negated.exec(operator)?.[1];
  if (positive !== undefined) {
    const { sql } = binary(t, positive, leftNode, rightNode, scope, node);
    return { sql: `(NOT ${sql})`, type: scalar('BOOL'), node };
  }
  return binary(t, operator, leftNode, rightNode, scope, node);
}

/** Comparisons do not chain in GoogleSQL, though the parser lets them. */
function checkChain(t: Translator, node: BinaryExpr, operator: string): void {
  const compares = (name: string) => name in comparisons || /\b(?:IN|LIKE|IS)\b/.test(name);
  for (const side of [node.left, node.right]) {
    if (side.type !== 'binary_expr' || !compares(operator) || !compares(operatorName(side.operator))) continue;
    t.complain.invalid(side, `Syntax error: Comparisons cannot be chained; put parentheses around one`);
  }
}

function binary(
  t: Translator,
  operator: string,
  leftNode: ExpressionNode,
  rightNode: ExpressionNode,
  scope: Scope,
  node: BinaryExpr,
): Expression {
  const { complain } = t;
  if (operator === 'IN') return membership(t, leftNode, rightNode, scope, node);
  if ((operator === '+' || operator === '-') && (isInterval(leftNode) || isInterval(rightNode))) {
    return withInterval(t, operator, leftNode, rightNode, scope, node);
  }
  const left = t.expression(leftNode, scope);
  if (operator === 'IS' || operator === 'IS NOT') return test(t, operator, left, rightNode, node);
  const right = t.expression(rightNode, scope);
  const compared = comparisons[operator];
  if (compared !== undefined) return comparison(complain, compared, left, right, node);
  switch (operator) {
    case 'AND':
    case 'OR': {
      const [a, b] = [left, right].map(side => coerce(complain, side, scalar('BOOL'), `The argument of ${operator}`));
      return { sql: `(${a ?? ''} ${operator} ${b ?? ''})`, type: scalar('BOOL'), node };
    }
    case 'LIKE': {
      const [a, b] = [left, right].map(side => coerce(complain, side, scalar('STRING'), 'The argument of LIKE'));
      return { sql: `(${a ?? ''} LIKE ${b ?? ''} ESCAPE '\\')`, type: scalar('BOOL'), node };
    }
    case 'IS DISTINCT FROM':
    case 'IS NOT DISTINCT FROM': {
      const { type, sqls } = unify(complain, [left, right], node, operator);
      checkComparable(complain, type, node, operator);
      return { sql: `(${sqls.join(` ${operator} `)})`, type: scalar('BOOL'), node };
    }
    case '||':
      return concatenation(complain, left, right, node);
    case '+':
    case '-':
    case '*':
    case '/':
      return arithmetic(complain, operator, left, right, node);
    case '&':
    case '|':
    case '^': {
      const [a, b] = [left, right].map(side => coerce(complain, side, scalar('INT64'), `The argument of ${operator}`));
      const sql = operator === '^' ? `xor(${a ?? ''}, ${b ?? ''})` : `(${a ?? ''} ${operator} ${b ?? ''})`;
      return { sql, type: scalar('INT64'), node };
    }
    default:
      return complain.unsupported(node, `The operator ${operator}`);
  }
}

/** `overflow` is what stands for a BIGNUMERIC out of range. */
export function arithmetic(
  complain: Translator['complain'],
  operator: '+' | '-' | '*' | '/',
  left: Expression,
  right: Expression,
  node: Expression['node'],
  overflow = bignumericOverflow,
): Expression {
  if (left.type.kind === 'DATE' || right.type.kind === 'DATE')
    return dateArithmetic(complain, operator, left, right, node);
  if (operator === '-' && left.type.kind === right.type.kind && /^(?:TIMESTAMP|DATETIME|TIME)$/.test(left.type.kind)) {
    return complain.unsupported(node, `${left.type.kind} - ${left.type.kind}`, `use ${left.type.kind}_DIFF`);
  }
  const common = supertype([left, right]);
  const kind = common?.kind === 'INT64' && operator === '/' ? 'FLOAT64' : common?.kind;
  if (kind !== 'INT64' && kind !== 'FLOAT64' && kind !== 'NUMERIC' && kind !== 'BIGNUMERIC') {
    const names = `${typeName(left.type)}, ${typeName(right.type)}`;
    return complain.invalid(node, `No matching signature for operator ${operator} for argument types: ${names}`);
  }
  const type = scalar(kind);
  const [a = '', b = ''] = [left, right].map(side => coerce(complain, side, type, `The argument of ${operator}`));
  if (kind === 'BIGNUMERIC') {
    if (operator === '/') return complain.unsupported(node, 'Division of BIGNUMERIC', 'cast an operand to FLOAT64');
    return { sql: inRange(operator === '*' ? times(a, b, right) : `${a} ${operator} ${b}`, overflow), type, node };
  }
  if (operator !== '/') {
    const sql = `(${a} ${operator} ${b})`;
    // DuckDB widens the scale of a product.
    return { sql: kind === 'NUMERIC' && operator === '*' ? `CAST(${sql} AS DECIMAL(38,9))` : sql, type, node };
  }
  if (kind === 'NUMERIC') {
    return complain.unsupported(node, 'Division of NUMERIC', 'cast an operand to FLOAT64');
  }
  return { sql: divisionSql(a, b, errorSql('division by zero')), type, node };
}

/** By a power of ten, which shifts the point, it takes a fraction of the time. */
function times(a: string, b: string, { literal, value }: Expression): string {
  const power = literal === 'INT64' && /^10*$/.test(String(value)) ? String(value).length - 1 : undefined;
  return power === undefined ? product(a, b) : times10(a, power);
}

/** `a / b` of FLOAT64, with `whenZero` for a divisor of zero. */
export const divisionSql = (a: string, b: string, whenZero: string) =>
  bind([a, b], ([x = '', y = '']) => `(CASE WHEN ${y} = 0 AND ${x} IS NOT NULL THEN ${whenZero} ELSE ${x} / ${y} END)`);

function dateArithmetic(
  complain: Translator['complain'],
  operator: string,
  left: Expression,
  right: Expression,
  node: Expression['node'],
): Expression {
  const [date, days] = left.type.kind === 'DATE' ? [left, right] : [right, left];
  if (days.type.kind !== 'INT64' || operator === '*' || operator === '/' || (operator === '-' && date === right)) {
    return complain.unsupported(
      node,
      `${typeName(left.type)} ${operator} ${typeName(right.type)}`,
      'use DATE_DIFF or DATE_ADD',
    );
  }
  return {
    sql: `CAST(${date.sql} ${operator} to_days(CAST(${days.sql} AS INTEGER)) AS DATE)`,
    type: scalar('DATE'),
    node,
  };
}

export function concatenation(
  complain: Translator['complain'],
  left: Expression,
  right: Expression,
  node: Expression['node'],
): Expression {
  const { type, sqls } = unify(complain, [left, right], node, 'operator ||');
  if (type.kind === 'ARRAY') {
    // DuckDB takes a NULL list for an empty one.
    const sql = bind(
      sqls,
      ([a = '', b = '']) => `(CASE WHEN ${a} IS NULL OR ${b} IS NULL THEN NULL ELSE list_concat(${a}, ${b}) END)`,
    );
    return { sql, type, node };
  }
  if (type.kind === 'INT64' && left.literal === 'NULL' && right.literal === 'NULL') {
    return { sql: 'CAST(NULL AS VARCHAR)', type: scalar('STRING'), node };
  }
  if (type.kind !== 'STRING' && type.kind !== 'BYTES') {
    return complain.invalid(
      node,
      `No matching signature for operator || for argument types: ${typeName(left.type)}, ${typeName(right.type)}`,
    );
  }
  return { sql: `(${sqls.join(' || ')})`, type, node };
}

function withInterval(
  t: Translator,
  operator: '+' | '-',
  leftNode: ExpressionNode,
  rightNode: ExpressionNode,
  scope: Scope,
  node: BinaryExpr,
): Expression {
  const [valueNode, intervalNode] = isInterval(rightNode) ? [leftNode, rightNode] : [rightNode, leftNode];
  if (!isInterval(intervalNode) || isInterval(valueNode) || (operator === '-' && intervalNode === leftNode)) {
    return t.complain.unsupported(node, 'Arithmetic between intervals');
  }
  const interval: IntervalNode = intervalNode;
  return shifted(t, t.expression(valueNode, scope), interval, operator, scope, node);
}

function test(t: Translator, operator: string, value: Expression, right: ExpressionNode, node: BinaryExpr): Expression {
  const type = scalar('BOOL');
  if (right.type === 'null_literal') return { sql: `(${value.sql} ${operator} NULL)`, type, node };
  if (right.type === 'boolean_literal') {
    const sql = coerce(t.complain, value, type, `The argument of ${operator} ${right.valueKw.name}`);
    return { sql: `(${sql} ${operator} ${right.valueKw.name})`, type, node };
  }
  return t.complain.unsupported(right, `The operator ${operator} with this operand`);
}

const signedKinds: ReadonlySet<string> = new Set(['INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC']);
const bignumericOverflow = errorSql('BIGNUMERIC overflow');

export function prefixExpression(t: Translator, node: PrefixOpExpr, scope: Scope): Expression {
  const { complain } = t;
  const operator =
    typeof node.operator === 'string' ? node.operator : 'name' in node.operator ? node.operator.name : '?';
  if (operator === 'EXISTS') return exists(t, node, scope);
  if (operator === '-' && node.expr.type === 'number_literal')
    return { ...numberExpression(complain, node.expr, true), node };
  const value = t.expression(node.expr, scope);
  if (operator === 'NOT') {
    return {
      sql: `(NOT ${coerce(complain, value, scalar('BOOL'), 'The argument of NOT')})`,
      type: scalar('BOOL'),
      node,
    };
  }
  if (operator === '~')
    return { sql: `(~${coerce(complain, value, scalar('INT64'), 'The argument of ~')})`, type: scalar('INT64'), node };
  const { kind } = value.type;
  if ((operator !== '-' && operator !== '+') || !signedKinds.has(kind)) {
    return complain.invalid(
      node,
      `No matching signature for operator ${operator} for argument type: ${typeName(value.type)}`,
    );
  }
  if (operator === '+') return { sql: value.sql, type: value.type, node };
  const sql = kind === 'BIGNUMERIC' ? inRange(`-(${value.sql})`, bignumericOverflow) : `(-(${value.sql}))`;
  return { sql, type: value.type, node };
}

function exists(t: Translator, node: PrefixOpExpr, scope: Scope): Expression {
  const inner = node.expr.type === 'paren_expr' ? node.expr.expr : node.expr;
  if (inner.type !== 'select_stmt' && inner.type !== 'compound_select_stmt') {
    return t.complain.invalid(node.expr, 'Syntax error: EXISTS needs a subquery');
  }
  return { sql: `(EXISTS (${t.query(inner, scope).sql}))`, type: scalar('BOOL'), node };
}

export function betweenExpression(t: Translator, node: BetweenExpr, scope: Scope): Expression {
  const words = (Array.isArray(node.betweenKw) ? node.betweenKw : [node.betweenKw]).map(({ name }) => name as string);
  if (words.includes('SYMMETRIC')) return t.complain.invalid(node, 'Syntax error: Unexpected "SYMMETRIC"');
  const value = t.expression(node.left, scope);
  const from = comparison(t.complain, '>=', value, t.expression(node.begin, scope), node);
  const to = comparison(t.complain, '<=', value, t.expression(node.end, scope), node);
  const sql = `(${from.sql} AND ${to.sql})`;
  return { sql: words.includes('NOT') ? `(NOT ${sql})` : sql, type: scalar('BOOL'), node };
}
