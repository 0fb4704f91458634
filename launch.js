#!/usr/bin/env node
// Runs the project from a fresh clone: installs what is missing, then starts a TypeScript file under the pinned Node.
//
//   node launch.js <arguments of onramp>
//   node launch.js --run <file.ts> <arguments of the file>
//
// Any Node from 20 on must be able to run this file; everything else may rely on the version in node_modules.
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(realpathSync(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const pinnedNode = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Holds the digest of the lock file that the modules were installed from. */
const stampFile = join(modules, '.onramp-lock');

/** Held while npm works; outside of node_modules, which npm removes. */
const installLock = join(root, '.onramp', 'install.lock');

/** An error whose message is all that a person needs. */
class LaunchError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

async function main(args) {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new LaunchError(`Node ${process.versions.node} is too old to start Onramp: install Node 20 or later.`);
  }
  const [file, rest] = args[0] === '--run' ? [args[1], args.slice(2)] : ['cli/main.ts', args];
  const target = file === undefined ? undefined : join(root, file);
  if (target === undefined || !existsSync(target)) {
    throw new LaunchError(`--run needs a file of the project, and there is no ${file ?? 'file name'}.`);
  }
  if (!isInstalled()) await install();
  if (!existsSync(pinnedNode)) {
    throw new LaunchError('npm did not install Node: remove node_modules, and see that npm may run install scripts.');
  }
  await run(target, rest);
}

function isInstalled() {
  const digest = lockDigest();
  if (existsSync(stampFile)) return readFileSync(stampFile, 'utf8') === digest && existsSync(pinnedNode);
  // Somebody may have run `npm ci` by hand.
  if (!existsSync(pinnedNode) || !agreesWithLock()) return false;
  writeFileSync(stampFile, digest);
  return true;
}

const lockDigest = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');

/** Whether the modules are those of the lock file, by the record that npm leaves when it has installed them all. */
function agreesWithLock() {
  const record = join(modules, '.package-lock.json');
  if (!existsSync(record)) return false;
  const packagesOf = path => JSON.parse(readFileSync(path, 'utf8')).packages;
  const installed = packagesOf(record);
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(
    ([path, wanted]) =>
      path === '' || (installed[path] === undefined ? wanted.optional : installed[path].version === wanted.version),
  );
}

/** Installs the modules, one process at a time. */
async function install() {
  const release = await takeInstallLock();
  try {
    if (isInstalled()) return;
    process.stderr.write('Installing dependencies…\n');
    const [command, args] = npmCommand();
    const child = spawn(command, args, {
      cwd: root,
      // Standard output is for the data of the command that follows.
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32' && command !== process.execPath,
    });
    const code = await exitOf(child);
    if (code > 128) throw new LaunchError('the installation was interrupted; the next start begins it anew', code);
    if (code !== 0) throw new LaunchError(`npm could not install the dependencies (exit code ${code}); see above.`);
    writeFileSync(stampFile, lockDigest());
  } finally {
    release();
  }
}

function npmCommand() {
  const args = ['ci', '--include=dev', '--ignore-scripts=false', '--no-audit', '--no-fund', '--loglevel=error'];
  // Yarn and others set this variable too, to themselves.
  const running = process.env.npm_execpath ?? '';
  return basename(running) === 'npm-cli.js' ? [process.execPath, [running, ...args]] : ['npm', args];
}

/** Waits until no other process installs. Answers with a function that lets the next one in. */
async function takeInstallLock() {
  mkdirSync(dirname(installLock), { recursive: true });
  const draft = `${installLock}.${randomUUID()}`;
  writeFileSync(draft, String(process.pid));
  try {
    for (;;) {
      try {
        // A link appears whole or not at all, and never replaces what is there.
        linkSync(draft, installLock);
        return () => rmSync(installLock, { force: true });
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      if (isAbandoned(installLock)) discard(installLock);
      else await sleep(100);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Whether the process that took the lock is gone. */
function isAbandoned(lock) {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** Of several that find a lock abandoned one alone can rename it, so that nobody removes the lock of the next. */
function discard(lock) {
  const away = `${lock}.${randomUUID()}`;
  try {
    renameSync(lock, away);
    if (!isAbandoned(away)) linkSync(away, lock);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(away, { force: true });
  }
}

async function run(target, args) {
  const { version } = JSON.parse(readFileSync(join(modules, 'node', 'package.json'), 'utf8'));
  if (process.versions.node === version) {
    process.argv = [process.execPath, target, ...args];
    await import(pathToFileURL(target).href);
    return;
  }
  process.exitCode = await exitOf(spawn(pinnedNode, [target, ...args], { stdio: 'inherit' }));
}

/** The child's exit code, or 128 and the signal's number. Signals are the child's to act on: this process outlives it. */
async function exitOf(child) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const forward = signal => {
    // Ctrl-C in a terminal reaches the child by itself.
    if (signal !== 'SIGINT' || ![0, 1, 2].some(descriptor => isatty(descriptor))) child.kill(signal);
  };
  for (const signal of signals) process.on(signal, forward);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', error =>
        reject(new LaunchError(`${child.spawnfile} could not be started: ${error.message}`)),
      );
      child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
    });
  } finally {
    for (const signal of signals) process.off(signal, forward);
  }
}

main(process.argv.slice(2)).catch(error => {
  process.stderr.write(error instanceof LaunchError ? `error: ${error.message}\n` : `${error.stack}\n`);
  process.exitCode = error instanceof LaunchError ? error.exitCode : 1;
});
