import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { Storage } from '@google-cloud/storage';
import { createDestinationLocks } from '../../functions/clients/destination-lock.ts';
import { documentsOf } from '../../functions/clients/documents.ts';
import { operator } from '../../local/stand-in.ts';
import { startStorage } from '../../local/storage/storage.ts';

process.env['METADATA_SERVER_DETECTION'] = 'none';

it('a destination stays locked while a repetition of the same work is at it, though the first has ended', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-lock-'));
  const storage = await startStorage({ folder });
  t.after(async () => {
    await storage.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const client = new Storage({ projectId: 'local', apiEndpoint: `http://127.0.0.1:${await storage.listen(operator)}` });
  await client.createBucket('state');
  let now = 0;
  // Both enter in the same millisecond.
  const locks = createDestinationLocks(documentsOf(client.bucket('state')), () => now);
  const other = () => locks.hold('table', 'other', () => Promise.resolve('other'));

  const { promise: left, resolve: leave } = Promise.withResolvers<string>();
  const first = await locks.hold('table', 'same', async () => {
    const { promise: entered, resolve: enter } = Promise.withResolvers<undefined>();
    const second = locks.hold('table', 'same', () => {
      enter(undefined);
      return left;
    });
    await entered;
    return { second };
  });
  assert.equal(await other(), undefined);
  leave('second');
  assert.equal(await first?.second, 'second');
  assert.equal(await other(), 'other');

  // Whoever dies holds it for as long as a function may take, and not for ever.
  const dead = locks.hold('table', 'dead', () => new Promise(() => undefined));
  assert.equal(await Promise.race([dead, lockedBy('dead')]), 'locked');
  assert.equal(await other(), undefined);
  now = 11 * 60_000;
  assert.equal(await other(), 'other');

  async function lockedBy(holder: string): Promise<string> {
    for (;;) {
      const [content] = await client.bucket('state').file('locks/table.json').download();
      if ((JSON.parse(content.toString()) as { holder: string }).holder === holder) return 'locked';
    }
  }
});
