import { type Client, credentials, Metadata } from '@grpc/grpc-js';
import type { SpannerConnection } from '../core/batch/connection.ts';
import { parseEndpoint } from './endpoints.ts';
import { untilAborted } from './until-aborted.ts';

/** google.protobuf.Value, in which Spanner sends every value: integers, decimals and times as texts. */
export interface WireValue {
  readonly kind?: 'nullValue' | 'numberValue' | 'stringValue' | 'boolValue' | 'structValue' | 'listValue';
  readonly stringValue?: string | null;
  readonly numberValue?: number | null;
  readonly boolValue?: boolean | null;
  readonly listValue?: { readonly values?: readonly WireValue[] | null } | null;
}

/** google.spanner.v1.Type. The code is a number where this client does not know its name yet. */
export interface WireType {
  readonly code?: string | number | null;
  readonly typeAnnotation?: string | number | null;
  readonly arrayElementType?: WireType | null;
  readonly structType?: { readonly fields?: readonly WireField[] | null } | null;
  readonly protoTypeFqn?: string | null;
}

export interface WireField {
  readonly name?: string | null;
  readonly type?: WireType | null;
}

export interface StreamAsk {
  readonly sql: string;
  /** Of one of the query's partitions; absent to read the query in one stream. */
  readonly partition?: Uint8Array;
  /** After which the stream goes on; empty at the beginning. */
  readonly resumeToken: Uint8Array;
}

/** By which others go on with a transaction: it belongs to its session. */
export interface TransactionReference {
  readonly session: string;
  /** The transaction's id, in base64. */
  readonly transaction: string;
  /** RFC 3339, with nanoseconds. */
  readonly readTimestamp: string;
}

/** A read-only transaction: every call reads at its one timestamp. */
export interface SpannerTransaction {
  readonly reference: TransactionReference;
  /** The result's columns, without running the query. */
  describe(sql: string): Promise<readonly WireField[]>;
  /** Tokens of the parts in which the query can be read side by side. */
  partition(sql: string, maxPartitions?: number): Promise<readonly Uint8Array[]>;
  /** The result, as serialised google.spanner.v1.PartialResultSet. */
  stream(ask: StreamAsk): AsyncIterable<Uint8Array>;
}

export interface SpannerSession {
  /** A few rows, read on their own. */
  rows(sql: string): Promise<readonly (readonly WireValue[])[]>;
  /** Of the timestamp, or of what is committed now. */
  begin(readTimestamp?: Date): Promise<SpannerTransaction>;
  /** The transaction that was begun in this session before. */
  resume(reference: TransactionReference): SpannerTransaction;
  /** Never rejects. `kept` leaves the session to others; Spanner deletes it when it was idle for an hour. */
  close(kept: boolean): Promise<void>;
}

export interface SessionSettings {
  /** Shown by Spanner's statistics of queries: https://cloud.google.com/spanner/docs/introspection/troubleshooting-with-tags */
  readonly requestTag: string;
  readonly signal: AbortSignal;
  readonly deadline: Date;
  /** A session of before, in the place of a new one. */
  readonly session?: string;
}

