import type { MergeActionInsert, MergeStmt, MergeWhenClause } from 'sql-parser-cst';
import { quoted } from '../names.ts';
import { assigned, setSql } from './assignment.ts';
import { coerce } from './coercion.ts';
import { insertedColumns, oneSourceRow, rowSql, scopeOf, type Target, targetOf } from './dml.ts';
import { fromItems } from './from-clause.ts';
import type { Side } from './join.ts';
import { emptyScope, type Scope } from './scope.ts';
import { scalar } from './sql-type.ts';
import type { StatementBody } from './statement.ts';
import type { Translator } from './translator.ts';

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#merge_statement */
export function merge(t: Translator, node: MergeStmt): StatementBody {
  const [clause, ...rest] = node.clauses;
  const whens = rest.filter(part => part.type === 'merge_when_clause');
  if (clause?.type !== 'merge_clause' || whens.length < rest.length || whens.length === 0) {
    return t.complain.invalid(node, 'Syntax error: MERGE needs ON and at least one WHEN clause');
  }
  const target = targetOf(t, clause.target);
  const source = fromItems(t, clause.source, emptyScope);
  const sides: Sides = {
    both: bothOf(target, source),
    target: scopeOf([target.relation]),
    source: { ...emptyScope, ...source },
  };
  const on = condition(t, clause.condition, sides.both);
  const actions = whens.map(when => whenSql(t, when, target, source, sides));
  const matching = actions.flatMap(({ matched }) => (matched === undefined ? [] : [matched]));
  const guarded = matching.length === 0 ? source.sql : guard(target, source, `${on} AND (${matching.join(' OR ')})`);
  const sql = `MERGE INTO ${target.sql} USING ${guarded} ON ${on} ${actions.map(action => action.sql).join(' ')}`;
  return { sql, kind: 'MERGE', target: target.name };
}

interface Sides {
  readonly both: Scope;
  readonly target: Scope;
  readonly source: Scope;
}

const bothOf = (target: Target, source: Side): Scope => ({
  ...emptyScope,
  relations: [target.relation, ...source.relations],
  columns: [...target.relation.columns, ...source.columns],
});

/** The source, which cannot be read when a row of the target would be changed by several of its rows. */
function guard(target: Target, source: { readonly sql: string }, changed: string): string {
  const alias = / AS ("\$\w+")$/.exec(source.sql)?.[1] ?? '';
  return `(SELECT * FROM ${source.sql} WHERE ${oneSourceRow(target, source.sql, changed)}) AS ${alias}`;
}

const condition = (t: Translator, node: Parameters<Translator['expression']>[0], scope: Scope) =>
  coerce(t.complain, t.expression(node, scope), scalar('BOOL'), 'The condition of MERGE');

interface Action {
  readonly sql: string;
  /** Of WHEN MATCHED: its condition. */
  readonly matched?: string;
}

function whenSql(t: Translator, node: MergeWhenClause, target: Target, source: Side, sides: Sides): Action {
  const matched = !Array.isArray(node.matchedKw);
  const bySource = node.byKw?.[1].name === 'SOURCE';
  if (matched && node.byKw !== undefined) return t.complain.invalid(node, 'Syntax error: Unexpected "BY"');
  const scope = matched ? sides.both : bySource ? sides.target : sides.source;
  const extra = node.condition && condition(t, node.condition.expr, scope);
  const when = `WHEN ${matched ? 'MATCHED' : bySource ? 'NOT MATCHED BY SOURCE' : 'NOT MATCHED BY TARGET'}${extra === undefined ? '' : ` AND ${extra}`} THEN`;
  const asMatched = matched ? { matched: extra ?? 'true' } : {};
  const { action } = node;
  const inserts = !matched && !bySource;
  switch (action.type) {
    case 'merge_action_delete':
      if (inserts) break;
      return { sql: `${when} DELETE`, ...asMatched };
    case 'merge_action_update':
      if (inserts) break;
      return {
        sql: `${when} UPDATE SET ${setSql(t, action.set.assignments.items, target.relation.columns, scope)}`,
        ...asMatched,
      };
    case 'merge_action_insert':
      if (!inserts) break;
      return { sql: `${when} ${insertSql(t, action, target, source, scope)}` };
    case 'merge_action_do_nothing':
      break;
  }
  return t.complain.invalid(action, 'Syntax error: this action does not fit its WHEN clause');
}

function insertSql(t: Translator, node: MergeActionInsert, target: Target, source: Side, scope: Scope): string {
  const columns = insertedColumns(t, target.relation.columns, node.columns);
  const [values] = node.clauses;
  const into = `INSERT (${columns.map(({ name }) => quoted(name)).join(', ')}) VALUES`;
  if (values?.type === 'values_clause') {
    const [row, ...more] = values.values.items;
    if (row?.type !== 'paren_expr' || more.length > 0)
      return t.complain.invalid(values, 'Syntax error: MERGE inserts one row');
    return `${into} ${rowSql(t, row.expr, columns, scope)}`;
  }
  if (values?.type !== 'merge_action_insert_row_clause')
    return t.complain.invalid(node, 'Syntax error: INSERT needs VALUES or ROW');
  // ROW is the source's columns, in their order.
  if (source.star.length !== columns.length) {
    return t.complain.invalid(
      values,
      `Inserted row has wrong column count; Has ${source.star.length}, expected ${columns.length}`,
    );
  }
  const row = columns.map((column, index) => {
    const value = source.star[index];
    return value === undefined
      ? 'NULL'
      : assigned(t, { sql: value.sql, type: value.type, node: values }, column.type, column.name);
  });
  return `${into} (${row.join(', ')})`;
}
