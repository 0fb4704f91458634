import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SqlConnection } from '../core/batch/connection.ts';
import { connectionFailure } from './connection-failure.ts';
import type { SourceContext } from './source.ts';
import { type TlsClient, tlsClient } from './tls-client.ts';

/** How a SQL database is reached, and by what its user is known. */
export interface Reach {
  readonly password?: string;
  readonly way:
    | { readonly by: 'address'; readonly host: string; readonly port: number; readonly tls?: TlsClient }
    /** Each call is a new connection, which is encrypted already. */
    | { readonly by: 'connector'; readonly stream: () => Duplex };
  readonly close: () => void;
}

const ports = { postgres: 5432, mysql: 3306 } as const;

/**
 * Through Cloud SQL's connector, which encrypts by itself; else at host and port, encrypted and the server's certificate
 * checked, save where the connection says otherwise or the server is on this machine.
 */
export async function reach(connection: SqlConnection, context: SourceContext): Promise<Reach> {
  const { instance, auth, host = 'localhost', kind } = connection;
  const text = async (reference: string) => Buffer.from(await context.secret(reference)).toString();
  // A secret that was made by `echo` ends with a line's end, which is no part of a password.
  const password = auth.method === 'secret' ? (await text(auth.secret)).replace(/\r?\n$/, '') : undefined;
  const known = password === undefined ? {} : { password };
  try {
    if (instance !== undefined) {
      const { cloudSql } = await import('../clients/cloud-sql.ts');
      const { stream, close } = await cloudSql(connection, instance, context.signal);
      return { ...known, way: { by: 'connector', stream }, close };
    }
    const tls = await tlsClient(connection.tls ?? { mode: isHere(host) ? 'off' : 'verify' }, host, text);
    const way = { by: 'address', host, port: connection.port ?? ports[kind], ...(tls && { tls }) } as const;
    return { ...known, way, close: () => undefined };
  } catch (error) {
    context.signal.throwIfAborted();
    throw connectionFailure(error, connection);
  }
}

/** Whether an address is of this machine: a path is that of a socket. */
const isHere = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host.startsWith('/') || (isIP(host) === 4 && host.startsWith('127.'));
