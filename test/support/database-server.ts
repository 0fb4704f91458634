import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** A database of a test's own, in a folder of its own, on a free port of this machine. */
export interface DatabaseServer {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Ends the server and removes its folder. */
  close(): Promise<void>;
}

const password = 'local-test';

/** A server refuses to run as root, so that it runs as a user that may do nothing else. */
const isRoot = process.getuid?.() === 0;
function asUser(user: string): { readonly uid?: number; readonly gid?: number } {
  if (!isRoot) return {};
  const id = (option: string) => Number(execFileSync('id', [option, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

const postgresFolders = ['/usr/lib/postgresql', '/usr/local/opt', '/opt/homebrew/opt'];

/** Where PostgreSQL's programs are; undefined when it is not installed. */
export const postgresBin: string | undefined = postgresFolders
  .filter(folder => existsSync(folder))
  .flatMap(folder => readdirSync(folder).map(version => join(folder, version, 'bin')))
  .findLast(bin => existsSync(join(bin, 'initdb')));

export const mariadbServer: string | undefined = [
  '/usr/sbin/mariadbd',
  '/usr/local/bin/mariadbd',
  '/opt/homebrew/bin/mariadbd',
].find(path => existsSync(path));

/** A real PostgreSQL server. `encoding` is that of its database. */
export async function startPostgres(encoding = 'UTF8'): Promise<DatabaseServer> {
  if (postgresBin === undefined) throw new Error('PostgreSQL is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'onramp-postgres-'));
  if (isRoot) execFileSync('chown', ['nobody', folder]);
  const data = join(folder, 'data');
  const owner = { ...asUser('nobody'), cwd: folder };
  const settings = ['-U', 'onramp', '-A', 'trust', '-E', encoding, '--locale=C', '-N'];
  execFileSync(join(postgresBin, 'initdb'), ['-D', data, ...settings], { stdio: 'pipe', ...owner });
  const port = await freePort();
  const args = [
    ...['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1'],
    ...['-c', 'fsync=off', '-c', 'max_wal_size=4GB', '-c', 'shared_buffers=256MB'],
  ];
  const server = spawn(join(postgresBin, 'postgres'), args, { stdio: ['ignore', 'ignore', 'pipe'], ...owner });
  return ready(
    server,
    folder,
    { port, user: 'onramp', password, database: 'postgres' },
    /ready to accept connections/,
    'SIGINT',
  );
}

/** A real MariaDB server. */
export async function startMariadb(): Promise<DatabaseServer> {
  if (mariadbServer === undefined) throw new Error('MariaDB is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'onramp-mariadb-'));
  if (isRoot) execFileSync('chown', ['mysql', folder]);
  const data = join(folder, 'data');
  const owner = { ...asUser('mysql'), cwd: folder };
  // Beside the server, or in the folder of programs for everybody.
  const installer =
    ['/usr/bin', dirname(mariadbServer)].map(bin => join(bin, 'mariadb-install-db')).find(existsSync) ?? '';
  const installing = [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ];
  execFileSync(installer, installing, { stdio: 'pipe', ...owner });
  const port = await freePort();
  const init = join(folder, 'init.sql');
  // For a connection by the loopback address the server takes the users of localhost first.
  const users = ['%', 'localhost'].map(host => `onramp@'${host}'`);
  const statements = ['CREATE DATABASE test', ...users.map(user => `CREATE USER ${user} IDENTIFIED BY '${password}'`)];
  const grants = users.map(user => `GRANT ALL ON *.* TO ${user}`);
  writeFileSync(init, [...statements, ...grants].map(statement => `${statement};\n`).join(''), { mode: 0o644 });
  const args = [
    ...['--no-defaults', `--datadir=${data}`, `--port=${port}`, '--bind-address=127.0.0.1', `--init-file=${init}`],
    ...[`--socket=${join(folder, 'socket')}`, `--pid-file=${join(folder, 'pid')}`],
    ...['--sql-mode=', '--log-bin=binlog', '--server-id=1', '--max-allowed-packet=256M'],
    '--innodb-flush-log-at-trx-commit=0',
  ];
  const server = spawn(mariadbServer, args, { stdio: ['ignore', 'ignore', 'pipe'], ...owner });
  return ready(
    server,
    folder,
    { port, user: 'onramp', password, database: 'test' },
    /ready for connections/,
    'SIGTERM',
  );
}

async function ready(
  server: ChildProcess,
  folder: string,
  about: Omit<DatabaseServer, 'close'>,
  sign: RegExp,
  signal: 'SIGINT' | 'SIGTERM',
): Promise<DatabaseServer> {
  const ended = new Promise<void>(resolve => server.once('exit', () => resolve()));
  let log = '';
  const seen = Promise.withResolvers<undefined>();
  server.stderr?.on('data', (chunk: Buffer) => {
    if (log.length < 20_000) log += chunk.toString();
    if (sign.test(log)) seen.resolve(undefined);
  });
  void ended.then(() => seen.reject(new Error(`the server ended: ${log}`)));
  await seen.promise;
  return {
    ...about,
    async close() {
      server.kill(signal);
      await Promise.race([ended, setTimeout(10_000, undefined, { ref: false }).then(() => server.kill('SIGKILL'))]);
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return port;
}
