import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isCrossSite } from '../cross-site.ts';
import type { Authorize, Caller } from '../stand-in.ts';
import { ApiError, forbidden, notImplemented } from './api-error.ts';
import type { Call, Reply, State } from './call.ts';
import { type Match, route } from './routes.ts';

/** An HTTP server that answers the calls of one caller. */
export function createStorageServer(state: State, caller: Caller, authorize: Authorize): Server {
  const server = createServer((request, response) => {
    // When the server is closing, a connection that has its answer must not wait for another call.
    response.once('close', () => {
      if (!server.listening) server.closeIdleConnections();
    });
    void answer(state, caller, authorize, request, response);
  });
  // An upload may take its time, and a client may hold a connection between two calls.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  return server;
}

async function answer(
  state: State,
  caller: Caller,
  authorize: Authorize,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let match: Match | undefined;
  let reply: Reply;
  try {
    refuseForeign(request);
    match = route(request.method === 'HEAD' ? 'GET' : (request.method ?? ''), request.url ?? '');
    reply = await match.handler(callOf(state, caller, authorize, request, match));
  } catch (error) {
    reply = errorReply(error, match?.isMedia ?? false);
  }
  await send(request, response, reply).catch((error: unknown) => {
    // The caller went away, or what was to be sent turned out unreadable: a broken connection says so.
    if (response.headersSent) {
      response.destroy();
      return undefined;
    }
    return send(request, response, errorReply(error, false));
  });
  // What the caller still sends, after a refusal, is read and dropped, so that it comes to read the answer.
  if (!request.readableEnded) request.resume();
}

function callOf(state: State, caller: Caller, authorize: Authorize, request: IncomingMessage, match: Match): Call {
  const isPermitted = (permission: string, resource: string) => authorize(caller, permission, resource);
  return {
    state,
    request,
    origin: `http://${request.headers.host ?? '127.0.0.1'}`,
    params: match.params,
    query: match.query,
    isPermitted,
    permit(permission, resource) {
      if (isPermitted(permission, resource)) return;
      const kind = resource.includes('/objects/') ? 'object' : resource.includes('/buckets/') ? 'bucket' : 'project';
      throw forbidden(
        `${caller} does not have ${permission} access to the Google Cloud Storage ${kind}. ` +
          `Permission '${permission}' denied on resource '${resource}' (or it may not exist).`,
      );
    },
  };
}

/** Keeps web pages that the person at this machine visits away from the data. */
function refuseForeign(request: IncomingMessage): void {
  if (isCrossSite(request.headers)) {
    throw forbidden('Requests of other web sites are refused.');
  }
  if (request.headers['x-goog-encryption-key'] !== undefined) throw notImplemented('customer-supplied encryption keys');
}

function errorReply(error: unknown, isMedia: boolean): Reply {
  const apiError =
    error instanceof ApiError
      ? error
      : new ApiError(500, 'backendError', `Internal error of the stand-in: ${String(error)}`);
  const { status, headers } = apiError;
  if (status === 304) return { status };
  if (!isMedia) return { status, headers, body: apiError.toJSON() as Record<string, unknown> };
  return {
    status,
    headers: { ...headers, 'content-type': 'text/html; charset=UTF-8' },
    body: Buffer.from(apiError.message),
  };
}

async function send(request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> {
  const { status, headers, body } = reply;
  if (body instanceof Readable) {
    response.writeHead(status, headers);
    if (request.method === 'HEAD') {
      body.destroy();
      response.end();
      return;
    }
    await pipeline(body, response);
    return;
  }
  if (Buffer.isBuffer(body)) {
    response.writeHead(status, headers);
    response.end(request.method === 'HEAD' ? undefined : body);
    return;
  }
  const json = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    ...(json ? { 'content-type': 'application/json; charset=UTF-8' } : {}),
    ...(status === 204 || status === 304 ? {} : { 'content-length': String(json?.length ?? 0) }),
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : json);
}
