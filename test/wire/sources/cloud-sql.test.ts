import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { cloudSql } from '../../../functions/clients/cloud-sql.ts';
import type { SqlConnection } from '../../../functions/core/batch/connection.ts';
import { openMysql } from '../../../functions/sources/mysql/mysql-source.ts';
import { openPostgres } from '../../../functions/sources/postgres/postgres-source.ts';
import {
  type DatabaseServer,
  mariadbServer,
  postgresBin,
  startMariadb,
  startPostgres,
} from '../../support/database-server.ts';
import { type Account, type CloudSql, type Instance, startCloudSql } from '../support/cloud-sql.ts';
import { type Exports, startExports } from './support/export-fixture.ts';

const region = 'asia-northeast1';

interface Kind {
  readonly name: string;
  readonly kind: SqlConnection['kind'];
  readonly version: Instance['version'];
  readonly skip: string | false;
  readonly start: () => Promise<DatabaseServer>;
  /** The export's account as this database knows it. */
  readonly user: string;
  readonly who: string;
  readonly numbers: string;
  readonly prepare: (server: DatabaseServer) => Promise<void>;
}

const kinds: readonly Kind[] = [
  {
    name: 'PostgreSQL',
    kind: 'postgres',
    version: 'POSTGRES_15',
    skip: postgresBin === undefined && 'PostgreSQL’s server programs are not installed',
    start: startPostgres,
    user: 'export-shop@acme.iam',
    who: 'SELECT current_user::text AS who',
    numbers: "SELECT n, repeat('x', 1000) AS filler FROM generate_series(1, 100000) n",
    async prepare({ port, user, database }) {
      const client = new pg.Client({ host: '127.0.0.1', port, user, database });
      await client.connect();
      await client.query('CREATE ROLE "export-shop@acme.iam" LOGIN; CREATE ROLE "other@acme.iam" LOGIN');
      await client.end();
    },
  },
  {
    name: 'MySQL',
    kind: 'mysql',
    version: 'MYSQL_8_4',
    skip: mariadbServer === undefined && 'MariaDB’s server program is not installed',
    start: startMariadb,
    user: 'export-shop',
    who: "SELECT SUBSTRING_INDEX(CURRENT_USER(), '@', 1) AS who",
    numbers: "SELECT seq AS n, REPEAT('x', 1000) AS filler FROM seq_1_to_100000",
    async prepare({ port, user, password, database }) {
      const client = await mysql.createConnection({ host: '127.0.0.1', port, user, password, database });
      for (const name of ['export-shop', 'other']) {
        await client.query(`CREATE USER '${name}'@'localhost'`);
        await client.query(`GRANT SELECT ON *.* TO '${name}'@'localhost'`);
      }
      await client.end();
    },
  },
];

/** Waits for a condition, looking again and again. */
async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < end, `not in 20 seconds: ${condition.toString()}`);
    await setTimeout(20);
  }
}

const iam = { method: 'iam' } as const;

