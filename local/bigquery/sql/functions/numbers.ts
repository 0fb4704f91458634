import { bignumericSql, inRange, roundedTo } from '../bignumeric.ts';
import { unify } from '../coercion.ts';
import { checkComparable } from '../comparison.ts';
import { errorSql } from '../expression.ts';
import { arithmetic, divisionSql } from '../operators.ts';
import {
  applied,
  argumentsOf,
  checkCount,
  type FunctionImplementation,
  type FunctionTable,
  noMatch,
  notSupported,
  overloads,
  type Signature,
  simple,
} from './call.ts';

const one = 10n ** 38n;
const zero = bignumericSql(0n);

const numeric = (sql: string) => `CAST(${sql} AS DECIMAL(38,9))`;

/** A function of one number whose result has the number's type. */
const sameAsArgument = (
  sql: (x: string) => string,
  big: (x: string, fail: (message: string) => string) => string,
): FunctionImplementation =>
  overloads(
    { args: 'INT64', returns: 'INT64', sql: ([x = '']) => `CAST(${sql(x)} AS BIGINT)` },
    { args: 'NUMERIC', returns: 'NUMERIC', sql: ([x = '']) => numeric(sql(x)) },
    { args: 'FLOAT64', returns: 'FLOAT64', sql: ([x = '']) => sql(x) },
    { args: 'BIGNUMERIC', returns: 'BIGNUMERIC', sql: ([x = ''], fail) => big(x, fail) },
  );

/** A function of one number whose result is FLOAT64, also for INT64. */
const floating = (sql: Signature['sql']): FunctionImplementation => simple('FLOAT64', 'FLOAT64', sql);

/** ROUND and TRUNC: an INT64 becomes a FLOAT64. */
const rounded = (name: 'round' | 'trunc'): FunctionImplementation =>
  overloads(
    { args: 'INT64', returns: 'FLOAT64', sql: ([x = '']) => `CAST(${x} AS DOUBLE)` },
    { args: 'NUMERIC', returns: 'NUMERIC', sql: ([x = '']) => numeric(`${name}(${x})`) },
    { args: 'FLOAT64', returns: 'FLOAT64', sql: ([x = '']) => `${name}(${x})` },
    { args: 'NUMERIC INT64', returns: 'NUMERIC', sql: ([x = '', n = '']) => numeric(scaled(name, x, n)) },
    { args: 'FLOAT64 INT64', returns: 'FLOAT64', sql: ([x = '', n = '']) => `${name}(${x}, CAST(${n} AS INTEGER))` },
    { args: 'BIGNUMERIC', returns: 'BIGNUMERIC', sql: ([x = ''], fail) => bigRounded(name, x, 0, fail) },
    {
      args: 'BIGNUMERIC INT64',
      returns: 'BIGNUMERIC',
      sql: ([x = '', n = ''], fail) => {
        const places = constant.exec(n)?.[1];
        return places === undefined ? errorSql(needsConstant('BIGNUMERIC')) : bigRounded(name, x, Number(places), fail);
      },
    },
  );

/** DuckDB scales a decimal only by a constant. */
function scaled(name: string, x: string, places: string): string {
  const known = constant.exec(places)?.[1];
  return known === undefined ? errorSql(needsConstant('NUMERIC')) : `${name}(${x}, ${known})`;
}

const constant = /^CAST\((-?\d+) AS BIGINT\)$/;
const needsConstant = (type: string) => `ROUND of ${type} needs a literal number of digits here`;

function bigRounded(name: 'round' | 'trunc', x: string, places: number, fail: (message: string) => string): string {
  const kept = Math.max(Math.min(places, 38), -39);
  return inRange(roundedTo(x, kept, name === 'round' ? 'away' : 'cut'), fail('BIGNUMERIC overflow: ROUND'));
}

const toFloor = (name: 'ceil' | 'floor'): FunctionImplementation =>
  overloads(
    { args: 'INT64', returns: 'FLOAT64', sql: ([x = '']) => `CAST(${x} AS DOUBLE)` },
    { args: 'NUMERIC', returns: 'NUMERIC', sql: ([x = '']) => numeric(`${name}(${x})`) },
    { args: 'FLOAT64', returns: 'FLOAT64', sql: ([x = '']) => `${name}(${x})` },
  );

/** SAFE_ADD and its like: NULL where the operator overflows. */
const safeArithmetic =
  (operator: '+' | '-' | '*'): FunctionImplementation =>
  call => {
    checkCount(call, 2);
    const [left, right] = argumentsOf(call);
    if (left === undefined || right === undefined) return noMatch(call, []);
    const { type, sqls } = unify(call.t.complain, [left, right], call.node, call.name);
    const body = (a: string, b: string) =>
      arithmetic(
        call.t.complain,
        operator,
        { sql: a, type, node: left.node },
        { sql: b, type, node: right.node },
        call.node,
        'NULL',
      ).sql;
    return { sql: applied({ ...call, safe: true }, sqls, body), type, node: call.node };
  };

/** GREATEST and LEAST: NULL if any argument is, NaN if any is. */
const extreme =
  (name: 'greatest' | 'least'): FunctionImplementation =>
  call => {
    const args = argumentsOf(call);
    if (args.length === 0) return noMatch(call, args);
    const { type, sqls } = unify(call.t.complain, args, call.node, `function ${call.name}`);
    checkComparable(call.t.complain, type, call.node, call.name);
    const sql = applied(call, sqls, (...names) => {
      const nan =
        type.kind === 'FLOAT64' ? `WHEN ${names.map(x => `isnan(${x})`).join(' OR ')} THEN CAST('nan' AS DOUBLE) ` : '';
      return `(CASE WHEN ${names.map(x => `${x} IS NULL`).join(' OR ')} THEN NULL ${nan}ELSE ${name}(${names.join(', ')}) END)`;
    });
    return { sql, type, node: call.node };
  };

