import { createRequire } from 'node:module';
import type { Metadata, ServiceDefinition } from '@grpc/grpc-js';
import { Metadata as MetadataClass, status } from '@grpc/grpc-js';
import { type AnyDefinition, fromJSON, type MessageTypeDefinition } from '@grpc/proto-loader';
import type { DescriptorProto } from './proto-types.ts';

/** The service's definition, from the same file that Google's client is built on. */
const definitions = fromJSON(
  createRequire(import.meta.url)('@google-cloud/bigquery-storage/build/protos/protos.json') as Parameters<
    typeof fromJSON
  >[0],
  { longs: String, enums: String, oneofs: true },
);

const packageName = 'google.cloud.bigquery.storage.v1';
export const writeService = definitions[`${packageName}.BigQueryWrite`] as unknown as ServiceDefinition;

/** Sizes of the AppendRows requests that were received, in bytes. */
const requestSizes = new WeakMap<object, number>();
const appendRows = writeService['AppendRows'];
if (appendRows) {
  const deserialize = appendRows.requestDeserialize;
  appendRows.requestDeserialize = bytes => {
    const request = deserialize(bytes) as object;
    requestSizes.set(request, bytes.length);
    return request;
  };
}

export const requestSize = (request: object): number => requestSizes.get(request) ?? 0;

export interface AppendRowsRequest {
  readonly writeStream?: string;
  readonly offset?: { readonly value: string } | null;
  readonly protoRows?: {
    readonly writerSchema?: { readonly protoDescriptor?: DescriptorProto | null } | null;
    readonly rows?: { readonly serializedRows?: readonly Buffer[] } | null;
  } | null;
  readonly arrowRows?: unknown;
}

export interface RpcStatus {
  readonly code: number;
  readonly message: string;
  readonly details: readonly { readonly type_url: string; readonly value: Buffer }[];
}

export interface RowError {
  readonly index: number;
  readonly code: 'FIELDS_ERROR';
  readonly message: string;
}

export interface AppendRowsResponse {
  readonly appendResult?: object;
  readonly error?: RpcStatus;
  readonly updatedSchema?: object;
  readonly rowErrors?: readonly RowError[];
  readonly writeStream: string;
}

export type StorageErrorCode = 'TABLE_NOT_FOUND' | 'STREAM_NOT_FOUND' | 'SCHEMA_MISMATCH_EXTRA_FIELDS';

/** A failed call: it ends a stream, where an `error` in a response does not. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: number;
  readonly storageError: StorageErrorCode | undefined;

  constructor(code: number, message: string, storageError?: StorageErrorCode) {
    super(message);
    this.code = code;
    this.storageError = storageError;
  }
}

function encode(type: string, message: object): Buffer {
  const definition: AnyDefinition | undefined = definitions[type];
  return (definition as MessageTypeDefinition<object, object>).serialize(message);
}

/** The error as a `google.rpc.Status`, with BigQuery's own detail. */
export function rpcStatus(error: RpcError, entity: string): RpcStatus {
  const storageError = `${packageName}.StorageError`;
  const details =
    error.storageError === undefined
      ? []
      : [
          {
            type_url: `type.googleapis.com/${storageError}`,
            value: encode(storageError, { code: error.storageError, entity, errorMessage: error.message }),
          },
        ];
  return { code: error.code, message: `${error.message} Entity: ${entity}`, details };
}

/** The error as grpc-js ends a call with. */
export function serviceError(error: unknown, entity: string): { code: number; details: string; metadata: Metadata } {
  const rpcError =
    error instanceof RpcError
      ? error
      : new RpcError(status.INTERNAL, error instanceof Error ? error.message : String(error));
  const { code, message, details } = rpcStatus(rpcError, entity);
  const metadata = new MetadataClass();
  metadata.set('grpc-status-details-bin', encode('google.rpc.Status', { code, message, details }));
  return { code, details: message, metadata };
}
