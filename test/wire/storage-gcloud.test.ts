import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { storageUnderTest, temporaryFolder } from './support/storage-under-test.ts';

const run = promisify(execFile);
const found = spawnSync('gcloud', ['--version'], { stdio: 'ignore' }).status === 0;

describe('gcloud storage', { skip: found ? false : 'gcloud is not installed', timeout: 120_000 }, () => {
  it('copies up and down, lists, prints and removes', async t => {
    const { client, origin, storage } = await storageUnderTest(t);
    const folder = await temporaryFolder(t);
    const gcloud = async (...args: string[]) => {
      const { stdout } = await run('gcloud', ['storage', ...args], {
        env: {
          ...process.env,
          CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${origin}/storage/v1/`,
          CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
          CLOUDSDK_CONFIG: join(folder, 'config'),
          CLOUDSDK_CORE_PROJECT: 'acme-data',
          CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
        },
      });
      return stdout;
    };
    const small = join(folder, 'small.txt');
    const large = join(folder, 'large.bin');
    const empty = join(folder, 'empty.txt');
    const content = randomBytes(9_000_000);
    await Promise.all([writeFile(small, 'hello'), writeFile(large, content), writeFile(empty, '')]);

    await gcloud('buckets', 'create', 'gs://lake', '--uniform-bucket-level-access');
    await gcloud('cp', small, large, empty, 'gs://lake/dir/');
    assert.deepEqual(
      storage.listObjects('lake').map(({ name, size }) => [name, size]),
      [
        ['dir/empty.txt', 0],
        ['dir/large.bin', 9_000_000],
        ['dir/small.txt', 5],
      ],
    );
    const listing = await gcloud('ls', '-l', '-r', 'gs://lake');
    assert.match(listing, /TOTAL: 3 objects, 9000005 bytes/);
    assert.equal(await gcloud('cat', 'gs://lake/dir/small.txt'), 'hello');

    const down = join(folder, 'down.bin');
    await gcloud('cp', 'gs://lake/dir/large.bin', down);
    assert.ok((await readFile(down)).equals(content));

    await gcloud('buckets', 'update', 'gs://lake', '--versioning');
    await gcloud('cp', empty, 'gs://lake/dir/small.txt');
    const versions = (await gcloud('ls', '-a', 'gs://lake/dir/small.txt')).trim().split('\n');
    assert.equal(versions.length, 2);

    await gcloud('rm', 'gs://lake/dir/large.bin');
    assert.deepEqual(storage.listObjects('lake', 'dir/large'), []);
    await gcloud('rm', '-r', 'gs://lake');
    assert.deepEqual(await client.bucket('lake').exists(), [false]);
  });
});
