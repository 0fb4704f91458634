import { execFileSync, spawn } from 'node:child_process';
import { existsSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DatabaseServer,
  freePort,
  mysqlTls,
  mysqlUsers,
  password,
  ready,
  type ServerTls,
  serverFolder,
  tlsFiles,
} from './database-server.ts';

/** Where `.ci/mysql` puts it, and where packages do; MariaDB's package has a program of the same name. */
const places = [
  '/opt/onramp-mysql/mysqld',
  '/usr/sbin/mysqld',
  '/usr/local/opt/mysql/bin/mysqld',
  '/opt/homebrew/opt/mysql/bin/mysqld',
];

export const mysqlServer: string | undefined = places.find(
  path => existsSync(path) && !realpathSync(path).includes('maria'),
);

/** A reason to skip that CI takes: Debian's stable release, on which CI runs, has no MySQL. */
export const withoutMysql: string | false =
  mysqlServer === undefined && 'optional: MySQL’s server program is not installed; .ci/mysql installs it on Debian';

let first: string | undefined;

/** A folder of data as a server makes it, which takes it seconds, for each server to get a copy of. */
function initialised(program: string): string {
  if (first !== undefined) return first;
  const { folder, data, owner } = serverFolder('mysql-data', 'nobody');
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  execFileSync(program, ['--no-defaults', `--datadir=${data}`, '--initialize-insecure'], { stdio: 'pipe', ...owner });
  return (first = data);
}

/** A real MySQL server. */
export async function startMysql(tls?: ServerTls): Promise<DatabaseServer> {
  if (mysqlServer === undefined) throw new Error('MySQL is not installed');
  const { folder, data, owner } = serverFolder('mysql', 'nobody');
  execFileSync('cp', ['-a', initialised(mysqlServer), data]);
  const port = await freePort();
  const init = join(folder, 'init.sql');
  writeFileSync(init, mysqlUsers(tls !== undefined), { mode: 0o644 });
  const args = [
    ...[
      '--no-defaults',
      `--datadir=${data}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--mysqlx=OFF',
      '--secure-file-priv=',
      `--init-file=${init}`,
    ],
    ...[`--socket=${join(folder, 'socket')}`, `--pid-file=${join(folder, 'pid')}`],
    ...['--sql-mode=', '--server-id=1', '--gtid-mode=ON', '--enforce-gtid-consistency', '--max-allowed-packet=256M'],
    ...['--innodb-flush-log-at-trx-commit=0', '--sync-binlog=0'],
    // Without certificates it would make some of its own.
    ...(tls === undefined ? ['--tls-version='] : mysqlTls(tlsFiles(folder, tls, owner))),
  ];
  const server = spawn(mysqlServer, args, { stdio: ['ignore', 'ignore', 'pipe'], ...owner });
  const about = { port, user: 'onramp', password, database: 'test' };
  return ready(server, folder, about, /ready for connections/, 'SIGTERM');
}
