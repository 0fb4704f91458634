import { planColumns } from '../../core/batch/column-plan.ts';
import { OnrampError } from '../../core/errors.ts';
import { maskKeys } from '../mask-columns.ts';
import type { OpenSource } from '../source.ts';
import { naturalReading } from './column-types.ts';
import { connectMysql, type MysqlSession } from './connect.ts';
import { mysqlFailure } from './failure.ts';
import { partConditions } from './partition-bounds.ts';
import { readColumn, rowReader, selectStatement } from './read-row.ts';
import { readRows } from './row-packets.ts';

/** So often a snapshot is begun anew, when something was committed between it and its position in the log. */
const snapshotTries = 3;

/**
 * Reads a query of MySQL or MariaDB in one consistent snapshot, by the text protocol. The snapshot belongs to its
 * connection, so that parts are read one after the other.
 */
export const openMysql: OpenSource = async (request, context) => {
  const { connection, source, partitions } = request;
  if (connection.kind !== 'mysql' || source.type !== 'query') throw new Error('no query of a MySQL database');
  const session = await connectMysql(connection, `onramp ${request.export}`, context);
  let killed: Promise<void> | undefined;
  const cut = () => {
    killed = session.kill();
  };
  context.signal.addEventListener('abort', cut);
  const close = async () => {
    context.signal.removeEventListener('abort', cut);
    await killed;
    await session.close();
  };

  try {
    context.signal.throwIfAborted();
    const millis = Math.max(1, context.deadline.getTime() - Date.now());
    const mariadb = /MariaDB/i.test((await session.rows('SELECT VERSION()'))[0]?.[0] ?? '');
    await session.rows(`SET ${mariadb ? `max_statement_time = ${millis / 1000}` : `max_execution_time = ${millis}`}`);
    await session.rows("SET time_zone = '+00:00'");
    await session.rows('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    const identity = mariadb ? await beginMariadb(session) : await beginMysql(session);
    const [time] = (await session.rows('SELECT UNIX_TIMESTAMP(NOW(6))'))[0] ?? [];
    const query = source.query.replace(/[\s;]+$/, '');
    const described = await session.describe(query);
    if (described.length === 0) throw new OnrampError('EXPORT_QUERY_REFUSED', 'the query has no result');
    const names = described.map(({ name }) => name);
    const planned = planColumns(names, request);
    const keys = await maskKeys(planned, context.secret);
    const columns = planned.map(column => {
      const definition = described[column.index];
      if (definition === undefined) throw new Error(`column ${column.name} has no type`);
      return readColumn(column, definition);
    });
    const by = partitions === undefined ? undefined : described[names.indexOf(partitions.by)];
    if (partitions !== undefined && by === undefined) {
      throw new OnrampError('EXPORT_COLUMN_MISSING', `${JSON.stringify(partitions.by)} of the partitions`);
    }
    const conditions =
      context.plan?.parts ??
      (partitions && by
        ? await partConditions(partitions, { query, natural: naturalReading(by) }, text => session.rows(text))
        : ['TRUE']);
    const estimated = await estimatedRows(session, query, mariadb ? -2 : -3);

    return {
      identity,
      readTime: new Date(Number(time ?? 0) * 1000),
      columns: columns.map(({ column, planned: { policy } }) => ({ column, policy })),
      ...(estimated === undefined ? {} : { estimatedRows: estimated }),
      plan: { parts: conditions },
      sideBySide: 1,
      async read(part, sink) {
        try {
          await readRows(session.stream, selectStatement(query, described, columns, conditions[part]), columns.length, {
            row: rowReader(columns, sink, keys),
            more: () => sink.more(),
            ready: () => sink.ready(),
          });
        } catch (error) {
          context.signal.throwIfAborted();
          throw mysqlFailure(error);
        }
      },
      close,
    };
  } catch (error) {
    await close();
    context.signal.throwIfAborted();
    throw mysqlFailure(error);
  }
};

const begin = 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY';

/** MariaDB tells the position of the snapshot itself. */
async function beginMariadb(session: MysqlSession): Promise<Readonly<Record<string, string>>> {
  await session.rows(begin);
  const status = new Map(
    (await session.rows("SHOW STATUS LIKE 'binlog_snapshot%'")).map(([name, value]) => [name?.toLowerCase(), value]),
  );
  const [found] = await session.rows('SELECT VERSION(), DATABASE(), @@global.gtid_current_pos');
  const [version, database, gtid] = found ?? [];
  return {
    source: 'mariadb',
    binlog_file: status.get('binlog_snapshot_file') ?? '',
    binlog_position: status.get('binlog_snapshot_position') ?? '',
    gtid_position: gtid ?? '',
    server_version: version ?? '',
    database: database ?? '',
  };
}

/** MySQL tells the log's position only by itself, so that it must be the same before and after. */
async function beginMysql(session: MysqlSession): Promise<Readonly<Record<string, string>>> {
  const facts = async () => (await session.rows('SELECT VERSION(), DATABASE(), @@global.gtid_executed'))[0] ?? [];
  let [version, database, gtid] = await facts();
  let exact = false;
  for (let attempt = 0; attempt < snapshotTries && !exact; attempt += 1) {
    await session.rows(begin);
    const [, , after] = await facts();
    exact = after === gtid;
    if (!exact) {
      [version, database, gtid] = [version, database, after];
      if (attempt < snapshotTries - 1) await session.rows('ROLLBACK');
    }
  }
  return {
    source: 'mysql',
    // Where something was always committed in between, the snapshot is at or shortly before it.
    [exact ? 'gtid_executed' : 'gtid_executed_at_most']: gtid ?? '',
    server_version: version ?? '',
    database: database ?? '',
  };
}

/** The optimiser's guess, of a query of one table; `place` is that of the rows among EXPLAIN's columns. */
async function estimatedRows(session: MysqlSession, query: string, place: number): Promise<number | undefined> {
  const [plan, ...others] = await session.rows(`EXPLAIN ${query}`).catch(() => []);
  const rows = Number(plan?.at(place) ?? 0);
  return others.length === 0 && rows > 0 ? rows : undefined;
}