/** Opens a session of a database. The generated client is used as it is: the other one converts every value. */
export async function openSpannerSession(
  { project, instance, database, dataBoost, priority }: SpannerConnection,
  { requestTag, signal, deadline, session: known }: SessionSettings,
): Promise<SpannerSession> {
  const { v1 } = await import('@google-cloud/spanner');
  const local = parseEndpoint(process.env['SPANNER_EMULATOR_HOST']);
  const client = new v1.SpannerClient(
    local === undefined
      ? {}
      : { servicePath: local.host, port: local.port, sslCreds: credentials.createInsecure(), projectId: project },
  );
  const requestOptions = { priority: priorities[priority], requestTag };
  const timeout = () => ({ timeout: Math.max(1, deadline.getTime() - Date.now()) });
  const until = <T>(call: Promise<T>) => untilAborted(signal, call);
  let session: string;
  try {
    const path = `projects/${project}/instances/${instance}/databases/${database}`;
    const brief = { timeout: Math.min(timeout().timeout, connectMillis) };
    if (known === undefined) {
      const [created] = await until(client.createSession({ database: path }, brief));
      session = created.name ?? '';
    } else {
      await until(client.getSession({ name: known }, brief));
      session = known;
    }
  } catch (error) {
    void client.close();
    throw error;
  }

  // As the generated client streams, it tries again by itself from the beginning, and has dozens of results in memory.
  const stub = (await client.spannerStub) as unknown as StreamingStub;

  const transactionOf = (id: Uint8Array, readTimestamp: string): SpannerTransaction => {
    const common = { session, transaction: { id }, requestOptions };
    return {
      reference: { session, transaction: Buffer.from(id).toString('base64'), readTimestamp },
      async describe(sql) {
        const [result] = await until(client.executeSql({ ...common, sql, queryMode: 'PLAN' }, timeout()));
        return result.metadata?.rowType?.fields ?? [];
      },
      async partition(sql, maxPartitions) {
        const partitionOptions = maxPartitions === undefined ? {} : { maxPartitions };
        const [{ partitions }] = await until(
          client.partitionQuery({ session, transaction: { id }, sql, partitionOptions }, timeout()),
        );
        return (partitions ?? []).map(({ partitionToken }) => bytesOf(partitionToken));
      },
      async *stream({ sql, partition, resumeToken }) {
        const part = partition === undefined ? {} : { partitionToken: partition, dataBoostEnabled: dataBoost };
        const request = { ...common, sql, resumeToken, ...part };
        const metadata = new Metadata();
        metadata.set('x-goog-request-params', `session=${encodeURIComponent(session)}`);
        const { path, requestSerialize } = stub.executeStreamingSql;
        const stream = stub.makeServerStreamRequest(path, requestSerialize, bytes => bytes, request, metadata, {
          deadline,
        });
        const cancel = () => stream.cancel();
        signal.addEventListener('abort', cancel);
        try {
          signal.throwIfAborted();
          for await (const bytes of stream) yield bytes as Uint8Array;
        } finally {
          signal.removeEventListener('abort', cancel);
          stream.cancel();
        }
      },
    };
  };

  return {
    async rows(sql) {
      const [{ rows }] = await until(client.executeSql({ session, sql, requestOptions }, timeout()));
      return (rows ?? []).map(({ values }) => (values ?? []) as WireValue[]);
    },
    async begin(readTimestamp) {
      const millis = readTimestamp?.getTime();
      const at =
        millis === undefined
          ? { strong: true }
          : { readTimestamp: { seconds: Math.floor(millis / 1000), nanos: (((millis % 1000) + 1000) % 1000) * 1e6 } };
      const options = { readOnly: { ...at, returnReadTimestamp: true } };
      const [begun] = await until(client.beginTransaction({ session, options }, timeout()));
      return transactionOf(bytesOf(begun.id), rfc3339(begun.readTimestamp));
    },
    resume: ({ transaction, readTimestamp }) => transactionOf(bytesOf(transaction), readTimestamp),
    async close(kept) {
      if (!kept) {
        await client.deleteSession({ name: session }, { timeout: closeMillis, retry: null }).catch(() => undefined);
      }
      await client.close().catch(() => undefined);
    },
  };
}

/** What the generated client sends its calls by. */
type StreamingStub = Client & {
  readonly executeStreamingSql: { readonly path: string; readonly requestSerialize: (request: object) => Buffer };
};

const priorities = { low: 'PRIORITY_LOW', medium: 'PRIORITY_MEDIUM', high: 'PRIORITY_HIGH' } as const;
const connectMillis = 15_000;
const closeMillis = 2_000;

const bytesOf = (bytes: Uint8Array | string | null | undefined): Uint8Array =>
  typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : (bytes ?? new Uint8Array());

function rfc3339(moment: { seconds?: unknown; nanos?: number | null } | null | undefined): string {
  const whole = new Date(Number(moment?.seconds ?? 0) * 1000).toISOString().slice(0, 19);
  return `${whole}.${String(moment?.nanos ?? 0).padStart(9, '0')}Z`;
}
