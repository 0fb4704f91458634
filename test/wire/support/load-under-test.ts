import type { TestContext } from 'node:test';
import { createDestinationLocks } from '../../../functions/clients/destination-lock.ts';
import { documentsOf } from '../../../functions/clients/documents.ts';
import { exportedFilesOf } from '../../../functions/clients/exported-files.ts';
import { loadsOf } from '../../../functions/clients/loads.ts';
import { createRunStore } from '../../../functions/clients/run-store.ts';
import { attemptPrefix, manifestName } from '../../../functions/core/batch/batch-names.ts';
import { ColumnChecksum } from '../../../functions/core/batch/column-checksum.ts';
import type { Destination, ExportConfig } from '../../../functions/core/batch/config.ts';
import { decimalText } from '../../../functions/core/batch/decimal-writer.ts';
import type { BatchEvent } from '../../../functions/core/batch/events.ts';
import { type ExportColumn, exportSchema } from '../../../functions/core/batch/export-column.ts';
import type { ExportsCatalogue } from '../../../functions/core/batch/exports-catalogue.ts';
import { type Manifest, schemaFingerprint, serialiseManifest } from '../../../functions/core/batch/manifest.ts';
import type { Message } from '../../../functions/core/stage.ts';
import { createLoadStage } from '../../../functions/stages/load.ts';
import { createLoadDestination } from '../../../functions/stages/load-destination.ts';
import { avroFile } from './avro-file.ts';
import { project, startStorageAndBigquery } from './storage-and-bigquery.ts';

export const bucket = 'exports';

export const columns: readonly ExportColumn[] = [
  { name: 'id', type: 'INTEGER', sourceType: 'bigint' },
  { name: 'name', type: 'STRING', sourceType: 'text', description: 'What it is called.' },
];

interface Row {
  readonly id: number;
  readonly name: string | null;
}

const mergeQuery = `
  MERGE \`{{ params.destination_project }}.{{ params.destination_dataset }}.{{ params.destination_table }}\` T
  USING \`{{ params.destination_project }}.{{ params.destination_dataset }}.{{ params.staging_table }}\` S
  ON T.id = S.id
  WHEN MATCHED THEN UPDATE SET name = S.name
  WHEN NOT MATCHED THEN INSERT (id, name) VALUES (id, name)`;

const destinationWith = (more: Partial<Destination> = {}): Destination => ({
  project,
  dataset: 'payment',
  table: 'transfers',
  writeMode: 'merge',
  mergeQuery,
  clusterBy: [],
  labels: {},
  ...more,
});

export const day = (number: number) => ({
  start: `2026-01-0${number}T00:00:00.000Z`,
  end: `2026-01-0${number + 1}T00:00:00.000Z`,
});

/** The load stage with Google’s clients against stand-ins, and exports for it to load. */
export async function loadUnderTest(t: TestContext, more: Partial<Destination> = {}, contract = 'evolve') {
  const { client, warehouse, close } = await startStorageAndBigquery();
  t.after(close);
  await Promise.all([client.createBucket(bucket), client.createBucket('state'), warehouse.createDataset('payment')]);

  const destination = destinationWith(more);
  const config = {
    id: 'transfers',
    address: 'payment/transfers',
    description: 'Every transfer.',
    schedule: { cron: '0 0 * * *', timezone: 'UTC', templateTimezone: 'UTC', retryCount: 1, retryDelayMinutes: 1 },
    params: {},
    destinations: [destination],
    contract: { newColumns: contract, unclassified: 'allow' },
  } as unknown as ExportConfig;
  const catalogue = { version: 1, pools: [], services: [{ id: 'payment', exports: [config] }] };
  const documents = documentsOf(client.bucket('state'));
  const runs = createRunStore(documents, () => new Date());
  const events: BatchEvent[] = [];
  const loads = loadsOf(warehouse);
  const stageWith = (replaced: Partial<typeof loads> = {}) =>
    createLoadStage({
      catalogue: () => Promise.resolve(catalogue as unknown as ExportsCatalogue),
      exports: exportedFilesOf(client.bucket(bucket)),
      runs,
      locks: createDestinationLocks(documents),
      loadDestination: createLoadDestination({ loads: { ...loads, ...replaced }, documents, now: () => new Date() }),
      tell: event => {
        events.push(event);
        return Promise.resolve();
      },
      now: () => new Date(),
    });

  /** Writes what an export of these rows writes; answers with the notification of its manifest. */
  const exported = async (
    of: number,
    rows: readonly Row[],
    { attempt = 1, tamper = (manifest: Manifest) => manifest, as = columns } = {},
  ): Promise<Message> => {
    const prefix = attemptPrefix('payment/transfers', day(of), attempt);
    const schema = exportSchema('transfers', as);
    const content = await avroFile(schema, rows);
    const name = `${prefix}part-00000.avro`;
    await client.bucket(bucket).file(name).save(content, { resumable: false });
    const [{ crc32c }] = await client.bucket(bucket).file(name).getMetadata();
    const manifest = tamper({
      version: 1,
      export: 'payment/transfers',
      interval: day(of),
      attempt,
      incremental: true,
      destinations: [destination],
      files: [{ name, rows: rows.length, bytes: content.length, crc32c: crc32c ?? '' }],
      rows: rows.length,
      bytes: content.length,
      columns: as,
      checksums: checksumsOf(rows, as),
      schema,
      schemaFingerprint: schemaFingerprint(schema),
      snapshot: { lsn: '0/1' },
      readTime: day(of).end,
      oneMoment: true,
      masks: [],
      losses: [],
      source: { type: 'query', query: 'SELECT 1' },
      started: day(of).end,
      ended: day(of).end,
    });
    await client
      .bucket(bucket)
      .file(`${prefix}${manifestName}`)
      .save(serialiseManifest(manifest), { resumable: false });
    const attributes = { bucketId: bucket, objectId: `${prefix}${manifestName}`, eventType: 'OBJECT_FINALIZE' };
    return { attributes } as unknown as Message;
  };
  const load = async (message: Message, stage = stageWith()) => {
    const [outcome] = await stage.handle([message]);
    return (await outcome)?.kind;
  };
  const table = async () => {
    const [rows] = await warehouse.query('SELECT * FROM payment.transfers ORDER BY id');
    return rows as (Row & Record<string, unknown>)[];
  };
  const told = () => events.map(({ event }) => event.type);
  const tables = async () => (await warehouse.dataset('payment').getTables())[0].map(({ id }) => id);
  return { exported, load, table, told, events, stageWith, loads, runs, config, client, warehouse, tables };
}

const unscaledOf = (bytes: Uint8Array) =>
  BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));

function checksumsOf(rows: readonly Row[], as: readonly ExportColumn[]) {
  return as.map(column => {
    const checksum = new ColumnChecksum();
    for (const row of rows) {
      const value = (row as unknown as Record<string, unknown>)[column.name];
      if (typeof value === 'number') checksum.integer(Math.floor(value / 2 ** 32), value | 0);
      else if (value instanceof Uint8Array) text(checksum, decimalText(unscaledOf(value), column.scale ?? 0));
      else if (typeof value === 'string') text(checksum, value);
    }
    return checksum.sums(column);
  });
}

const text = (checksum: ColumnChecksum, value: string) =>
  checksum.bytes(Buffer.from(value), 0, Buffer.byteLength(value));
