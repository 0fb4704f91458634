import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { BatchEventBody } from '../../../functions/core/batch/events.ts';
import { createMasker } from '../../../functions/core/codec/masker.ts';
import type { OpenSource } from '../../../functions/sources/source.ts';
import { mariadb, mysql, postgres, type Session } from '../../support/database-kinds.ts';
import { cutWhileRead } from './support/cut-while-read.ts';
import { keySecret, maskingKey } from './support/export-fixture.ts';
import { assertInBigQuery } from './support/in-bigquery.ts';
import { type SqlSource, startSource } from './support/sql-source.ts';

/** A table `numbers` of these numbers, in MariaDB or MySQL. */
const mysqlNumbers = (numbers: string) => [
  `CREATE TABLE numbers AS ${numbers}`,
  'ALTER TABLE numbers ADD COLUMN twice BIGINT, ADD COLUMN filler TEXT',
  'UPDATE numbers SET twice = n * 2, filler = REPEAT(SHA2(n, 256), 4)',
];

async function mysqlKill(session: Session): Promise<void> {
  const connections = await session.rows(
    "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE '%numbers%' AND ID <> CONNECTION_ID()",
  );
  for (const [id] of connections) await session.run(`KILL ${String(id)}`);
}

/** Each with statements that make a table of 300,000 numbers, and a way to end the connection of an export. */
const databases = [
  {
    ...postgres,
    numbers: [
      'CREATE TABLE numbers AS SELECT n, n * 2 AS twice, repeat(md5(n::text), 8) AS filler FROM generate_series(1, 300000) n',
    ],
    kill: (session: Session) =>
      session.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'onramp %'"),
  },
  { ...mariadb, numbers: mysqlNumbers('SELECT seq AS n FROM seq_1_to_300000'), kill: mysqlKill },
  {
    ...mysql,
    numbers: mysqlNumbers(
      'WITH RECURSIVE counted AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM counted WHERE n < 300000) ' +
        'SELECT /*+ SET_VAR(cte_max_recursion_depth = 300000) */ n FROM counted',
    ),
    kill: mysqlKill,
  },
];

const failureOf = (events: readonly BatchEventBody[]) => {
  const last = events.at(-1);
  return last?.type === 'export_failed' ? last.failure : undefined;
};

