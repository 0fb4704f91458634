import { openMysql } from '../../../../functions/sources/mysql/mysql-source.ts';
import { openPostgres } from '../../../../functions/sources/postgres/postgres-source.ts';
import type { OpenSource } from '../../../../functions/sources/source.ts';
import type { DatabaseKind, Session } from '../../../support/database-kinds.ts';
import type { DatabaseServer } from '../../../support/database-server.ts';
import { type Exports, startExports } from './export-fixture.ts';

export const openers = { postgres: openPostgres, mysql: openMysql } as const;

/** A server, its exports, and a session that writes into it. */
export interface SqlSource {
  readonly server: DatabaseServer;
  readonly exports: Exports;
  readonly openSource: OpenSource;
  readonly session: Session;
  close(): Promise<void>;
}

export async function startSource({ kind, start, connect }: DatabaseKind): Promise<SqlSource> {
  const openSource = openers[kind];
  const server = await start();
  const session = await connect(server);
  const exports = await startExports(openSource, server, kind);
  return {
    server,
    exports,
    openSource,
    session,
    async close() {
      await session.end();
      await exports.close();
      await server.close();
    },
  };
}
