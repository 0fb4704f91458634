import mysql2 from 'mysql2/promise';
import pg, { type Client } from 'pg';
import type { SqlConnection } from '../../functions/core/batch/connection.ts';
import {
  type DatabaseServer,
  mariadbServer,
  postgresBin,
  type ServerTls,
  startMariadb,
  startPostgres,
} from './database-server.ts';
import { startMysql, withoutMysql } from './mysql-server.ts';

/** A session of a service with its own database. */
export interface Session {
  run(sql: string): Promise<void>;
  /** The rows of a query, each as its values. */
  rows(sql: string): Promise<readonly (readonly unknown[])[]>;
  end(): Promise<void>;
}

/** A database that exports read, and how a test comes by one. */
export interface DatabaseKind {
  readonly name: string;
  readonly kind: SqlConnection['kind'];
  /** What is missing for it here. */
  readonly skip: string | false;
  readonly start: (tls?: ServerTls) => Promise<DatabaseServer>;
  readonly connect: (server: DatabaseServer) => Promise<Session>;
}

export const postgres: DatabaseKind = {
  name: 'PostgreSQL',
  kind: 'postgres',
  skip: postgresBin === undefined && 'PostgreSQL’s server programs are not installed',
  start: tls => startPostgres('UTF8', tls),
  async connect(server) {
    const client = await connectPostgres(server);
    return {
      async run(sql) {
        await client.query(sql);
      },
      rows: async text => (await client.query({ text, rowMode: 'array', types: { getTypeParser: () => String } })).rows,
      end: () => client.end(),
    };
  },
};

export const mariadb: DatabaseKind = {
  name: 'MariaDB',
  kind: 'mysql',
  skip: mariadbServer === undefined && 'MariaDB’s server program is not installed',
  start: startMariadb,
  connect: connectMysql,
};

export const mysql: DatabaseKind = {
  name: 'MySQL',
  kind: 'mysql',
  skip: withoutMysql,
  start: startMysql,
  connect: connectMysql,
};

/** An open connection, which the caller ends. */
export async function connectPostgres({ port, user, password, database }: DatabaseServer): Promise<Client> {
  const client = new pg.Client({ host: '127.0.0.1', port, user, password, database });
  await client.connect();
  return client;
}

async function connectMysql({ port, user, password, database }: DatabaseServer): Promise<Session> {
  const login = { host: '127.0.0.1', port, user, password, database };
  const connection = await mysql2.createConnection({ ...login, charset: 'utf8mb4' });
  return {
    async run(sql) {
      await connection.query(sql);
    },
    rows: async sql => (await connection.query({ sql, rowsAsArray: true }))[0] as unknown[][],
    end: () => connection.end(),
  };
}
