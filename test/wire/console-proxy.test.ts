import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it, type TestContext } from 'node:test';
import { startConsoleProxy } from '../../local/console-proxy.ts';

async function proxyUnderTest(t: TestContext) {
  const received: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    received.push(request);
    request.pipe(response.writeHead(request.url === '/missing' ? 404 : 200, { 'x-answer': 'yes' }));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxy = await startConsoleProxy({ target, token: () => 'the-token', port: 0 });
  t.after(async () => {
    await proxy.close();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });
  return { ...proxy, target, received, server };
}

/** With headers that `fetch` does not let anybody set. */
const call = (url: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    send(url, { headers }, response => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .once('error', reject)
      .end();
  });

it('the console’s port adds the person’s token, and takes away what the browser says of identity', async t => {
  const { url, received, target } = await proxyUnderTest(t);
  const response = await fetch(`${url}exports/a/b?x=1`, {
    method: 'POST',
    body: 'a=b',
    headers: {
      authorization: 'Bearer forged',
      'x-serverless-authorization': 'Bearer forged',
      'x-goog-authenticated-user-email': 'boss@example.com',
    },
  });
  assert.equal(response.headers.get('x-answer'), 'yes');
  assert.equal(await response.text(), 'a=b');
  const { headers, url: path, method } = received[0]!;
  assert.deepEqual([method, path, headers.host], ['POST', '/exports/a/b?x=1', new URL(target).host]);
  assert.equal(headers.authorization, 'Bearer the-token');
  assert.equal(headers['x-serverless-authorization'], undefined);
  assert.equal(headers['x-goog-authenticated-user-email'], undefined);
  assert.equal((await fetch(`${url}missing`)).status, 404);
});

it('the console’s port lets no page of another site in', async t => {
  const { url, received } = await proxyUnderTest(t);
  const { host } = new URL(url);
  for (const headers of [
    { host, 'sec-fetch-site': 'cross-site' },
    { host, origin: 'https://evil.example' },
    { host: 'evil.example' },
  ]) {
    assert.equal(await call(url, headers), 403);
  }
  assert.equal(received.length, 0);
  assert.equal(await call(url, { host, 'sec-fetch-site': 'same-origin', origin: `http://${host}` }), 200);
});

it('the console’s port says when the console does not answer', async t => {
  const { url, server } = await proxyUnderTest(t);
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
  assert.equal((await fetch(url)).status, 502);
});
