/**
 * Loaded into a function's process before functions-framework: what Cloud Run's front end does for a function, where
 * the framework does nothing. It listens on loopback only, lets nobody in but declared invokers who prove who they are,
 * and no more requests than the declared concurrency, says when the function is ready, and ends the process with the
 * local cloud, even when that was killed.
 */
import http from 'node:http';
import type net from 'node:net';
import type { FunctionEvent, FunctionOrder } from './function-event.ts';
import { createAdmission, type Invocation, isAmong, refuse } from './invocation.ts';
import { shiftDate } from './shifted-date.ts';

const offset = process.env['ONRAMP_LOCAL_CLOCK_OFFSET'];
// Before anything reads the time.
const shiftTo = offset === undefined ? undefined : shiftDate(Number(offset));
const concurrency = Number(process.env['ONRAMP_LOCAL_CONCURRENCY']);
let invokers = new Set(JSON.parse(process.env['ONRAMP_LOCAL_INVOKERS'] ?? '[]') as string[]);
const invocation = JSON.parse(process.env['ONRAMP_LOCAL_INVOCATION'] ?? '') as Invocation;
const admit = createAdmission(invocation, email => isAmong(invokers, email));

process.on('message', (order: FunctionOrder) => {
  if (order.kind === 'invokers') {
    invokers = new Set(order.invokers);
  } else {
    shiftTo?.(order.offset);
    tell(order);
  }
});

const createServer = http.createServer.bind(http);

http.createServer = ((listener: http.RequestListener) => {
  let inFlight = 0;
  const server = createServer((request, response) => {
    const refusal = admit(request.headers);
    if (refusal) {
      if (refusal.status === 403) tell({ kind: 'refused', email: refusal.email ?? 'a caller without a token' });
      refuse(refusal, new URL(request.url ?? '/', invocation.audience).pathname, response);
      return;
    }
    if (inFlight >= concurrency) {
      // What Cloud Run answers when no instance can take the request.
      response.writeHead(429, { 'content-type': 'text/plain' }).end('Rate exceeded.');
      return;
    }
    inFlight += 1;
    response.once('close', () => {
      inFlight -= 1;
    });
    listener(request, response);
  });
  const listen = server.listen.bind(server) as (options: net.ListenOptions, ready?: () => void) => http.Server;
  server.listen = ((port: number | string, ready?: () => void) =>
    listen({ host: '127.0.0.1', port: Number(port), backlog: 1024 }, () => {
      ready?.();
      tell({ kind: 'ready' });
    })) as typeof server.listen;
  // A refused port is an event of the server, and would otherwise be a stack trace in the log.
  server.once('error', error => {
    // The channel to the local cloud would keep it alive, though it serves nobody.
    process.send?.({ kind: 'failed', message: error.message } satisfies FunctionEvent, () => process.exit(1));
  });
  // The stand-in for Pub/Sub keeps its connections; a short time-out would cut one just as it is used again.
  server.keepAliveTimeout = 120_000;
  return server;
}) as typeof http.createServer;

process.on('disconnect', () => process.exit(0));

function tell(event: FunctionEvent): void {
  process.send?.(event);
}
