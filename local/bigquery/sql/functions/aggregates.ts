import { inRange } from '../bignumeric.ts';
import { coerce } from '../coercion.ts';
import { checkComparable } from '../comparison.ts';
import { type Expression, errorSql, isNullLiteral } from '../expression.ts';
import { orderBySql } from '../order-by.ts';
import { type ScalarName, type SqlType, scalar, typeName } from '../sql-type.ts';
import {
  argAs,
  argumentsOf,
  type Call,
  checkCount,
  type FunctionImplementation,
  type FunctionTable,
  noMatch,
  notSupported,
} from './call.ts';

/** What may stand in an aggregate call beside its arguments. */
type Modifier = 'distinct' | 'nulls' | 'order' | 'limit' | 'having';

const argsOf = (call: Call) => call.node.args?.expr;

/** Complains about modifiers that a function does not take. */
function allow(call: Call, ...allowed: readonly Modifier[]): void {
  const args = argsOf(call);
  const present: Readonly<Record<Modifier, Expression['node'] | undefined>> = {
    distinct: args?.distinctKw,
    nulls: args?.nullHandlingKw?.[0],
    order: args?.orderBy,
    limit: args?.limit,
    having: args?.having,
  };
  for (const [modifier, node] of Object.entries(present)) {
    if (node !== undefined && !allowed.includes(modifier as Modifier)) {
      call.t.complain.unsupported(node, `This modifier in ${call.name}`);
    }
  }
}

const distinct = (call: Call) => (argsOf(call)?.distinctKw === undefined ? '' : 'DISTINCT ');

const orderBy = (call: Call) => {
  const clause = argsOf(call)?.orderBy;
  return clause === undefined ? '' : ` ${orderBySql(call.t, clause, call.scope)}`;
};

/** The call of DuckDB's aggregate, over a window where the call has one. */
const aggregate = (call: Call, sql: string, filter?: string) =>
  `${sql}${filter === undefined ? '' : ` FILTER (WHERE ${filter})`}${call.node.over === undefined ? '' : call.t.window(call.node.over, call.scope)}`;

const result = (call: Call, type: SqlType, sql: string): Expression => ({ sql, type, node: call.node });

function count(call: Call): Expression {
  allow(call, 'distinct');
  const type = scalar('INT64');
  const [node] = call.nodes as readonly { readonly type: string }[];
  checkCount(call, 1);
  if (node?.type === 'all_columns' && distinct(call) === '') return result(call, type, aggregate(call, 'count(*)'));
  const value = call.arg(0);
  if (distinct(call) !== '') checkComparable(call.t.complain, value.type, value.node, 'COUNT(DISTINCT)');
  return result(call, type, aggregate(call, `count(${distinct(call)}${value.sql})`));
}

function sum(call: Call): Expression {
  allow(call, 'distinct');
  checkCount(call, 1);
  const value = call.arg(0);
  const sql = aggregate(call, `sum(${distinct(call)}${value.sql})`);
  switch (value.type.kind) {
    case 'INT64':
      return result(call, value.type, `CAST(${sql} AS BIGINT)`);
    case 'NUMERIC':
      return result(call, value.type, `CAST(${sql} AS DECIMAL(38,9))`);
    case 'BIGNUMERIC':
      return result(call, value.type, inRange(sql, errorSql('BIGNUMERIC overflow: SUM')));
    case 'FLOAT64':
      return result(call, value.type, sql);
    default:
      return noMatch(call, [value]);
  }
}

function average(call: Call): Expression {
  allow(call, 'distinct');
  checkCount(call, 1);
  const value = call.arg(0);
  if (value.type.kind === 'NUMERIC' || value.type.kind === 'BIGNUMERIC') {
    return call.t.complain.unsupported(call.node, `AVG of ${value.type.kind}`, 'cast it to FLOAT64');
  }
  if (value.type.kind !== 'INT64' && value.type.kind !== 'FLOAT64') return noMatch(call, [value]);
  return result(call, scalar('FLOAT64'), aggregate(call, `avg(${distinct(call)}${value.sql})`));
}

const extreme =
  (name: 'min' | 'max'): FunctionImplementation =>
  call => {
    allow(call, 'distinct');
    checkCount(call, 1);
    const value = call.arg(0);
    checkComparable(call.t.complain, value.type, value.node, call.name);
    const plain = aggregate(call, `${name}(${value.sql})`);
    if (value.type.kind !== 'FLOAT64' || name === 'max') return result(call, value.type, plain);
    // NaN is BigQuery's answer if there is any; DuckDB takes it for the greatest number.
    const nan = aggregate(call, `bool_or(isnan(${value.sql}))`);
    return result(call, value.type, `(CASE WHEN ${nan} THEN CAST('nan' AS DOUBLE) ELSE ${plain} END)`);
  };

function anyValue(call: Call): Expression {
  allow(call, 'having');
  checkCount(call, 1);
  const value = call.arg(0);
  const having = argsOf(call)?.having;
  if (having === undefined) return result(call, value.type, aggregate(call, `first(${value.sql})`));
  const by = call.t.expression(having.expr, call.scope);
  checkComparable(call.t.complain, by.type, having, 'HAVING');
  const order = having.minMaxKw.name === 'MAX' ? 'DESC' : 'ASC';
  return result(
    call,
    value.type,
    aggregate(call, `first(${value.sql} ORDER BY ${by.sql} ${order})`, `${by.sql} IS NOT NULL`),
  );
}

