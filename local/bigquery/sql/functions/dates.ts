import { coerce } from '../coercion.ts';
import { type DatePart, datePart, microseconds } from '../dates/date-part.ts';
import { differenceSql } from '../dates/difference.ts';
import { formatSql } from '../dates/format.ts';
import { addSql, intervalOf, isInterval } from '../dates/interval.ts';
import { parseSql } from '../dates/parse.ts';
import { truncatedCivil, truncatedMoment } from '../dates/trunc.ts';
import { fromCivil, toCivil, utcZone, type Zone, zoneOf } from '../dates/zone.ts';
import type { Expression } from '../expression.ts';
import { now } from '../now.ts';
import { type ScalarName, scalar } from '../sql-type.ts';
import {
  applied,
  argAs,
  argumentsOf,
  type Call,
  checkCount,
  type FunctionImplementation,
  type FunctionTable,
  noMatch,
  simple,
} from './call.ts';

type DateKind = 'DATE' | 'TIME' | 'DATETIME' | 'TIMESTAMP';

const isDateKind = (kind: string): kind is DateKind => ['DATE', 'TIME', 'DATETIME', 'TIMESTAMP'].includes(kind);

/** An argument that is a date or a time; a text becomes what the function's name says. */
function dateArg(call: Call, index: number, preferred: DateKind): { readonly sql: string; readonly kind: DateKind } {
  const argument = call.arg(index);
  const { kind } = argument.type;
  if (isDateKind(kind) && argument.literal !== 'NULL') return { sql: argument.sql, kind };
  return {
    sql: coerce(call.t.complain, argument, scalar(preferred), `Argument ${index + 1} of ${call.name}`),
    kind: preferred,
  };
}

export const zoneArg = (call: Call, index: number): Zone =>
  call.nodes[index] === undefined ? utcZone : zoneOf(call.t.complain, call.arg(index));

function partArg(call: Call, index: number, otherwise?: DatePart): DatePart {
  const node = call.nodes[index];
  if (node !== undefined) return datePart(call.t.complain, node);
  return otherwise ?? call.t.complain.invalid(call.node, `${call.name} needs a date part`);
}

const result = (call: Call, kind: ScalarName, sql: string): Expression => ({
  sql,
  type: scalar(kind),
  node: call.node,
});

const add =
  (preferred: DateKind, sign: '+' | '-'): FunctionImplementation =>
  call => {
    checkCount(call, 2);
    const [, node] = call.nodes;
    if (node === undefined || !isInterval(node))
      return call.t.complain.invalid(call.node, `${call.name} needs an INTERVAL`);
    const value = dateArg(call, 0, preferred);
    const interval = intervalOf(call.t, node, call.scope);
    const sql = applied(call, [value.sql, interval.amount.sql], (v, amount) =>
      addSql(call.t.complain, value.kind, v, sign, { ...interval, amount: { ...interval.amount, sql: amount } }),
    );
    return result(call, value.kind, sql);
  };

const difference =
  (preferred: DateKind): FunctionImplementation =>
  call => {
    checkCount(call, 3);
    const kinds = [call.arg(0), call.arg(1)]
      .map(({ type, literal }) => (literal === 'NULL' ? '' : type.kind))
      .filter(isDateKind);
    const kind = kinds.includes('DATETIME') ? 'DATETIME' : (kinds[0] ?? preferred);
    const [end = '', start = ''] = [0, 1].map(index =>
      coerce(call.t.complain, call.arg(index), scalar(kind), `Argument ${index + 1} of ${call.name}`),
    );
    const part = partArg(call, 2);
    const sql = applied(call, [end, start], (to, from) =>
      differenceSql(call.t.complain, kind, to, from, part, call.node),
    );
    return result(call, 'INT64', sql);
  };

const truncate =
  (preferred: DateKind): FunctionImplementation =>
  call => {
    checkCount(call, 1, 3);
    const { sql: value, kind } = dateArg(call, 0, preferred);
    const part = partArg(call, 1, { name: 'DAY', weekday: 0 });
    const timePart = part.name in microseconds;
    const wrong =
      /^(?:DAYOF|DATE|TIME)/.test(part.name) || (kind === 'DATE' && timePart) || (kind === 'TIME' && !timePart);
    if (wrong) return call.t.complain.invalid(call.node, `${call.name} does not support the ${part.name} date part`);
    if (kind !== 'TIMESTAMP') checkCount(call, 1, 2);
    const zone = zoneArg(call, 2);
    const sql = applied(call, [value], v => {
      if (kind === 'TIMESTAMP') return truncatedMoment(v, part, zone);
      if (kind === 'DATETIME') return truncatedCivil(v, part);
      if (kind === 'DATE') return `CAST(${truncatedCivil(v, part)} AS DATE)`;
      return `CAST(${truncatedCivil(`(DATE '1970-01-01' + ${v})`, part)} AS TIME)`;
    });
    return result(call, kind, sql);
  };

