import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { repository, until } from './local-cloud.ts';

/** A command that has come to its end. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command `onramp` as a person runs it: each time a process of its own, on one configuration and one folder. */
export interface CommandLine {
  /** Where the commands are run; goes with all that is in it. */
  readonly home: string;
  /** Of the configuration. */
  readonly root: string;
  /** Of the local cloud's data. */
  readonly folder: string;
  readonly start: (...args: string[]) => ChildProcessWithoutNullStreams;
  /** Runs a command to its end, with `input` on its standard input. */
  readonly onramp: (args: readonly string[], input?: string | Uint8Array) => Promise<Ended>;
  /** Runs a command that is to succeed. */
  readonly done: (args: readonly string[], input?: string | Uint8Array) => Promise<Ended>;
  /** What a command answers with `--json`. */
  readonly json: (...args: string[]) => Promise<unknown>;
  /** Starts `onramp local` on free ports; resolves when it is ready. */
  startLocal(...options: string[]): Promise<RunningLocal>;
  close(): Promise<void>;
}

export interface RunningLocal {
  readonly process: ChildProcessWithoutNullStreams;
  /** What it has told the person. */
  talk(): string;
}

/** On a busy machine a process takes its time. */
const patienceMillis = 120_000;

/** @param configuration files by their paths below the root */
export function commandLine(configuration: Readonly<Record<string, string>>): CommandLine {
  const home = mkdtempSync(join(tmpdir(), 'onramp-cli-'));
  const [root, folder] = [join(home, 'root'), join(home, 'data')];
  for (const [path, content] of Object.entries(configuration)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  let local: ChildProcessWithoutNullStreams | undefined;
  const start: CommandLine['start'] = (...args) =>
    spawn(process.execPath, [join(repository, 'cli/main.ts'), '--root', root, '--folder', folder, ...args], {
      cwd: home,
    });
  const onramp: CommandLine['onramp'] = async (args, input = '') => {
    const child = start(...args);
    child.stdin.end(input);
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { code, stdout, stderr };
  };
  const done: CommandLine['done'] = async (args, input) => {
    const ended = await onramp(args, input);
    assert.equal(ended.code, 0, ended.stderr);
    return ended;
  };
  return {
    home,
    root,
    folder,
    start,
    onramp,
    done,
    json: async (...args) => JSON.parse((await done([...args, '--json'])).stdout) as unknown,
    async startLocal(...options) {
      const child = start('local', '--port-base', '0', ...options);
      local = child;
      let talk = '';
      child.stderr.on('data', (chunk: Buffer) => {
        talk += chunk.toString();
      });
      const isReady = () => {
        assert.equal(child.exitCode, null, talk);
        return talk.includes('Ready.') || undefined;
      };
      await until('the local cloud is ready', isReady, patienceMillis);
      return { process: child, talk: () => talk };
    },
    async close() {
      if (local?.exitCode === null && local.signalCode === null) {
        local.kill('SIGINT');
        await once(local, 'exit');
      }
      rmSync(home, { recursive: true, force: true });
    },
  };
}
