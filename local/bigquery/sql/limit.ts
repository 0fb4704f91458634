import type { LimitClause, OffsetClause } from 'sql-parser-cst';
import { coerce } from './coercion.ts';
import type { ExpressionNode } from './expression.ts';
import { scalar } from './sql-type.ts';
import type { Translator } from './translator.ts';

/** LIMIT and OFFSET, of literals or parameters. */
export function limitSql(t: Translator, clause: LimitClause | OffsetClause): string {
  if (clause.type === 'offset_clause') return `OFFSET ${rows(t, clause.offset)}`;
  if (clause.count === undefined || clause.count.type === 'limit_all')
    return t.complain.invalid(clause, 'Syntax error: LIMIT needs a number');
  const offset = clause.offset === undefined ? '' : ` OFFSET ${rows(t, clause.offset)}`;
  return `LIMIT ${rows(t, clause.count)}${offset}`;
}

function rows(t: Translator, node: ExpressionNode): string {
  if (node.type === 'number_literal' && /^\d+$/.test(node.text)) return node.text;
  if (node.type !== 'parameter')
    return t.complain.invalid(node, 'Syntax error: LIMIT and OFFSET need an integer literal or a parameter');
  return coerce(t.complain, t.parameter(node), scalar('INT64'), 'The number of rows');
}
