import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { Caller } from '../../stand-in.ts';
import type { Access } from '../access.ts';
import { ApiError, notFound, unsupported } from '../errors.ts';
import { type TableName, tableId } from '../names.ts';
import type { Catalogue } from '../store/catalogue.ts';
import { runDefinition } from './definitions.ts';
import type { QueryResult } from './query-result.ts';
import { resultColumn } from './result-columns.ts';
import type { SqlStatement, TranslateRequest, TranslateSql } from './translate-sql.ts';
import type { Views } from './views.ts';

export interface Engine {
  /** Translates a script. Throws an ApiError with the reason invalidQuery when it is not valid. */
  prepare(googleSql: string, request: TranslateRequest): SqlStatement[];
  /** Runs a prepared script; the last statement's result is the script's. */
  run(statements: readonly SqlStatement[], caller: Caller): Promise<QueryResult>;
  /** What the script's result will look like, without running it. */
  describe(statements: readonly SqlStatement[], caller: Caller): Promise<QueryResult>;
}

const dml = new Set<string>(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'TRUNCATE'] satisfies SqlStatement['kind'][]);
const transactional = new Set<string>(['BEGIN', 'COMMIT', 'ROLLBACK'] satisfies SqlStatement['kind'][]);

const nothing: QueryResult = { columns: [], rows: [], statementType: 'SCRIPT' };

/** Runs GoogleSQL on DuckDB. Every statement is a transaction of its own unless the script says otherwise. */
export function createEngine(catalogue: Catalogue, views: Views, access: Access, translate: TranslateSql): Engine {
  const { database } = catalogue;

  function check({ reads, target, kind }: SqlStatement, caller: Caller): void {
    for (const name of reads) checkRead(name, caller);
    if (target && dml.has(kind)) {
      access.table(caller, 'bigquery.tables.updateData', target);
      catalogue.table(target);
    }
  }

  /** Who reads a view needs to be allowed to read what it reads. */
  function checkRead(name: TableName, caller: Caller): void {
    access.table(caller, 'bigquery.tables.getData', name);
    const record = catalogue.findTable(name);
    // A script may have made the table in an earlier statement, which is checked when it is run.
    if (record?.kind === 'VIEW') for (const inner of views.reads(record)) checkRead(inner, caller);
  }

  function mustExist({ reads }: SqlStatement): void {
    const missing = reads.find(name => catalogue.findTable(name) === undefined);
    if (missing) throw notFound('Table', `${tableId(missing)} was not found in location US`);
  }

  async function runOne(statement: SqlStatement, caller: Caller): Promise<QueryResult> {
    check(statement, caller);
    mustExist(statement);
    if (statement.kind === 'SELECT') return database.read(connection => select(connection, statement));
    if (dml.has(statement.kind)) return database.transaction(({ connection }) => change(connection, statement));
    return runDefinition(statement, caller, { catalogue, views, access });
  }

  /** A script with BEGIN: it runs on one connection, and nothing of it stays when it fails or does not commit. */
  function runTransaction(statements: readonly SqlStatement[], caller: Caller): Promise<QueryResult> {
    return database.write(async connection => {
      let result = nothing;
      try {
        for (const statement of statements) {
          check(statement, caller);
          if (transactional.has(statement.kind)) await connection.run(statement.sql);
          else if (statement.kind === 'SELECT') result = await select(connection, statement);
          else if (dml.has(statement.kind)) result = await change(connection, statement);
          else throw unsupported(`${statement.kind} in a script with a transaction`);
        }
      } finally {
        // There is nothing to roll back after a COMMIT.
        await connection.run('ROLLBACK').catch(() => undefined);
      }
      return result;
    });
  }

  return {
    prepare: translate,
    run: (statements, caller) =>
      asQueryError(async () => {
        if (statements.some(({ kind }) => transactional.has(kind))) return runTransaction(statements, caller);
        let last = nothing;
        for (const statement of statements) last = await runOne(statement, caller);
        return last;
      }),
    describe: (statements, caller) =>
      asQueryError(async () => {
        for (const statement of statements) check(statement, caller);
        const last = statements.at(-1);
        if (last?.kind !== 'SELECT') return { ...nothing, statementType: last?.kind ?? 'SCRIPT' };
        const limited = { ...last, sql: `SELECT * FROM (${last.sql}) LIMIT 0` };
        return database.read(connection => select(connection, limited));
      }),
  };
}

async function select(connection: DuckDBConnection, statement: SqlStatement): Promise<QueryResult> {
  const result = await connection.run(statement.sql, statement.values, statement.valueTypes);
  const columns =
    statement.columns ?? result.columnNames().map((name, index) => resultColumn(name, result.columnType(index)));
  const rows: DuckDBValue[][] = await result.getRows();
  return { columns, rows, statementType: 'SELECT' };
}

async function change(connection: DuckDBConnection, statement: SqlStatement): Promise<QueryResult> {
  const result = await connection.run(statement.sql, statement.values, statement.valueTypes);
  const statementType = statement.kind === 'TRUNCATE' ? 'TRUNCATE_TABLE' : statement.kind;
  return { columns: [], rows: [], statementType, affectedRows: result.rowsChanged };
}

/** What fails in DuckDB is an error of the query, in BigQuery's eyes. */
async function asQueryError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError('invalidQuery', error instanceof Error ? error.message : String(error), 'q');
  }
}
