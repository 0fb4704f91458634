import { unify } from './coercion.ts';
import type { Complaints, Located } from './errors.ts';
import { bind, type Expression } from './expression.ts';
import { type SqlType, scalar, typeName } from './sql-type.ts';

/** Complains about types that have no order or that DuckDB compares by other rules. */
export function checkComparable(complain: Complaints, type: SqlType, node: Located, what: string): void {
  if (type.kind === 'STRUCT') complain.unsupported(node, `${what} for STRUCT`, 'compare the fields');
  if (type.kind === 'ARRAY' || type.kind === 'JSON') {
    complain.invalid(node, `${what} is not defined for arguments of type ${typeName(type)}`);
  }
}

/** Compares two SQL values of one type as BigQuery does, for which NaN equals nothing. */
export function compareSql(operator: string, left: string, right: string, type: SqlType): string {
  if (type.kind !== 'FLOAT64') return `(${left} ${operator} ${right})`;
  const whenNan = operator === '<>' ? 'true' : 'false';
  return bind([left, right], ([a = '', b = '']) => {
    const nan = [a, b].filter(side => !/^CAST\('-?[0-9.eE+-]+' AS DOUBLE\)$/.test(side)).map(side => `isnan(${side})`);
    if (nan.length === 0) return `(${a} ${operator} ${b})`;
    return `(CASE WHEN ${a} IS NULL OR ${b} IS NULL THEN NULL WHEN ${nan.join(' OR ')} THEN ${whenNan} ELSE ${a} ${operator} ${b} END)`;
  });
}

/** One of `=`, `<>`, `<`, `<=`, `>` and `>=`. */
export function comparison(
  complain: Complaints,
  operator: string,
  left: Expression,
  right: Expression,
  node: Located,
): Expression {
  const { type, sqls } = unify(complain, [left, right], node, `operator ${operator}`);
  checkComparable(complain, type, node, `The operator ${operator}`);
  return { sql: compareSql(operator, sqls[0] ?? '', sqls[1] ?? '', type), type: scalar('BOOL'), node };
}
