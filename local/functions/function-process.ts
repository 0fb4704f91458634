import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { FunctionEvent, FunctionOrder } from './function-event.ts';
import type { Invocation } from './invocation.ts';

/** A function as the Pulumi program declares it, and where it runs here. */
export interface FunctionSpec {
  readonly name: string;
  readonly entryPoint: string;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  /** What its environment holds besides, asked for at each start; an error keeps the process from starting. */
  readonly secrets: () => Readonly<Record<string, string>>;
  readonly concurrency: number;
  readonly memoryMiB: number;
  readonly timeoutSeconds: number;
  readonly invocation: Invocation;
  /** By how many milliseconds its time is ahead of the real one; asked for at each start. Without, it has the real time. */
  readonly clockOffset?: () => number;
}

/** Who may call a function. */
export interface Invokers {
  /** Emails, and `@<domain>` for everybody of a domain. */
  current(): readonly string[];
  /** Takes note of somebody who called and is none of them. */
  refused(email: string): void;
}

export interface FunctionState {
  readonly name: string;
  readonly status: 'starting' | 'ready' | 'restarting' | 'stopped';
  readonly port: number;
  readonly pid: number | undefined;
  readonly restarts: number;
}

/** One functions-framework process, started again whenever it ends by itself. */
export interface FunctionProcess {
  state(): FunctionState;
  /** Resolves when the function serves; rejects when its process ends before it ever did. */
  ready(): Promise<void>;
  /** Ends the process as `kill` would, to see what happens. */
  kill(signal: NodeJS.Signals): void;
  /** Lets in those who may call now, and nobody else. */
  updateInvokers(): void;
  /** Resolves when the function's time is so many milliseconds ahead of the real one. */
  shiftClock(offset: number): Promise<void>;
  /** Lets the function answer what it holds, as Cloud Run does, and ends it. */
  stop(): Promise<void>;
}

const frameworkMain = createRequire(import.meta.url).resolve('@google-cloud/functions-framework');
const frontEnd = new URL('./front-end.ts', import.meta.url).href;

/** https://cloud.google.com/run/docs/container-contract#instance-shutdown */
const graceMillis = 10_000;
const firstPauseMillis = 100;
const longestPauseMillis = 5000;

/** Starts a function from the source of `root`; what it prints is appended to `<logFolder>/<name>.log`. */
export function startFunction(
  spec: FunctionSpec,
  invokers: Invokers,
  root: string,
  logFolder: string,
): FunctionProcess {
  const log = createWriteStream(join(logFolder, `${spec.name}.log`), { flags: 'a' });
  let child: ChildProcess | undefined;
  let status: FunctionState['status'] = 'starting';
  let restarts = 0;
  let pause = firstPauseMillis;
  let restarting: NodeJS.Timeout | undefined;
  const firstReady = Promise.withResolvers<undefined>();
  // Whoever does not ask whether the function became ready must not be ended by its failure.
  firstReady.promise.catch(() => undefined);

  /** Tries again after a pause, which doubles until the function has served. */
  const restart = (why: string) => {
    firstReady.reject(new Error(`function ${spec.name} ended: ${why}`));
    status = 'restarting';
    restarts += 1;
    restarting = setTimeout(run, pause);
    pause = Math.min(pause * 2, longestPauseMillis);
  };

  const run = () => {
    let lastWords = '';
    let secrets: Readonly<Record<string, string>>;
    try {
      secrets = spec.secrets();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log.write(`${JSON.stringify({ severity: 'ERROR', message })}\n`);
      restart(message);
      return;
    }
    const started = spawn(
      process.execPath,
      [
        `--max-old-space-size=${Math.floor(spec.memoryMiB * 0.75)}`,
        `--import=${frontEnd}`,
        frameworkMain.replace(/index\.js$/, 'main.js'),
        `--source=${join(root, 'functions/index.ts')}`,
        `--target=${spec.entryPoint}`,
        '--signature-type=http',
        `--port=${spec.port}`,
      ],
      {
        cwd: root,
        // A process group of its own, so that Ctrl-C in the terminal reaches the local cloud alone, which then drains.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        env: { ...environmentOf(spec, invokers), ...secrets },
      },
    );
    child = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        log.write(chunk);
        lastWords = (lastWords + chunk.toString('utf8')).slice(-2000);
      });
    }
    started.on('message', (event: FunctionEvent) => {
      if (event.kind === 'failed') {
        lastWords += event.message;
        return;
      }
      // Whoever waits for it listens himself.
      if (event.kind === 'clock') return;
      if (event.kind === 'refused') {
        invokers.refused(event.email);
        return;
      }
      status = 'ready';
      pause = firstPauseMillis;
      firstReady.resolve(undefined);
    });
    started.once('error', error => {
      lastWords += error.message;
    });
    started.once('exit', (code, signal) => {
      if (status === 'stopped') return;
      restart(`${signal ?? String(code)}: ${lastWords.trim()}`);
    });
  };
  run();

  return {
    state: () => ({ name: spec.name, status, port: spec.port, pid: child?.pid, restarts }),
    ready: async () => {
      await firstReady.promise;
    },
    kill: signal => void child?.kill(signal),
    updateInvokers() {
      if (child?.connected === true) child.send(invokersNow(invokers));
    },
    async shiftClock(offset) {
      // A process that ends is told at its next start.
      if (child?.connected === true) await shown(child, offset);
    },
    async stop() {
      status = 'stopped';
      clearTimeout(restarting);
      firstReady.reject(new Error(`function ${spec.name} was stopped`));
      if (child && child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        const late = setTimeout(() => child?.kill('SIGKILL'), graceMillis);
        await exited;
        clearTimeout(late);
      }
      log.end();
    },
  };
}

const invokersNow = (invokers: Invokers): FunctionOrder => ({ kind: 'invokers', invokers: invokers.current() });

/** Tells a process its time. Resolves when it shows it, or has ended. */
function shown(child: ChildProcess, offset: number): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      child.off('message', listen).off('exit', end);
      resolve();
    };
    const listen = (event: FunctionEvent) => {
      if (event.kind === 'clock' && event.offset === offset) end();
    };
    child.on('message', listen).once('exit', end);
    child.send({ kind: 'clock', offset } satisfies FunctionOrder, error => {
      if (error) end();
    });
  });
}

/** What the buildpack and Cloud Run would set, and nothing of this machine's but what a process needs to run. */
function environmentOf(spec: FunctionSpec, invokers: Invokers): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, LANG } = process.env;
  return {
    PATH,
    HOME,
    TMPDIR,
    LANG,
    NODE_ENV: 'production',
    // Not K_SERVICE: by that name Google's clients would take this for Cloud Run, and ask its metadata server for tokens.
    FUNCTION_TARGET: spec.entryPoint,
    FUNCTION_SIGNATURE_TYPE: 'http',
    CLOUD_RUN_TIMEOUT_SECONDS: String(spec.timeoutSeconds),
    // Google's clients would look for a metadata server first.
    METADATA_SERVER_DETECTION: 'none',
    ONRAMP_LOCAL_CONCURRENCY: String(spec.concurrency),
    ONRAMP_LOCAL_INVOCATION: JSON.stringify(spec.invocation),
    ONRAMP_LOCAL_INVOKERS: JSON.stringify(invokers.current()),
    ...(spec.clockOffset && { ONRAMP_LOCAL_CLOCK_OFFSET: String(spec.clockOffset()) }),
    ...spec.environment,
  };
}