const modulo = (type: 'INT64' | 'NUMERIC'): Signature => ({
  args: `${type} ${type}`,
  returns: type,
  sql: ([a = '', b = ''], fail) =>
    `(CASE WHEN ${b} = 0 AND ${a} IS NOT NULL THEN ${fail('division by zero: MOD')} ELSE ${a} % ${b} END)`,
});

const logarithm: Signature['sql'] = ([x = '', base = ''], fail) =>
  `(CASE WHEN ${x} <= 0 OR ${base} <= 0 OR ${base} = 1 THEN ${fail('Floating point error in function: LOG')} ELSE ln(${x}) / ln(${base}) END)`;

export const numberFunctions: FunctionTable = {
  ABS: sameAsArgument(
    x => `abs(${x})`,
    (x, fail) => inRange(`CASE WHEN ${x} < ${zero} THEN -(${x}) ELSE ${x} END`, fail('BIGNUMERIC overflow: ABS')),
  ),
  ACOS: floating(([x = '']) => `acos(${x})`),
  ASIN: floating(([x = '']) => `asin(${x})`),
  ATAN: floating(([x = '']) => `atan(${x})`),
  ATAN2: simple('FLOAT64 FLOAT64', 'FLOAT64', ([y = '', x = '']) => `atan2(${y}, ${x})`),
  BIT_COUNT: simple('INT64', 'INT64', ([x = '']) => `CAST(bit_count(${x}) AS BIGINT)`),
  CEIL: toFloor('ceil'),
  COS: floating(([x = '']) => `cos(${x})`),
  DIV: overloads({
    args: 'INT64 INT64',
    returns: 'INT64',
    sql: ([a = '', b = ''], fail) =>
      `(CASE WHEN ${b} = 0 AND ${a} IS NOT NULL THEN ${fail('division by zero: DIV')} ELSE ${a} // ${b} END)`,
  }),
  EXP: floating(
    ([x = ''], fail) =>
      `(CASE WHEN ${x} > 709.782712893384 AND NOT isinf(${x}) THEN ${fail('Floating point overflow in function: EXP')} ELSE exp(${x}) END)`,
  ),
  FLOOR: toFloor('floor'),
  GENERATE_UUID: simple('', 'STRING', () => 'CAST(uuid() AS VARCHAR)'),
  GREATEST: extreme('greatest'),
  IEEE_DIVIDE: simple('FLOAT64 FLOAT64', 'FLOAT64', ([a = '', b = '']) => `(${a} / ${b})`),
  IS_INF: simple('FLOAT64', 'BOOL', ([x = '']) => `isinf(${x})`),
  IS_NAN: simple('FLOAT64', 'BOOL', ([x = '']) => `isnan(${x})`),
  LEAST: extreme('least'),
  LN: floating(([x = '']) => `ln(${x})`),
  LOG: overloads(
    { args: 'FLOAT64', returns: 'FLOAT64', sql: ([x = '']) => `ln(${x})` },
    { args: 'FLOAT64 FLOAT64', returns: 'FLOAT64', sql: logarithm },
  ),
  LOG10: floating(([x = '']) => `log10(${x})`),
  MOD: overloads(modulo('INT64'), modulo('NUMERIC')),
  POW: simple('FLOAT64 FLOAT64', 'FLOAT64', ([x = '', y = '']) => `pow(${x}, ${y})`),
  RAND: simple('', 'FLOAT64', () => 'random()'),
  RANGE_BUCKET: notSupported(),
  ROUND: rounded('round'),
  SAFE_ADD: safeArithmetic('+'),
  SAFE_DIVIDE: simple('FLOAT64 FLOAT64', 'FLOAT64', ([a = '', b = '']) => divisionSql(a, b, 'NULL')),
  SAFE_MULTIPLY: safeArithmetic('*'),
  SAFE_NEGATE: overloads(
    { args: 'INT64', returns: 'INT64', sql: ([x = '']) => `TRY(-(${x}))` },
    { args: 'NUMERIC', returns: 'NUMERIC', sql: ([x = '']) => `(-(${x}))` },
    { args: 'FLOAT64', returns: 'FLOAT64', sql: ([x = '']) => `(-(${x}))` },
    { args: 'BIGNUMERIC', returns: 'BIGNUMERIC', sql: ([x = '']) => inRange(`-(${x})`, 'NULL') },
  ),
  SAFE_SUBTRACT: safeArithmetic('-'),
  SIGN: sameAsArgument(
    x => `sign(${x})`,
    x =>
      `(CASE WHEN ${x} < ${zero} THEN ${bignumericSql(-one)} WHEN ${x} > ${zero} THEN ${bignumericSql(one)} ELSE ${x} END)`,
  ),
  SIN: floating(([x = '']) => `sin(${x})`),
  SQRT: floating(([x = '']) => `sqrt(${x})`),
  TAN: floating(([x = '']) => `tan(${x})`),
  TRUNC: rounded('trunc'),
};

export const numberAliases: Readonly<Record<string, string>> = { CEILING: 'CEIL', POWER: 'POW' };
