import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { checkProject, quoted } from '../names.ts';
import { clockAhead } from '../sql/now.ts';

/** A transaction under way. DuckDB lets it change one project only. */
export interface Transaction {
  readonly connection: DuckDBConnection;
  /** Has `effect` run once everything is committed, before the next write begins. */
  afterCommit(effect: () => void): void;
}

const extension = '.duckdb';

/** Holds the stand-in's own records; a dataset cannot have this name. */
export const recordsSchema = '$onramp';

/**
 * DuckDB with one database file per project. Readers have a connection each and see a snapshot; writers take turns,
 * because DuckDB aborts one of two transactions that change the same table.
 */
export class Database {
  readonly #folder: string;
  readonly #millisAhead: (() => number) | undefined;
  #instance: DuckDBInstance;
  #projects = new Set<string>();
  #lastWrite: Promise<unknown> = Promise.resolve();
  #connections = 0;
  #reopening: PromiseWithResolvers<undefined> | undefined;
  #idle: PromiseWithResolvers<undefined> | undefined;

  private constructor(folder: string, instance: DuckDBInstance, millisAhead: (() => number) | undefined) {
    this.#folder = folder;
    this.#millisAhead = millisAhead;
    this.#instance = instance;
  }

  /**
   * Opens every project's file in the folder, which is made when it is missing. `millisAhead` is how far the time of SQL is
   * ahead of the machine's; without it they are the same.
   */
  static async open(folder: string, millisAhead?: () => number): Promise<Database> {
    mkdirSync(folder, { recursive: true });
    const database = new Database(folder, await newInstance(), millisAhead);
    for (const file of readdirSync(folder)) {
      if (file.endsWith(extension)) await database.#attach(file.slice(0, -extension.length));
    }
    return database;
  }

  get projects(): ReadonlySet<string> {
    return this.#projects;
  }

  /** Makes the project's file unless it exists. */
  async addProject(project: string): Promise<void> {
    if (this.#projects.has(project)) return;
    checkProject(project);
    await this.#inTurn(async () => {
      if (!this.#projects.has(project)) await this.#attach(project);
    });
  }

  /** Runs `work` on a connection of its own, which sees the last committed state. */
  async read<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    while (this.#reopening) await this.#reopening.promise;
    this.#connections += 1;
    const connection = await this.#instance.connect();
    try {
      if (this.#millisAhead !== undefined) {
        await connection.run(`SET VARIABLE ${clockAhead} = to_microseconds(${Math.round(this.#millisAhead()) * 1000})`);
      }
      return await work(connection);
    } catch (error) {
      if (isFatal(error)) this.#reopening ??= Promise.withResolvers();
      throw error;
    } finally {
      connection.closeSync();
      this.#connections -= 1;
      if (this.#connections === 0) await this.#becomeIdle();
    }
  }

  /** Runs `work` when all writes before it are done. */
  write<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.#inTurn(() => this.read(work));
  }

  /** Runs `work` as one transaction: what it wrote is there entirely when this resolves, and not at all when it rejects. */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.write(async connection => {
      const effects: (() => void)[] = [];
      await connection.run('BEGIN');
      try {
        const result = await work({ connection, afterCommit: effect => effects.push(effect) });
        await connection.run('COMMIT');
        for (const effect of effects) effect();
        return result;
      } catch (error) {
        // A failed COMMIT has rolled back already, and then there is nothing to roll back.
        await connection.run('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  }

  /** Waits for everything under way, then closes the files. */
  async close(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#connections > 0) {
        this.#idle = Promise.withResolvers();
        await this.#idle.promise;
      }
      await this.#closeInstance();
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastWrite.then(work, work);
    this.#lastWrite = turn.catch(() => undefined);
    return turn;
  }

  async #attach(project: string): Promise<void> {
    const file = join(this.#folder, `${project}${extension}`);
    const isNew = !existsSync(file);
    const connection = await this.#instance.connect();
    try {
      await connection.run(`ATTACH '${file.replaceAll("'", "''")}' AS ${quoted(project)}`);
      if (isNew) {
        await connection.run(`CREATE SCHEMA ${quoted(project)}.${quoted(recordsSchema)}`);
        await connection.run(
          `CREATE TABLE ${quoted(project)}.${quoted(recordsSchema)}.record (kind VARCHAR, id VARCHAR, body VARCHAR)`,
        );
      }
    } finally {
      connection.closeSync();
    }
    this.#projects.add(project);
  }

  async #becomeIdle(): Promise<void> {
    this.#idle?.resolve(undefined);
    const reopening = this.#reopening;
    if (reopening === undefined) return;
    // DuckDB refuses every statement after an internal error until its database is opened again.
    const projects = this.#projects;
    this.#projects = new Set();
    this.#instance.closeSync();
    this.#instance = await newInstance();
    for (const project of projects) await this.#attach(project);
    this.#reopening = undefined;
    reopening.resolve(undefined);
  }

  async #closeInstance(): Promise<void> {
    const connection = await this.#instance.connect();
    for (const project of this.#projects) await connection.run(`DETACH ${quoted(project)}`);
    connection.closeSync();
    this.#instance.closeSync();
  }
}

async function newInstance(): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`SET GLOBAL TimeZone = 'UTC'`);
  connection.closeSync();
  return instance;
}

const isFatal = (error: unknown): boolean => error instanceof Error && /^(FATAL|INTERNAL) Error/.test(error.message);
