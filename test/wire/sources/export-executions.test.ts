import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { BatchEventBody } from '../../../functions/core/batch/events.ts';
import type { ExportRequest } from '../../../functions/core/batch/export-request.ts';
import type { OpenSource } from '../../../functions/sources/source.ts';
import { mariadb, mysql, postgres } from '../../support/database-kinds.ts';
import { until } from '../../support/local-cloud.ts';
import { keySecret } from './support/export-fixture.ts';
import { type SqlSource, startSource } from './support/sql-source.ts';
import { watchedParts } from './support/watched-parts.ts';

const busyMysql = "SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND = 'Query' AND ID <> CONNECTION_ID()";

/** Each with the query for what the server works on for an export. */
const databases = [
  { ...postgres, busy: "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND application_name LIKE 'onramp %'" },
  { ...mariadb, busy: busyMysql },
  { ...mysql, busy: busyMysql },
];

/** Two seconds of work, and the five that are kept for closing the files. */
const executionSeconds = 7;
const partitions = { by: 'n', bounds: [100, 200, 300, 400] };

for (const database of databases) {
  describe(`an export from ${database.name} that takes several executions`, { skip: database.skip }, () => {
    let source: SqlSource;
    let tables = 0;
    before(async () => {
      source = await startSource(database);
    });
    after(() => source.close());

    /** Whether the server works on any query of an export. */
    const isBusy = async () => (await source.session.rows(database.busy)).length > 0;

    /** A table of the numbers 1 to 500, and one row without a number. */
    const numbers = async () => {
      tables += 1;
      const table = `numbers_${tables}`;
      await source.session.run(`CREATE TABLE ${table} (n int, twice int)`);
      const rows = Array.from({ length: 500 }, (_, i) => `(${i + 1}, ${2 * (i + 1)})`);
      await source.session.run(`INSERT INTO ${table} VALUES ${rows.join(', ')}, (NULL, 0)`);
      return table;
    };
    const asking = (table: string, others: Partial<ExportRequest> = {}) =>
      source.exports.request({ query: `SELECT * FROM ${table}`, partitions, ...others });
    const objectsOf = async ({ prefix }: ExportRequest) => {
      const [files] = await source.exports.bucket.getFiles({ prefix });
      return files.map(file => file.name.slice(prefix.length));
    };
    const failureOf = (events: readonly BatchEventBody[]) => {
      const last = events.at(-1);
      assert.equal(last?.type, 'export_failed', JSON.stringify(events));
      return last.failure;
    };
    const numbersOf = (records: readonly Readonly<Record<string, unknown>>[]) =>
      records.map(({ n }) => (n === null ? null : Number(n))).toSorted((a, b) => Number(a) - Number(b));

    it('reads what is missing only, at bounds that stay, and says of which state each part is', async () => {
      const table = await numbers();
      const asked = asking(table, { partitions: { by: 'n', count: 5 } });
      const first = watchedParts(source.openSource, part => part > 1);
      const { end, events } = await source.exports.execute(asked, { openSource: first.openSource, executionSeconds });
      assert.equal(end, 'unfinished');
      assert.deepEqual(
        events.map(({ type }) => type),
        ['export_started'],
      );
      assert.deepEqual(first.read.toSorted(), [0, 1]);
      const written = await objectsOf(asked);
      assert.deepEqual(
        written.filter(object => object.endsWith('.json')),
        ['part-00000.json', 'part-00001.json', 'parts.json'],
      );

      // Bounds that were made again would be others now.
      await source.session.run(`INSERT INTO ${table} VALUES (1001, 2002), (1, 2), (NULL, 0)`);
      const second = watchedParts(source.openSource);
      const last = await source.exports.execute(asked, { openSource: second.openSource, executionSeconds }, 1);
      assert.equal(last.end, 'told');
      assert.deepEqual(
        last.events.map(({ type }) => type),
        ['export_complete'],
      );
      assert.deepEqual(second.read.toSorted(), [2, 3, 4]);

      const exported = await source.exports.exported(asked);
      const { manifest, records } = exported;
      // The new rows of parts that were read before are in the next export.
      assert.deepEqual(numbersOf(records), [null, ...Array.from({ length: 500 }, (_, i) => i + 1), 1001]);
      assert.equal(manifest.oneMoment, false);
      assert.deepEqual(
        manifest.parts?.map(({ rows, files }) => [rows, files]),
        [100, 100, 100, 100, 102].map(rows => [rows, 1]),
      );
      const [a, b, c, d, e] = manifest.parts.map(({ execution }) => execution);
      assert.ok(a === b && c === d && d === e && a !== c);
      assert.ok((manifest.parts[0]?.readTime ?? '') < (manifest.parts[4]?.readTime ?? ''));
      assert.equal(manifest.readTime, manifest.parts[0]?.readTime);
      const loaded = await source.exports.load(exported);
      assert.deepEqual(await source.exports.checksums(loaded, manifest), manifest.checksums);
    });

    it('begins no part for which its task leaves no time, and none twice', async () => {
      const table = await numbers();
      const asked = asking(table, { timeoutSeconds: 7200 });
      let now = Date.now();
      const reads: number[][] = [];
      const execute = () => {
        const read: number[] = [];
        reads.push(read);
        const openSource: OpenSource = async (request, context) => {
          const snapshot = await source.openSource(request, context);
          return {
            ...snapshot,
            sideBySide: 1,
            async read(part, sink) {
              await snapshot.read(part, sink);
              read.push(part);
              now += 10 * 60_000;
            },
          };
        };
        return source.exports.execute(asked, { openSource, now: () => new Date(now) });
      };
      assert.equal((await execute()).end, 'unfinished');
      assert.equal((await execute()).end, 'unfinished');
      assert.equal((await execute()).end, 'told');
      assert.deepEqual(reads, [[0, 1], [2, 3], [4]]);
      assert.equal((await source.exports.exported(asked)).records.length, 501);
    });

    it('stops at once when its instance is being stopped, with partitions or without', async () => {
      const table = await numbers();
      for (const asked of [asking(table), source.exports.request({ query: `SELECT * FROM ${table}` })]) {
        const stopping = new AbortController();
        const { openSource } = watchedParts(source.openSource, part => part > 0 || asked.partitions === undefined);
        const hung: OpenSource = async (request, context) => {
          const snapshot = await openSource(request, context);
          setImmediate(() => stopping.abort());
          return snapshot;
        };
        const parts = { openSource: hung, stopping: stopping.signal };
        assert.equal((await source.exports.execute(asked, parts)).end, 'unfinished');
        assert.equal((await source.exports.execute(asked, {}, 1)).end, 'told');
        assert.equal((await source.exports.exported(asked)).manifest.rows, 501);
      }
    });

    it('stops when its run has no use for it any more, and tells nothing', async () => {
      const table = await numbers();
      for (const asked of [asking(table), source.exports.request({ query: `SELECT * FROM ${table}` })]) {
        const { openSource } = watchedParts(source.openSource, part => part > 0 || asked.partitions === undefined);
        let looks = 0;
        // That the run cannot be seen once changes nothing.
        const isWanted = () => (++looks === 2 ? Promise.reject(new Error('away')) : Promise.resolve(looks < 4));
        const { end, events } = await source.exports.execute(asked, { openSource, isWanted, lookMillis: 50 });
        assert.equal(end, 'unwanted');
        assert.equal(looks, 4);
        assert.deepEqual(
          events.map(({ type }) => type),
          ['export_started'],
        );
        assert.ok(!(await objectsOf(asked)).includes('manifest.json'));
      }
    });

    it('has the database end what it does for it', async () => {
      const table = await numbers();
      // It computes for long before it has a row.
      const query = `SELECT count(*) AS n FROM ${table} a, ${table} b, ${table} c, ${table} d WHERE a.n + b.n > c.n + d.n`;
      const reading = Promise.withResolvers<true>();
      let wanted = true;
      const openSource: OpenSource = async (request, context) => {
        const snapshot = await source.openSource(request, context);
        return {
          ...snapshot,
          read(part, sink) {
            reading.resolve(true);
            return snapshot.read(part, sink);
          },
        };
      };
      const isWanted = () => Promise.resolve(wanted);
      const execution = source.exports.execute(source.exports.request({ query }), {
        openSource,
        isWanted,
        lookMillis: 50,
      });
      await reading.promise;
      await until('the query runs', async () => (await isBusy()) || undefined);
      wanted = false;
      assert.equal((await execution).end, 'unwanted');
      await until('the query is ended', async () => !(await isBusy()) || undefined);
    });

    it('reads nothing when its run has no use for it, or cannot be seen', async () => {
      const asked = asking(await numbers());
      let opened = 0;
      const openSource: OpenSource = (request, context) => {
        opened += 1;
        return source.openSource(request, context);
      };
      const unwanted = await source.exports.execute(asked, { openSource, isWanted: () => Promise.resolve(false) }, 1);
      assert.deepEqual(unwanted, { end: 'unwanted', events: [] });
      const away = new Error('away');
      await assert.rejects(source.exports.execute(asked, { openSource, isWanted: () => Promise.reject(away) }), away);
      assert.equal(opened, 0);
      assert.deepEqual(await objectsOf(asked), []);
    });

    it('counts each part once when two executions are under way at once', async () => {
      const table = await numbers();
      const asked = asking(table, { partitions: { by: 'n', count: 5 } });
      // Both read the first part: none ends before the other has begun.
      const begun = [Promise.withResolvers<true>(), Promise.withResolvers<true>()];
      const both = begun.map(own => {
        const openSource: OpenSource = async (request, context) => {
          const snapshot = await source.openSource(request, context);
          return {
            ...snapshot,
            async read(part, sink) {
              own.resolve(true);
              await Promise.all(begun.map(({ promise }) => promise));
              await snapshot.read(part, sink);
            },
          };
        };
        return source.exports.execute(asked, { openSource });
      });
      for (const { end, events } of await Promise.all(both)) {
        assert.equal(end, 'told');
        const last = events.at(-1);
        assert.equal(last?.type === 'export_complete' && last.rows, 501);
      }
      const exported = await source.exports.exported(asked);
      assert.equal(exported.records.length, 501);
      assert.equal(exported.manifest.parts?.length, 5);
      const objects = (await objectsOf(asked)).map(object => `${asked.prefix}${object}`);
      const listed = exported.manifest.files.map(file => file.name);
      assert.ok(objects.filter(object => object.endsWith('.avro')).length > listed.length);
      const loaded = await source.exports.load(exported);
      assert.deepEqual(await source.exports.checksums(loaded, exported.manifest), exported.manifest.checksums);
    });

    it('begins anew when a column came in between', async () => {
      const table = await numbers();
      const asked = asking(table);
      const { openSource } = watchedParts(source.openSource, part => part > 0);
      assert.equal((await source.exports.execute(asked, { openSource, executionSeconds })).end, 'unfinished');
      await source.session.run(`ALTER TABLE ${table} ADD COLUMN added int`);
      const { events } = await source.exports.execute(asked, { executionSeconds }, 1);
      assert.deepEqual(failureOf(events), {
        code: 'EXPORT_CHANGED',
        detail: 'columns that came, went or changed: added',
        retryable: true,
      });
    });

    it('says so when no part is finished in one execution, and when the attempt’s time is over', async () => {
      const table = await numbers();
      const hangs = watchedParts(source.openSource, () => true);
      const tooLarge = await source.exports.execute(asking(table), { openSource: hangs.openSource, executionSeconds });
      assert.equal(failureOf(tooLarge.events).code, 'EXPORT_DEADLINE');
      assert.match(failureOf(tooLarge.events).detail, /no part of 5 was finished.*more parts/);
      const asked = asking(table, { timeoutSeconds: 6 });
      const { openSource } = watchedParts(source.openSource, part => part > 0);
      const tooLate = await source.exports.execute(asked, { openSource });
      assert.match(failureOf(tooLate.events).detail, /allow more time by execution_timeout \(6 seconds now\)/);
    });

    it('writes no bounds of a masked column down, nor anything besides where there is one part', async () => {
      const table = await numbers();
      const mask = { method: 'hmac', key: keySecret } as const;
      const masked = asking(table, { partitions: { by: 'n', count: 5 }, columns: { n: { mask } } });
      const { openSource } = watchedParts(source.openSource, part => part > 0);
      const { events } = await source.exports.execute(masked, { openSource, executionSeconds });
      assert.match(failureOf(events).detail, /counted by n, which is masked/);
      assert.deepEqual(
        (await objectsOf(masked)).filter(object => object.endsWith('.json')),
        [],
      );
      const single = source.exports.request({ query: `SELECT * FROM ${table}` });
      await source.exports.execute(single);
      assert.deepEqual(
        (await objectsOf(single)).map(object => object.replace(/^[0-9a-f-]{36}/, '')),
        ['-00000.avro', 'manifest.json'],
      );
    });

    it('has its time from when it was begun, however often it died', async () => {
      const table = await numbers();
      const asked = source.exports.request({ query: `SELECT * FROM ${table}`, timeoutSeconds: 60 });
      const at = Date.now();
      const stopping = AbortSignal.abort();
      await source.exports.execute(asked, { stopping, now: () => new Date(at) }, 1);
      assert.deepEqual(await objectsOf(asked), ['began.json']);
      const { events } = await source.exports.execute(asked, { now: () => new Date(at + 60_000) }, 2);
      assert.equal(failureOf(events).code, 'EXPORT_DEADLINE');
    });
  });
}
