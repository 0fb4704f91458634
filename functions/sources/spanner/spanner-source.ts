import {
  openSpannerSession,
  type SpannerSession,
  type SpannerTransaction,
  type TransactionReference,
  type WireValue,
} from '../../clients/spanner.ts';
import { planColumns } from '../../core/batch/column-plan.ts';
import type { ExportRequest } from '../../core/batch/export-request.ts';
import { millisOf, minutes } from '../../core/batch/instant.ts';
import type { SourcePlan } from '../../core/batch/part-plan.ts';
import { OnrampError } from '../../core/errors.ts';
import { keptForMillis } from '../kept-for.ts';
import { maskKeys } from '../mask-columns.ts';
import { resumedFailure, rpcFailure } from '../rpc-failure.ts';
import { maxSideBySide, type OpenSource, type RowSink } from '../source.ts';
import { Chunks } from './chunks.ts';
import { readColumn } from './column-types.ts';
import { type PartialResult, readPartialResult } from './partial-result.ts';
import { resumable } from './resumable.ts';
import { valueWriter } from './values.ts';

/**
 * Reads a query of Spanner at one timestamp: the interval's end, so that another attempt reads the same, as long as
 * Spanner keeps that state; else what is committed now. The partitions of a query are read side by side.
 */
export const openSpanner: OpenSource = async (request, context) => {
  const { connection, source, partitions } = request;
  if (connection.kind !== 'spanner' || source.type !== 'query') throw new Error('no query of a Spanner database');
  const { signal, deadline, plan } = context;
  const begun = plan?.moment === undefined ? undefined : (JSON.parse(plan.moment) as Moment);
  const requestTag = tagOf(request.export);
  const settings = { requestTag, signal, deadline, ...(begun && { session: begun.session }) };
  const session = await openSpannerSession(connection, settings).catch((error: unknown) => {
    signal.throwIfAborted();
    throw begun === undefined ? rpcFailure(error, true) : resumedFailure(error);
  });
  try {
    const { transaction, note } =
      begun === undefined ? await beginAt(session, request) : { transaction: session.resume(begun), note: begun.note };
    const moment: Moment = { ...transaction.reference, note };
    const sql = source.query.replace(/[\s;]+$/, '');
    const fields = await transaction.describe(sql);
    if (fields.length === 0) throw new OnrampError('EXPORT_QUERY_REFUSED', 'the query has no result');
    const names = fields.map(({ name }) => name ?? '');
    if (partitions !== undefined && !names.includes(partitions.by)) {
      throw new OnrampError('EXPORT_COLUMN_MISSING', `${JSON.stringify(partitions.by)} of the partitions`);
    }
    const planned = planColumns(names, request);
    const keys = await maskKeys(planned, context.secret);
    const columns = planned.map(column => readColumn(column, fields[column.index] ?? {}));
    const parts = plan === undefined ? await partsOf(transaction, sql, partitions) : resumedParts(plan);
    const streams: readonly (Uint8Array | undefined)[] = parts.tokens ?? [undefined];

    return {
      identity: {
        source: 'spanner',
        database: `projects/${connection.project}/instances/${connection.instance}/databases/${connection.database}`,
        read_timestamp: moment.readTimestamp,
        read: note,
        ...parts.note,
        data_boost: String(connection.dataBoost && parts.tokens !== undefined),
        request_tag: requestTag,
      },
      readTime: new Date(Math.floor(Date.parse(moment.readTimestamp))),
      columns: columns.map(({ column, planned: { policy } }) => ({ column, policy })),
      plan: {
        parts: streams.map(token => (token === undefined ? '' : Buffer.from(token).toString('base64'))),
        moment: JSON.stringify(moment),
      },
      sideBySide: maxSideBySide,
      async read(part, sink) {
        const writes = new Array<((value: WireValue) => void) | undefined>(fields.length).fill(undefined);
        columns.forEach((column, i) => {
          const writer = sink.writers[i];
          if (writer === undefined)
            throw new Error(`there are ${sink.writers.length} writers for ${columns.length} columns`);
          writes[column.planned.index] = valueWriter(column, writer, keys);
        });
        const partition = streams[part];
        const open = async function* (resumeToken: Uint8Array) {
          const stream = transaction.stream({ sql, resumeToken, ...(partition === undefined ? {} : { partition }) });
          for await (const bytes of stream) yield readPartialResult(bytes);
        };
        try {
          await readRows(resumable(open, signal), writes, sink);
        } catch (error) {
          signal.throwIfAborted();
          throw begun === undefined ? rpcFailure(error) : resumedFailure(error);
        }
      },
      close: goesOn => session.close(goesOn),
    };
  } catch (error) {
    // What an earlier execution has begun may be gone on with after this one, too.
    await session.close(begun !== undefined);
    signal.throwIfAborted();
    throw begun === undefined ? rpcFailure(error) : resumedFailure(error);
  }
};

