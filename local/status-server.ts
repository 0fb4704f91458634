import { createServer } from 'node:http';
import { OnrampError } from '../functions/core/errors.ts';
import type { Alerts } from './alerts.ts';
import { isCrossSite } from './cross-site.ts';
import type { Status } from './status.ts';
import { handleClock } from './time/clock-calls.ts';
import type { LocalTime } from './time/local-time.ts';

/** Serves `GET /status` as JSON, the alerts and the clock, on loopback. Answers with a function that ends it. */
export async function startStatusServer(
  status: () => Status,
  alerts: Alerts,
  time: LocalTime | undefined,
  port: number,
): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    if (isCrossSite(request.headers)) {
      response.writeHead(403).end();
    } else if (request.method === 'GET' && request.url === '/status') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(status()));
    } else if (!alerts.handle(request, response) && !handleClock(time, request, response)) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('GET /status, /alerts or /clock\n');
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new OnrampError('LOCAL_PORT_TAKEN', `port ${port}`) : error);
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  return async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  };
}
