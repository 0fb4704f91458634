import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { ApiError } from './api-error.ts';
import type { Catalogue } from './catalogue.ts';
import type { ContentFolder } from './content.ts';
import { type JsonObject, parseObject } from './json.ts';
import { type ObjectRecord, objectResource } from './object-record.ts';
import type { Objects } from './objects.ts';
import type { ResumableUploads } from './resumable-uploads.ts';

/** What all calls work on. */
export interface State {
  readonly catalogue: Catalogue;
  readonly folder: ContentFolder;
  readonly objects: Objects;
  readonly uploads: ResumableUploads;
  readonly clock: { now(): number };
}

/** One request, routed. */
export interface Call {
  readonly state: State;
  readonly request: IncomingMessage;
  /** Where the caller reached us, such as `http://127.0.0.1:4443`: links in answers start with it. */
  readonly origin: string;
  /** The variable segments of the path, decoded, in their order. */
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  /** Throws 403 unless the caller has the permission on the resource. */
  permit(permission: string, resource: string): void;
  /** As `permit`, as an answer. */
  isPermitted(permission: string, resource: string): boolean;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, bytes, or a stream; nothing when absent. */
  readonly body?: JsonObject | Buffer | Readable;
}

export const ok = (body: JsonObject): Reply => ({ status: 200, body });

export const noContent: Reply = { status: 204 };

export const okObject = (call: Call, record: ObjectRecord): Reply => ok(objectResource(record, call.origin));

export const timeOf = (call: Call) => new Date(call.state.clock.now()).toISOString();

/** Full resource names, as IAM has them. */
export const bucketName = (bucket: string) => `projects/_/buckets/${bucket}`;
/** What a listing of objects by prefix is asked on: the innermost folder that holds all that it could show. */
export const listedName = (bucket: string, prefix: string) => {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  return folder === '' ? bucketName(bucket) : `${bucketName(bucket)}/managedFolders/${folder}`;
};
export const objectName = (bucket: string, object: string) => `projects/_/buckets/${bucket}/objects/${object}`;

/** Chunks of a request's body. Stopping early leaves the connection open, so that an error can still be answered. */
export const bodyOf = (request: IncomingMessage): AsyncIterable<Buffer> => ({
  [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) as NodeJS.AsyncIterator<Buffer>,
});

const maxJsonBytes = 10 * 1024 * 1024;

/** The request's body as JSON object; empty when there is none. Throws 400 and 413. */
export async function jsonOf(call: Call): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of bodyOf(call.request)) {
    bytes += chunk.length;
    if (bytes > maxJsonBytes) throw new ApiError(413, 'uploadTooLarge', 'The request body is too large.');
    chunks.push(chunk);
  }
  return parseObject(Buffer.concat(chunks));
}
