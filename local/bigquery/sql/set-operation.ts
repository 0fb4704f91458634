import type { CompoundSelectStmt, Keyword, SelectStmt, SubSelect, WithClause } from 'sql-parser-cst';
import { quoted } from '../names.ts';
import { coerced, supertype } from './coercion.ts';
import type { Located } from './errors.ts';
import type { Expression } from './expression.ts';
import { typeName } from './sql-type.ts';
import type { OutputColumn, Query, Translator } from './translator.ts';

export type Clause = SelectStmt['clauses'][number];

/** The queries that a set operation unites, and the clauses that belong to the whole. */
interface Operands {
  readonly operands: readonly SubSelect[];
  /** `UNION ALL`, `UNION DISTINCT`, `EXCEPT DISTINCT` or `INTERSECT DISTINCT`. */
  readonly operator: string;
  readonly with: WithClause | undefined;
  /** ORDER BY, LIMIT and OFFSET. */
  readonly tail: readonly Clause[];
}

const tailTypes = ['order_by_clause', 'limit_clause', 'offset_clause'];
const duckdbOperators: Readonly<Record<string, string>> = {
  'UNION ALL': 'UNION ALL',
  'UNION DISTINCT': 'UNION',
  'EXCEPT DISTINCT': 'EXCEPT',
  'INTERSECT DISTINCT': 'INTERSECT',
};

/** Takes a set operation apart. The parser gives WITH to the first query and ORDER BY and LIMIT to the last. */
export function operandsOf(t: Translator, node: CompoundSelectStmt): Operands {
  const operators: string[] = [];
  const flat = (query: SubSelect): SubSelect[] => {
    if (query.type !== 'compound_select_stmt') return [query];
    const words: readonly Keyword[] = Array.isArray(query.operator) ? query.operator : [query.operator];
    const left = flat(query.left);
    operators.push(words.map(({ name }) => name).join(' '));
    return [...left, ...flat(query.right)];
  };
  const operands = flat(node);
  const [operator = ''] = operators;
  if (operators.some(other => other !== operator)) {
    t.complain.invalid(
      node,
      'Syntax error: Different set operations cannot be used in the same query without using parentheses for grouping',
    );
  }
  if (!(operator in duckdbOperators)) {
    const found = `Syntax error: ${operator} is not valid; use UNION ALL, UNION DISTINCT, EXCEPT DISTINCT or INTERSECT DISTINCT`;
    t.complain.invalid(node, found);
  }
  const [first] = operands;
  const last = operands.at(-1);
  const withClause =
    first?.type === 'select_stmt' ? first.clauses.find(clause => clause.type === 'with_clause') : undefined;
  const tail = last?.type === 'select_stmt' ? last.clauses.filter(({ type }) => tailTypes.includes(type)) : [];
  const core = operands.map((operand, index): SubSelect => {
    if (operand.type !== 'select_stmt') return operand;
    const clauses = operand.clauses.filter(
      clause => !(index === 0 && clause === withClause) && !(index === operands.length - 1 && tail.includes(clause)),
    );
    return { ...operand, clauses };
  });
  return { operands: core, operator, with: withClause, tail };
}

/** Unites queries, each of them with the types that their columns have in common. */
export function united(t: Translator, queries: readonly Query[], operator: string, node: Located): Query {
  const [first] = queries;
  if (first === undefined) return t.complain.invalid(node, 'A set operation needs queries');
  if (queries.some(({ columns }) => columns.length !== first.columns.length)) {
    const counts = queries.map(({ columns }) => columns.length).join(', ');
    t.complain.invalid(node, `Queries in ${operator} have mismatched column count; query column counts are ${counts}`);
  }
  if (queries.some(({ isValue }) => isValue !== first.isValue)) {
    t.complain.invalid(node, 'Cannot combine value tables with tables in a set operation');
  }
  const aliases = queries.map(() => t.fresh('q'));
  const values = queries.map((query, index) =>
    query.columns.map(
      (column): Expression => ({
        sql: `${aliases[index] ?? ''}.${quoted(column.sqlName)}`,
        type: column.type,
        node,
        ...(column.isNull ? { literal: 'NULL' } : {}),
      }),
    ),
  );
  const columns = first.columns.map((column, index): OutputColumn => {
    const sides = values.flatMap(row => row[index] ?? []);
    const type = supertype(sides);
    if (type === undefined) {
      const types = sides.map(side => typeName(side.type)).join(', ');
      return t.complain.invalid(node, `Column ${index + 1} in ${operator} has incompatible types: ${types}`);
    }
    return { ...column, type, isNull: sides.every(({ literal }) => literal === 'NULL') };
  });
  const selects = queries.map((query, index) => {
    const items = columns.map((column, place) => {
      const value = values[index]?.[place];
      return `${(value && coerced(value, column.type)) ?? 'NULL'} AS ${quoted(column.sqlName)}`;
    });
    return `(SELECT ${items.join(', ')} FROM (${query.sql}) AS ${aliases[index] ?? ''})`;
  });
  return { sql: selects.join(` ${duckdbOperators[operator] ?? ''} `), columns, isValue: first.isValue };
}
