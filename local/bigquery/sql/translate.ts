import type { Statement } from 'sql-parser-cst';
import type { DatasetName } from '../names.ts';
import { alterTable, createSchema, createTable, createView, drop } from './ddl.ts';
import { insert, remove, truncate, update } from './dml.ts';
import { tokens } from './lexer.ts';
import { merge } from './merge.ts';
import { parseGoogleSql } from './parse.ts';
import { emptyScope } from './scope.ts';
import { type StatementContext, statementTranslator } from './session.ts';
import { columnOfType } from './sql-type.ts';
import type { StatementBody, TranslatedStatement } from './statement.ts';
import { checkStrict } from './strict.ts';
import type { CatalogueTable, QueryParameter, Translator } from './translator.ts';

export { SqlError } from './errors.ts';
export type { TranslatedStatement } from './statement.ts';
export type { CatalogueTable, QueryParameter } from './translator.ts';

export interface TranslateOptions {
  /** The project of tables that are named without one. */
  readonly defaultProject: string;
  readonly defaultDataset?: string;
  /** The tables and views of a dataset in the order of their creation; none when there is no such dataset. */
  readonly tables: (project: string, dataset: string) => readonly CatalogueTable[];
  readonly parameters?: readonly QueryParameter[];
}

export interface Translated {
  readonly statements: readonly TranslatedStatement[];
}

/**
 * Translates a script of GoogleSQL to DuckDB's SQL, for a session in UTC in which `project.dataset.table` is
 * `"project"."dataset"."table"`. What cannot be answered as BigQuery would is refused. Throws a SqlError.
 */
export function translate(googleSql: string, options: TranslateOptions): Translated {
  const { statements, prepared } = parseGoogleSql(googleSql);
  const catalogue = scriptCatalogue(options);
  const context: StatementContext = {
    text: googleSql,
    prepared,
    defaultProject: options.defaultProject,
    defaultDataset: options.defaultDataset,
    parameters: options.parameters ?? [],
    positions: positionsOf(googleSql),
    tables: catalogue.tables,
  };
  return {
    statements: statements.flatMap(node => {
      const t = statementTranslator(context);
      checkStrict(t.complain, node);
      const bodies = bodiesOf(t, node, googleSql);
      return bodies.map((body): TranslatedStatement => {
        if (body.kind === 'CREATE_VIEW' && t.parametersUsed.length > 0) {
          t.complain.invalid(node, 'Query parameters cannot be used in a view');
        }
        catalogue.note(body);
        return { ...body, reads: t.tablesRead, parameters: t.parametersUsed };
      });
    }),
  };
}

function bodiesOf(t: Translator, node: Statement, text: string): readonly StatementBody[] {
  switch (node.type) {
    case 'select_stmt':
    case 'compound_select_stmt':
      return [select(t, node)];
    case 'insert_stmt':
      return [insert(t, node)];
    case 'update_stmt':
      return [update(t, node)];
    case 'delete_stmt':
      return [remove(t, node)];
    case 'merge_stmt':
      return [merge(t, node)];
    case 'truncate_stmt':
      return [truncate(t, node)];
    case 'create_table_stmt':
      return [createTable(t, node, text)];
    case 'create_view_stmt':
      return [createView(t, node, text)];
    case 'drop_table_stmt':
    case 'drop_view_stmt':
      return [drop(t, node)];
    case 'alter_table_stmt':
      return alterTable(t, node);
    case 'create_schema_stmt':
      return [createSchema(t, node)];
    case 'start_transaction_stmt':
      return [{ sql: 'BEGIN TRANSACTION', kind: 'BEGIN' }];
    case 'commit_transaction_stmt':
      return [{ sql: 'COMMIT', kind: 'COMMIT' }];
    case 'rollback_transaction_stmt':
      return [{ sql: 'ROLLBACK', kind: 'ROLLBACK' }];
    default:
      return t.complain.unsupported(
        node,
        `The statement ${node.type
          .replace(/_stmt$/, '')
          .replaceAll('_', ' ')
          .toUpperCase()}`,
      );
  }
}

function select(t: Translator, node: Parameters<Translator['query']>[0]): StatementBody {
  const query = t.query(node, emptyScope);
  const [only] = query.columns;
  if (query.isValue && only?.type.kind === 'STRUCT') {
    // The rows are the structs: their fields are the result's columns.
    const fields = only.type.fields.map((field, index) => ({ name: field.name ?? `f${index}_`, type: field.type }));
    const columns = fields.map(({ name, type }) => columnOfType(name, type)).filter(column => column !== undefined);
    return { sql: `SELECT UNNEST("${only.sqlName}") FROM (${query.sql}) AS "$q"`, kind: 'SELECT', columns };
  }
  const columns = query.columns.map(({ sqlName, type }) => columnOfType(sqlName, type));
  return columns.every(column => column !== undefined)
    ? { sql: query.sql, kind: 'SELECT', columns }
    : { sql: query.sql, kind: 'SELECT' };
}

/** The numbers of the positional parameters, by their place in the text. */
const positionsOf = (text: string): ReadonlyMap<number, number> =>
  new Map(
    tokens(text)
      .filter(({ text: token }) => token === '?')
      .map(({ start }, index) => [start, index + 1]),
  );

/** The catalogue as a script sees it: later statements know the tables that earlier ones have made. */
function scriptCatalogue({ tables }: TranslateOptions) {
  const changes = new Map<string, readonly CatalogueTable[]>();
  const key = ({ project, dataset }: DatasetName) => `${project}.${dataset}`;
  const current = (name: DatasetName) => changes.get(key(name)) ?? tables(name.project, name.dataset);
  return {
    tables: current,
    note({ kind, target, created }: StatementBody): void {
      if (target === undefined) return;
      const existing = current(target);
      const old = existing.find(({ table }) => table === target.table);
      const others = existing.filter(table => table !== old);
      const columns = created?.columns ?? [];
      if (kind === 'DROP_TABLE' || kind === 'DROP_VIEW') changes.set(key(target), others);
      else if (kind === 'ALTER_TABLE' && old) {
        const known = new Set(old.columns.map(({ name }) => name.toLowerCase()));
        const added = columns.filter(({ name }) => !known.has(name.toLowerCase()));
        changes.set(
          key(target),
          existing.map(table => (table === old ? { ...old, columns: [...old.columns, ...added] } : table)),
        );
      } else if (kind.startsWith('CREATE_') && kind !== 'CREATE_SCHEMA' && !(created?.ifNotExists === true && old)) {
        const by = created?.partitionBy;
        const partitioned = by !== undefined && !('range' in by) && by.field === undefined;
        changes.set(key(target), [...others, { table: target.table, columns, partitioned }]);
      }
    },
  };
}
