import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { SqlConnection, Tls } from '../../../functions/core/batch/connection.ts';
import { authority, type Certificate, selfSigned } from '../../support/certificates.ts';
import { type DatabaseKind, mariadb, mysql, postgres } from '../../support/database-kinds.ts';
import type { DatabaseServer } from '../../support/database-server.ts';
import { type Exports, passwordSecret, startExports } from './support/export-fixture.ts';
import { openers } from './support/sql-source.ts';

const trusted = authority('A trusted authority');
const stranger = authority('An authority that nobody knows');
const hour = 3_600_000;
const clientKey = 'projects/acme/secrets/client-key/versions/1';
const caSecret = 'projects/acme/secrets/authority/versions/1';
const client = trusted.issue({ name: 'export' });

interface Kind extends DatabaseKind {
  /** The query that makes a table with this many rows, of 1 KB each. */
  readonly fill: (rows: number) => string;
  /** Answers with the cipher of the connection that asks, and with an empty text or NULL for none. */
  readonly cipher: string;
}

const kinds: readonly Kind[] = [
  {
    ...postgres,
    start: async tls => {
      const server = await postgres.start(tls);
      if (tls !== undefined) {
        const session = await postgres.connect(server);
        await session.run('CREATE ROLE encrypted SUPERUSER LOGIN; CREATE ROLE certified SUPERUSER LOGIN');
        await session.end();
      }
      return server;
    },
    fill: rows => `CREATE TABLE large AS SELECT n, repeat('x', 1000) AS filler FROM generate_series(1, ${rows}) n`,
    cipher: "SELECT coalesce(cipher, '') AS cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
  },
  {
    ...mariadb,
    fill: rows => `CREATE TABLE large AS SELECT seq AS n, REPEAT('x', 1000) AS filler FROM seq_1_to_${rows}`,
    cipher: "SELECT VARIABLE_VALUE AS cipher FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'SSL_CIPHER'",
  },
  {
    ...mysql,
    fill: rows =>
      `CREATE TABLE large AS WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < ${rows}) ` +
      `SELECT /*+ SET_VAR(cte_max_recursion_depth = ${rows}) */ n, REPEAT('x', 1000) AS filler FROM numbers`,
    cipher: "SELECT VARIABLE_VALUE AS cipher FROM performance_schema.session_status WHERE VARIABLE_NAME = 'Ssl_cipher'",
  },
];