/** Cuts a list to the call's LIMIT. */
function limited(call: Call, list: string): string {
  const limit = argsOf(call)?.limit;
  if (limit === undefined) return list;
  if (limit.count?.type !== 'number_literal' || limit.offset !== undefined) {
    return call.t.complain.unsupported(limit, `A LIMIT in ${call.name} that is not a number`);
  }
  return `(${list})[1:${limit.count.text}]`;
}

function arrayAgg(call: Call): Expression {
  allow(call, 'distinct', 'nulls', 'order', 'limit');
  checkCount(call, 1);
  const value = call.arg(0);
  if (value.type.kind === 'ARRAY') {
    return call.t.complain.invalid(
      call.node,
      `The argument to ARRAY_AGG must not be an array type but was ${typeName(value.type)}`,
    );
  }
  const ignoresNulls = argsOf(call)?.nullHandlingKw?.[0].name === 'IGNORE';
  const list = aggregate(
    call,
    `list(${distinct(call)}${value.sql}${orderBy(call)})`,
    ignoresNulls ? `${value.sql} IS NOT NULL` : undefined,
  );
  return result(call, { kind: 'ARRAY', element: value.type }, limited(call, list));
}

function arrayConcatAgg(call: Call): Expression {
  allow(call, 'order', 'limit');
  checkCount(call, 1);
  const value = call.arg(0);
  if (value.type.kind !== 'ARRAY') return noMatch(call, [value]);
  const list = aggregate(call, `list(${value.sql}${orderBy(call)})`, `${value.sql} IS NOT NULL`);
  return result(call, value.type, `flatten(${limited(call, list)})`);
}

function stringAgg(call: Call): Expression {
  allow(call, 'distinct', 'order', 'limit');
  checkCount(call, 1, 2);
  const value = argAs(call, 0, 'STRING');
  const separator = call.nodes.length === 2 ? argAs(call, 1, 'STRING') : "','";
  const list = aggregate(call, `list(${distinct(call)}${value}${orderBy(call)})`, `${value} IS NOT NULL`);
  return result(call, scalar('STRING'), `array_to_string(${limited(call, list)}, ${separator})`);
}

function countIf(call: Call): Expression {
  allow(call);
  checkCount(call, 1);
  return result(call, scalar('INT64'), aggregate(call, 'count(*)', argAs(call, 0, 'BOOL')));
}

function approximateCount(call: Call): Expression {
  allow(call);
  checkCount(call, 1);
  const value = call.arg(0);
  checkComparable(call.t.complain, value.type, value.node, call.name);
  // The exact number is one of the answers that BigQuery may give.
  return result(call, scalar('INT64'), aggregate(call, `count(DISTINCT ${value.sql})`));
}

/** An aggregate of one or two arguments whose name and meaning DuckDB shares. */
const shared =
  (name: string, kind: ScalarName, count: 1 | 2 = 1, type: ScalarName = kind): FunctionImplementation =>
  call => {
    allow(call, 'distinct');
    checkCount(call, count);
    const args = argumentsOf(call);
    if (args.some(isNullLiteral)) return noMatch(call, args);
    const sqls = args.map((argument, index) =>
      coerce(call.t.complain, argument, scalar(kind), `Argument ${index + 1} of ${call.name}`),
    );
    return result(call, scalar(type), aggregate(call, `${name}(${distinct(call)}${sqls.join(', ')})`));
  };

function grouping(call: Call): Expression {
  allow(call);
  checkCount(call, 1);
  return result(call, scalar('INT64'), `grouping(${call.arg(0).sql})`);
}

const noApproximation = notSupported('DuckDB’s approximations differ from BigQuery’s');

export const aggregateFunctions: FunctionTable = {
  ANY_VALUE: anyValue,
  APPROX_COUNT_DISTINCT: approximateCount,
  APPROX_QUANTILES: noApproximation,
  APPROX_TOP_COUNT: noApproximation,
  APPROX_TOP_SUM: noApproximation,
  ARRAY_AGG: arrayAgg,
  ARRAY_CONCAT_AGG: arrayConcatAgg,
  AVG: average,
  BIT_AND: shared('bit_and', 'INT64'),
  BIT_OR: shared('bit_or', 'INT64'),
  BIT_XOR: shared('bit_xor', 'INT64'),
  CORR: shared('corr', 'FLOAT64', 2),
  COUNT: count,
  COUNTIF: countIf,
  COVAR_POP: shared('covar_pop', 'FLOAT64', 2),
  COVAR_SAMP: shared('covar_samp', 'FLOAT64', 2),
  GROUPING: grouping,
  LOGICAL_AND: shared('bool_and', 'BOOL'),
  LOGICAL_OR: shared('bool_or', 'BOOL'),
  MAX: extreme('max'),
  MIN: extreme('min'),
  STDDEV: shared('stddev_samp', 'FLOAT64'),
  STDDEV_POP: shared('stddev_pop', 'FLOAT64'),
  STDDEV_SAMP: shared('stddev_samp', 'FLOAT64'),
  STRING_AGG: stringAgg,
  SUM: sum,
  VARIANCE: shared('var_samp', 'FLOAT64'),
  VAR_POP: shared('var_pop', 'FLOAT64'),
  VAR_SAMP: shared('var_samp', 'FLOAT64'),
};
