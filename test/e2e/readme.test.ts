import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readServices } from '../../infra/config/read-services.ts';
import { functionNames } from '../../local/function-specs.ts';
import { choosePorts, defaultPortBase } from '../../local/ports.ts';
import { fences, pageText, root } from '../docs/page.ts';

/** The commands of the README that run on this machine, in their order. */
const commands = fences(pageText('README.md'))
  .filter(({ language }) => language === 'sh')
  .flatMap(({ content }) => content.trim().split('\n'));
const printed = fences(pageText('README.md')).find(({ language }) => language === 'text')?.content ?? '';

const taken = await takenPort();
const skip = taken === undefined ? false : `port ${taken} is taken, which the commands of the README need`;

describe('the commands of the README', { skip }, () => {
  let copy = '';
  before(() => {
    copy = copyOfRepository();
  });
  after(() => rmSync(copy, { recursive: true }));

  it('are those that are run here', () => {
    assert.deepEqual(
      commands.filter(command => !command.startsWith('npm run onramp -- ')),
      // The tests are being run: they must not run themselves.
      ['npm start -- --once', 'npm start', 'npm test'],
    );
  });

  it('print what the README says: npm start -- --once', { timeout: 300_000 }, async () => {
    const { code, stdout, stderr } = await run(copy, 'npm start -- --once');
    assert.equal(code, 0, stderr + stdout);
    assert.deepEqual(resultOf(stdout), resultOf(printed));
  });

  it('show the running pipeline and stop it cleanly: npm start', { timeout: 300_000 }, async () => {
    const started = start(copy, 'npm start');
    // Time, published, hub, raw lake, structured lake, warehouse, dead letters: rows have come to the warehouse.
    const arriving = /^\d+ s( +\d+){4} +[1-9]\d* +\d+$/m;
    try {
      await until(() => arriving.test(started.stdout()), started);
      for (const command of commands.filter(each => each.startsWith('npm run onramp -- '))) {
        const { code, stdout, stderr } = await run(copy, command);
        assert.equal(code, 0, `${command}: ${stderr}`);
        assert.match(stdout, shown(command));
      }
    } finally {
      started.interrupt();
    }
    // The exit code says nothing: the shell that npm starts ends by the signal itself.
    await started.ended;
    assert.match(started.stdout(), /Everything has arrived\.\n/);
    assert.match(started.stderr(), /Stopped\. The data are kept in /);
  });
});

/** Something that a command shows while the demo runs. */
function shown(command: string): RegExp {
  if (/ status$/.test(command)) return /^flights\/departures +\d+/m;
  if (/ query ".*flights\.departures/.test(command)) return /^PUNCTUALITY_LATE +\d+/m;
  throw new Error(`the README has a command that this test does not know: ${command}`);
}

/**
 * The part of the output that is the same every time: the reconciliation table and the sentence below it, without the
 * time that it took.
 */
function resultOf(output: string): string[] {
  const lines = output.split('\n').map(line => line.trimEnd().replace(/\d+\.\d s/, 'N s'));
  const table = lines.findIndex(line => line.startsWith('ramp '));
  const sentence = lines.findIndex((line, index) => index > table && line.startsWith('All '));
  assert.ok(table !== -1 && sentence !== -1, output);
  return lines.slice(table, sentence + 1);
}

/** What a clone of the repository would hold, with the modules that are installed already. */
function copyOfRepository(): string {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-copy-'));
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\0');
  for (const file of files.filter(path => lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(join(root, file), join(folder, file));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

interface Started {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The exit code. */
  readonly ended: Promise<number | null>;
  readonly process: ChildProcess;
  /** Ctrl-C, as a terminal gives it to all that run in it. */
  interrupt(): void;
}

function start(cwd: string, command: string): Started {
  const child = spawn('sh', ['-c', `exec ${command}`], { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      output[name] += chunk.toString('utf8');
    });
  }
  return {
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    ended: once(child, 'close').then(([code]) => code as number | null),
    process: child,
    interrupt() {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
    },
  };
}

async function run(cwd: string, command: string) {
  const started = start(cwd, command);
  const code = await started.ended;
  return { code, stdout: started.stdout(), stderr: started.stderr() };
}

async function until(reached: () => boolean, { process: child, stdout, stderr }: Started): Promise<void> {
  const late = Date.now() + 120_000;
  while (!reached()) {
    if (child.exitCode !== null || Date.now() > late) throw new Error(`it did not come so far: ${stderr()}${stdout()}`);
    await sleep(50);
  }
}

/** The first of the default ports on which something listens already. */
async function takenPort(): Promise<number | undefined> {
  const { exports } = readServices(root, undefined);
  const { functions, ...standIns } = await choosePorts(defaultPortBase, functionNames(exports));
  for (const port of [...Object.values(standIns), ...Object.values(functions)]) {
    const server = createServer();
    const free = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) return port;
    await new Promise(resolve => server.close(resolve));
  }
  return undefined;
}