function lastDay(call: Call): Expression {
  checkCount(call, 1, 2);
  const { sql: value, kind } = dateArg(call, 0, 'DATE');
  if (kind !== 'DATE' && kind !== 'DATETIME') return noMatch(call, argumentsOf(call));
  const part = partArg(call, 1, { name: 'MONTH', weekday: 0 });
  const lengths: Partial<Record<DatePart['name'], string>> = {
    WEEK: 'to_days(7)',
    ISOWEEK: 'to_days(7)',
    MONTH: 'to_months(1)',
    QUARTER: 'to_months(3)',
    YEAR: 'to_months(12)',
  };
  const length = lengths[part.name];
  if (length === undefined) return call.t.complain.unsupported(call.node, `LAST_DAY of ${part.name}`);
  return result(
    call,
    'DATE',
    applied(call, [value], v => `CAST(${truncatedCivil(v, part)} + ${length} - to_days(1) AS DATE)`),
  );
}

/** FORMAT_DATE and its like. */
const format =
  (kind: DateKind): FunctionImplementation =>
  call => {
    checkCount(call, 2, kind === 'TIMESTAMP' ? 3 : 2);
    const pattern = call.arg(0);
    if (pattern.literal !== 'STRING')
      return call.t.complain.unsupported(pattern.node, 'A format that is not a literal');
    const given = dateArg(call, 1, kind);
    if (given.kind === 'TIME' && kind !== 'TIME') return noMatch(call, argumentsOf(call));
    const zone = given.kind === 'TIMESTAMP' ? zoneArg(call, 2) : undefined;
    const sql = applied(call, [given.sql], value => {
      const civil = {
        TIMESTAMP: () => toCivil(value, zone ?? utcZone),
        DATETIME: () => value,
        DATE: () => `CAST(${value} AS TIMESTAMP)`,
        TIME: () => `(DATE '1970-01-01' + ${value})`,
      };
      return formatSql(call.t.complain, String(pattern.value), civil[given.kind](), given.kind, zone, call.node);
    });
    return result(call, 'STRING', sql);
  };

/** PARSE_DATE and its like. */
const parse =
  (kind: DateKind): FunctionImplementation =>
  call => {
    checkCount(call, 2, kind === 'TIMESTAMP' ? 3 : 2);
    const pattern = call.arg(0);
    if (pattern.literal !== 'STRING')
      return call.t.complain.unsupported(pattern.node, 'A format that is not a literal');
    const zone = zoneArg(call, 2);
    const text = argAs(call, 1, 'STRING');
    const sql = applied(call, [text], value => {
      const parsed = parseSql(call.t.complain, String(pattern.value), value, kind, call.safe, call.node);
      if (kind === 'TIMESTAMP') return parsed.hasZone ? parsed.sql : fromCivil(parsed.sql, zone);
      return kind === 'DATETIME' ? parsed.sql : `CAST(${parsed.sql} AS ${kind})`;
    });
    return result(call, kind, sql);
  };

/** CURRENT_DATE and its like, with or without parentheses; one moment per statement. */
const current =
  (kind: DateKind): FunctionImplementation =>
  call => {
    checkCount(call, 0, kind === 'TIMESTAMP' ? 0 : 1);
    const civil = toCivil(now, zoneArg(call, 0));
    if (kind === 'TIMESTAMP') return result(call, kind, now);
    return result(call, kind, kind === 'DATETIME' ? civil : `CAST(${civil} AS ${kind})`);
  };

