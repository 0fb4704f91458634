import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { cloudSql } from '../../../functions/clients/cloud-sql.ts';
import type { SqlConnection } from '../../../functions/core/batch/connection.ts';
import { type DatabaseKind, mariadb, postgres } from '../../support/database-kinds.ts';
import { type Account, type CloudSql, type Instance, startCloudSql } from '../support/cloud-sql.ts';
import { cutWhileRead } from './support/cut-while-read.ts';
import { type SqlSource, startSource } from './support/sql-source.ts';

const region = 'asia-northeast1';

interface Kind extends DatabaseKind {
  readonly version: Instance['version'];
  /** The export's account as this database knows it. */
  readonly user: string;
  /** What makes it, and another user. */
  readonly users: readonly string[];
  readonly who: string;
  readonly numbers: string;
}

const kinds: readonly Kind[] = [
  {
    ...postgres,
    version: 'POSTGRES_15',
    user: 'export-shop@acme.iam',
    users: ['export-shop', 'other'].map(name => `CREATE ROLE "${name}@acme.iam" LOGIN`),
    who: 'SELECT current_user::text AS who',
    numbers: "SELECT n, repeat('x', 1000) AS filler FROM generate_series(1, 100000) n",
  },
  {
    ...mariadb,
    // Cloud SQL has no MariaDB, which stands in for MySQL here.
    name: 'MySQL',
    version: 'MYSQL_8_4',
    user: 'export-shop',
    users: ['export-shop', 'other'].flatMap(name => [
      `CREATE USER '${name}'@'localhost'`,
      `GRANT SELECT ON *.* TO '${name}'@'localhost'`,
    ]),
    who: "SELECT SUBSTRING_INDEX(CURRENT_USER(), '@', 1) AS who",
    numbers: "SELECT seq AS n, REPEAT('x', 1000) AS filler FROM seq_1_to_100000",
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

for (const database of kinds) {
  const { name, kind, version, skip, user, users, who, numbers } = database;
  describe(`Cloud SQL’s connector to ${name}`, { skip }, () => {
    const account: Account = { email: 'export-shop@acme.iam.gserviceaccount.com', permissions: new Set() };
    const environment = { ...process.env };
    let source: SqlSource;
    let cloud: CloudSql;
    let instance: Instance;

    const connectionOf = (over: Partial<SqlConnection> = {}): SqlConnection => ({
      kind,
      instance: `acme:${region}:shop`,
      ip: 'public',
      database: source.server.database,
      user,
      auth: iam,
      ...over,
    });
    const run = async (query: string, over: Partial<SqlConnection> = {}, timeoutSeconds = 60) => {
      const asked = source.exports.request({ query, connection: connectionOf(over), timeoutSeconds });
      return (await source.exports.run(asked)).at(-1);
    };
    const records = async (query: string, over: Partial<SqlConnection> = {}) =>
      (await source.exports.export({ query, connection: connectionOf(over) })).records;
    const refused = async (over: Partial<SqlConnection>, expected: RegExp) => {
      const last = await run(who, over);
      assert.ok(last?.type === 'export_failed', JSON.stringify(last));
      assert.equal(last.failure.code, 'EXPORT_CONNECTION_FAILED');
      assert.match(last.failure.detail, expected);
    };

    before(async () => {
      source = await startSource(database);
      for (const statement of users) await source.session.run(statement);
      cloud = await startCloudSql(account);
      Object.assign(process.env, cloud.environment);
      instance = await cloud.add('acme:shop', {
        version,
        port: source.server.port,
        ways: ['public', 'private', 'psc'],
        running: true,
      });
      await cloud.add('acme:inside', { version, port: source.server.port, ways: [], running: true });
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
      await source.close();
      process.env = environment;
    });

    it('logs in with the export’s own account, by every way that the instance has', async () => {
      for (const ip of ['public', 'private', 'psc'] as const) {
        assert.deepEqual(await records(who, { ip }), [{ who: user }], ip);
      }
    });

    it('logs in with a password, too', async () => {
      const auth = { method: 'secret', secret: 'projects/acme/secrets/password/versions/1' } as const;
      assert.deepEqual(await records(who, { user: source.server.user, auth }), [{ who: source.server.user }]);
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
      const asked = source.exports.request({ query: numbers, connection: connectionOf() });
      const openSource = cutWhileRead(source.openSource, () => {
        for (const socket of cloud.sockets) socket.destroy();
      });
      const events = await source.exports.run(asked, { openSource });
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
      deaf.announce('acme:shop', { version, port: source.server.port, ways: ['public'], running: true });
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
      await impostor.add('acme:shop', { version, port: source.server.port, ways: ['public'], running: true });
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
