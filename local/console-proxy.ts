import { createServer, type IncomingHttpHeaders, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OnrampError } from '../functions/core/errors.ts';
import { isCrossSite } from './cross-site.ts';

export interface ConsoleProxyOptions {
  /** Address of the console's function. */
  readonly target: string;
  /** A token of the person at this machine, asked for with each request. */
  readonly token: () => string;
  /** 0 picks a free one. */
  readonly port: number;
}

export interface ConsoleProxy {
  /** For the person's browser. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Lets a browser, which has no token, into the console: a port on loopback that adds the person's, as `gcloud run services
 * proxy` does. Pages of other sites that the person has open are refused.
 * https://cloud.google.com/sdk/gcloud/reference/run/services/proxy
 * @throws OnrampError LOCAL_PORT_TAKEN
 */
export async function startConsoleProxy({ target, token, port }: ConsoleProxyOptions): Promise<ConsoleProxy> {
  const { host } = new URL(target);
  const server = createServer((request, response) => {
    if (isCrossSite(request.headers)) {
      response.writeHead(403, { 'content-type': 'text/plain' }).end('This is for this machine only.\n');
      return;
    }
    const headers = { ...withoutIdentity(request.headers), host, authorization: `Bearer ${token()}` };
    const forwarded = send(new URL(request.url ?? '/', target), { method: request.method, headers }, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.once('error', () => response.destroy());
    });
    forwarded.once('error', () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502, { 'content-type': 'text/plain' }).end('The console does not answer.\n');
    });
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new OnrampError('LOCAL_PORT_TAKEN', `port ${port}`) : error);
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** Who calls is for the proxy to say. */
function withoutIdentity(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^(x-goog-.*|x-serverless-authorization|authorization)$/.test(name)),
  );
}
