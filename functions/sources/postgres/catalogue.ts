import type { Client, Field } from 'pg';
import { OnrampError } from '../../core/errors.ts';
import type { ServerType } from './column-types.ts';
import { DescribeQuery } from './describe-query.ts';
import type { QueryRows } from './partition-bounds.ts';

/** Runs queries of one connection; every value is a text as the server writes it. */
export const rowsOf =
  (client: Client): QueryRows =>
  async text =>
    (await client.query({ text, rowMode: 'array', types: { getTypeParser: () => (value: unknown) => value } })).rows;

export async function describeQuery(client: Client, query: string): Promise<readonly Field[]> {
  const description = new DescribeQuery(query);
  client.query(description);
  const fields = await description.done;
  if (fields.length === 0) throw new OnrampError('EXPORT_QUERY_REFUSED', 'the query has no result');
  return fields;
}

export interface Identity {
  readonly identity: Readonly<Record<string, string>>;
  readonly readTime: Date;
  /** Whether the server vouches that texts are UTF-8: only a database of SQL_ASCII takes whatever it is given. */
  readonly utf8: boolean;
}

/** What the snapshot is known by: the write-ahead log's position, and which transactions it sees. */
export async function identify(rows: QueryRows): Promise<Identity> {
  const [found] = await rows(
    'SELECT pg_current_snapshot()::text, (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE ' +
      "pg_current_wal_lsn() END)::text, current_setting('server_version'), now()::text, current_database(), " +
      "current_setting('server_encoding')",
  );
  const [snapshot, lsn, version, time, database, encoding] = found ?? [];
  return {
    identity: {
      source: 'postgres',
      snapshot: snapshot ?? '',
      lsn: lsn ?? '',
      server_version: version ?? '',
      database: database ?? '',
    },
    readTime: new Date(time ?? Date.now()),
    utf8: encoding !== 'SQL_ASCII',
  };
}

/** The types of a result's columns, and of their elements. */
export async function serverTypes(rows: QueryRows, fields: readonly Field[]): Promise<ServerType[]> {
  const values = fields.map((field, i) => `(${i}, ${field.dataTypeID}::oid, ${field.dataTypeModifier})`).join(', ');
  const found = await rows(
    'SELECT format_type(asked.oid, asked.modifier), t.typtype, t.typname, t.typcategory, base.oid, ' +
      'format_type(base.oid, asked.modifier), base.typtype, base.typname ' +
      `FROM (VALUES ${values}) AS asked (place, oid, modifier) JOIN pg_type t ON t.oid = asked.oid ` +
      'LEFT JOIN pg_type element ON element.oid = t.typelem LEFT JOIN pg_type base ON base.oid = ' +
      "CASE WHEN element.typtype = 'd' THEN element.typbasetype ELSE element.oid END ORDER BY asked.place",
  );
  return fields.map(({ dataTypeID, dataTypeModifier }, i) => {
    const [text, typtype, name, category, element, elementText, elementTyptype, elementName] = found[i] ?? [];
    const about = { oid: dataTypeID, modifier: dataTypeModifier };
    const type = { ...about, text: text ?? '', typtype: typtype ?? '', name: name ?? '' };
    if (category !== 'A' || element == null) return type;
    return {
      ...type,
      element: {
        text: elementText ?? '',
        oid: Number(element),
        modifier: dataTypeModifier,
        typtype: elementTyptype ?? '',
        name: elementName ?? '',
      },
    };
  });
}

/** How many rows the planner expects by its statistics, which are off where these are old. */
export async function estimatedRows(rows: QueryRows, query: string): Promise<number | undefined> {
  const [found] = await rows(`EXPLAIN (FORMAT JSON) ${query}`);
  const plan = JSON.parse(found?.[0] ?? '[]') as readonly { readonly Plan?: { readonly 'Plan Rows'?: number } }[];
  return plan[0]?.Plan?.['Plan Rows'];
}
