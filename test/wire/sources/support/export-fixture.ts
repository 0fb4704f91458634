import { createNewObjects } from '../../../../functions/clients/object-stream.ts';
import { checksumQuery } from '../../../../functions/core/batch/column-checksum.ts';
import type { ColumnPolicy } from '../../../../functions/core/batch/config.ts';
import type { SqlConnection } from '../../../../functions/core/batch/connection.ts';
import type { BatchEvent, BatchEventBody } from '../../../../functions/core/batch/events.ts';
import type { ExportRequest } from '../../../../functions/core/batch/export-request.ts';
import { type Manifest, parseManifest } from '../../../../functions/core/batch/manifest.ts';
import { readContainer } from '../../../../functions/core/codec/avro-container.ts';
import type { AvroValue } from '../../../../functions/core/codec/avro-reader.ts';
import type { OpenSource } from '../../../../functions/sources/source.ts';
import { createExport } from '../../../../functions/stages/export.ts';
import type { ExportParts } from '../../../../functions/stages/export-parts.ts';
import { readWithAvsc } from '../../../support/avsc-types.ts';
import type { DatabaseServer } from '../../../support/database-server.ts';
import { project, startStorageAndBigquery } from '../../support/storage-and-bigquery.ts';

const bucketName = 'local-test-exports';
export const passwordSecret = 'projects/acme/secrets/password/versions/1';
export const keySecret = 'projects/acme/secrets/masking-key/versions/7';
export const maskingKey = Buffer.alloc(32, 'k');

export type AvroRecord = Readonly<Record<string, AvroValue>>;

/** What one export has made. */
export interface Exported {
  readonly manifest: Manifest;
  /** As our own reader has them. */
  readonly records: readonly AvroRecord[];
  /** The same as avsc has them. */
  readonly byAvsc: readonly unknown[];
  readonly files: readonly Buffer[];
}

export interface Ask extends Partial<ExportRequest> {
  readonly query: string;
  readonly columns?: Readonly<Record<string, ColumnPolicy>>;
}

/** Stand-ins for Cloud Storage and BigQuery, and exports of one source into them. */
export async function startExports(openSource: OpenSource, server: DatabaseServer, kind: SqlConnection['kind']) {
  const { client, warehouse, close } = await startStorageAndBigquery();
  await client.createBucket(bucketName);
  await warehouse.createDataset('staging');
  const openBucket = await createNewObjects();
  let count = 0;

  function request({ query, ...others }: Ask): ExportRequest {
    count += 1;
    return {
      version: 1,
      export: 'shop/torture',
      interval: { start: '2026-01-01T00:00:00.000Z', end: '2026-01-02T00:00:00.000Z' },
      attempt: 1,
      connection: {
        kind,
        host: '127.0.0.1',
        port: server.port,
        database: server.database,
        user: server.user,
        ip: 'public',
        auth: { method: 'secret', secret: passwordSecret },
      },
      source: { type: 'query', query },
      columns: {},
      contract: { newColumns: 'evolve', unclassified: 'allow' },
      incremental: false,
      destinations: [],
      timeoutSeconds: 300,
      bucket: bucketName,
      prefix: `export=shop.torture/interval=${count}/attempt=1/`,
      ...others,
    };
  }

  /** One execution: whether the task has to be sent again, and the events that were told. */
  async function execute(asked: ExportRequest, parts: Partial<ExportParts> = {}, retries = 0) {
    const events: BatchEvent[] = [];
    const end = await createExport({
      openSource,
      openBucket,
      publish: event => Promise.resolve(void events.push(event)),
      secret: reference =>
        Promise.resolve(Buffer.from(reference === keySecret ? `${maskingKey.toString()}\n` : server.password)),
      isWanted: () => Promise.resolve(true),
      now: () => new Date(),
      ...parts,
    })(asked, retries);
    return { end, events: events.map(({ event }) => event) };
  }

  /** The events that it told. */
  const run = async (asked: ExportRequest, parts: Partial<ExportParts> = {}): Promise<BatchEventBody[]> =>
    (await execute(asked, parts)).events;

  /** What an attempt that is complete has made. */
  async function exported(asked: ExportRequest): Promise<Exported> {
    const bucket = client.bucket(bucketName);
    const [content] = await bucket.file(`${asked.prefix}manifest.json`).download();
    const manifest = parseManifest(content);
    const files = await Promise.all(manifest.files.map(async ({ name }) => (await bucket.file(name).download())[0]));
    const records: AvroRecord[] = [];
    const byAvsc: unknown[] = [];
    for (const file of files) {
      records.push(...((await readContainer(file)).records as AvroRecord[]));
      byAvsc.push(...(await readWithAvsc(file)));
    }
    return { manifest, records, byAvsc, files };
  }

  return {
    request,
    run,
    execute,
    exported,
    bucket: client.bucket(bucketName),
    /** Exports and reads everything back. */
    async export(ask: Ask, parts: Partial<ExportParts> = {}): Promise<Exported> {
      const asked = request(ask);
      const events = await run(asked, parts);
      const last = events.at(-1);
      if (last?.type !== 'export_complete') throw new Error(JSON.stringify(last));
      return exported(asked);
    },
    /** Loads an export into a new table of the stand-in for BigQuery; answers with its name. */
    async load({ manifest }: Exported): Promise<string> {
      count += 1;
      const table = warehouse.dataset('staging').table(`loaded_${count}`);
      const bucket = client.bucket(bucketName);
      const [job] = await table.load(
        manifest.files.map(({ name }) => bucket.file(name)),
        {
          format: 'AVRO',
          useAvroLogicalTypes: true,
          decimalTargetTypes: ['NUMERIC', 'BIGNUMERIC', 'STRING'],
        } as never,
      );
      const error = (job as { status?: { errorResult?: { message: string } } }).status?.errorResult;
      if (error) throw new Error(error.message);
      return `\`${project}.staging.${table.id ?? ''}\``;
    },
    async query(sql: string): Promise<Readonly<Record<string, unknown>>[]> {
      const [rows] = await warehouse.query({ query: sql, wrapIntegers: true });
      return rows as Record<string, unknown>[];
    },
    /** What BigQuery computes of a table, in the form of the manifest's checksums. */
    async checksums(table: string, { columns }: Manifest) {
      const [row = {}] = await this.query(checksumQuery(table, columns));
      return columns.map(({ name }, i) => ({
        column: name,
        values: Number(row[`values_${i}`]),
        ...(`sum_${i}` in row ? { sum: row[`sum_${i}`] as string, xor: row[`xor_${i}`] as string } : {}),
      }));
    },
    close,
  };
}

export type Exports = Awaited<ReturnType<typeof startExports>>;
