import { toBinary } from '@bufbuild/protobuf';
import type { DescriptorProto } from '@bufbuild/protobuf/wkt';
import { DescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { protos as Protos } from '@google-cloud/bigquery-storage';
import { credentials, type Metadata, status } from '@grpc/grpc-js';
import { messageOfError } from '../log.ts';
import { parseEndpoint } from './endpoints.ts';

/** Why BigQuery refused one row of an append; `index` is the row's place in it. */
export interface RowError {
  readonly index: number;
  readonly message: string;
}

/** A stream of rows into one table, all of one descriptor. */
export interface Appender {
  /**
   * Appends rows, which are serialised messages of the descriptor. Resolves when they are durable and can be queried,
   * with no errors; or, none of them written, with the errors of the rows that BigQuery refuses.
   * Rejects with TableNotReady, none of them written, when the table does not go with the descriptor, and on anything
   * else, none of them known to be written.
   */
  append(rows: readonly Uint8Array[]): Promise<readonly RowError[]>;
}

/**
 * The table is not as the rows need it, where rows are written: it is missing or lacks columns. It may be so for minutes
 * after it was made or changed. What is appended next uses a connection of its own, for an open one learns of changes
 * late. https://cloud.google.com/bigquery/docs/write-api#schema_update
 */
export class TableNotReady extends Error {
  override readonly name = 'TableNotReady';
}

/** Opens appenders by table (`projects/p/datasets/d/tables/t`) and row descriptor. */
export type OpenAppender = (table: string, descriptor: DescriptorProto) => Appender;

/** An append that has not been answered by then is given up, and its connection with it. */
const answerMillis = 30_000;

/** The Storage Write API's default stream: at least once, visible when it is acknowledged. */
export async function createAppenders(): Promise<OpenAppender> {
  const { managedwriter, protos } = await import('@google-cloud/bigquery-storage');
  const local = parseEndpoint(process.env['BIGQUERY_STORAGE_EMULATOR_HOST']);
  const client = new managedwriter.WriterClient(
    local ? { apiEndpoint: local.host, port: local.port, sslCreds: credentials.createInsecure() } : {},
  );

  return (table, descriptor) => {
    const protoDescriptor = protos.google.protobuf.DescriptorProto.decode(toBinary(DescriptorProtoSchema, descriptor));
    const connect = async () => {
      const connection = await client.createStreamConnection({ streamId: `${table}/streams/_default` });
      // Without a listener an error of the connection would end the process; its writes are told of it anyway.
      connection.onConnectionError(() => undefined);
      return { connection, writer: new managedwriter.Writer({ connection, protoDescriptor }), inFlight: 0 };
    };
    type Opened = Awaited<ReturnType<typeof connect>>;
    let current: Promise<Opened> | undefined;
    /** Closed; they open again when they are used. The client never forgets one, so they are not thrown away. */
    const closed: Opened[] = [];
    const open = async () => closed.pop() ?? (await connect());

    return {
      async append(rows) {
        const used = (current ??= open());
        let opened: Opened | undefined;
        try {
          opened = await used;
          opened.inFlight += 1;
          const result = await withinTime(opened.writer.appendRows({ serializedRows: [...rows] }).getResult());
          const rowErrors = result.rowErrors ?? [];
          if (rowErrors.length === 0 && result.error) throw refusalOf(result.error);
          return rowErrors.map(({ index, message }) => ({ index: Number(index), message: message ?? '' }));
        } catch (error) {
          // A connection on which something failed is not used again as it is; the next append opens another.
          if (current === used) current = undefined;
          throw isOfTable(error, protos.google) ? new TableNotReady(messageOfError(error), { cause: error }) : error;
        } finally {
          // It is not closed as long as others wait on it: a closed one would never answer them.
          if (opened && (opened.inFlight -= 1) === 0 && current !== used) {
            opened.connection.close();
            if (opened.connection.getPendingWrites().length === 0) closed.push(opened);
          }
        }
      },
    };
  };
}

/** Of an append that it refuses as a whole and not for its rows, BigQuery says that its columns are not the table's. */
function refusalOf({ code, message }: { code?: number | null; message?: string | null }): Error {
  const text = message ?? 'append refused';
  return code === status.INVALID_ARGUMENT || code === status.NOT_FOUND ? new TableNotReady(text) : new Error(text);
}

/** The code of BigQuery's own error when the rows have columns that the table has not. */
const extraFields = 'SCHEMA_MISMATCH_EXTRA_FIELDS';

/** Whether a connection has failed because of the state of its table. */
function isOfTable(error: unknown, { rpc, cloud }: typeof Protos.google): boolean {
  const { code, metadata } = error as { code?: unknown; metadata?: Metadata };
  if (code === status.NOT_FOUND) return true;
  const { StorageError } = cloud.bigquery.storage.v1;
  return (metadata?.get('grpc-status-details-bin') ?? []).some(bytes =>
    rpc.Status.decode(bytes as Buffer).details.some(
      ({ type_url, value }) =>
        type_url?.endsWith('.StorageError') &&
        StorageError.decode(value as Uint8Array).code === StorageError.StorageErrorCode[extraFields],
    ),
  );
}

async function withinTime<T>(promise: Promise<T>): Promise<T> {
  const late = AbortSignal.timeout(answerMillis);
  return Promise.race([
    promise,
    new Promise<never>((_, reject) => {
      late.addEventListener('abort', () => reject(new Error(`BigQuery did not answer in ${answerMillis} ms`)));
    }),
  ]);
}
