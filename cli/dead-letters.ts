import { type ErrorCode, errorCatalogue } from '../functions/core/errors.ts';
import { lakePrefix } from '../functions/core/lake-path.ts';
import { buckets, datasets, tables } from '../functions/core/names.ts';
import type { Clients } from '../local/clients.ts';
import { openLakeFiles } from './lake.ts';
import { runQuery } from './query.ts';
import type { QueryValue } from './query-value.ts';

/** Which dead letters to list. */
export interface DeadLetterFilter {
  readonly ramp?: string;
  readonly stage?: string;
  readonly reason?: string;
}

/** A row of the table of dead letters, in the form of `QueryValue`: see functions/core/codec/dead-letter-record.ts. */
export interface DeadLetterRow {
  readonly onramp_event_id: string;
  readonly onramp_ramp: string;
  readonly onramp_publish_time: string;
  readonly onramp_processing_time: string;
  readonly onramp_schema: string | null;
  readonly onramp_schema_version: string | null;
  readonly onramp_ordering_key: string | null;
  readonly onramp_attributes: readonly { readonly key: string; readonly value: string }[];
  readonly onramp_sha256: string;
  readonly onramp_dead_letter_stage: string;
  readonly onramp_dead_letter_reason: string;
  readonly onramp_dead_letter_detail: string;
  readonly onramp_dead_letter_time: string;
  /** Base64; null for one that is too large for the table, and for every one in a list. */
  readonly payload: string | null;
}

/** The newest dead letters first; none while there is no table of them. */
export async function listDeadLetters(
  bigquery: Clients['bigquery'],
  { ramp, stage, reason }: DeadLetterFilter,
  limit: number,
): Promise<DeadLetterRow[]> {
  const wanted = { onramp_ramp: ramp, onramp_dead_letter_stage: stage, onramp_dead_letter_reason: reason };
  const params: Record<string, string> = {};
  const conditions = Object.entries(wanted).flatMap(([column, value]) => {
    if (value === undefined) return [];
    params[column] = value;
    return [`${column} = @${column}`];
  });
  return query(bigquery, '* EXCEPT (payload)', conditions, params, limit);
}

/** The dead letters of an event, which may have been set aside by several stages. The id may be its last part alone. */
export const deadLettersOfEvent = (bigquery: Clients['bigquery'], id: string): Promise<DeadLetterRow[]> =>
  query(bigquery, '*', ["(onramp_event_id = @id OR ENDS_WITH(onramp_event_id, CONCAT('/', @id)))"], { id }, 1000);

async function query(
  bigquery: Clients['bigquery'],
  columns: string,
  conditions: readonly string[],
  params: Readonly<Record<string, string>>,
  limit: number,
): Promise<DeadLetterRow[]> {
  // Delivery is at least once, so that a dead letter may be there twice.
  const sql =
    `SELECT ${columns} FROM \`${datasets.onramp}.${tables.deadLetters}\` ` +
    `WHERE ${['TRUE', ...conditions].join(' AND ')} ` +
    'QUALIFY ROW_NUMBER() OVER (PARTITION BY onramp_event_id, onramp_dead_letter_stage, onramp_dead_letter_time ' +
    'ORDER BY onramp_processing_time) = 1 ' +
    `ORDER BY onramp_dead_letter_time DESC LIMIT ${limit}`;
  try {
    const { fields, rows } = await runQuery(bigquery, sql, params);
    return rows.map(row => rowOf(fields, row));
  } catch (error) {
    const { code, message } = error as Error & { code?: number };
    if (code === 404 && message.includes(tables.deadLetters)) return [];
    throw error;
  }
}

function rowOf(fields: readonly { readonly name: string }[], values: readonly QueryValue[]): DeadLetterRow {
  const row = { payload: null, ...Object.fromEntries(fields.map(({ name }, index) => [name, values[index] ?? null])) };
  return row as QueryValue as unknown as DeadLetterRow;
}

/** The payload of a dead letter: from its row, or else from its file. */
export async function payloadOf({ bigquery, storage }: Clients, row: DeadLetterRow): Promise<Buffer | undefined> {
  if (row.payload !== null) return Buffer.from(row.payload, 'base64');
  const bucket = buckets.deadLetter(bigquery.projectId);
  const prefix = `${lakePrefix(row.onramp_ramp)}date=${row.onramp_processing_time.slice(0, 10)}/`;
  const [files] = await storage.bucket(bucket).getFiles({ prefix });
  for await (const { records } of openLakeFiles(
    storage,
    bucket,
    files.map(({ name }) => name),
  )) {
    for await (const record of records()) {
      const { onramp_event_id: id, payload } = record as Readonly<Record<string, unknown>>;
      if (id === row.onramp_event_id && Buffer.isBuffer(payload)) return payload;
    }
  }
  return undefined;
}

/** What a reason means and how to mend it; undefined for one that this version does not know. */
export const explanationOf = (reason: string): { readonly what: string; readonly mend: string } | undefined =>
  Object.hasOwn(errorCatalogue, reason) ? errorCatalogue[reason as ErrorCode] : undefined;
