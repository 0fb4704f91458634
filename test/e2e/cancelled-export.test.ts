import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CloudTasksClient } from '@google-cloud/tasks';
import { credentials } from '@grpc/grpc-js';
import { createOperations } from '../../functions/clients/operations.ts';
import { attemptPrefix } from '../../functions/core/batch/batch-names.ts';
import type { ExportAddress } from '../../functions/core/batch/config.ts';
import { parseExports } from '../../functions/core/batch/exports-catalogue.ts';
import { batchBuckets, buckets } from '../../functions/core/names.ts';
import type { LocalCloud } from '../../local/start.ts';
import { busyWorld, hour } from '../support/busy-shop.ts';
import { postgresBin } from '../support/database-server.ts';
import { until } from '../support/local-cloud.ts';

const orders: ExportAddress = 'shop/orders';

/** Whether there is a task of an export of orders, which would be sent again. */
async function hasTask({ locator: { project, ports } }: LocalCloud): Promise<boolean> {
  await using stack = new AsyncDisposableStack();
  const client = new CloudTasksClient({
    servicePath: '127.0.0.1',
    port: ports.tasks,
    sslCreds: credentials.createInsecure(),
  });
  stack.defer(() => client.close());
  const [tasks] = await client.listTasks({ parent: client.queuePath(project, 'asia-northeast1', 'pool-shops') });
  return tasks.some(({ name }) => name?.includes('shop-orders') === true);
}

describe('a run that is cancelled while its export is under way', {
  skip: postgresBin === undefined && 'PostgreSQL is not installed',
  timeout: 120_000,
}, () => {
  it('stays cancelled: the export stops, and nothing of it is loaded', async () => {
    const start = new Date(Math.floor(Date.now() / hour) * hour - 3 * hour);
    await using world = await busyWorld(start);
    const { test, source, runs, documents } = world;
    const { cloud, clients } = test;
    const { project } = cloud.locator;
    const first = start.toISOString();
    const stateIs = async (state: string) => ((await runs.read(orders, first))?.state === state ? true : undefined);

    // The export waits for the lock with its connection open.
    await source.query('BEGIN');
    await source.query('LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
    await cloud.runSchedule('plan-runs');
    await until('the export is under way', () => stateIs('exporting'));
    const reading = async () => {
      // Within a transaction the statistics stay as they were.
      await source.query('SELECT pg_stat_clear_snapshot()');
      const { rows } = await source.query(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'onramp shop/orders'",
      );
      return rows.length > 0;
    };
    await until('its query is', async () => (await reading()) || undefined);
    assert.equal(await hasTask(cloud), true);

    const catalogue = clients.storage.bucket(buckets.registry(project)).file('exports.json');
    const operations = createOperations({
      catalogue: async () => parseExports(String((await catalogue.download())[0])),
      documents,
      runs,
      tell: () => Promise.resolve(),
      now: () => new Date(),
    });
    const cancel = { type: 'cancel', export: orders, runs: { starts: [first] } } as const;
    await operations.apply(cancel, (await operations.preview(cancel)).seen, 'operator');

    // The export sees it by itself, while it still waits.
    await until('no query of it is left', async () => !(await reading()) || undefined, 30_000);
    await until('its task is done', async () => !(await hasTask(cloud)) || undefined);
    await test.drained();
    await source.query('COMMIT');
    const lake = clients.storage.bucket(batchBuckets.exports(project));
    const [files] = await lake.getFiles({ prefix: attemptPrefix(orders, { start: first }, 1) });
    assert.deepEqual(
      files.map(({ name }) => name),
      [],
    );
    await cloud.runSchedule('plan-runs');
    await test.drained();

    const run = await runs.read(orders, first);
    assert.equal(run?.state, 'cancelled');
    assert.deepEqual(
      run.attempts.map(({ outcome, loaded }) => [outcome, loaded]),
      [['cancelled', []]],
    );
    const [tables] = await clients.bigquery.dataset('shop').getTables();
    assert.ok(!tables.some(({ id = '' }) => id.startsWith('orders')), 'a table was made for it');
    assert.deepEqual(await documents.list(`locks/${encodeURIComponent(`${project}.shop.orders`)}`), []);
    // Its interval stays without rows until somebody runs it anew: the next waits for it.
    const next = await runs.read(orders, new Date(start.getTime() + hour).toISOString());
    assert.deepEqual([next?.state, next?.waitingFor.map(({ code }) => code)], ['waiting', ['depends-on-past']]);
  });
});
