import { unify } from '../coercion.ts';
import { type Expression, isNullLiteral } from '../expression.ts';
import { concatenation } from '../operators.ts';
import { type SqlType, scalar } from '../sql-type.ts';
import { applied, argAs, argumentsOf, type Call, checkCount, type FunctionTable, failure, noMatch } from './call.ts';

function arrayArg(
  call: Call,
  index: number,
): Expression & { readonly type: { readonly kind: 'ARRAY'; readonly element: SqlType } } {
  const argument = call.arg(index);
  const { type } = argument;
  return type.kind === 'ARRAY' ? { ...argument, type } : noMatch(call, argumentsOf(call));
}

/** ARRAY(SELECT ...). */
function fromQuery(call: Call): Expression {
  checkCount(call, 1);
  const [node] = call.nodes as readonly (Call['nodes'][number] | { type: 'select_stmt' | 'compound_select_stmt' })[];
  const inner = node?.type === 'paren_expr' ? node.expr : node;
  if (inner === undefined || (inner.type !== 'select_stmt' && inner.type !== 'compound_select_stmt')) {
    return call.t.complain.invalid(call.node, 'Syntax error: ARRAY needs a subquery');
  }
  const query = call.t.query(inner as Parameters<typeof call.t.query>[0], call.scope);
  const [column, ...others] = query.columns;
  if (column === undefined || others.length > 0) {
    return call.t.complain.invalid(
      call.node,
      'ARRAY subquery cannot have more than one column unless using SELECT AS STRUCT to build STRUCT values',
    );
  }
  if (column.type.kind === 'ARRAY') {
    return call.t.complain.invalid(
      call.node,
      'Cannot use array subquery with column of type ARRAY because nested arrays are not supported',
    );
  }
  return { sql: `ARRAY(${query.sql})`, type: { kind: 'ARRAY', element: column.type }, node: call.node };
}

const series = (from: string, to: string, step: string) => `generate_series(${from}, ${to}, ${step})`;

function generateArray(call: Call): Expression {
  checkCount(call, 2, 3);
  const args = argumentsOf(call);
  const { type, sqls } = unify(call.t.complain, args, call.node, 'function GENERATE_ARRAY');
  const fail = failure(call, 'Sequence step cannot be 0.');
  const one = type.kind === 'INT64' ? 'CAST(1 AS BIGINT)' : "CAST('1' AS DOUBLE)";
  const [from = '', to = '', step = one] = sqls;
  if (type.kind !== 'INT64' && type.kind !== 'FLOAT64') {
    return call.t.complain.unsupported(call.node, 'GENERATE_ARRAY of this type', 'use INT64 or FLOAT64');
  }
  const sql = applied(call, [from, to, step], (a, b, s) => {
    const values =
      type.kind === 'INT64'
        ? series(a, b, s)
        : `list_transform(${series('0', `CAST(floor((${b} - ${a}) / ${s}) AS BIGINT)`, '1')}, lambda "$i": ${a} + "$i" * ${s})`;
    return `(CASE WHEN ${[a, b, s].map(x => `${x} IS NULL`).join(' OR ')} THEN NULL WHEN ${s} = 0 THEN ${fail} ELSE ${values} END)`;
  });
  return { sql, type: { kind: 'ARRAY', element: type }, node: call.node };
}

function arrayToString(call: Call): Expression {
  checkCount(call, 2, 3);
  const array = arrayArg(call, 0);
  if (array.type.element.kind !== 'STRING') return noMatch(call, argumentsOf(call));
  const separator = argAs(call, 1, 'STRING');
  const values = [array.sql, separator, ...(call.nodes.length === 3 ? [argAs(call, 2, 'STRING')] : [])];
  const sql = applied(call, values, (a, s, ...rest) => {
    const [replacement] = rest;
    const list =
      replacement === undefined
        ? `list_filter(${a}, lambda "$e": "$e" IS NOT NULL)`
        : `list_transform(${a}, lambda "$e": coalesce("$e", ${replacement}))`;
    return `array_to_string(${list}, ${s})`;
  });
  return { sql, type: scalar('STRING'), node: call.node };
}

export const arrayFunctions: FunctionTable = {
  ARRAY: fromQuery,
  ARRAY_LENGTH: call => {
    checkCount(call, 1);
    return { sql: `len(${arrayArg(call, 0).sql})`, type: scalar('INT64'), node: call.node };
  },
  ARRAY_REVERSE: call => {
    checkCount(call, 1);
    const array = arrayArg(call, 0);
    return { sql: `list_reverse(${array.sql})`, type: array.type, node: call.node };
  },
  ARRAY_FIRST: call => {
    checkCount(call, 1);
    const array = arrayArg(call, 0);
    const fail = failure(call, 'ARRAY_FIRST cannot get the first element of an empty array');
    const sql = applied(call, [array.sql], a => `(CASE WHEN len(${a}) = 0 THEN ${fail} ELSE ${a}[1] END)`);
    return { sql, type: array.type.element, node: call.node };
  },
  ARRAY_LAST: call => {
    checkCount(call, 1);
    const array = arrayArg(call, 0);
    const fail = failure(call, 'ARRAY_LAST cannot get the last element of an empty array');
    const sql = applied(call, [array.sql], a => `(CASE WHEN len(${a}) = 0 THEN ${fail} ELSE ${a}[len(${a})] END)`);
    return { sql, type: array.type.element, node: call.node };
  },
  ARRAY_CONCAT: call => {
    const args = argumentsOf(call);
    const [first, ...rest] = args;
    if (first === undefined || args.some(arg => arg.type.kind !== 'ARRAY' && !isNullLiteral(arg)))
      return noMatch(call, args);
    return {
      ...rest.reduce((left, right) => concatenation(call.t.complain, left, right, call.node), first),
      node: call.node,
    };
  },
  ARRAY_TO_STRING: arrayToString,
  GENERATE_ARRAY: generateArray,
};
