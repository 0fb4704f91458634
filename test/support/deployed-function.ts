import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { asset } from '@pulumi/pulumi';
import { bundleFunctions } from '../../infra/bundle.ts';
import { repository } from './local-cloud.ts';

/** The deploy archive in a folder of its own, with its dependencies installed as Google's builder installs them. */
export interface InstalledArchive extends Disposable {
  readonly folder: string;
}

export async function installArchive(): Promise<InstalledArchive> {
  const base = mkdtempSync(join(tmpdir(), 'onramp-archive-'));
  const folder = join(base, 'workspace');
  const { archive } = await bundleFunctions(repository, join(base, 'dist'));
  assert.ok(archive instanceof asset.FileArchive);
  cpSync(await archive.path, folder, { recursive: true });
  await npm(['ci', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], folder);
  return { folder, [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }) };
}

/** Runs npm as if nobody had started this process by npm, which tells its children what their project is. */
async function npm(args: string[], cwd: string): Promise<void> {
  const own = /^(npm_(package|lifecycle)_|npm_config_local_prefix|npm_command|INIT_CWD)/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !own.test(key)));
  await promisify(execFile)('npm', args, { cwd, env, shell: process.platform === 'win32' });
}

/** A function that runs from an installed archive, in a process of its own. */
export interface DeployedFunction extends AsyncDisposable {
  readonly url: string;
  /** Milliseconds from the start of the process until its first answer. */
  readonly readyMillis: number;
  /** Names of the packages that it has loaded so far, in the bundle or beside it; none unless it was asked to report. */
  readonly packages: () => ReadonlySet<string>;
  /** Everything that it has printed. */
  readonly output: () => string;
}

export interface DeployOptions {
  readonly folder: string;
  readonly entryPoint: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether to tell which packages are loaded, which takes time. */
  readonly reportLoaded?: boolean;
}

/** What `report-loading.js` tells of a process. */
type LoadingReport = { readonly loaded: string } | { readonly port: number };

const reporter = new URL('report-loading.js', import.meta.url).href;

/** Starts a function as the builder's image does. Rejects with what it printed when it ends before it answers. */
export async function startDeployed(options: DeployOptions): Promise<DeployedFunction> {
  const { folder, entryPoint, environment, reportLoaded = false } = options;
  const started = performance.now();
  const command = join(folder, 'node_modules/.bin/functions-framework');
  const child = spawn(process.execPath, [`--import=${reporter}`, command], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NODE_ENV: 'production',
      FUNCTION_TARGET: entryPoint,
      FUNCTION_SIGNATURE_TYPE: 'http',
      PORT: '0',
      METADATA_SERVER_DETECTION: 'none',
      ...(reportLoaded && { REPORT_LOADED: 'yes' }),
      ...environment,
    },
  });
  const exited = once(child, 'exit');
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      printed += chunk.toString('utf8');
    });
  }
  const loaded = new Set<string>();
  const listening = new Promise<number>(resolve => {
    child.on('message', (report: LoadingReport) => {
      if ('port' in report) resolve(report.port);
      else loaded.add(report.loaded);
    });
  });
  const ended = exited.then(() => Promise.reject(new Error(`${entryPoint} ended: ${printed}`)));
  ended.catch(() => undefined);

  const url = `http://127.0.0.1:${await Promise.race([listening, ended])}`;
  // A stage answers once it is put together, also to what it refuses.
  await Promise.race([fetch(url).catch(() => ended), ended]);
  return {
    url,
    readyMillis: performance.now() - started,
    packages: () => new Set([...loaded].flatMap(file => packagesOf(file, folder))),
    output: () => printed,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** The packages that went into a file: of a chunk, those that its source map names. */
function packagesOf(url: string, folder: string): string[] {
  if (!url.startsWith(pathToFileURL(folder).href)) return [];
  const file = fileURLToPath(url);
  const map = `${file}.map`;
  const isChunk = dirname(file) === folder && existsSync(map);
  const sources = isChunk ? (JSON.parse(readFileSync(map, 'utf8')) as { sources: string[] }).sources : [file];
  return sources.map(source => packageOf(source.split(sep).join('/'))).filter(name => name !== undefined);
}

/** `@google-cloud/storage` for a file of that package, wherever the package is. */
const packageOf = (path: string): string | undefined => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