function dateArray(call: Call): Expression {
  checkCount(call, 2, 3);
  const [from = '', to = ''] = [0, 1].map(index => argAs(call, index, 'DATE'));
  const [, , node] = call.nodes;
  if (node !== undefined && !isInterval(node))
    return call.t.complain.invalid(call.node, 'GENERATE_DATE_ARRAY needs an INTERVAL');
  const interval = node === undefined ? undefined : intervalOf(call.t, node, call.scope);
  const step = interval === undefined ? 1n : interval.amount.value;
  const part = interval?.part.name ?? 'DAY';
  const months = { MONTH: 1n, QUARTER: 3n, YEAR: 12n }[part as string];
  const days = { DAY: 1n, WEEK: 7n }[part as string];
  if (typeof step !== 'bigint') return call.t.complain.unsupported(call.node, 'A step that is not a literal');
  if (step === 0n) return call.t.complain.invalid(call.node, 'Sequence step cannot be 0.');
  const compare = step > 0n ? '<=' : '>=';
  const sql = applied(call, [from, to], (a, b) => {
    if (days !== undefined)
      return `list_transform(generate_series(0, ${b} - ${a}, ${days * step}), lambda "$i": ${a} + CAST("$i" AS INTEGER))`;
    if (months === undefined)
      return call.t.complain.invalid(call.node, `GENERATE_DATE_ARRAY does not support the ${part} date part`);
    // Every step counts from the start: the end of a month does not shorten those after it.
    const dates = `list_transform(generate_series(0, datediff('month', ${a}, ${b}), ${months * step}), lambda "$i": CAST(${a} + to_months(CAST("$i" AS INTEGER)) AS DATE))`;
    return `list_filter(${dates}, lambda "$d": "$d" ${compare} ${b})`;
  });
  return { sql, type: { kind: 'ARRAY', element: scalar('DATE') }, node: call.node };
}

function timestampArray(call: Call): Expression {
  checkCount(call, 3);
  const [from = '', to = ''] = [0, 1].map(index => argAs(call, index, 'TIMESTAMP'));
  const [, , node] = call.nodes;
  if (node === undefined || !isInterval(node))
    return call.t.complain.invalid(call.node, 'GENERATE_TIMESTAMP_ARRAY needs an INTERVAL');
  const { amount, part } = intervalOf(call.t, node, call.scope);
  const unit = part.name === 'DAY' ? 86_400_000_000n : microseconds[part.name];
  if (unit === undefined)
    return call.t.complain.invalid(call.node, `GENERATE_TIMESTAMP_ARRAY does not support the ${part.name} date part`);
  if (typeof amount.value !== 'bigint') return call.t.complain.unsupported(call.node, 'A step that is not a literal');
  const step = amount.value * unit;
  if (step === 0n) return call.t.complain.invalid(call.node, 'Sequence step cannot be 0.');
  const sql = applied(
    call,
    [from, to],
    (a, b) =>
      `list_transform(generate_series(epoch_us(${a}), epoch_us(${b}), ${step}), lambda "$i": make_timestamptz("$i"))`,
  );
  return { sql, type: { kind: 'ARRAY', element: scalar('TIMESTAMP') }, node: call.node };
}

const family = (kind: DateKind): FunctionTable => ({
  [`${kind}_ADD`]: add(kind, '+'),
  [`${kind}_SUB`]: add(kind, '-'),
  [`${kind}_DIFF`]: difference(kind),
  [`${kind}_TRUNC`]: truncate(kind),
  [`FORMAT_${kind}`]: format(kind),
  [`PARSE_${kind}`]: parse(kind),
  [`CURRENT_${kind}`]: current(kind),
});

/** Whole units since 1970, rounded down. */
const unixUnits = (unit: string, micros: number): FunctionImplementation =>
  simple('TIMESTAMP', 'INT64', ([x = '']) =>
    micros === 1 ? `epoch_us(${x})` : `(epoch_us(date_trunc('${unit}', ${x})) // ${micros})`,
  );

const fromUnixUnits = (micros: number): FunctionImplementation =>
  simple('INT64', 'TIMESTAMP', ([n = '']) => `make_timestamptz(${micros === 1 ? n : `${n} * ${micros}`})`);

export const dateFunctions: FunctionTable = {
  ...family('DATE'),
  ...family('TIME'),
  ...family('DATETIME'),
  ...family('TIMESTAMP'),
  DATE_FROM_UNIX_DATE: simple('INT64', 'DATE', ([n = '']) => `(DATE '1970-01-01' + CAST(${n} AS INTEGER))`),
  GENERATE_DATE_ARRAY: dateArray,
  GENERATE_TIMESTAMP_ARRAY: timestampArray,
  LAST_DAY: lastDay,
  TIMESTAMP_MICROS: fromUnixUnits(1),
  TIMESTAMP_MILLIS: fromUnixUnits(1_000),
  TIMESTAMP_SECONDS: fromUnixUnits(1_000_000),
  UNIX_DATE: simple('DATE', 'INT64', ([d = '']) => `(${d} - DATE '1970-01-01')`),
  UNIX_MICROS: unixUnits('microseconds', 1),
  UNIX_MILLIS: unixUnits('milliseconds', 1_000),
  UNIX_SECONDS: unixUnits('second', 1_000_000),
};
