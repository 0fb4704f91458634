import type { Duplex } from 'node:stream';
import type { SqlConnection } from '../core/batch/connection.ts';
import type { SourceContext } from './source.ts';

/** How a SQL database is reached and by what its user is known. */
export interface Reach {
  /** Options that pg and mysql2 have in common. */
  readonly options: {
    readonly host?: string;
    readonly port?: number;
    readonly password?: string;
    readonly ssl?: boolean | object;
    readonly stream?: () => Duplex;
  };
  readonly close: () => void;
}

const ports = { postgres: 5432, mysql: 3306 } as const;

/**
 * Through Cloud SQL's connector, which encrypts by itself; else at host and port, encrypted and the server's certificate
 * checked, save where the connection says otherwise or the server is on this machine.
 */
export async function reach(connection: SqlConnection, secret: SourceContext['secret']): Promise<Reach> {
  const { instance, auth, host = 'localhost', tls } = connection;
  const password = auth.method === 'secret' ? Buffer.from(await secret(auth.secret)).toString() : undefined;
  const known = password === undefined ? {} : { password };
  if (instance !== undefined) {
    const { cloudSql } = await import('../clients/cloud-sql.ts');
    const { stream, close } = await cloudSql(connection, instance);
    return { options: { ...known, stream }, close };
  }
  const port = connection.port ?? ports[connection.kind];
  const mode = tls ?? (/^(localhost|127\.|::1$|\/)/.test(host) ? 'off' : 'verify');
  const ssl = mode === 'off' ? {} : { ssl: { rejectUnauthorized: mode === 'verify' } };
  return { options: { host, port, ...known, ...ssl }, close: () => undefined };
}
