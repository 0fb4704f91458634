import { connect as openSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql, { type Connection, type ConnectionOptions } from 'mysql2';
import type { SqlConnection } from '../../core/batch/connection.ts';
import { connectionFailure } from '../connection-failure.ts';
import { type Reach, reach } from '../reach.ts';
import type { SourceContext } from '../source.ts';
import type { MysqlColumn } from './column-types.ts';

/** A connection, with what is used of it. */
export interface MysqlSession {
  /** Rows of texts as the server writes them. */
  rows(query: string): Promise<readonly (readonly (string | null)[])[]>;
  /** Has the server prepare a query and describe its result, without running it. */
  describe(query: string): Promise<readonly MysqlColumn[]>;
  /** The socket, on which a result is read while the connection is idle. */
  readonly stream: Duplex;
  /**
   * Breaks the connection off, and has the server end what it does for it: by itself the server would only find out when
   * it sends rows. Never rejects.
   */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** What mysql2 has and its types do not. */
interface Inside {
  readonly stream: Duplex;
}

interface Definition {
  readonly name: string;
  readonly columnType: number;
  readonly flags: number;
  readonly characterSet: number;
  readonly columnLength: number;
  readonly decimals: number;
  readonly extendedTypeName?: string;
  readonly extendedFormat?: string;
}

export async function connectMysql(
  connection: SqlConnection,
  application: string,
  context: SourceContext,
): Promise<MysqlSession> {
  const { password, way, close } = await reach(connection, context);
  const millis = Math.max(1, context.deadline.getTime() - Date.now());
  const options: ConnectionOptions = {
    user: connection.user,
    database: connection.database,
    ...(password === undefined ? { authPlugins: noPassword } : { password }),
    ...addressOf(way),
    charset: 'utf8mb4_bin',
    rowsAsArray: true,
    typeCast: field => field.string('utf8'),
    connectTimeout: Math.min(millis, 15_000),
    connectAttributes: { program_name: application },
    // Queries are also sent without mysql2, which knows nothing of attributes; nor may the server ask for a file.
    flags: ['-CLIENT_QUERY_ATTRIBUTES', '-SESSION_TRACK', '-LOCAL_FILES', '-MULTI_RESULTS'],
  };
  const client = createClient(options);
  const promised = client.promise();
  let session: ServerSession;
  try {
    await promised.connect();
    session = await serverSession(client);
  } catch (cause) {
    client.destroy();
    close();
    context.signal.throwIfAborted();
    throw connectionFailure(cause, connection);
  }
  return {
    get stream() {
      return (client as unknown as Inside).stream;
    },
    async rows(query) {
      const [rows] = await promised.query(query);
      return rows as (string | null)[][];
    },
    describe: query =>
      new Promise((resolve, reject) => {
        client.prepare(query, (error, statement) => {
          if (error) {
            reject(error);
            return;
          }
          const { columns } = statement as unknown as { readonly columns: readonly Definition[] };
          statement.close();
          resolve(columns.map(columnOf));
        });
      }),
    async kill() {
      (client as unknown as Inside).stream.destroy();
      await killSession(options, session).catch(() => undefined);
    },
    async close() {
      await promised.end().catch(() => client.destroy());
      close();
    },
  };
}

function createClient(options: ConnectionOptions): Connection {
  const client = mysql.createConnection(options);
  // A connection that breaks rejects what waits for it; without a listener the event would end the process.
  client.on('error', () => undefined);
  return client;
}

/** A connection as its server numbers it, and which server that is: behind one address there may be several. */
interface ServerSession {
  readonly id: string;
  readonly server: string;
}

async function serverSession(client: Connection): Promise<ServerSession> {
  const [rows] = await client.promise().query("SELECT CONNECTION_ID(), CONCAT(@@hostname, ':', @@port)");
  const [[id = '', server = ''] = []] = rows as unknown as readonly (readonly string[])[];
  return { id, server };
}

/** An instance that is being stopped has no more time than ten seconds, for all that it has to do. */
const killMillis = 2_000;

/** Every user may end its own: https://dev.mysql.com/doc/refman/8.4/en/kill.html */
async function killSession(options: ConnectionOptions, { id, server }: ServerSession): Promise<void> {
  const client = createClient(options);
  const kill = async () => {
    await client.promise().connect();
    if ((await serverSession(client)).server === server) await client.promise().query(`KILL ${id}`);
  };
  try {
    await Promise.race([kill(), sleep(killMillis, undefined, { ref: false })]);
  } finally {
    client.destroy();
  }
}

/**
 * With IAM login Cloud SQL asks for a password in clear text, inside the connector's encryption, and looks at the token of
 * the connection in its place: https://cloud.google.com/sql/docs/mysql/iam-authentication
 */
const noPassword: NonNullable<ConnectionOptions['authPlugins']> = {
  mysql_clear_password: () => () => Buffer.from('\0'),
};

function addressOf(way: Reach['way']): ConnectionOptions {
  if (way.by === 'connector') return { stream: way.stream };
  const { host, port, tls } = way;
  if (tls === undefined) return { host, port };
  const { serverName, checkServerIdentity: _, ...options } = tls;
  return {
    ssl: { ...options, verifyIdentity: serverName !== undefined },
    // mysql2 takes its host for the name to check, save an address: for those Node.js takes what the socket is for.
    host: serverName ?? host,
    stream: () =>
      Object.assign(openSocket({ host, port, noDelay: true, keepAlive: true }), { _host: serverName ?? host }),
  };
}

function columnOf(definition: Definition): MysqlColumn {
  const { name, columnType, flags, characterSet, columnLength, decimals } = definition;
  const extended = definition.extendedTypeName ?? definition.extendedFormat;
  return {
    name,
    type: columnType,
    flags,
    characterSet,
    length: columnLength,
    decimals,
    ...(extended === undefined ? {} : { extended }),
  };
}
