import type { Client } from 'pg';
import { planColumns } from '../../core/batch/column-plan.ts';
import { OnrampError } from '../../core/errors.ts';
import { maskKeys } from '../mask-columns.ts';
import { maxSideBySide, type OpenSource } from '../source.ts';
import { describeQuery, estimatedRows, identify, rowsOf, serverTypes } from './catalogue.ts';
import { postgresClients } from './connect.ts';
import { CopyRows } from './copy-rows.ts';
import { postgresFailure } from './failure.ts';
import { literal, partConditions } from './partition-bounds.ts';
import { copyStatement, readColumn, tupleReader } from './read-column.ts';

/** A database without encoding holds any bytes, which the server would refuse to send as UTF-8. */
const takeBytesAsTheyAre =
  "SELECT set_config('client_encoding', 'SQL_ASCII', false) WHERE current_setting('server_encoding') = 'SQL_ASCII'";

/**
 * Has the server look whether the export is still there while a query waits or computes, and end the query when it is not;
 * else it would only find out when it sends rows. Since PostgreSQL 14:
 * https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-CLIENT-CONNECTION-CHECK-INTERVAL
 */
const endWithConnection =
  "SELECT set_config(name, '2s', false) FROM (VALUES ('client_connection_check_interval')) AS settings (name) " +
  'WHERE current_setting(name, true) IS NOT NULL';

/**
 * Reads a query of PostgreSQL in one snapshot by COPY in its binary format; see decision 0019. The first connection holds
 * the snapshot, which the others, of parts that are read side by side, take over.
 */
export const openPostgres: OpenSource = async (request, context) => {
  const { connection, source, partitions } = request;
  if (connection.kind !== 'postgres' || source.type !== 'query') throw new Error('no query of a PostgreSQL database');
  const clients = await postgresClients(connection, `onramp ${request.export}`, context);
  const opened = new Set<Client>();
  const begin = async (snapshot?: string) => {
    const client = await clients.open();
    opened.add(client);
    context.signal.throwIfAborted();
    // Some systems cannot tell, and refuse it.
    await rowsOf(client)(endWithConnection).catch(() => undefined);
    await rowsOf(client)('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    if (snapshot !== undefined) await rowsOf(client)(`SET TRANSACTION SNAPSHOT ${literal(snapshot)}`);
    await rowsOf(client)(takeBytesAsTheyAre);
    return client;
  };
  const end = async (client: Client) => {
    opened.delete(client);
    await client.end();
  };
  const cut = () => {
    for (const client of opened) client.connection.stream.destroy();
  };
  context.signal.addEventListener('abort', cut);
  const close = async () => {
    context.signal.removeEventListener('abort', cut);
    await Promise.allSettled([...opened].map(end));
    clients.close();
  };

  try {
    const client = await begin();
    const rows = rowsOf(client);
    const { identity, readTime, utf8 } = await identify(rows);
    const query = source.query.replace(/[\s;]+$/, '');
    const fields = await describeQuery(client, query);
    const names = fields.map(({ name }) => name);
    const planned = planColumns(names, request);
    const keys = await maskKeys(planned, context.secret);
    const types = await serverTypes(rows, fields);
    const columns = planned.map(column => {
      const type = types[column.index];
      if (type === undefined) throw new Error(`column ${column.name} has no type`);
      return readColumn(column, type);
    });
    const by = partitions === undefined ? undefined : fields[names.indexOf(partitions.by)];
    if (partitions !== undefined && by === undefined) {
      throw new OnrampError('EXPORT_COLUMN_MISSING', `${JSON.stringify(partitions.by)} of the partitions`);
    }
    const conditions =
      context.plan?.parts ??
      (partitions && by ? await partConditions(partitions, { query, oid: by.dataTypeID }, rows) : ['TRUE']);
    const [shared] = conditions.length > 1 ? await rows('SELECT pg_export_snapshot()') : [];
    const estimated = await estimatedRows(rows, query);

    return {
      identity,
      readTime,
      columns: columns.map(({ column, planned: { policy } }) => ({ column, policy })),
      ...(estimated === undefined ? {} : { estimatedRows: estimated }),
      plan: { parts: conditions },
      sideBySide: maxSideBySide,
      async read(part, sink) {
        const reader = shared?.[0] == null ? client : await begin(shared[0]);
        const copy = new CopyRows(copyStatement(query, fields, columns, conditions[part]), {
          tuples: tupleReader(columns, sink, { keys, utf8 }),
          more: () => sink.more(),
          ready: () => sink.ready(),
        });
        reader.query(copy);
        try {
          await copy.done;
        } catch (error) {
          context.signal.throwIfAborted();
          throw postgresFailure(error);
        }
        if (reader !== client) await end(reader);
      },
      close,
    };
  } catch (error) {
    await close();
    context.signal.throwIfAborted();
    throw postgresFailure(error);
  }
};