for (const { name, kind, version, skip, start, user, who, numbers, prepare } of kinds) {
  describe(`Cloud SQL’s connector to ${name}`, { skip }, () => {
    const account: Account = { email: 'export-shop@acme.iam.gserviceaccount.com', permissions: new Set() };
    const openSource = kind === 'postgres' ? openPostgres : openMysql;
    const environment = { ...process.env };
    let server: DatabaseServer;
    let exports: Exports;
    let cloud: CloudSql;
    let instance: Instance;

    const connectionOf = (over: Partial<SqlConnection> = {}): SqlConnection => ({
      kind,
      instance: `acme:${region}:shop`,
      ip: 'public',
      database: server.database,
      user,
      auth: iam,
      ...over,
    });
    const run = async (query: string, over: Partial<SqlConnection> = {}, timeoutSeconds = 60) => {
      const asked = exports.request({ query, connection: connectionOf(over), timeoutSeconds });
      return (await exports.run(asked, { openSource })).at(-1);
    };
    const records = async (query: string, over: Partial<SqlConnection> = {}) =>
      (await exports.export({ query, connection: connectionOf(over) }, { openSource })).records;
    const refused = async (over: Partial<SqlConnection>, expected: RegExp) => {
      const last = await run(who, over);
      assert.ok(last?.type === 'export_failed', JSON.stringify(last));
      assert.equal(last.failure.code, 'EXPORT_CONNECTION_FAILED');
      assert.match(last.failure.detail, expected);
    };

    before(async () => {
      server = await start();
      await prepare(server);
      exports = await startExports(openSource, server, kind);
      cloud = await startCloudSql(account);
      Object.assign(process.env, cloud.environment);
      instance = await cloud.add('acme:shop', {
        version,
        port: server.port,
        ways: ['public', 'private', 'psc'],
        running: true,
      });
      await cloud.add('acme:inside', { version, port: server.port, ways: [], running: true });
    });
    beforeEach(() => {
      for (const role of ['connect', 'login']) account.permissions.add(`cloudsql.instances.${role}`);
      cloud.calls.length = 0;
    });
    afterEach(() => {
      cloud.state.hold = undefined;
      instance.running = true;
    });
    after(async () => {
      await cloud.close();
      await exports.close();
      await server.close();
      process.env = environment;
    });

    it('logs in with the export’s own account, by every way that the instance has', async () => {
      for (const ip of ['public', 'private', 'psc'] as const) {
        assert.deepEqual(await records(who, { ip }), [{ who: user }], ip);
      }
    });

    it('logs in with a password, too', async () => {
      const auth = { method: 'secret', secret: 'projects/acme/secrets/password/versions/1' } as const;
      assert.deepEqual(await records(who, { user: server.user, auth }), [{ who: server.user }]);
    });

    it('reads a hundred megabytes, and keeps no connection afterwards', async () => {
      const read = await records(numbers);
      assert.equal(read.length, 100_000);
      assert.ok(read.every(({ filler }) => filler === 'x'.repeat(1000)));
      await until(() => cloud.sockets.size === 0);
    });

    it('says what the account lacks: roles/cloudsql.client, or a user of the database', async () => {
      account.permissions.delete('cloudsql.instances.connect');
      await refused({}, /cloudsql\.instances\.connect on resource instances\/shop\.; .*needs roles\/cloudsql\.client/);
      account.permissions.add('cloudsql.instances.connect').delete('cloudsql.instances.login');
      await refused({}, /user.*export-shop.*; make the export’s account a user.*roles\/cloudsql\.instanceUser/);
      account.permissions.add('cloudsql.instances.login');
      await refused(
        { user: kind === 'postgres' ? 'other@acme.iam' : 'other' },
        /other.*make the export’s account a user/,
      );
    });

    it('says when the instance is not there, is stopped, is elsewhere, or has no such address', async () => {
      await refused({ instance: `acme:${region}:gone` }, /does not exist\.; there is no such instance/);
      instance.running = false;
      await refused({}, /not in an appropriate state.*; look whether the instance runs/);
      instance.running = true;
      await refused({ instance: 'acme:us-central1:shop' }, /region.*; correct the region in "instance"/);
      await refused(
        { instance: `acme:${region}:inside`, ip: 'private' },
        /acme:asia-northeast1:inside \(ip: private\).*write another "ip" than private/,
      );
    });

    it('stops at the deadline while the Admin API does not answer', async () => {
      const held = Promise.withResolvers<undefined>();
      cloud.state.hold = held.promise;
      const last = await run(who, {}, 6);
      assert.equal(last?.type === 'export_failed' && last.failure.code, 'EXPORT_DEADLINE');
      held.resolve(undefined);
    });

    it('fails, to be tried again, when the instance goes away while it is read', async () => {
      const asked = exports.request({ query: numbers, connection: connectionOf() });
      let cut = false;
      const events = await exports.run(asked, {
        openSource: async (request, context) => {
          const snapshot = await openSource(request, context);
          return {
            ...snapshot,
            read: (part, sink) =>
              snapshot.read(part, {
                writers: sink.writers,
                endRow: () => sink.endRow(),
                more: () => sink.more() && cut,
                ready: async () => {
                  for (const socket of cloud.sockets) socket.destroy();
                  cut = true;
                  await sink.ready();
                },
              }),
          };
        },
      });
      const last = events.at(-1);
      assert.deepEqual(
        last?.type === 'export_failed' && [last.failure.code, last.failure.retryable],
        ['EXPORT_CONNECTION_LOST', true],
        JSON.stringify(last),
      );
    });

    it('renews its certificate before it ends, and nothing more once it is closed', async () => {
      // The connector renews four minutes before.
      cloud.state.certificateMillis = 4 * 60_000 + 1500;
      const timers = () => process.getActiveResourcesInfo().filter(resource => resource === 'Timeout').length;
      const idle = timers();
      const { stream, close } = await cloudSql(connectionOf(), `acme:${region}:shop`, AbortSignal.timeout(30_000));
      cloud.state.certificateMillis = 3_600_000;
      const given = () => cloud.calls.filter(path => path.endsWith(':generateEphemeralCert')).length;
      assert.equal(given(), 1);
      cloud.revoke();
      await until(() => given() === 2);
      const socket = stream();
      await once(socket, 'secureConnect');
      socket.destroy();
      close();
      await until(() => timers() <= idle);
    });

    it('says that nobody answers, and asks the Admin API no more', async () => {
      const deaf = await startCloudSql(account);
      deaf.announce('acme:shop', { version, port: server.port, ways: ['public'], running: true });
      Object.assign(process.env, deaf.environment);
      await refused({}, /ECONNREFUSED 127.*; look whether it runs, and whether the function’s network leads there/);
      Object.assign(process.env, cloud.environment);
      const asked = deaf.calls.length;
      await deaf.close();
      assert.equal(asked, 2);
    });

    it('takes no other server for the instance', async () => {
      const impostor = await startCloudSql(account);
      impostor.state.serverName = 'acme:impostor';
      await impostor.add('acme:shop', { version, port: server.port, ways: ['public'], running: true });
      Object.assign(process.env, impostor.environment);
      const last = await run(who);
      Object.assign(process.env, cloud.environment);
      await impostor.close();
      assert.ok(last?.type === 'export_failed', JSON.stringify(last));
      assert.equal(last.failure.code, 'EXPORT_TLS_FAILED');
      assert.match(last.failure.detail, /acme:impostor, expected acme:shop/);
    });
  });
}
