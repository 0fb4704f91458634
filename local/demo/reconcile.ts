import { hash } from 'node:crypto';
import type { BigQuery } from '@google-cloud/bigquery';
import type { Bucket } from '@google-cloud/storage';
import { statusOf } from '../../functions/clients/objects.ts';
import { readContainer } from '../../functions/core/codec/avro-container.ts';
import { attribute, deadLetterAttribute } from '../../functions/core/envelope.ts';
import { lakePrefix } from '../../functions/core/lake-path.ts';
import { buckets, datasets, tables } from '../../functions/core/names.ts';
import { metadataColumn } from '../../functions/core/schema/metadata-columns.ts';
import type { Clients } from '../clients.ts';
import type { MeteredRamp } from '../meter.ts';
import type { Published } from './publisher.ts';

/** How many distinct events of those that were published on a ramp are where. */
export interface Reconciliation {
  readonly ramp: string;
  readonly published: number;
  readonly hub: number;
  /** Those whose payload has the very bytes that were published. */
  readonly rawLake: number;
  /** Undefined for a ramp without schema. */
  readonly structuredLake: number | undefined;
  readonly warehouse: number | undefined;
  /** Events that at least one sink has set aside. */
  readonly deadLetters: number;
  /** Whether every event is, exactly as published, everywhere it should be. */
  readonly agrees: boolean;
}

export interface ReconcileOptions {
  readonly project: string;
  readonly ramps: readonly MeteredRamp[];
  readonly published: Published;
  /** Ids of the events that the hub has seen. */
  readonly hub: ReadonlySet<string>;
  /** When the first event was published: what is older is not looked at. */
  readonly since: Date;
}

/** Reads back, through Google's own clients, where the published events are. */
export async function reconcile(clients: Clients, options: ReconcileOptions): Promise<Reconciliation[]> {
  const letters = await deadLetters(clients, options.since);
  const rows = options.ramps.map(async ({ ramp, table }): Promise<Reconciliation | undefined> => {
    const published = options.published.get(ramp);
    if (!published) return undefined;
    const here = (ids: Iterable<string>) => [...new Set(ids)].filter(id => published.has(id));

    const raw = await lakeEvents(clients.storage.bucket(buckets.rawLake(options.project)), ramp, options.since);
    const intact = [...raw].filter(([id, sha256]) => published.get(id) === sha256).map(([id]) => id);
    const hasTable = table !== undefined;
    const structured = hasTable
      ? await lakeEvents(clients.storage.bucket(buckets.structuredLake(options.project)), ramp, options.since)
      : undefined;
    const warehouse = hasTable ? await tableEvents(clients, table, options.since) : undefined;
    const aside = (stage: string) =>
      here(letters.filter(letter => letter.stage === stage).map(letter => letter.eventId));

    const counts = {
      ramp,
      published: published.size,
      hub: here(options.hub).length,
      rawLake: here(intact).length,
      structuredLake: structured && here(structured.keys()).length,
      warehouse: warehouse && here(warehouse).length,
      deadLetters: here(letters.map(letter => letter.eventId)).length,
    };
    const whole = (count: number | undefined, stage: string) =>
      count === undefined || count + aside(stage).length === counts.published;
    const agrees =
      counts.hub === counts.published &&
      counts.rawLake === counts.published &&
      whole(counts.structuredLake, 'hub-to-structured-lake') &&
      whole(counts.warehouse, 'hub-to-warehouse');
    return { ...counts, agrees };
  });
  return (await Promise.all(rows)).filter(row => row !== undefined);
}

/** The events in a ramp's files, each with the checksum of its payload as it lies there; files without are checked by id. */
async function lakeEvents(bucket: Bucket, ramp: string, since: Date): Promise<Map<string, string>> {
  const [files] = await bucket.getFiles({ prefix: lakePrefix(ramp) });
  const events = new Map<string, string>();
  for (const file of files) {
    if (new Date(file.metadata.timeCreated ?? 0) < since) continue;
    const [content] = await file.download();
    const { records } = await readContainer(content);
    for (const record of records as unknown as LakeRecord[]) {
      events.set(record[metadataColumn.eventId], record.payload ? hash('sha256', record.payload, 'hex') : '');
    }
  }
  return events;
}

/** A record of either lake; only the raw one's has the payload. */
interface LakeRecord {
  readonly [metadataColumn.eventId]: string;
  readonly payload?: Buffer;
}

async function tableEvents({ bigquery }: Clients, table: string, since: Date): Promise<string[]> {
  const rows = await queryUnlessMissing<{ id: string }>(
    bigquery,
    `SELECT DISTINCT ${metadataColumn.eventId} AS id FROM ${table} WHERE ${metadataColumn.publishTime} >= @since`,
    since,
  );
  return rows.map(({ id }) => id);
}

interface SetAside {
  readonly eventId: string;
  readonly stage: string;
}

function deadLetters({ bigquery }: Clients, since: Date): Promise<SetAside[]> {
  return queryUnlessMissing<SetAside>(
    bigquery,
    `SELECT DISTINCT ${attribute.eventId} AS eventId, ${deadLetterAttribute.stage} AS stage ` +
      `FROM ${datasets.onramp}.${tables.deadLetters} WHERE ${deadLetterAttribute.time} >= @since`,
    since,
  );
}

/** A table that no row has reached is not there yet. */
async function queryUnlessMissing<Row>(bigquery: BigQuery, query: string, since: Date): Promise<Row[]> {
  try {
    const [rows] = await bigquery.query({ query, params: { since } });
    return rows as Row[];
  } catch (error) {
    if (statusOf(error) === 404) return [];
    throw error;
  }
}
