import {
  type DatastoreReads,
  type Entity,
  type EntityQuery,
  type Moment,
  openDatastore as openReads,
  type PropertyCondition,
} from '../../clients/datastore.ts';
import type { ExportRequest } from '../../core/batch/export-request.ts';
import { instantOf } from '../../core/batch/instant.ts';
import { OnrampError } from '../../core/errors.ts';
import { maskKeys } from '../mask-columns.ts';
import { resumedFailure, rpcFailure } from '../rpc-failure.ts';
import { maxSideBySide, type OpenSource } from '../source.ts';
import { columnsOf, type ReadColumn, sampleOf, typeNames, typeOf } from './column-types.ts';
import { conditionsOf, keyProperty, rootKeys } from './conditions.ts';
import { keyRanges } from './key-ranges.ts';
import { firstPage, pagesOf } from './pages.ts';
import { firstRead } from './read-time.ts';
import { valueWriter, type WriteValue } from './values.ts';

/** Side by side, of the first pages of parts. */
const firstPages = 4;

/**
 * Reads the entities of a kind, or what GQL selects, in the state of one moment: the interval's end where the database
 * still has it, so that another attempt reads the same. Parts are ranges of keys.
 */
export const openDatastore: OpenSource = async (request, context) => {
  const { connection, source, partitions } = request;
  if (connection.kind !== 'datastore') throw new Error('no Datastore database');
  const { signal, deadline, plan } = context;
  const reads = await openReads(connection, { signal, deadline });
  try {
    const { project, database } = connection;
    const namespace = source.type === 'entity' ? (source.namespace ?? '') : '';
    const partitionId = {
      projectId: project,
      databaseId: database === '(default)' ? '' : database,
      namespaceId: namespace,
    };
    const keyOf = rootKeys(source.type === 'entity' ? source.kind : '', partitionId);
    const where = source.type === 'entity' ? conditionsOf(source.where, keyOf) : [];
    const query: EntityQuery =
      source.type === 'entity' ? { kind: source.kind, where } : { gql: source.query.replace(/[\s;]+$/, '') };
    const moment =
      plan?.moment === undefined
        ? await firstRead(reads, { query, namespace }, request)
        : (JSON.parse(plan.moment) as Awaited<ReturnType<typeof firstRead>>);
    const { readTime, note } = moment;
    const estimated =
      source.type === 'entity' ? await reads.count({ query, namespace, readTime }).catch(() => undefined) : undefined;
    // Ranges of keys go with equalities only: anything else is ordered by its own property.
    const ranged = source.type === 'entity' && where.every(({ operator }) => operator === 'EQUAL');
    const ask = { reads, namespace, readTime, keyOf, estimated, ...(partitions && { partitions }) };
    const ranges =
      plan?.parts.map(part => JSON.parse(part) as PropertyCondition[]) ??
      (ranged ? await keyRanges({ ...ask, kind: source.kind }) : [[]]);
    const queries = ranges.map(range => ('kind' in query ? { ...query, where: [...where, ...range] } : query));
    const sample = sampleOf(await firstEntities(reads, queries, { namespace, readTime }));
    const columns = columnsOf(sample, request);
    const keys = await maskKeys(
      columns.map(({ planned }) => planned),
      context.secret,
    );
    const known = knownProperties(columns, request);

    return {
      identity: {
        source: 'datastore',
        database: `projects/${project}/databases/${database}`,
        namespace,
        read_time: momentText(readTime),
        read: note,
        key_ranges: ranged ? String(queries.length) : 'none: the query is not of a kind with equality filters only',
      },
      readTime: new Date(millisOfMoment(readTime)),
      columns: columns.map(({ column, planned: { policy } }) => ({ column, policy })),
      ...(estimated === undefined ? {} : { estimatedRows: estimated }),
      plan: { parts: ranges.map(range => JSON.stringify(range)), moment: JSON.stringify(moment) },
      sideBySide: maxSideBySide,
      async read(part, sink) {
        const writes = columns.map((column, i): readonly [string, WriteValue] => {
          const writer = sink.writers[i];
          if (writer === undefined)
            throw new Error(`there are ${sink.writers.length} writers for ${columns.length} columns`);
          return [column.planned.sourceName, valueWriter(column, writer, keys)];
        });
        try {
          for await (const { entities } of pagesOf(reads, { query: queries[part] ?? query, namespace, readTime })) {
            for (const entity of entities) {
              writeEntity(entity, writes, known);
              sink.endRow();
            }
            if (!sink.more()) await sink.ready();
          }
        } catch (error) {
          signal.throwIfAborted();
          throw plan === undefined ? rpcFailure(error) : resumedFailure(error);
        }
      },
      close: () => reads.close(),
    };
  } catch (error) {
    await reads.close();
    signal.throwIfAborted();
    throw plan === undefined ? rpcFailure(error, true) : resumedFailure(error);
  }
};

/** The first page of each part: spread over the keys, so that it shows more than as many entities in a row. */
async function firstEntities(
  reads: DatastoreReads,
  queries: readonly EntityQuery[],
  ask: { readonly namespace: string; readonly readTime: Moment },
): Promise<Entity[]> {
  const entities: Entity[] = [];
  for (let i = 0; i < queries.length; i += firstPages) {
    const pages = queries.slice(i, i + firstPages).map(query => firstPage(reads, { ...ask, query }));
    for (const page of await Promise.all(pages)) entities.push(...page.entities);
  }
  return entities;
}

function knownProperties(columns: readonly ReadColumn[], { columns: policies }: ExportRequest): ReadonlySet<string> {
  const dropped = Object.entries(policies).filter(([, { mask }]) => mask?.method === 'drop');
  return new Set([...columns.map(({ planned }) => planned.sourceName), ...dropped.map(([name]) => name)]);
}

/** A property that has no column fails the export: it may be personal, and it must not be left out in silence. */
function writeEntity(
  { key, properties }: Entity,
  writes: readonly (readonly [string, WriteValue])[],
  known: ReadonlySet<string>,
): void {
  for (const name in properties) {
    const type = known.has(name) ? undefined : typeOf(properties[name] ?? {});
    if (type === undefined) continue;
    const detail = `property ${name}, of type ${typeNames[type]}, was not in the sample; write it under columns with a type`;
    throw new OnrampError('EXPORT_VALUE_REFUSED', detail);
  }
  for (const [name, write] of writes) {
    write(name === keyProperty ? { valueType: 'keyValue', keyValue: key ?? {} } : properties?.[name]);
  }
}

const millisOfMoment = ({ seconds, nanos }: Moment) => Number(seconds ?? 0) * 1000 + Math.floor((nanos ?? 0) / 1e6);
const momentText = (moment: Moment) =>
  `${instantOf(Number(moment.seconds ?? 0) * 1000).slice(0, 19)}.${String(moment.nanos ?? 0).padStart(9, '0')}Z`;
