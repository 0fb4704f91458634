import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isCrossSite } from '../../cross-site.ts';
import type { Caller } from '../../stand-in.ts';
import { ApiError, errorBody, httpStatus, invalid } from '../errors.ts';
import { findRoute, type Route } from './route.ts';

export interface RestServer {
  readonly port: number;
  /** Lets the calls in flight finish, then closes the port. */
  close(): Promise<void>;
}

/** More than any request of BigQuery's may have; a body is held in memory. */
const maxBodyBytes = 100 * 1024 * 1024;
/** Clients with an `apiEndpoint` send the prefix; those told by BIGQUERY_EMULATOR_HOST do not. */
const prefix = ['bigquery', 'v2'];

/** Opens a port that speaks BigQuery's REST API for one caller. */
export async function startRestServer(routes: readonly Route[], caller: Caller, port: number): Promise<RestServer> {
  const server = createServer((request, response) => {
    void answer(routes, caller, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

async function answer(
  routes: readonly Route[],
  caller: Caller,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    refuseBrowsers(request);
    const { body, bytes } = await readBody(request);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const all = url.pathname.split('/').filter(segment => segment !== '');
    const segments = prefix.every((part, index) => all[index] === part) ? all.slice(prefix.length) : all;
    const found = findRoute(routes, methodOf(request), segments);
    if (!found) throw new ApiError('notFound', `Not Found: ${request.method ?? ''} ${url.pathname}`);
    const ifMatch = request.headers['if-match'];
    const { path, route } = found;
    send(
      response,
      200,
      await route.handler({ caller, path, query: url.searchParams, body, bodyBytes: bytes, ifMatch }),
    );
  } catch (error) {
    const apiError =
      error instanceof ApiError
        ? error
        : new ApiError('internalError', error instanceof Error ? error.message : String(error));
    send(response, httpStatus(apiError), errorBody(apiError));
  }
}

function send(response: ServerResponse, status: number, body: object | undefined): void {
  if (body === undefined) {
    response.writeHead(204).end();
    return;
  }
  const etag = 'etag' in body && typeof body.etag === 'string' ? { etag: body.etag } : {};
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...etag }).end(JSON.stringify(body));
}

/** A page that a person happens to have open must not be able to call the stand-in. */
function refuseBrowsers({ headers }: IncomingMessage): void {
  if (isCrossSite(headers)) {
    throw new ApiError('accessDenied', 'Requests of web pages on other hosts are refused.');
  }
}

function methodOf({ method = 'GET', headers }: IncomingMessage): string {
  const override = headers['x-http-method-override'];
  return method === 'POST' && typeof override === 'string' ? override.toUpperCase() : method;
}

async function readBody(request: IncomingMessage): Promise<{ body: Record<string, unknown>; bytes: number }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new ApiError('uploadTooLarge', 'The request is too large.');
    chunks.push(chunk);
  }
  if (bytes === 0) return { body: {}, bytes };
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { body: { ...body }, bytes };
  } catch {
    // Said below.
  }
  throw new ApiError('invalid', 'Parse Error: the request body is no JSON object.');
}

/** A page of a list: `maxResults` and `pageToken`, as every list method has them. */
export function page<T>(
  items: readonly T[],
  query: URLSearchParams,
  most = 1000,
): { items: T[]; nextPageToken?: string } {
  const start = pageStart(query.get('pageToken'));
  const size = Math.min(countOf(query.get('maxResults'), 'maxResults') ?? most, most);
  const end = start + size;
  return { items: items.slice(start, end), ...(end < items.length ? { nextPageToken: pageToken(end) } : {}) };
}

/** A token for the page that starts at that row. */
export const pageToken = (start: number) => Buffer.from(`from:${start}`).toString('base64url');

export function pageStart(token: string | null): number {
  if (token === null || token === '') return 0;
  const match = /^from:(\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (!match) throw invalid('Invalid page token', 'pageToken');
  return Number(match[1]);
}

/** A parameter that is a count; undefined when it is not given. */
export function countOf(text: string | null, name: string): number | undefined {
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw invalid(`Invalid value for ${name}: ${text}`, name);
  return Number(text);
}
