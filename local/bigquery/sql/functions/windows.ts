import { unify } from '../coercion.ts';
import { checkComparable } from '../comparison.ts';
import type { Expression } from '../expression.ts';
import { type SqlType, scalar } from '../sql-type.ts';
import { argAs, type Call, checkCount, type FunctionImplementation, type FunctionTable } from './call.ts';

/** The call over its window; these functions have no other use. */
function over(call: Call, sql: string, type: SqlType): Expression {
  if (call.node.over === undefined) {
    return call.t.complain.invalid(call.node, `Analytic function ${call.name} cannot be called without an OVER clause`);
  }
  return { sql: `${sql}${call.t.window(call.node.over, call.scope)}`, type, node: call.node };
}

const numbering =
  (name: string, kind: 'INT64' | 'FLOAT64'): FunctionImplementation =>
  call => {
    checkCount(call, 0);
    return over(call, `${name}()`, scalar(kind));
  };

/** LAG and LEAD. */
const neighbour =
  (name: 'lag' | 'lead'): FunctionImplementation =>
  call => {
    checkCount(call, 1, 3);
    refuseNullHandling(call);
    const value = call.arg(0);
    const distance = call.nodes.length > 1 ? argAs(call, 1, 'INT64') : '1';
    if (call.nodes.length < 3) return over(call, `${name}(${value.sql}, ${distance})`, value.type);
    const { type, sqls } = unify(call.t.complain, [value, call.arg(2)], call.node, `function ${call.name}`);
    return over(call, `${name}(${sqls[0] ?? ''}, ${distance}, ${sqls[1] ?? ''})`, type);
  };

const nullHandling = (call: Call) =>
  call.node.args?.expr.nullHandlingKw?.[0].name === 'IGNORE' ? ' IGNORE NULLS' : '';

function refuseNullHandling(call: Call): void {
  const keyword = call.node.args?.expr.nullHandlingKw?.[0];
  if (keyword !== undefined) call.t.complain.unsupported(keyword, `${keyword.name} NULLS in ${call.name}`);
}

const atPlace =
  (name: 'first_value' | 'last_value'): FunctionImplementation =>
  call => {
    checkCount(call, 1);
    const value = call.arg(0);
    return over(call, `${name}(${value.sql}${nullHandling(call)})`, value.type);
  };

const percentile =
  (name: 'quantile_cont' | 'quantile_disc'): FunctionImplementation =>
  call => {
    checkCount(call, 2);
    refuseNullHandling(call);
    const value = call.arg(0);
    const share = Number(call.arg(1).value);
    if (Number.isNaN(share) || share < 0 || share > 1) {
      return call.t.complain.unsupported(call.arg(1).node, 'A percentile that is not a literal from 0 to 1');
    }
    if (name === 'quantile_cont' && value.type.kind === 'BIGNUMERIC') {
      return call.t.complain.unsupported(value.node, `${call.name} of BIGNUMERIC`, 'cast it to FLOAT64');
    }
    if (name === 'quantile_cont')
      return over(call, `${name}(${argAs(call, 0, 'FLOAT64')}, ${share})`, scalar('FLOAT64'));
    checkComparable(call.t.complain, value.type, value.node, call.name);
    return over(call, `${name}(${value.sql}, ${share})`, value.type);
  };

export const windowFunctions: FunctionTable = {
  CUME_DIST: numbering('cume_dist', 'FLOAT64'),
  DENSE_RANK: numbering('dense_rank', 'INT64'),
  FIRST_VALUE: atPlace('first_value'),
  LAG: neighbour('lag'),
  LAST_VALUE: atPlace('last_value'),
  LEAD: neighbour('lead'),
  NTH_VALUE: call => {
    checkCount(call, 2);
    const value = call.arg(0);
    return over(call, `nth_value(${value.sql}, ${argAs(call, 1, 'INT64')}${nullHandling(call)})`, value.type);
  },
  NTILE: call => {
    checkCount(call, 1);
    return over(call, `ntile(${argAs(call, 0, 'INT64')})`, scalar('INT64'));
  },
  PERCENTILE_CONT: percentile('quantile_cont'),
  PERCENTILE_DISC: percentile('quantile_disc'),
  PERCENT_RANK: numbering('percent_rank', 'FLOAT64'),
  RANK: numbering('rank', 'INT64'),
  ROW_NUMBER: numbering('row_number', 'INT64'),
};
