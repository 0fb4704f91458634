import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const launcher = join(import.meta.dirname, '../../../launch.js');

/** Stands for npm: makes the modules that the launcher looks at, and keeps a record of its calls. */
const fakeNpm = `
const fs = require('node:fs');
fs.appendFileSync('npm.log', process.argv.slice(2).join(' ') + '\\n');
if (fs.existsSync('npm-fails')) { console.error('npm says why'); process.exit(9); }
console.log('noise of npm');
const wait = () => {
  if (fs.existsSync('npm-waits')) return setTimeout(wait, 20);
  fs.rmSync('node_modules', { recursive: true, force: true });
  fs.mkdirSync('node_modules/node/bin', { recursive: true });
  fs.symlinkSync(process.execPath, 'node_modules/node/bin/node');
  fs.writeFileSync('node_modules/node/package.json', JSON.stringify({ version: fs.readFileSync('pinned', 'utf8') }));
};
wait();
`;

const echo = `
import { text } from 'node:stream/consumers';
console.log(JSON.stringify({ args: process.argv.slice(2), pid: process.pid, input: await text(process.stdin) }));
process.exitCode = 7;
`;

const waitForSignal = `
let count = 0;
const on = signal => { count += 1; setTimeout(() => { console.log(signal, count); process.exit(3); }, 100); };
process.on('SIGTERM', on).on('SIGINT', on);
setInterval(() => {}, 1000);
console.log('waiting');
`;

interface Project {
  readonly root: string;
  readonly path: (file: string) => string;
  readonly npmCalls: () => string[];
  readonly launch: (...args: string[]) => ChildProcess;
  readonly run: (...args: string[]) => Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** A project of its own, whose pinned Node is another version than the one that starts the launcher. */
function project(t: TestContext, { pinned = '0.0.1' } = {}): Project {
  const root = mkdtempSync(join(tmpdir(), 'onramp-launch-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const path = (file: string) => join(root, file);
  const files = {
    'package.json': '{"type":"module"}',
    'package-lock.json': JSON.stringify({ packages: { '': {}, 'node_modules/node': { version: pinned } } }),
    pinned,
    'npm/package.json': '{"type":"commonjs"}',
    'npm/npm-cli.js': fakeNpm,
    'cli/main.ts': echo,
    'wait.ts': waitForSignal,
  };
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(path(file)), { recursive: true });
    writeFileSync(path(file), content);
  }
  copyFileSync(launcher, path('launch.js'));
  const launch = (...args: string[]) => {
    const child = spawn(process.execPath, [path('launch.js'), ...args], {
      env: { ...process.env, npm_execpath: path('npm/npm-cli.js') },
      cwd: tmpdir(),
    });
    t.after(() => child.kill('SIGKILL'));
    return child;
  };
  const run = async (...args: string[]) => {
    const child = launch(...args);
    child.stdin.end('input');
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { code, stdout, stderr };
  };
  const npmCalls = () => (existsSync(path('npm.log')) ? readFileSync(path('npm.log'), 'utf8').trim().split('\n') : []);
  return { root, path, npmCalls, launch, run };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, 'it did not come to pass within 20 s');
    await sleep(20);
  }
}

