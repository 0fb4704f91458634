import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attemptPrefix, manifestName } from '../../functions/core/batch/batch-names.ts';
import { parseManifest } from '../../functions/core/batch/manifest.ts';
import { partPlanName, partRecordName } from '../../functions/core/batch/part-plan.ts';
import { batchBuckets } from '../../functions/core/names.ts';
import { postgresBin } from '../support/database-server.ts';
import { until } from '../support/local-cloud.ts';
import { type HourlyShop, shopWorld } from '../support/shop-world.ts';

const hour = 3_600_000;
const orders = 'shop/orders';
const rows = 1000;
const lock = 42;

const shopFrom = (start: Date): HourlyShop => ({
  start,
  schedule: 'execution_timeout: 5\n',
  exports: {
    orders: `query: SELECT id, once_open(id) AS amount FROM orders
partitions: { by: id, bounds: [250, 500, 750] }
bigquery: [{ dataset: shop, table: orders }]
`,
  },
});

/** Rows of the later parts wait while the test holds the lock. */
const schema = `
  CREATE TABLE orders AS SELECT id FROM generate_series(0, ${rows - 1}) id;
  CREATE FUNCTION once_open(id int) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
  BEGIN
    IF id >= 500 THEN PERFORM pg_advisory_xact_lock_shared(${lock}); END IF;
    RETURN id;
  END $$`;

describe('an export that is broken off between two parts', {
  skip: postgresBin === undefined && 'PostgreSQL is not installed',
}, () => {
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    it(`goes on with the parts that are missing, after ${signal}`, { timeout: 120_000 }, async () => {
      const start = new Date(Math.floor(Date.now() / hour) * hour - hour);
      await using world = await shopWorld(shopFrom(start), async source => {
        await source.query(schema);
        await source.query(`SELECT pg_advisory_lock(${lock})`);
      });
      const { test, source, runs } = world;
      const { storage, bigquery } = test.clients;
      const { project } = test.cloud.locator;
      const prefix = attemptPrefix(orders, { start: start.toISOString() }, 1);
      const objects = async () => {
        const [files] = await storage.bucket(batchBuckets.exports(project)).getFiles({ prefix });
        return files.map(file => file.name.slice(prefix.length));
      };

      await test.cloud.runSchedule('plan-runs');
      await until('the first two parts are written down', async () => {
        const present = await objects();
        return [partPlanName, partRecordName(0), partRecordName(1)].every(each => present.includes(each)) || undefined;
      });
      const victim = test.cloud.functions.find(each => each.state().name === 'export-shop');
      assert.ok(victim);
      const { restarts } = victim.state();
      victim.kill(signal);
      await until('the function is back', () => victim.state().restarts > restarts || undefined);
      await source.query(`SELECT pg_advisory_unlock(${lock})`);

      const run = await until(
        'the run is done',
        async () => {
          const found = await runs.read(orders, start.toISOString());
          assert.notEqual(found?.state, 'failed', JSON.stringify(found?.attempts));
          return found?.state === 'done' ? found : undefined;
        },
        60_000,
      );
      assert.equal(run.attempts.length, 1);
      const [content] = await storage.bucket(batchBuckets.exports(project)).file(`${prefix}${manifestName}`).download();
      const manifest = parseManifest(content);
      const executions = manifest.parts?.map(({ execution }) => execution) ?? [];
      assert.equal(executions.length, 4);
      assert.equal(executions[0], executions[1]);
      assert.equal(executions[2], executions[3]);
      assert.notEqual(executions[1], executions[2]);
      assert.equal(manifest.oneMoment, false);

      const [loaded] = await bigquery.query('SELECT COUNT(DISTINCT id) AS ids, COUNT(*) AS n FROM shop.orders');
      assert.deepEqual({ ...(loaded as object[])[0] }, { ids: rows, n: rows });
      const listed = manifest.files.map(file => file.name.slice(prefix.length));
      assert.deepEqual((await objects()).toSorted(), [...listed, manifestName].toSorted());
    });
  }
});
