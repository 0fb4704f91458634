import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

/** Serves two requests by functions-framework: one that tells whether promises are followed, one that is rejected. */
const serve = `
  import { executionAsyncId } from 'node:async_hooks';
  import * as framework from '@google-cloud/functions-framework';
  import { getTestServer } from '@google-cloud/functions-framework/testing';

  framework.http('probe', async (request, response) => {
    await null;
    if (request.path === '/reject') throw new Error('rejected on purpose');
    response.json({ followed: executionAsyncId() !== 0, inDomain: Boolean(process.domain) });
  });
  const server = getTestServer('probe').listen(0, '127.0.0.1', async () => {
    const url = 'http://127.0.0.1:' + server.address().port;
    const answer = await (await fetch(url)).json();
    const { status } = await fetch(url + '/reject');
    process.stdout.write(JSON.stringify({ ...answer, status }));
    server.close();
    server.closeAllConnections();
  });`;

async function served(before: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', before + serve]);
  return JSON.parse(stdout.slice(stdout.lastIndexOf('{')));
}

test('functions-framework follows every promise of a request, which is what this is for', async () => {
  assert.deepEqual(await served(''), { followed: true, inDomain: true, status: 500 });
});

test('without domains no promise is followed, and a rejected handler is still answered', async () => {
  assert.deepEqual(await served("import './functions/no-domains.ts';"), {
    followed: false,
    inDomain: false,
    status: 500,
  });
});