describe('the launcher', () => {
  it('installs what is missing, quietly, and then runs the command', async t => {
    const { run, npmCalls } = project(t);
    const { code, stdout, stderr } = await run('demo', '--once');
    assert.deepEqual((JSON.parse(stdout) as { args: unknown }).args, ['demo', '--once']);
    assert.equal((JSON.parse(stdout) as { input: unknown }).input, 'input');
    assert.equal(stderr, 'Installing dependencies…\n');
    assert.equal(code, 7);
    assert.equal(npmCalls().length, 1);
    assert.match(npmCalls()[0] ?? '', /^ci --include=dev /);
  });

  it('does not install a second time', async t => {
    const { run, npmCalls } = project(t);
    await run();
    const { stderr, code } = await run();
    assert.deepEqual({ stderr, code, calls: npmCalls().length }, { stderr: '', code: 7, calls: 1 });
  });

  it('installs again when the lock file has changed', async t => {
    const { run, npmCalls, path } = project(t);
    await run();
    writeFileSync(path('package-lock.json'), JSON.stringify({ packages: {} }));
    await run();
    assert.equal(npmCalls().length, 2);
  });

  it('installs again when an installation was broken off', async t => {
    const { run, npmCalls, path } = project(t);
    await run();
    rmSync(path('node_modules/.onramp-lock'));
    await run();
    assert.equal(npmCalls().length, 2);
  });

  it('takes what somebody installed by hand, when it is of the lock file', async t => {
    const { run, npmCalls, path } = project(t);
    await run();
    rmSync(path('node_modules/.onramp-lock'));
    const installed = (version: string) =>
      writeFileSync(
        path('node_modules/.package-lock.json'),
        JSON.stringify({ packages: { 'node_modules/node': { version } } }),
      );
    installed('0.0.1');
    await run();
    assert.equal(npmCalls().length, 1);
    rmSync(path('node_modules/.onramp-lock'));
    installed('0.0.2');
    await run();
    assert.equal(npmCalls().length, 2);
  });

  it('tells of a failed installation in one line after what npm said', async t => {
    const { run, path } = project(t);
    writeFileSync(path('npm-fails'), '');
    assert.deepEqual(await run(), {
      code: 1,
      stdout: '',
      stderr:
        'Installing dependencies…\nnpm says why\nerror: npm could not install the dependencies (exit code 9); see above.\n',
    });
    assert.deepEqual(readdirSync(path('.onramp')), [], 'the lock was given back');
  });

  it('installs once when two are started at the same time', async t => {
    const { run, npmCalls, path } = project(t);
    writeFileSync(path('npm-waits'), '');
    const first = run('first');
    await until(() => npmCalls().length === 1);
    const second = run('second');
    // The draft of the one that waits for the lock.
    await until(() => readdirSync(path('.onramp')).length === 2);
    rmSync(path('npm-waits'));
    const results = await Promise.all([first, second]);
    assert.deepEqual(
      results.map(({ code, stdout }) => [code, (JSON.parse(stdout) as { args: unknown }).args]),
      [
        [7, ['first']],
        [7, ['second']],
      ],
    );
    assert.equal(npmCalls().length, 1);
  });

  it('takes the lock of a process that is gone', async t => {
    const { run, npmCalls, path } = project(t);
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'exit');
    mkdirSync(path('.onramp'));
    writeFileSync(path('.onramp/install.lock'), String(gone.pid));
    assert.equal((await run()).code, 7);
    assert.equal(npmCalls().length, 1);
    assert.deepEqual(readdirSync(path('.onramp')), []);
  });

  it('runs the command in its own process when that is the pinned Node already', async t => {
    const { run, launch } = project(t, { pinned: process.versions.node });
    await run();
    const child = launch('a');
    child.stdin?.end();
    const { pid, args } = JSON.parse(await text(child.stdout!)) as { pid: number; args: string[] };
    assert.deepEqual({ pid, args }, { pid: child.pid, args: ['a'] });
  });

  it('runs another file with --run, and says so when there is none', async t => {
    const { run, path } = project(t);
    writeFileSync(path('other.ts'), 'console.log(process.argv.slice(2).join());');
    assert.equal((await run('--run', 'other.ts', 'x', '--json')).stdout, 'x,--json\n');
    const { stderr, code } = await run('--run', 'nope.ts');
    assert.equal(stderr, 'error: --run needs a file of the project, and there is no nope.ts.\n');
    assert.equal(code, 1);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`hands ${signal} on once, and ends with what the command makes of it`, async t => {
      const { run, launch } = project(t);
      await run();
      const child = launch('--run', 'wait.ts');
      let output = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
      await until(() => output === 'waiting\n');
      child.kill(signal);
      const [code] = (await once(child, 'close')) as [number | null];
      assert.equal(output, `waiting\n${signal} 1\n`);
      assert.equal(code, 3);
    });
  }
});
