import { toBinary } from '@bufbuild/protobuf';
import type { DescriptorProto } from '@bufbuild/protobuf/wkt';
import { DescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { credentials } from '@grpc/grpc-js';
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
   * Rejects, none of them known to be written, on anything else.
   */
  append(rows: readonly Uint8Array[]): Promise<readonly RowError[]>;
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
    const open = async () => {
      const connection = await client.createStreamConnection({
        streamId: `${table}/streams/_default`,
      });
      // Without a listener an error of the connection would end the process; its writes are told of it anyway.
      connection.onConnectionError(() => undefined);
      return new managedwriter.Writer({ connection, protoDescriptor });
    };
    let writer: ReturnType<typeof open> | undefined;

    return {
      async append(rows) {
        const used = (writer ??= open());
        try {
          const opened = await used;
          const result = await withinTime(opened.appendRows({ serializedRows: [...rows] }).getResult());
          const rowErrors = result.rowErrors ?? [];
          if (rowErrors.length === 0 && result.error) throw new Error(result.error.message ?? 'append refused');
          return rowErrors.map(({ index, message }) => ({ index: Number(index), message: message ?? '' }));
        } catch (error) {
          // A connection on which something failed is not used again; the next append opens another. It is not closed
          // either as long as others wait on it: a closed one would never answer them.
          if (writer === used) writer = undefined;
          throw error;
        }
      },
    };
  };
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
