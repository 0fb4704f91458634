import type { Client } from 'pg';
import { changedInInterval, type HourlyShop, mergeById, shopWorld } from './shop-world.ts';

export const hour = 3_600_000;

/** The shop's tables, one for each way in which a destination is written. */
export const busyTables = { merge: 'orders', append: 'movements', replace: 'stock' } as const;

/** More than a test comes to. */
const intervals = 400;
const movementsPerInterval = 40;

/** A shop whose three tables are exported since `start`. */
const busyShop = (start: Date): HourlyShop => ({
  start,
  schedule: 'depends_on_past: true\nexecution_timeout: 2\nretry_count: 3\nretry_delay: 0\n',
  exports: {
    orders: `query: SELECT id, amount, changed_at FROM orders WHERE ${changedInInterval}
incremental: true
partitions: { by: id, count: 3 }
bigquery:
  - dataset: shop
    table: orders
${mergeById('amount', 'changed_at')}`,
    movements: `query: SELECT id, amount, changed_at FROM movements WHERE ${changedInInterval}
incremental: true
bigquery: [{ dataset: shop, table: movements }]
`,
    stock: `query: SELECT id, amount, changed_at FROM stock
bigquery: [{ dataset: shop, table: stock }]
`,
  },
});

/** The local cloud over a real PostgreSQL with a busy shop, whose first interval begins at `start`, a full hour. */
export const busyWorld = (start: Date) => shopWorld(busyShop(start), source => fillBusyShop(source, start));

/** Makes the tables. Movements are there for every hour from `start` on; orders are of the first three hours. */
async function fillBusyShop(client: Client, start: Date): Promise<void> {
  const from = `'${start.toISOString()}'::timestamptz`;
  for (const table of Object.values(busyTables)) {
    await client.query(`CREATE TABLE ${table} (id int PRIMARY KEY, amount bigint, changed_at timestamptz)`);
  }
  await client.query(
    `INSERT INTO movements SELECT n, n * 7, ${from} + n * interval '1 hour' / ${movementsPerInterval}
     FROM generate_series(0, ${intervals * movementsPerInterval - 1}) n`,
  );
  await client.query(
    `INSERT INTO orders SELECT n, n, ${from} + n * interval '5 seconds' FROM generate_series(0, 2000) n`,
  );
  await client.query(`INSERT INTO stock SELECT n, n, ${from} FROM generate_series(0, 30000) n`);
}

/** One transaction of a shop at work: orders change and come in at `at`, stock changes, comes and goes. */
export async function workInShop(client: Client, at: Date): Promise<void> {
  const moment = `'${at.toISOString()}'::timestamptz`;
  // Statements in one text are one transaction.
  await client.query(`
    UPDATE orders SET amount = amount + 1, changed_at = ${moment}
    WHERE id IN (SELECT (random() * 2000)::int FROM generate_series(1, 30));
    INSERT INTO orders SELECT max(id) + 1, 0, ${moment} FROM orders;
    UPDATE stock SET amount = amount + 1, changed_at = ${moment} WHERE id % 50 = (SELECT (random() * 49)::int);
    INSERT INTO stock SELECT max(id) + 1, 0, ${moment} FROM stock;
    DELETE FROM stock WHERE id = (SELECT min(id) FROM stock)`);
}
