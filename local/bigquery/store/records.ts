import type { DuckDBConnection } from '@duckdb/node-api';
import { quoted } from '../names.ts';
import type { Column } from '../types.ts';
import { recordsSchema } from './database.ts';

/** What is kept of a dataset, a table or a job beside its rows: as JSON, in its project's own database file. */
export interface Recorded {
  /** Changes with every change of the record; `If-Match` compares it. */
  readonly etag: string;
  readonly creationTime: number;
  readonly lastModifiedTime: number;
}

/** The writable properties of a dataset that are kept as they were given. */
export interface DatasetRecord extends Recorded {
  readonly project: string;
  readonly dataset: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface TimePartitioning {
  readonly type: string;
  readonly field?: string;
  readonly expirationMs?: string;
}

export interface TableRecord extends Recorded {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
  readonly kind: 'TABLE' | 'VIEW';
  readonly columns: readonly Column[];
  /** Milliseconds since the epoch. */
  readonly expirationTime?: number;
  readonly timePartitioning?: TimePartitioning;
  /** GoogleSQL of a view. */
  readonly viewQuery?: string;
  /** Further writable properties, as they were given. */
  readonly properties: Readonly<Record<string, unknown>>;
}

export type RecordKind = 'dataset' | 'table' | 'job';

const table = (project: string) => `${quoted(project)}.${quoted(recordsSchema)}.record`;

/** Writes a record in place of the one with that id. The project's database must exist. */
export async function putRecord(
  connection: DuckDBConnection,
  project: string,
  kind: RecordKind,
  id: string,
  body: object,
): Promise<void> {
  await dropRecord(connection, project, kind, id);
  await connection.run(`INSERT INTO ${table(project)} VALUES ($1, $2, $3)`, [kind, id, JSON.stringify(body)]);
}

export async function dropRecord(
  connection: DuckDBConnection,
  project: string,
  kind: RecordKind,
  id: string,
): Promise<void> {
  await connection.run(`DELETE FROM ${table(project)} WHERE kind = $1 AND id = $2`, [kind, id]);
}

/** All records of that kind in a project. `T` is what was put. */
export async function readRecords<T>(connection: DuckDBConnection, project: string, kind: RecordKind): Promise<T[]> {
  const result = await connection.runAndReadAll(`SELECT body FROM ${table(project)} WHERE kind = $1`, [kind]);
  return result.getRows().map(([body]) => JSON.parse(body as string) as T);
}
