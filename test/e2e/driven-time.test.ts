import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Client } from 'pg';
import { documentsOf } from '../../functions/clients/documents.ts';
import { createRunStore, type RunStore } from '../../functions/clients/run-store.ts';
import type { ExportAddress } from '../../functions/core/batch/config.ts';
import { batchBuckets } from '../../functions/core/names.ts';
import { configurationRoot } from '../support/configuration-root.ts';
import { connectPostgres } from '../support/database-kinds.ts';
import { type DatabaseServer, postgresBin, startPostgres } from '../support/database-server.ts';
import { startTestCloud, type TestCloud, until } from '../support/local-cloud.ts';
import { postgresConnection } from '../support/postgres-connection.ts';
import { runCaptured } from '../unit/cli/captured-terminal.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** The clocks of Berlin are put forward on 29 March. */
const beginning = new Date('2026-03-10T12:00:00Z');
const daily: ExportAddress = 'meters/daily';
const hourly: ExportAddress = 'meters/hourly';
const unreachable: ExportAddress = 'meters/unreachable';

const readings = (schedule: string) => `query: |
  SELECT id, read_at FROM readings
  WHERE read_at >= '{{ execution_date.isoformat() }}' AND read_at < '{{ next_execution_date.isoformat() }}'
incremental: true
columns:
  id: { class: none }
  read_at: { class: none }
${schedule}`;

const files = {
  'services/pools.ini': '[meters]\nslots = 4\n',
  'services/meters/service.yaml': 'version: 1\nowner: meters-team@example.com\nramps: {}\n',
  'services/meters/schedule.yaml': `project: acme-meters
gcp_conn_id: meters-db
pool: meters
schedule_interval: 30 2 * * *
timezone: Europe/Berlin
retry_count: 2
retry_delay: 30
`,
  'services/meters/connections.yaml': ['meters-db', 'down-db']
    .map(name => postgresConnection('acme-meters', name))
    .join(''),
  'services/meters/exports/daily.yaml': readings(`bigquery:
  - { dataset: meters, table: daily }
`),
  'services/meters/exports/hourly.yaml': readings(`bigquery:
  - { dataset: meters, table: hourly }
schedule:
  schedule_interval: "@hourly"
  catchup: true
  start_date: 2026-04-08T12:00
  timezone: UTC
  depends_on_past: true
`),
  'services/meters/exports/unreachable.yaml': `query: SELECT 1 AS id
bigquery:
  - { dataset: meters, table: unreachable }
columns: { id: { class: none } }
schedule: { gcp_conn_id: down-db, schedule_interval: 0 9 1 * * }
`,
};