for (const { name, kind, skip, start, fill, cipher, connect } of kinds) {
  describe(`TLS to ${name}`, { skip }, () => {
    const servers: DatabaseServer[] = [];
    let server: DatabaseServer;
    let exports: Exports;

    const serve = async (certificate?: Certificate) => {
      const started = await start(certificate && { ...certificate, clients: trusted.certificate });
      servers.push(started);
      return started;
    };
    const secrets: Readonly<Record<string, string>> = {
      [clientKey]: client.key,
      [caSecret]: trusted.certificate,
      [passwordSecret]: 'local-test\n',
    };
    const secret = (reference: string) => Promise.resolve(Buffer.from(secrets[reference] ?? ''));
    const openSource = openers[kind];

    /** Exports a query over a connection; answers with its rows, or with what went wrong. */
    const attempt = async (over: Partial<SqlConnection>, at = server, query = cipher) => {
      const asked = exports.request({ query });
      const connection = { ...(asked.connection as SqlConnection), host: 'localhost', port: at.port, ...over };
      try {
        return { rows: (await exports.export({ query, connection }, { openSource, secret })).records };
      } catch (error) {
        return JSON.parse((error as Error).message) as { failure: { code: string; detail: string } };
      }
    };
    const cipherOf = async (over: Partial<SqlConnection>) => {
      const result = await attempt(over);
      assert.ok('rows' in result, JSON.stringify(result));
      return result.rows[0]?.['cipher'] as string;
    };
    const tls = (others: Partial<Tls> = {}): { readonly tls: Tls } => ({
      tls: { mode: 'verify', ca: { pem: trusted.certificate }, ...others },
    });
    const refused = async (over: Partial<SqlConnection>, expected: RegExp, at = server) => {
      const result = await attempt(over, at);
      assert.ok('failure' in result, 'it connected');
      assert.equal(result.failure.code, 'EXPORT_TLS_FAILED', result.failure.detail);
      assert.match(result.failure.detail, expected);
    };

    /** PostgreSQL says what it misses. The others say that access is denied, so that we say what that may mean. */
    const heldTo = async (over: Partial<SqlConnection>, expected: RegExp) => {
      if (kind === 'postgres') {
        await refused(over, expected);
        return;
      }
      const result = await attempt(over);
      assert.ok('failure' in result, 'it connected');
      assert.equal(result.failure.code, 'EXPORT_CONNECTION_FAILED');
      assert.match(result.failure.detail, /Access denied.*holds to TLS/);
    };

    before(async () => {
      server = await serve(trusted.issue({ name: 'database', hosts: ['localhost', 'db.internal'] }));
      exports = await startExports(openSource, server, kind);
      const session = await connect(server);
      await session.run(fill(100_000));
      await session.end();
    });
    after(async () => {
      await exports.close();
      await Promise.all(servers.map(each => each.close()));
    });

    it('encrypts and checks the certificate by an authority that is given as text or as a secret', async () => {
      assert.match(await cipherOf(tls()), /AES|CHACHA/);
      assert.match(await cipherOf(tls({ ca: { secret: caSecret } })), /AES|CHACHA/);
    });

    it('checks nothing with `encrypt`, and is not there on this machine unless it is written', async () => {
      assert.match(await cipherOf({ tls: { mode: 'encrypt' } }), /AES|CHACHA/);
      assert.equal(await cipherOf({}), '');
      assert.equal(await cipherOf({ tls: { mode: 'off' } }), '');
    });

    it('refuses a certificate of an authority that it was not told to trust, or that is signed by itself', async () => {
      await refused({ tls: { mode: 'verify' } }, /localhost:\d+ as "onramp": no authority that is trusted.*ca: …/);
      await refused(tls({ mode: 'verify-ca', ca: { pem: stranger.certificate } }), /no authority that is trusted/);
      const own = await serve(selfSigned({ name: 'localhost', hosts: ['localhost'] }));
      await refused(tls(), /signed by itself alone/, own);
    });

    it('refuses a certificate for another host, by name and by address, save with `verify-ca`', async () => {
      const byAddress = { host: '127.0.0.1' };
      await refused({ ...byAddress, ...tls() }, /for another host.*127\.0\.0\.1.*server_name/);
      await refused(tls({ serverName: 'db.elsewhere' }), /for another host.*db\.elsewhere/);
      assert.notEqual(await cipherOf({ ...byAddress, ...tls({ mode: 'verify-ca' }) }), '');
      assert.notEqual(await cipherOf({ ...byAddress, ...tls({ serverName: 'db.internal' }) }), '');
      const forAddress = await serve(trusted.issue({ name: 'database', hosts: ['127.0.0.1'] }));
      assert.ok('rows' in (await attempt({ ...byAddress, ...tls() }, forAddress)));
      await refused(tls(), /for another host.*localhost/, forAddress);
    });

    it('refuses a certificate that has expired, or is not valid yet', async () => {
      const at = (from: number, to: number) => ({
        name: 'database',
        hosts: ['localhost'],
        from: new Date(Date.now() + from),
        to: new Date(Date.now() + to),
      });
      await refused(tls(), /has expired.*renew/, await serve(trusted.issue(at(-2 * hour, -hour))));
      await refused(tls(), /not valid yet.*clock/, await serve(trusted.issue(at(hour, 2 * hour))));
    });

    it('is never given up for a server that does not offer it', async () => {
      const plain = await serve();
      await refused(tls(), /does not offer TLS/, plain);
      await refused({ tls: { mode: 'encrypt' } }, /does not offer TLS/, plain);
    });

    it('shows a certificate of its own where the server asks for one', async () => {
      const certified = { user: 'certified' };
      const own = { certificate: { pem: client.certificate }, key: clientKey } as const;
      assert.notEqual(await cipherOf({ ...certified, ...tls({ client: own }) }), '');
      await heldTo({ ...certified, ...tls() }, /certificate: …, key: …/);
      await refused(tls({ client: { ...own, key: caSecret } }), /certificate or key of tls cannot be used/);
      const foreign = { certificate: { pem: stranger.issue({ name: 'export' }).certificate }, key: clientKey } as const;
      await refused(tls({ client: foreign }), /certificate or key of tls cannot be used/);
    });

    it('says that the server demands it', async () => {
      await heldTo({ user: 'encrypted', tls: { mode: 'off' } }, /demands TLS.*write tls: verify/);
      assert.notEqual(await cipherOf({ user: 'encrypted', ...tls() }), '');
    });

    it('reads a hundred megabytes as without it', async () => {
      const query = 'SELECT * FROM large';
      const result = await attempt(tls(), server, query);
      assert.ok('rows' in result);
      assert.equal(result.rows.length, 100_000);
      assert.ok(result.rows.every(({ filler }) => filler === 'x'.repeat(1000)));
    });
  });
}
