import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Subscription } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import type { Client } from 'pg';
import { documentsOf } from '../../functions/clients/documents.ts';
import { createOperations } from '../../functions/clients/operations.ts';
import { createRunStore, type RunStore } from '../../functions/clients/run-store.ts';
import type { ExportAddress } from '../../functions/core/batch/config.ts';
import { type BatchEvent, decodeBatchEvent } from '../../functions/core/batch/events.ts';
import { parseExports } from '../../functions/core/batch/exports-catalogue.ts';
import { parseManifest } from '../../functions/core/batch/manifest.ts';
import type { Run } from '../../functions/core/batch/run.ts';
import type { RunState } from '../../functions/core/batch/run-status.ts';
import { accountEmail, batchBuckets, buckets, exportFunction, topics } from '../../functions/core/names.ts';
import { connectPostgres } from '../support/database-kinds.ts';
import { type DatabaseServer, postgresBin, startPostgres } from '../support/database-server.ts';
import { startTestCloud, type TestCloud, until } from '../support/local-cloud.ts';
import { shopRoot, writeShopSecrets } from '../support/shop-database.ts';

const minute = 60_000;
const articles: ExportAddress = 'shop/articles';
const orders: ExportAddress = 'shop/orders';
const unreachable: ExportAddress = 'shop/unreachable';

