import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { transformSync } from 'esbuild';
import {
  lowLevelClientsOn,
  startForTest,
  subscriptionName,
  temporaryFolder,
  topicName,
} from '../wire/support/pubsub.ts';

const root = join(import.meta.dirname, '../..');
const topic = topicName('ramp-payment-payment-event');

let packed = '';

/** A service's folder: the package as npm unpacks it, what it depends on, and the example of docs/examples. */
async function consumer(t: TestContext): Promise<string> {
  const folder = await temporaryFolder(t);
  const unpacked = join(folder, 'node_modules/onramp');
  await mkdir(unpacked, { recursive: true });
  execFileSync('tar', ['xzf', packed, '-C', unpacked, '--strip-components=1']);
  const { dependencies, peerDependencies } = JSON.parse(await readFile(join(unpacked, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    peerDependencies: Record<string, string>;
  };
  for (const name of [...Object.keys({ ...dependencies, ...peerDependencies }), '@types/node', 'undici-types']) {
    await mkdir(dirname(join(folder, 'node_modules', name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  await cp(join(root, 'docs/examples/gen'), join(folder, 'gen'), { recursive: true });
  await cp(join(root, 'docs/examples/publisher.ts'), join(folder, 'publisher.ts'));
  const options = {
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2023'],
    types: ['node'],
    strict: true,
    noEmit: true,
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['publisher.ts'] }));
  return folder;
}

const compile = (folder: string) =>
  spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder, '--preserveSymlinks'], { encoding: 'utf8' });

describe('the packed library', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-package-'));
  before(() => {
    packed = execFileSync(process.execPath, [join(root, 'client/pack/pack.ts'), folder], { encoding: 'utf8' }).trim();
  });
  after(() => rmSync(folder, { recursive: true }));

  it('type-checks a service’s code, and refuses a field that the schema does not have', async t => {
    const folder = await consumer(t);
    const right = compile(folder);
    assert.equal(right.stdout, '');
    assert.equal(right.status, 0);
    const source = await readFile(join(folder, 'publisher.ts'), 'utf8');
    await writeFile(
      join(folder, 'publisher.ts'),
      source.replace('{ userId, occurredAt', '{ userID: userId, occurredAt'),
    );
    const wrong = compile(folder);
    assert.match(wrong.stdout, /'userID' does not exist/);
  });

  it('runs as JavaScript, and publishes what the example says', async t => {
    const folder = await consumer(t);
    const pubsub = await startForTest(t);
    const port = await pubsub.listen('operator');
    const { publisher, subscriber } = lowLevelClientsOn(t, port);
    await publisher.createTopic({ name: topic });
    await subscriber.createSubscription({ name: subscriptionName('all'), topic });
    const { code } = transformSync(await readFile(join(folder, 'publisher.ts'), 'utf8'), { loader: 'ts' });
    await writeFile(join(folder, 'publisher.js'), code);
    const env = {
      ...process.env,
      PUBSUB_EMULATOR_HOST: `127.0.0.1:${port}`,
      ONRAMP_PROJECT: 'project',
      ONRAMP_SPOOL: join(folder, 'spool'),
    };
    const file = join(folder, 'publisher.js');
    const { stdout } = await promisify(execFile)(process.execPath, ['--no-strip-types', file], { env });
    assert.match(stdout, /^published as \d+\n$/);
    const [{ receivedMessages }] = await subscriber.pull({ subscription: subscriptionName('all'), maxMessages: 10 });
    const users = (receivedMessages ?? []).map(({ message }) => String(message?.data).match(/user-\d/)?.[0]);
    assert.deepEqual(users.toSorted(), ['user-1', 'user-2', 'user-3']);
    assert.equal(receivedMessages?.[0]?.message?.attributes?.['onramp_schema'], 'payment.v1.PaymentEvent');
  });
});
