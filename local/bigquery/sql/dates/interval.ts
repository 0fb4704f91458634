import type { IntervalLiteral } from 'sql-parser-cst';
import { coerce } from '../coercion.ts';
import type { Complaints, Located } from '../errors.ts';
import type { Expression } from '../expression.ts';
import type { Scope } from '../scope.ts';
import { type ScalarName, scalar, typeName } from '../sql-type.ts';
import type { Translator } from '../translator.ts';
import { type DatePart, datePart, microseconds, microsecondsOfDay } from './date-part.ts';

export type IntervalNode = IntervalLiteral;

export const isInterval = (node: { readonly type: string }): node is IntervalNode => node.type === 'interval_literal';

/** `INTERVAL amount part`, not yet a value: what it may be added to depends on the part. */
export interface Interval {
  readonly amount: Expression;
  readonly part: DatePart;
  readonly node: Located;
}

export function intervalOf(t: Translator, node: IntervalNode, scope: Scope): Interval {
  if (node.unit?.type !== 'interval_unit') {
    return t.complain.unsupported(node, 'An INTERVAL of several parts', 'write INTERVAL <number> <part>');
  }
  const amount = t.expression(node.value, scope);
  return {
    amount: { ...amount, sql: coerce(t.complain, amount, scalar('INT64'), 'The INTERVAL') },
    part: datePart(t.complain, node.unit),
    node,
  };
}

/** DuckDB's INTERVAL. */
export function intervalSql(complain: Complaints, { amount, part, node }: Interval): string {
  const unit = microseconds[part.name];
  if (unit !== undefined) return `to_microseconds(${amount.sql} * ${unit})`;
  switch (part.name) {
    case 'DAY':
      return `to_days(CAST(${amount.sql} AS INTEGER))`;
    case 'WEEK':
      return `to_days(CAST(${amount.sql} * 7 AS INTEGER))`;
    case 'MONTH':
      return `to_months(CAST(${amount.sql} AS INTEGER))`;
    case 'QUARTER':
      return `to_months(CAST(${amount.sql} * 3 AS INTEGER))`;
    case 'YEAR':
      return `to_months(CAST(${amount.sql} * 12 AS INTEGER))`;
    default:
      return complain.invalid(node, `INTERVAL does not support the ${part.name} date part`);
  }
}

/** `value + interval` or `value - interval`, of the value's type, as DATE_ADD and its like have it. */
export function addSql(
  complain: Complaints,
  kind: ScalarName,
  value: string,
  sign: '+' | '-',
  interval: Interval,
): string {
  const { part, amount, node } = interval;
  const isTimePart = part.name in microseconds;
  const fits =
    kind === 'DATETIME' ||
    (kind === 'DATE' && !isTimePart) ||
    (kind === 'TIME' && isTimePart) ||
    (kind === 'TIMESTAMP' && (isTimePart || part.name === 'DAY'));
  if (!fits) return complain.invalid(node, `Adding to a ${kind} does not support the ${part.name} date part`);
  const sql = intervalSql(complain, interval);
  if (kind === 'DATE') return `CAST(${value} ${sign} ${sql} AS DATE)`;
  // A day of a TIMESTAMP has 24 hours in every time zone.
  if (kind === 'TIMESTAMP' && part.name === 'DAY') {
    return `(${value} ${sign} to_microseconds(${amount.sql} * ${microsecondsOfDay}))`;
  }
  return `(${value} ${sign} ${sql})`;
}

/** The operators `+` and `-` between a date or time and an INTERVAL. */
export function shifted(
  t: Translator,
  value: Expression,
  node: IntervalNode,
  sign: '+' | '-',
  scope: Scope,
  at: Located,
): Expression {
  const interval = intervalOf(t, node, scope);
  const { kind } = value.type;
  if (kind === 'DATE') {
    // The operator makes a DATETIME of a DATE, unlike DATE_ADD.
    return {
      sql: addSql(t.complain, 'DATETIME', `CAST(${value.sql} AS TIMESTAMP)`, sign, interval),
      type: scalar('DATETIME'),
      node: at,
    };
  }
  if (kind !== 'DATETIME' && kind !== 'TIMESTAMP') {
    return t.complain.invalid(
      at,
      `No matching signature for operator ${sign} for argument types: ${typeName(value.type)}, INTERVAL`,
    );
  }
  return { sql: addSql(t.complain, kind, value.sql, sign, interval), type: value.type, node: at };
}