describe('an export of a service’s database', {
  skip: postgresBin === undefined && 'PostgreSQL is not installed',
  timeout: 240_000,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-batch-'));
  const configuration = shopRoot();
  const told: BatchEvent[] = [];
  let database: DatabaseServer;
  let client: Client;
  let test: TestCloud;
  let runs: RunStore;
  let first: Run;
  let seen: Subscription;

  before(async () => {
    database = await startPostgres();
    writeShopSecrets(folder, { password: database.password, webhook: 'https://hooks.slack.com/services/none' });
    client = await connectPostgres(database);
    await client.query('CREATE TABLE articles (id int PRIMARY KEY, name text, price numeric(10, 2))');
    await client.query("INSERT INTO articles SELECT n, 'article ' || n, n / 4.0 FROM generate_series(1, 1000) n");
    await client.query(
      'CREATE TABLE orders (id int PRIMARY KEY, customer text, amount bigint, changed_at timestamptz)',
    );

    test = await startTestCloud({
      root: configuration.root,
      folder,
      databases: {
        'shop/shop-db': { host: '127.0.0.1', port: database.port },
        // Where nothing listens.
        'shop/down-db': { host: '127.0.0.1', port: 1 },
      },
    });
    const { project } = test.cloud.locator;
    runs = createRunStore(documentsOf(test.clients.storage.bucket(batchBuckets.state(project))), () => new Date());
    [seen] = await test.clients.pubsub.topic(topics.batchEvents).createSubscription('seen');
    seen.on('message', message => {
      told.push(decodeBatchEvent(message.data));
      message.ack();
    });
    // Everything that the first tick plans is due now, however long the rest of the minute is.
    if (Date.now() % minute > minute - 8000)
      await until('the next minute', () => Date.now() % minute < 8000 || undefined);
    const start = new Date(Math.floor(Date.now() / minute) * minute - minute);
    await client.query(
      `INSERT INTO orders SELECT n, 'buyer' || n % 7 || '@example.com', n,
         '${start.toISOString()}'::timestamptz + n * interval '100 ms' FROM generate_series(1, 500) n`,
    );
    await test.cloud.runSchedule('plan-runs');
    first = await reached(articles, start.toISOString(), 'done');
  });
  after(async () => {
    await client.end();
    await seen.close();
    await test[Symbol.asyncDispose]();
    await database.close();
    configuration[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const reached = (address: ExportAddress, start: string, state: RunState) =>
    until(
      `${address} is ${state}`,
      async () => {
        const run = await runs.read(address, start);
        if (run?.state === 'failed' && state !== 'failed') assert.fail(JSON.stringify(run.attempts));
        return run?.state === state ? run : undefined;
      },
      60_000,
    );
  const rowsOf = async (query: string) => {
    const [rows] = await test.clients.bigquery.query(query);
    return rows as Record<string, unknown>[];
  };

  it('goes from the tick of the schedule to the warehouse, and the run is done', async () => {
    const [count] = await rowsOf('SELECT COUNT(*) AS n, SUM(price) AS price FROM shop.articles');
    assert.equal(count?.['n'], 1000);
    assert.equal(Number(count['price']), (1000 * 1001) / 8);
    assert.equal(first.attempts.length, 1);
    assert.equal(first.attempts[0]?.rows, 1000);
  });

  it('tells of each step on batch-events', async () => {
    const types = await until('the run is told to be done', () => {
      const ofRun = told.filter(event => event.export === articles && event.interval?.start === first.interval.start);
      const names = ofRun.map(({ event }) => event.type);
      return names.includes('run_done') ? names : undefined;
    });
    for (const type of ['export_started', 'export_complete', 'load_started', 'load_complete'] as const) {
      assert.ok(types.includes(type), type);
    }
  });

  it('masks what is personal before it leaves the service’s project', async () => {
    const run = await reached(orders, first.interval.start, 'done');
    const [files] = await test.clients.storage
      .bucket(batchBuckets.exports(test.cloud.locator.project))
      .getFiles({ prefix: 'export=shop.orders/' });
    const manifest = files.find(({ name }) => name.endsWith('/manifest.json'));
    assert.ok(manifest);
    const { masks, rows } = parseManifest((await manifest.download())[0]);
    assert.deepEqual(
      masks.map(({ column, method }) => [column, method]),
      [['customer', 'hmac']],
    );
    assert.equal(rows, 500);
    const found = await rowsOf('SELECT DISTINCT customer FROM `acme-warehouse`.orders.orders');
    assert.equal(found.length, 7);
    for (const { customer } of found) assert.doesNotMatch(String(customer), /example\.com/);
    assert.equal(run.attempts[0]?.rows, 500);
  });

  it('merges what changed in another interval', async () => {
    await reached(orders, first.interval.start, 'done');
    const before = new Date(Date.parse(first.interval.start) - minute);
    const changed = `'${before.toISOString()}'`;
    await client.query(`UPDATE orders SET amount = amount + 1000, changed_at = ${changed} WHERE id <= 10`);
    await client.query(`INSERT INTO orders VALUES (501, 'new@example.com', 1, ${changed})`);
    const { project } = test.cloud.locator;
    const bucket = test.clients.storage.bucket(batchBuckets.state(project));
    const registry = test.clients.storage.bucket(buckets.registry(project)).file('exports.json');
    const operations = createOperations({
      catalogue: async () => parseExports(String((await registry.download())[0])),
      documents: documentsOf(bucket),
      runs,
      tell: () => Promise.resolve(),
      now: () => new Date(),
    });
    const operation = { type: 'run', export: orders, at: first.interval.start } as const;
    const { seen } = await operations.preview(operation);
    await operations.apply(operation, seen, 'operator');
    await test.cloud.runSchedule('plan-runs');
    await reached(orders, before.toISOString(), 'done');
    const [row] = await rowsOf('SELECT COUNT(*) AS n, SUM(amount) AS amount FROM `acme-warehouse`.orders.orders');
    const { rows } = await client.query({
      text: 'SELECT count(*), sum(amount) FROM orders',
      rowMode: 'array',
      types: { getTypeParser: () => (text: string) => text },
    });
    assert.deepEqual(rows, [[String(row?.['n']), String(row?.['amount'])]]);
  });

  it('that fails is tried again as often as configured, and then people are told', async () => {
    const start = first.interval.start;
    const run = await until(
      `${unreachable} has failed`,
      async () => {
        await test.cloud.runSchedule('plan-runs');
        const found = await runs.read(unreachable, start);
        return found?.state === 'failed' ? found : undefined;
      },
      60_000,
    );
    assert.deepEqual(
      run.attempts.map(({ number, error }) => [number, error?.code]),
      [
        [2, 'EXPORT_CONNECTION_FAILED'],
        [1, 'EXPORT_CONNECTION_FAILED'],
      ],
    );
    // Locally nothing is sent to Slack: it is caught in a file and on a page.
    const alerts = join(folder, 'alerts.jsonl');
    await until('Slack is told', () =>
      existsSync(alerts) && readFileSync(alerts, 'utf8').includes(unreachable) ? true : undefined,
    );
    const page = await fetch(`http://127.0.0.1:${test.cloud.locator.ports.status}/alerts`);
    assert.match(await page.text(), new RegExp(unreachable));
  });

  it('may write below its own exports’ prefix only, change nothing, and see its own service’s runs', async () => {
    const { project } = test.cloud.locator;
    const { ports } = await test.cloud.reachAs(accountEmail(exportFunction('shop'), 'acme-shop'));
    const storage = new Storage({ projectId: project, apiEndpoint: `http://127.0.0.1:${ports.storage}` });
    const lake = storage.bucket(batchBuckets.exports(project));
    const write = (name: string) => lake.file(name).save('x', { resumable: false });
    await write('export=shop.articles/here');
    await assert.rejects(write('export=other.articles/here'), { code: 403 });
    await assert.rejects(write('export=shop.articles/here'), { code: 403 });
    await assert.rejects(lake.file('export=shop.articles/here').delete(), { code: 403 });
    const state = storage.bucket(batchBuckets.state(project));
    const own = state.file('runs/shop/articles/x.json');
    await assert.rejects(own.download(), { code: 404 });
    await assert.rejects(own.save('{}', { resumable: false }), { code: 403 });
    for (const other of ['runs/other/articles/x.json', 'schedules/shop.json']) {
      await assert.rejects(state.file(other).download(), { code: 403 });
    }
  });
});
