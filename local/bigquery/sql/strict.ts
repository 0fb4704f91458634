import { cstVisitor, type Statement } from 'sql-parser-cst';
import type { Complaints } from './errors.ts';

/** Refuses what the parser takes from other dialects of SQL; to ignore it would change what a statement means. */
export function checkStrict(complain: Complaints, statement: Statement): void {
  const refuse = (node: Parameters<Complaints['invalid']>[0] | undefined, what: string) => {
    if (node !== undefined) complain.invalid(node, `Syntax error: Unexpected ${what}`);
  };
  cstVisitor({
    // 'a' 'b' would be a column named b.
    alias: ({ alias }) => refuse(/^['"]/.test(alias.text) ? alias : undefined, 'string literal'),
    blob_literal: node => refuse(/^[xX]/.test(node.text) ? node : undefined, 'string literal'),
    common_table_expr: ({ materializedKw }) => refuse([materializedKw].flat()[0], 'MATERIALIZED'),
    // LIMIT 5, 10 would skip five rows.
    limit_clause: node => refuse(node.offset && !node.offsetKw ? node.offset : undefined, '","'),
    interval_literal: ({ precision }) => refuse(precision, '"("'),
    join_expr: ({ operator, specification }) => {
      const crosses = operator === ',' || [operator].flat().some(({ name }) => name === 'CROSS');
      refuse(crosses ? specification : undefined, 'ON or USING after a cross join');
    },
    insert_clause: ({ insertKw }) => refuse(insertKw.name === 'REPLACE' ? insertKw : undefined, 'REPLACE'),
    truncate_stmt: node =>
      refuse(node.tableKw ? [node.restartOrContinueKw ?? node.behaviorKw].flat()[0] : node, 'TRUNCATE'),
    select_clause: ({ modifiers }) =>
      refuse(
        modifiers.find(
          ({ type }) => !['select_all', 'select_distinct', 'select_as_struct', 'select_as_value'].includes(type),
        ),
        'modifier of SELECT',
      ),
  })(statement);
}
