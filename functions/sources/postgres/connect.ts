// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- pg has no types, and an ambient module cannot be imported
/// <reference path="./pg.d.ts" />
import { isIP } from 'node:net';
import pg, { type Client } from 'pg';
import type { SqlConnection } from '../../core/batch/connection.ts';
import { connectionFailure } from '../connection-failure.ts';
import { type Reach, reach } from '../reach.ts';
import type { SourceContext } from '../source.ts';

export type OpenClient = () => Promise<Client>;

/** Opens connections to the database. All are read-only from their first statement on. */
export async function postgresClients(
  connection: SqlConnection,
  application: string,
  context: SourceContext,
): Promise<{ readonly open: OpenClient; readonly close: () => void }> {
  const { password, way, close } = await reach(connection, context);
  const settings = {
    default_transaction_read_only: 'on',
    default_transaction_isolation: 'repeatable\\ read',
    // Of what is text: times in UTC, in forms that every reader knows, floats with all their digits.
    timezone: 'UTC',
    datestyle: 'ISO',
    intervalstyle: 'iso_8601',
    bytea_output: 'hex',
    extra_float_digits: '1',
    client_encoding: 'UTF8',
    idle_in_transaction_session_timeout: '0',
  };
  const open = async () => {
    const millis = Math.max(1, context.deadline.getTime() - Date.now());
    const client = new pg.Client({
      user: connection.user,
      database: connection.database,
      ...(password === undefined ? {} : { password }),
      ...addressOf(way),
      application_name: application.slice(0, 63),
      connectionTimeoutMillis: Math.min(millis, 15_000),
      keepAlive: true,
      options: Object.entries({ ...settings, statement_timeout: `${millis}` })
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
    });
    // A connection that breaks rejects what waits for it; without a listener the event would end the process.
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch (cause) {
      client.connection.stream.destroy();
      context.signal.throwIfAborted();
      throw connectionFailure(cause, connection);
    }
    return client;
  };
  return { open, close };
}

function addressOf(way: Reach['way']) {
  if (way.by === 'connector') return { stream: way.stream };
  const { host, port, tls } = way;
  if (tls === undefined) return { host, port, ssl: false };
  const { serverName, ...options } = tls;
  // For a host that is an address; of a host that is a name, pg sends that name.
  const servername = serverName === undefined || isIP(serverName) > 0 ? {} : { servername: serverName };
  return { host, port, ssl: { ...options, ...servername } };
}