/** The transaction of an attempt's first execution, by which those after it read the same state. */
interface Moment extends TransactionReference {
  /** What was read, in words. */
  readonly note: string;
}

/** https://cloud.google.com/spanner/docs/introspection/troubleshooting-with-tags#limitations */
const maxTagLength = 50;

const tagOf = (address: ExportRequest['export']) => `onramp_${address.replace('/', '_')}`.slice(0, maxTagLength);

/** Begins at the end of the interval where Spanner still has its state and will have it for a while; else now. */
async function beginAt(
  session: SpannerSession,
  request: ExportRequest,
): Promise<{ readonly transaction: SpannerTransaction; readonly note: string }> {
  const end = millisOf(request.interval.end);
  const age = Date.now() - end;
  let why = 'the interval has not ended';
  if (age >= 0) {
    const kept = await retentionMillis(session);
    if (age + keptForMillis(request, kept) <= kept) {
      return { transaction: await session.begin(new Date(end)), note: 'at the end of the interval' };
    }
    why = `the interval ended ${Math.round(age / minutes)} minutes ago, and the database keeps ${kept / minutes}`;
  }
  return { transaction: await session.begin(), note: `what was committed when the export began: ${why}` };
}

/** In both dialects: https://cloud.google.com/spanner/docs/information-schema#information_schemadatabase_options */
const retentionSql =
  "SELECT option_value FROM information_schema.database_options WHERE option_name = 'version_retention_period'";

/** https://cloud.google.com/spanner/docs/pitr: an hour, unless the database has the option. */
async function retentionMillis(session: SpannerSession): Promise<number> {
  const [row] = await session.rows(retentionSql);
  const [, count, unit] = /^(\d+)([smhd])$/.exec(row?.[0]?.stringValue ?? '') ?? [];
  return count === undefined
    ? 60 * minutes
    : Number(count) * { s: 1000, m: minutes, h: 60 * minutes, d: 1440 * minutes }[unit as 's'];
}

/** Spanner decides how a query is cut; a number of parts is no more than a wish. */
async function partsOf(transaction: SpannerTransaction, sql: string, partitions: ExportRequest['partitions']) {
  const wish =
    partitions === undefined ? undefined : 'count' in partitions ? partitions.count : partitions.bounds.length + 1;
  try {
    const tokens = await transaction.partition(sql, wish);
    if (tokens.length > 0) return { tokens, note: { partitions: String(tokens.length) } };
    return { note: { partitions: 'none' } };
  } catch (error) {
    // The query itself is right: it was described before.
    if ((error as { code?: unknown }).code !== invalidArgument) throw error;
    return { note: { partitions: 'none: the query is not root-partitionable, and is read in one stream' } };
  }
}

const resumedParts = ({ parts }: SourcePlan) => ({
  tokens: parts.map(token => Buffer.from(token, 'base64')),
  note: { partitions: String(parts.length) },
});

const invalidArgument = 3;

async function readRows(
  results: AsyncIterable<PartialResult>,
  writes: readonly (((value: WireValue) => void) | undefined)[],
  sink: RowSink,
): Promise<void> {
  const chunks = new Chunks();
  let column = 0;
  for await (const result of results) {
    for (const value of chunks.take(result)) {
      writes[column]?.(value);
      column += 1;
      if (column === writes.length) {
        column = 0;
        sink.endRow();
      }
    }
    if (!sink.more()) await sink.ready();
  }
  if (column !== 0 || chunks.cut)
    throw new OnrampError('EXPORT_CONNECTION_LOST', 'the stream ended in the middle of a row');
}
