import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { BigQuery } from '@google-cloud/bigquery';
import { adapt, managedwriter, type protos } from '@google-cloud/bigquery-storage';
import { credentials } from '@grpc/grpc-js';
import { type Bigquery, type BigqueryOptions, startBigquery } from '../../../local/bigquery/bigquery.ts';
import { operator } from '../../../local/stand-in.ts';

// Google's clients would look for a metadata server.
process.env['METADATA_SERVER_DETECTION'] = 'none';

export const project = 'acme-data';

const cleanUps = new WeakMap<TestContext, (() => unknown)[]>();

/** Has `cleanUp` run when the test is over: what was opened last is closed first, where `t.after` does the opposite. */
export function afterwards(t: TestContext, cleanUp: () => unknown): void {
  const known = cleanUps.get(t);
  if (known) {
    known.push(cleanUp);
    return;
  }
  const stack = [cleanUp];
  cleanUps.set(t, stack);
  t.after(async () => {
    for (const next of stack.reverse()) await next();
  });
}

/** A folder that is gone when the test is over. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-bigquery-'));
  afterwards(t, () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Fixture {
  readonly bigquery: Bigquery;
  readonly client: BigQuery;
  readonly restPort: number;
  readonly storagePort: number;
}

/** The stand-in with Google's client for it, closed when the test is over. */
export async function startFixture(
  t: TestContext,
  options: Partial<BigqueryOptions> & { readonly caller?: string } = {},
): Promise<Fixture> {
  const { caller = operator, ...rest } = options;
  const bigquery = await startBigquery({ folder: temporaryFolder(t), ...rest });
  afterwards(t, () => bigquery.close());
  const restPort = await bigquery.listen(caller);
  const storagePort = await bigquery.listenStorage(caller);
  return { bigquery, client: restClient(restPort), restPort, storagePort };
}

export const restClient = (port: number) =>
  new BigQuery({ projectId: project, apiEndpoint: `http://127.0.0.1:${port}` });

export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly fields?: readonly Field[];
}

/** Makes the dataset `events`, and in it a table of these columns. */
export async function createTable(client: BigQuery, table: string, fields: readonly Field[], settings: object = {}) {
  const dataset = client.dataset('events');
  await dataset.get({ autoCreate: true });
  const [created] = await dataset.createTable(table, { schema: { fields: [...fields] as never }, ...settings });
  return created;
}

export const streamName = (table: string) => `projects/${project}/datasets/events/tables/${table}/streams/_default`;

/** Google's writer client. Closed when the test is over, before the stand-in is. */
export function writerClient(t: TestContext, port: number): managedwriter.WriterClient {
  const client = new managedwriter.WriterClient({
    projectId: project,
    apiEndpoint: '127.0.0.1',
    port,
    sslCreds: credentials.createInsecure(),
  });
  afterwards(t, () => client.close());
  return client;
}

type Descriptor = protos.google.protobuf.IDescriptorProto;

/** The descriptor that the client makes of the table's schema, as it asks for it. */
export async function descriptorOf(client: managedwriter.WriterClient, table: string): Promise<Descriptor> {
  const stream = await client.getWriteStream({ streamId: streamName(table), view: 'FULL' as never });
  return adapt.convertStorageSchemaToProto2Descriptor(stream.tableSchema ?? {}, 'root');
}

/** A writer of JavaScript objects, by the client's own encoder. */
export async function jsonWriter(
  client: managedwriter.WriterClient,
  table: string,
  descriptor?: Descriptor,
): Promise<managedwriter.JSONWriter> {
  const protoDescriptor = descriptor ?? (await descriptorOf(client, table));
  const connection = await client.createStreamConnection({ streamId: streamName(table) });
  return new managedwriter.JSONWriter({ connection, protoDescriptor });
}

/** A writer of rows that are encoded already. */
export async function rowWriter(
  client: managedwriter.WriterClient,
  table: string,
  protoDescriptor: Descriptor,
): Promise<(rows: readonly Uint8Array[]) => Promise<protos.google.cloud.bigquery.storage.v1.IAppendRowsResponse>> {
  const connection = await client.createStreamConnection({ streamId: streamName(table) });
  // An append that fails says so itself.
  connection.onConnectionError(() => undefined);
  const writer = new managedwriter.Writer({ connection, protoDescriptor });
  return rows => writer.appendRows({ serializedRows: [...rows] }).getResult();
}

/** The parts of a dataset's, table's or job's metadata that tests look at; the client has no type for them. */
export interface Metadata {
  readonly etag: string;
  readonly location: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly description: string;
  readonly type: string;
  readonly numRows: string;
  readonly schema: { readonly fields: readonly (Field & { readonly mode: string; readonly description?: string })[] };
  readonly timePartitioning: object;
  readonly clustering: object;
  readonly requirePartitionFilter: boolean;
  readonly view: { readonly query: string };
  readonly status: {
    readonly state: string;
    readonly errorResult?: { readonly reason: string; readonly message: string };
  };
  readonly statistics: {
    readonly load: { readonly inputFiles: string; readonly outputRows: string };
    readonly query: Readonly<Record<string, unknown>>;
  };
}

export async function metadataOf(resource: { getMetadata(): Promise<unknown[]> }): Promise<Metadata> {
  const [metadata] = await resource.getMetadata();
  return metadata as Metadata;
}

export async function change(resource: { setMetadata(metadata: never): Promise<unknown[]> }, metadata: object) {
  const [changed] = await resource.setMetadata(metadata as never);
  return changed as Metadata;
}

export type Row = Readonly<Record<string, unknown>>;

export async function rowsOf(table: { getRows(): Promise<unknown[]> }): Promise<Row[]> {
  const [rows] = await table.getRows();
  return rows as Row[];
}
