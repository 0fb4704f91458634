import { castSql, textPatterns } from '../casts.ts';
import { coerce } from '../coercion.ts';
import { fromCivil, toCivil } from '../dates/zone.ts';
import type { Expression } from '../expression.ts';
import { type ScalarName, scalar } from '../sql-type.ts';
import { applied, argAs, argumentsOf, type Call, checkCount, type FunctionTable, noMatch } from './call.ts';
import { zoneArg } from './dates.ts';
import { stringOfJson } from './json.ts';

const result = (call: Call, kind: ScalarName, sql: string): Expression => ({
  sql,
  type: scalar(kind),
  node: call.node,
});

/** A literal text as the narrowest type that reads it. */
function dated(call: Call, argument: Expression, kinds: readonly ScalarName[]): Expression {
  if (argument.literal !== 'STRING') return argument;
  const text = String(argument.value);
  const kind =
    kinds.find(candidate => new RegExp(`^(?:${textPatterns[candidate] ?? ''})$`).test(text)) ??
    kinds.at(-1) ??
    'TIMESTAMP';
  return {
    sql: coerce(call.t.complain, argument, scalar(kind), `Argument 1 of ${call.name}`),
    type: scalar(kind),
    node: argument.node,
  };
}

/** DATE(x), DATETIME(x) and TIME(x), of a moment in a time zone or of a civil time. */
function civilOf(call: Call, kind: 'DATE' | 'DATETIME' | 'TIME'): Expression {
  checkCount(call, 1, 2);
  const value = dated(
    call,
    call.arg(0),
    kind === 'TIME' ? ['TIME', 'DATETIME', 'TIMESTAMP'] : ['DATETIME', 'TIMESTAMP'],
  );
  if (value.type.kind === 'TIMESTAMP') {
    const zone = zoneArg(call, 1);
    const sql = applied(call, [value.sql], v => castSql(toCivil(v, zone), scalar('DATETIME'), scalar(kind)) ?? v);
    return result(call, kind, sql);
  }
  checkCount(call, 1);
  const fits = value.literal === 'NULL' || ['DATE', 'DATETIME', 'TIME'].includes(value.type.kind);
  const sql = fits
    ? castSql(
        value.literal === 'NULL' ? `CAST(NULL AS ${kind === 'DATETIME' ? 'TIMESTAMP' : kind})` : value.sql,
        value.literal === 'NULL' ? scalar(kind) : value.type,
        scalar(kind),
      )
    : undefined;
  return sql === undefined ? noMatch(call, argumentsOf(call)) : result(call, kind, sql);
}

const dateOf = (call: Call, first: number) => {
  const [y = '', m = '', d = ''] = [0, 1, 2].map(index => argAs(call, first + index, 'INT64'));
  return { y, m, d };
};

/** A time of day from its numbers; DuckDB would take 60 seconds. */
const timeSql = (h: string, m: string, s: string, fail: string) =>
  `(CASE WHEN ${h} BETWEEN 0 AND 23 AND ${m} BETWEEN 0 AND 59 AND ${s} BETWEEN 0 AND 59 THEN make_time(${h}, ${m}, CAST(${s} AS DOUBLE)) ` +
  `WHEN ${h} IS NULL OR ${m} IS NULL OR ${s} IS NULL THEN NULL ELSE ${fail} END)`;

const failed = (call: Call) => (call.safe ? 'NULL' : `error('Input calculates to an invalid time')`);

function timestamp(call: Call): Expression {
  checkCount(call, 1, 2);
  const zone = zoneArg(call, 1);
  const zoned = call.nodes.length === 2;
  const value = dated(call, call.arg(0), zoned ? ['DATETIME'] : ['DATETIME', 'TIMESTAMP']);
  const { kind } = value.type;
  if (value.literal === 'NULL') return result(call, 'TIMESTAMP', 'CAST(NULL AS TIMESTAMPTZ)');
  if (kind === 'TIMESTAMP' || (kind === 'STRING' && !zoned)) {
    if (zoned) return noMatch(call, argumentsOf(call));
    return result(
      call,
      'TIMESTAMP',
      applied(call, [value.sql], v => castSql(v, value.type, scalar('TIMESTAMP'), call.safe) ?? v),
    );
  }
  if (kind !== 'DATE' && kind !== 'DATETIME' && kind !== 'STRING') return noMatch(call, argumentsOf(call));
  const sql = applied(call, [value.sql], v =>
    fromCivil(castSql(v, value.type, scalar('DATETIME'), call.safe) ?? v, zone),
  );
  return result(call, 'TIMESTAMP', sql);
}

export const dateConstructors: FunctionTable = {
  DATE: call => {
    if (call.nodes.length !== 3) return civilOf(call, 'DATE');
    const { y, m, d } = dateOf(call, 0);
    return result(
      call,
      'DATE',
      applied(call, [y, m, d], (a, b, c) => `make_date(${a}, ${b}, ${c})`),
    );
  },
  DATETIME: call => {
    if (call.nodes.length === 2 && call.arg(1).type.kind === 'TIME') {
      const sql = applied(call, [argAs(call, 0, 'DATE'), argAs(call, 1, 'TIME')], (d, time) => `(${d} + ${time})`);
      return result(call, 'DATETIME', sql);
    }
    if (call.nodes.length !== 6) return civilOf(call, 'DATETIME');
    const { y, m, d } = dateOf(call, 0);
    const time = [3, 4, 5].map(index => argAs(call, index, 'INT64'));
    const sql = applied(
      call,
      [y, m, d, ...time],
      (a, b, c, h = '', min = '', s = '') => `(make_date(${a}, ${b}, ${c}) + ${timeSql(h, min, s, failed(call))})`,
    );
    return result(call, 'DATETIME', sql);
  },
  TIME: call => {
    if (call.nodes.length !== 3) return civilOf(call, 'TIME');
    const parts = [0, 1, 2].map(index => argAs(call, index, 'INT64'));
    return result(
      call,
      'TIME',
      applied(call, parts, (h = '', m = '', s = '') => timeSql(h, m, s, failed(call))),
    );
  },
  TIMESTAMP: timestamp,
  STRING: call => {
    if (call.nodes.length === 1 && call.arg(0).type.kind === 'JSON') return stringOfJson(call);
    if (call.nodes.length > 1)
      return call.t.complain.unsupported(call.node, 'STRING with a time zone', 'use FORMAT_TIMESTAMP');
    checkCount(call, 1);
    const value = call.arg(0);
    const isDate = ['DATE', 'TIME', 'DATETIME', 'TIMESTAMP'].includes(value.type.kind);
    const sql = isDate ? castSql(value.sql, value.type, scalar('STRING')) : undefined;
    return sql === undefined ? noMatch(call, argumentsOf(call)) : result(call, 'STRING', sql);
  },
};