describe('a month of schedules in a local cloud whose time is driven', {
  skip: postgresBin === undefined && 'PostgreSQL is not installed',
  timeout: 300_000,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-driven-'));
  const configuration = configurationRoot(files);
  let database: DatabaseServer;
  let client: Client;
  let test: TestCloud;
  let runs: RunStore;

  before(async () => {
    database = await startPostgres();
    client = await connectPostgres(database);
    await client.query('CREATE TABLE readings (id int PRIMARY KEY, read_at timestamptz)');
    await client.query(
      `INSERT INTO readings SELECT n, '2026-03-01'::timestamptz + n * interval '20 minutes' FROM generate_series(1, 5000) n`,
    );
    test = await startTestCloud({
      root: configuration.root,
      folder,
      databases: {
        'meters/meters-db': { host: '127.0.0.1', port: database.port },
        'meters/down-db': { host: '127.0.0.1', port: 1 },
      },
      clock: beginning,
    });
    const { project } = test.cloud.locator;
    runs = createRunStore(documentsOf(test.clients.storage.bucket(batchBuckets.state(project))), () => new Date());
  });
  after(async () => {
    await client.end();
    await test[Symbol.asyncDispose]();
    await database.close();
    configuration[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const onramp = async (...args: string[]) => {
    const { stdout, stderr, exitCode } = await runCaptured(['--root', configuration.root, '--folder', folder, ...args]);
    assert.equal(exitCode, 0, stderr);
    return stdout;
  };
  const rowsOf = async (query: string) => {
    const [rows] = await test.clients.bigquery.query(query);
    return rows as Record<string, unknown>[];
  };
  /** Every reading of the intervals is in the table, and none of them twice. */
  const loadedOnce = async (table: string, first: string, end: string) => {
    const [found] = await rowsOf(`SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids FROM meters.${table}`);
    const within = 'SELECT count(*)::int FROM readings WHERE read_at >= $1 AND read_at < $2';
    const { rows } = await client.query({
      text: within,
      values: [first, end],
      rowMode: 'array',
      types: { getTypeParser: () => (text: string) => text },
    });
    const n = Number(rows[0]?.[0]);
    assert.ok(n > 0);
    assert.deepEqual(found, { n, ids: n });
  };

  it('runs each interval once, when it ends, over a change of the clocks, too', async () => {
    const reached = JSON.parse(await onramp('clock', 'advance', '30d', '--json')) as { before: string; now: string };
    assert.ok(Date.parse(reached.now) - Date.parse(reached.before) >= 30 * day);
    assert.ok(Date.parse(reached.now) - beginning.getTime() < 30 * day + hour);

    // The interval that was over when the time began comes first.
    const found = await runs.statuses(daily);
    assert.equal(found.length, 31);
    assert.equal(found[0]?.interval.end, '2026-03-10T01:30:00.000Z');
    for (const [index, { interval, state, attempt, started, changed }] of found.entries()) {
      assert.deepEqual([interval.start, state, attempt], [interval.start, 'done', 1]);
      if (index === 0) continue;
      assert.equal(interval.start, found[index - 1]?.interval.end);
      for (const moment of [started, changed]) {
        const late = Date.parse(moment) - Date.parse(interval.end);
        assert.ok(late >= 0 && late < minute, `${interval.end}: ${moment}`);
      }
    }
    const lengths = found.map(({ interval }) => (Date.parse(interval.end) - Date.parse(interval.start)) / hour);
    assert.deepEqual(
      lengths.filter(length => length !== 24),
      [23],
    );
    await loadedOnce('daily', found[0].interval.start, found.at(-1)?.interval.end ?? '');
  });

  it('runs one after the other what depends on the run before', async () => {
    const found = await runs.statuses(hourly);
    assert.equal(found.length, 24);
    assert.ok(found.every(({ state }) => state === 'done'));
    const ends = found.map(({ changed }) => changed);
    assert.deepEqual(ends, ends.toSorted());
    await loadedOnce('hourly', found[0]?.interval.start ?? '', found.at(-1)?.interval.end ?? '');
  });

  it('waits retry_delay between the attempts of a run that fails', async () => {
    const run = await runs.read(unreachable, '2026-03-01T08:00:00.000Z');
    assert.equal(run?.state, 'failed');
    const begun = run.attempts.map(({ queued }) => Date.parse(queued)).toSorted();
    assert.equal(begun.length, 3);
    const pauses = begun.slice(1).map((at, index) => (at - (begun[index] ?? 0)) / minute);
    assert.ok(
      pauses.every(pause => pause >= 30 && pause <= 32),
      String(pauses),
    );
  });

  it('shows the same time to exports, tables, objects, queries and commands', async () => {
    const isNow = (what: string, text: string) => {
      const away = Math.abs(Date.parse(text) - (test.cloud.time?.now().getTime() ?? 0));
      assert.ok(away < 2 * minute, `${what}: ${text}`);
    };
    const [row] = await rowsOf('SELECT FORMAT_TIMESTAMP("%FT%TZ", CURRENT_TIMESTAMP()) AS now');
    isNow('CURRENT_TIMESTAMP', String(row?.['now']));
    isNow('clock show', (await onramp('clock', 'show')).trim());
    const { changes } = JSON.parse(await onramp('export', 'run', daily, '--dry-run', '--json')) as {
      changes: { interval: { end: string } }[];
    };
    assert.equal(changes[0]?.interval.end, '2026-04-09T00:30:00.000Z');

    const [files] = await test.clients.storage
      .bucket(batchBuckets.exports(test.cloud.locator.project))
      .getFiles({ prefix: 'export=meters.daily/' });
    const [{ creationTime }] = (await test.clients.bigquery.dataset('meters').table('daily').getMetadata()) as [
      { creationTime: string },
      unknown,
    ];
    assert.ok(Math.abs(Number(creationTime) - beginning.getTime()) < 5 * minute, creationTime);
    assert.ok(files.length > 30);
    for (const { metadata } of files) {
      assert.match(String(metadata.timeCreated), /^2026-0[34]-\d\dT(01:30|00:30|12:0\d):/);
    }
  });

  it('starts nothing while an export is paused, and then the latest interval alone without catchup', async () => {
    for (const address of [daily, hourly]) await onramp('export', 'pause', address, '--yes');
    await test.cloud.time?.advanceTo(new Date('2026-04-13T12:00:00Z'));
    assert.equal((await runs.statuses(daily)).length, 31);
    await onramp('export', 'resume', daily, '--yes');
    await onramp('clock', 'advance', '--to', '2026-04-13T13:00');
    const last = (await runs.statuses(daily)).slice(31);
    assert.deepEqual(
      last.map(({ interval, state }) => [interval.end, state]),
      [['2026-04-13T00:30:00.000Z', 'done']],
    );
  });

  it('goes on with a function that was started anew on the way', async () => {
    for (const name of ['load', 'track-runs']) {
      const killed = test.cloud.functions.find(each => each.state().name === name);
      killed?.kill('SIGKILL');
      await until(`${name} is started anew`, () => killed?.state().restarts === 1 || undefined);
    }
    await onramp('clock', 'advance', '--to', '2026-04-14T12:00');
    const last = (await runs.statuses(daily)).at(-1);
    assert.deepEqual([last?.interval.end, last?.state], ['2026-04-14T00:30:00.000Z', 'done']);
    assert.match(last?.changed ?? '', /^2026-04-14T00:3/);
  });

  it('says that time does not go back', async () => {
    const back = await runCaptured(['--folder', folder, 'clock', 'advance', '--to', '2026-01-01']);
    assert.equal(back.exitCode, 2);
    assert.match(back.stderr, /there already/);
  });
});
