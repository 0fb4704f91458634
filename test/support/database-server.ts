import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Certificate } from './certificates.ts';

/** A database of a test's own, in a folder of its own, on a free port of this machine. */
export interface DatabaseServer {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Ends the server and removes its folder. */
  close(): Promise<void>;
}

/** A server with TLS. Its user `encrypted` may log in with TLS only, and `certified` with a certificate of the authority only. */
export interface ServerTls extends Certificate {
  /** The certificate of the authority that signs those of clients. */
  readonly clients: string;
}

export const password = 'local-test';

/** The user of a server's programs; that of this process when it is empty. */
interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** A server refuses to run as root, so that it runs as a user that may do nothing else. */
function asUser(user: string): Owner {
  if (process.getuid?.() !== 0) return {};
  const id = (option: string) => Number(execFileSync('id', [option, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** A new folder of a server, the one for data in it, which is not there yet, and how its programs are run: as its owner. */
export function serverFolder(name: string, user: string) {
  const folder = mkdtempSync(join(tmpdir(), `onramp-${name}-`));
  const as = asUser(user);
  if (as.uid !== undefined) execFileSync('chown', [user, folder]);
  return { folder, data: join(folder, 'data'), owner: { ...as, cwd: folder } };
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

/** Writes what TLS needs into a server's folder, for its user alone; answers with the paths. */
export function tlsFiles(folder: string, { certificate, key, clients }: ServerTls, { uid, gid }: Owner) {
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
    return path;
  };
  return {
    certificate: write('server.pem', certificate),
    key: write('server.key', key),
    clients: write('clients.pem', clients),
  };
}

const postgresAccess = [
  'hostssl all certified 127.0.0.1/32 trust clientcert=verify-ca',
  'hostssl all encrypted 127.0.0.1/32 trust',
  'hostnossl all certified,encrypted 127.0.0.1/32 reject',
  'host all all 127.0.0.1/32 trust',
];

/** A real PostgreSQL server. `encoding` is that of its database. */
export async function startPostgres(encoding = 'UTF8', tls?: ServerTls): Promise<DatabaseServer> {
  if (postgresBin === undefined) throw new Error('PostgreSQL is not installed');
  const { folder, data, owner } = serverFolder('postgres', 'nobody');
  const settings = ['-U', 'onramp', '-A', 'trust', '-E', encoding, '--locale=C', '-N'];
  execFileSync(join(postgresBin, 'initdb'), ['-D', data, ...settings], { stdio: 'pipe', ...owner });
  const port = await freePort();
  const args = [
    ...['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1'],
    ...['-c', 'fsync=off', '-c', 'max_wal_size=4GB', '-c', 'shared_buffers=256MB'],
  ];
  if (tls !== undefined) {
    const { certificate, key, clients } = tlsFiles(folder, tls, owner);
    args.push('-c', 'ssl=on', '-c', `ssl_cert_file=${certificate}`, '-c', `ssl_key_file=${key}`);
    args.push('-c', `ssl_ca_file=${clients}`);
    writeFileSync(join(data, 'pg_hba.conf'), postgresAccess.map(line => `${line}\n`).join(''));
  }
  const server = spawn(join(postgresBin, 'postgres'), args, { stdio: ['ignore', 'ignore', 'pipe'], ...owner });
  return ready(
    server,
    folder,
    { port, user: 'onramp', password, database: 'postgres' },
    /ready to accept connections/,
    'SIGINT',
  );
}

export const mysqlTls = ({ certificate, key, clients }: ReturnType<typeof tlsFiles>) => [
  `--ssl-cert=${certificate}`,
  `--ssl-key=${key}`,
  `--ssl-ca=${clients}`,
];

/** Statements that make the database and its users. */
export function mysqlUsers(withTls: boolean): string {
  const user = (name: string, requires = '') =>
    // For a connection by the loopback address the server takes the users of localhost first.
    ['%', 'localhost'].flatMap(host => [
      `CREATE USER ${name}@'${host}' IDENTIFIED BY '${password}'${requires}`,
      `GRANT ALL ON *.* TO ${name}@'${host}' WITH GRANT OPTION`,
    ]);
  const held = [...user('encrypted', ' REQUIRE SSL'), ...user('certified', ' REQUIRE X509')];
  return ['CREATE DATABASE test', ...user('onramp'), ...(withTls ? held : [])].map(each => `${each};\n`).join('');
}

/** A real MariaDB server. */
export async function startMariadb(tls?: ServerTls): Promise<DatabaseServer> {
  if (mariadbServer === undefined) throw new Error('MariaDB is not installed');
  const { folder, data, owner } = serverFolder('mariadb', 'mysql');
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
  writeFileSync(init, mysqlUsers(tls !== undefined), { mode: 0o644 });
  const args = [
    ...['--no-defaults', `--datadir=${data}`, `--port=${port}`, '--bind-address=127.0.0.1', `--init-file=${init}`],
    ...[`--socket=${join(folder, 'socket')}`, `--pid-file=${join(folder, 'pid')}`],
    ...['--sql-mode=', '--log-bin=binlog', '--server-id=1', '--max-allowed-packet=256M'],
    '--innodb-flush-log-at-trx-commit=0',
    ...(tls === undefined ? [] : mysqlTls(tlsFiles(folder, tls, owner))),
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

export async function ready(
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
