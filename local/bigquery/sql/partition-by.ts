import type { FuncCall, Identifier, PartitionByClause } from 'sql-parser-cst';
import { datePart } from './dates/date-part.ts';
import type { Located } from './errors.ts';
import type { ExpressionNode } from './expression.ts';
import { now } from './now.ts';
import type { PartitionBy } from './statement.ts';
import type { Translator } from './translator.ts';

const pseudoColumns = ['_PARTITIONTIME', '_PARTITIONDATE'];

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language#partition_expression */
export function partitionBy(t: Translator, clause: PartitionByClause): PartitionBy {
  const [node, ...more] = clause.specifications.items;
  if (node === undefined || more.length > 0) return t.complain.invalid(clause, 'PARTITION BY takes one expression');
  if (node.type === 'identifier') return byTime(node, 'DAY');
  if (node.type === 'func_call' && node.name.type === 'identifier') {
    const args = (node.args?.expr.args.items ?? []) as readonly ExpressionNode[];
    const [column, second] = args;
    const name = node.name.name.toUpperCase();
    if (column?.type === 'identifier' && name === 'DATE' && args.length === 1) return byTime(column, 'DAY');
    if (column?.type === 'identifier' && /^(?:DATE|DATETIME|TIMESTAMP)_TRUNC$/.test(name) && second !== undefined) {
      const { name: part } = datePart(t.complain, second);
      if (part === 'HOUR' || part === 'DAY' || part === 'MONTH' || part === 'YEAR') return byTime(column, part);
    }
    if (column?.type === 'identifier' && name === 'RANGE_BUCKET' && second?.type === 'func_call') {
      return { field: column.name, range: rangeOf(t, second, node) };
    }
  }
  return t.complain.unsupported(node, 'This partition expression');
}

const byTime = (column: Identifier, type: 'HOUR' | 'DAY' | 'MONTH' | 'YEAR'): PartitionBy =>
  pseudoColumns.includes(column.name.toUpperCase()) ? { type } : { type, field: column.name };

function rangeOf(t: Translator, array: FuncCall, node: Located) {
  const numbers = (array.args?.expr.args.items ?? []).map(item =>
    item.type === 'number_literal' ? item.text : undefined,
  );
  const [start, end, interval] = numbers;
  const isArray = array.name.type === 'identifier' && array.name.name.toUpperCase() === 'GENERATE_ARRAY';
  if (!isArray || start === undefined || end === undefined || interval === undefined) {
    return t.complain.unsupported(node, 'RANGE_BUCKET without GENERATE_ARRAY(start, end, interval) of literals');
  }
  return { start, end, interval };
}

/** The column that holds the time of ingestion, for a table that is partitioned by it. */
export const ingestionTime = (by: PartitionBy): string | undefined =>
  'range' in by || by.field !== undefined
    ? undefined
    : `"_PARTITIONTIME" TIMESTAMPTZ DEFAULT timezone('UTC', date_trunc('${by.type.toLowerCase()}', timezone('UTC', ${now})))`;
