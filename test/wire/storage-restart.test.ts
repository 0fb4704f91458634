import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { startStorage } from '../../local/storage/storage.ts';
import { clientAt, storageUnderTest, temporaryFolder } from './support/storage-under-test.ts';

async function spawnStorage(t: TestContext, folder: string): Promise<{ child: ChildProcess; origin: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'support/storage-server.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, origin: `http://127.0.0.1:${port}` };
}

describe('a restart', () => {
  it('finds everything again', async t => {
    const folder = await temporaryFolder(t);
    const before = await startStorage({ folder });
    const client = clientAt(`http://127.0.0.1:${await before.listen('operator')}`);
    const [bucket] = await client.createBucket('lake', { labels: { a: 'b' } });
    await bucket.createNotification('changes');
    await bucket.file('x/y').save('content', { metadata: { metadata: { k: 'v' } } });
    const [metadata] = await bucket.file('x/y').getMetadata();
    await before.close();

    const after = await storageUnderTest(t, { folder });
    const again = after.client.bucket('lake');
    const [found] = await again.file('x/y').getMetadata();
    assert.deepEqual({ ...found, selfLink: '', mediaLink: '' }, { ...metadata, selfLink: '', mediaLink: '' });
    assert.equal((await again.file('x/y').download())[0].toString(), 'content');
    assert.equal((await again.getNotifications())[0].length, 1);
    assert.deepEqual((await again.getMetadata())[0].labels, { a: 'b' });
  });

  it('after kill -9 in the middle of uploads finds each object whole that was answered for, and no rubbish', async t => {
    const folder = await temporaryFolder(t);
    const { child, origin } = await spawnStorage(t, folder);
    const client = clientAt(origin);
    const [bucket] = await client.createBucket('lake');
    const answered = new Map<string, string>();
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; ; n++) {
        const name = `${writer}/${n % 10}`;
        const content = `${name} version ${n} `.repeat(1 + ((n * 977) % 20_000));
        await bucket.file(name).save(content, { resumable: n % 2 === 0 });
        answered.set(name, content);
        if (answered.size === 40) child.kill('SIGKILL');
      }
    });
    const exit = once(child, 'exit');
    const ends = await Promise.allSettled(writers);
    await exit;
    assert.ok(ends.every(({ status }) => status === 'rejected'));

    const { storage } = await storageUnderTest(t, { folder });
    for (const [name, content] of answered) {
      const found = (await storage.readObject('lake', name))?.toString();
      // The version after the last answered one may have been committed, with its answer lost.
      const next = Number(/ version (\d+) /.exec(content)?.[1]) + 10;
      assert.ok(found === content || found?.startsWith(`${name} version ${next} `), `${name} lost a write`);
    }
    const files = await readdir(join(folder, 'content'));
    assert.equal(files.length, storage.listObjects('lake').length);
  });

  it('is refused while another instance has the folder', async t => {
    const { folder } = await storageUnderTest(t);
    await assert.rejects(startStorage({ folder }), /another process is using .*metadata\.sqlite/);
  });
});

describe('closing', () => {
  // The time limit is below that of an idle connection, which must not hold the end up.
  it('lets a call in flight finish, and refuses new ones', { timeout: 4_000 }, async t => {
    const { storage, origin, client } = await storageUnderTest(t);
    await client.createBucket('lake');
    const upload = request(`${origin}/upload/storage/v1/b/lake/o?uploadType=media&name=x`, {
      method: 'POST',
      headers: { expect: '100-continue' },
    });
    upload.flushHeaders();
    // The server asks for the body: the call is in flight.
    await once(upload, 'continue');
    const closing = storage.close();
    await assert.rejects(fetch(`${origin}/storage/v1/b/lake`));
    upload.end('hello');
    const [response] = (await once(upload, 'response')) as [IncomingMessage];
    assert.equal(response.statusCode, 200);
    response.resume();
    await closing;
  });

  it('and port clashes are told by the system’s own error', async t => {
    const { storage, origin } = await storageUnderTest(t);
    await assert.rejects(storage.listen('operator', Number(new URL(origin).port)), { code: 'EADDRINUSE' });
  });
});