for (const database of databases) {
  const { name, skip, numbers, kill } = database;
  describe(`an export from ${name}`, { skip }, () => {
    let source: SqlSource;
    before(async () => {
      source = await startSource(database);
      for (const statement of numbers) await source.session.run(statement);
    });
    after(() => source.close());

    /** Does something when the export has opened its snapshot, before it reads. */
    const meanwhile =
      (act: () => Promise<unknown>): OpenSource =>
      async (request, context) => {
        const snapshot = await source.openSource(request, context);
        await act();
        return snapshot;
      };

    it('sees one moment only, also in its parts, whatever is committed meanwhile', async () => {
      await source.session.run('CREATE TABLE live AS SELECT * FROM numbers WHERE n <= 1000');
      const exported = await source.exports.export(
        { query: 'SELECT n, twice FROM live', partitions: { by: 'n', count: 3 } },
        { openSource: meanwhile(() => source.session.run('UPDATE live SET twice = 0')) },
      );
      assert.equal(exported.manifest.files.length, 3);
      assert.deepEqual(
        exported.records.map(({ n, twice }) => Number(twice) === 2 * Number(n)),
        new Array(1000).fill(true),
      );
      assert.equal(new Set(exported.records.map(({ n }) => n)).size, 1000);
      const table = await source.exports.load(exported);
      assert.deepEqual(await source.exports.checksums(table, exported.manifest), exported.manifest.checksums);
    });

    it('keeps memory flat and rolls its files', async () => {
      const from = process.memoryUsage.rss();
      let peak = 0;
      const sampler = setInterval(() => {
        peak = Math.max(peak, process.memoryUsage.rss());
      }, 20);
      const asked = source.exports.request({ query: 'SELECT a.* FROM numbers a, (SELECT 1 UNION ALL SELECT 2) b' });
      const events = await source.exports.run(asked, { fileBytes: 10_000_000 });
      clearInterval(sampler);
      const last = events.at(-1);
      assert.equal(last?.type === 'export_complete' && last.rows, 600_000);
      const [files] = await source.exports.bucket.getFiles({ prefix: asked.prefix });
      assert.ok(files.length > 3, `${files.length} files`);
      // The stand-ins live in this process, too, so that the bound is a loose one; the data have some 170 MB.
      assert.ok(peak - from < 200 * 2 ** 20, `${Math.round((peak - from) / 2 ** 20)} MiB more`);
    });

    it('fails, to be tried again, when its connection is cut while it reads', async () => {
      const asked = source.exports.request({ query: 'SELECT a.* FROM numbers a, (SELECT 1 UNION ALL SELECT 2) b' });
      const openSource = cutWhileRead(source.openSource, () => kill(source.session));
      const events = await source.exports.run(asked, { openSource });
      assert.equal(failureOf(events)?.code, 'EXPORT_CONNECTION_LOST', JSON.stringify(events));
      assert.equal(failureOf(events)?.retryable, true);
      const [files] = await source.exports.bucket.getFiles({ prefix: asked.prefix });
      assert.deepEqual(
        files.map(({ name: file }) => file),
        [],
      );
    });

    it('fails for good when the query, a table or a column is not there', async () => {
      const code = async (query: string, columns = {}) =>
        failureOf(await source.exports.run(source.exports.request({ query, columns })))?.code;
      assert.equal(await code('SELECT * FROM nowhere'), 'EXPORT_QUERY_REFUSED');
      assert.equal(await code('SELECT n FORM numbers'), 'EXPORT_QUERY_REFUSED');
      assert.equal(await code('SELECT 1 AS a; DROP TABLE numbers'), 'EXPORT_QUERY_REFUSED');
      assert.equal(await code('SELECT n FROM numbers', { gone: { class: 'none' } }), 'EXPORT_COLUMN_MISSING');
      assert.equal(await code('SELECT n AS a, n AS a FROM numbers'), 'EXPORT_QUERY_REFUSED');
    });

    it('reads a table as it was when somebody drops it or gives it a column meanwhile, or fails to be tried again', async () => {
      await source.session.run(name === 'PostgreSQL' ? "SET lock_timeout = '300ms'" : 'SET lock_wait_timeout = 1');
      for (const change of ['DROP TABLE vanishing', 'ALTER TABLE vanishing ADD COLUMN late INT']) {
        await source.session.run('CREATE TABLE vanishing AS SELECT n, twice FROM numbers WHERE n <= 1000');
        const changes: string[] = [];
        const asked = source.exports.request({ query: 'SELECT * FROM vanishing' });
        const events = await source.exports.run(asked, {
          openSource: meanwhile(async () => {
            changes.push(
              await source.session.run(change).then(
                () => 'made',
                () => 'locked out',
              ),
            );
          }),
        });
        if (changes[0] === 'locked out') {
          const last = events.at(-1);
          assert.equal(last?.type === 'export_complete' && last.rows, 1000, change);
        } else assert.equal(failureOf(events)?.retryable, true, `${change}: ${JSON.stringify(events)}`);
        await source.session.run('DROP TABLE IF EXISTS vanishing');
        const next = failureOf(await source.exports.run(source.exports.request({ query: 'SELECT * FROM vanishing' })));
        assert.deepEqual([next?.code, next?.retryable], ['EXPORT_QUERY_REFUSED', false]);
      }
    });

    it('reads no row while a column has no class, where the contract demands one', async () => {
      const asked = source.exports.request({
        query: 'SELECT * FROM numbers',
        columns: { n: { class: 'none' } },
        contract: { newColumns: 'evolve', unclassified: 'fail' },
      });
      assert.deepEqual(failureOf(await source.exports.run(asked)), {
        code: 'MASK_UNCLASSIFIED_COLUMN',
        detail: '"twice", "filler"',
        retryable: false,
      });
    });

    it('masks what leaves it', async () => {
      const { manifest, records } = await source.exports.export({
        query: "SELECT 'ünal@example.com' AS a, 'ünal' AS b, '4111111111111111' AS c, 'x' AS d, 'secret' AS e, 42 AS f",
        columns: {
          a: { mask: { method: 'hmac', key: keySecret } },
          b: { mask: { method: 'truncate', length: 2 } },
          c: { mask: { method: 'keep_last', length: 4 } },
          d: { mask: { method: 'redact', text: '(redacted)' } },
          e: { mask: { method: 'drop' } },
          f: { mask: { method: 'hmac', key: keySecret } },
        },
      });
      const token = (value: string) => createMasker(7, maskingKey).hmac(Buffer.from(value));
      assert.deepEqual(records, [
        { a: token('ünal@example.com'), b: 'ün', c: '************1111', d: '(redacted)', f: token('42') },
      ]);
      assert.match(token(''), /^v7:[\w-]{43}$/);
      assert.deepEqual(manifest.masks[0], { column: 'a', method: 'hmac', keyVersion: '7' });
    });

    it('takes a hundred columns and a row of fifty megabytes', async () => {
      const columns = Array.from({ length: 100 }, (_, i) => `${i} AS c${i}`).join(', ');
      const wide = await source.exports.export({ query: `SELECT ${columns}` });
      assert.equal(wide.records[0]?.['c99'], 99n);
      await assertInBigQuery(source.exports, wide);
      if (name !== 'PostgreSQL') await source.session.run('SET GLOBAL max_allowed_packet = 268435456');
      const large = await source.exports.export({
        query: "SELECT 1 AS a, REPEAT('x', 50000000) AS b UNION ALL SELECT 2, 'y'",
      });
      assert.deepEqual(
        large.records.map(({ a, b }) => [a, (b as string).length]),
        [
          [1n, 50_000_000],
          [2n, 1],
        ],
      );
      await assertInBigQuery(source.exports, large);
    });

    it('stops at its deadline, and says so', async () => {
      const asked = source.exports.request({
        query: 'SELECT a.n FROM numbers a, numbers b, numbers c',
        timeoutSeconds: 7,
      });
      assert.equal(failureOf(await source.exports.run(asked))?.code, 'EXPORT_DEADLINE');
    });

    it('is made once per attempt: a second execution tells of the first one’s manifest', async () => {
      const asked = source.exports.request({ query: 'SELECT n FROM numbers WHERE n < 0' });
      const [, first] = await source.exports.run(asked);
      const again = await source.exports.run(asked);
      assert.deepEqual(again, [first]);
      assert.equal(first?.type === 'export_complete' && first.rows, 0);
    });

    it('says that it cannot connect', async () => {
      const asked = source.exports.request({ query: 'SELECT 1 AS a' });
      const connection = { ...asked.connection, port: 1 } as typeof asked.connection;
      const failure = failureOf(await source.exports.run({ ...asked, connection }));
      assert.equal(failure?.code, 'EXPORT_CONNECTION_FAILED');
      assert.match(failure.detail, /at 127\.0\.0\.1:1 as "onramp": .*ECONNREFUSED.*; look whether it runs/);
    });
  });
}
