import type { Duplex } from 'node:stream';
import mysql, { type Connection } from 'mysql2';
import type { SqlConnection } from '../../core/batch/connection.ts';
import { OnrampError } from '../../core/errors.ts';
import { reach } from '../reach.ts';
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
  { secret, deadline }: SourceContext,
): Promise<MysqlSession> {
  const { options, close } = await reach(connection, secret);
  const millis = Math.max(1, deadline.getTime() - Date.now());
  const { ssl, ...others } = options;
  const client: Connection = mysql.createConnection({
    user: connection.user,
    database: connection.database,
    ...others,
    ...(typeof ssl === 'object' ? { ssl } : {}),
    charset: 'utf8mb4_bin',
    rowsAsArray: true,
    typeCast: field => field.string('utf8'),
    connectTimeout: Math.min(millis, 15_000),
    connectAttributes: { program_name: application },
    // Queries are also sent without mysql2, which knows nothing of attributes; nor may the server ask for a file.
    flags: ['-CLIENT_QUERY_ATTRIBUTES', '-SESSION_TRACK', '-LOCAL_FILES', '-MULTI_RESULTS'],
    ...(connection.auth.method === 'iam' ? { enableCleartextPlugin: true } : {}),
  });
  // A connection that breaks rejects what waits for it; without a listener the event would end the process.
  client.on('error', () => undefined);
  const promised = client.promise();
  try {
    await promised.connect();
  } catch (cause) {
    close();
    throw new OnrampError('EXPORT_CONNECTION_FAILED', cause instanceof Error ? cause.message : String(cause), {
      cause,
    });
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
    async close() {
      await promised.end().catch(() => client.destroy());
      close();
    },
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
