import type { Client } from 'pg';
import { configurationRoot } from './configuration-root.ts';

export const hour = 3_600_000;

/** The shop's tables, one for each way in which a destination is written. */
export const busyTables = { merge: 'orders', append: 'movements', replace: 'stock' } as const;

/** More than a test comes to. */
const intervals = 400;
const movementsPerInterval = 40;

/**
 * A shop whose three tables are exported for every hour since `start`, one hour after the other as fast as they are done:
 * a time that is over can be gone through without waiting.
 */
export const busyShopRoot = (start: Date) =>
  configurationRoot({
    'services/pools.ini': '[shops]\nslots = 2\n',
    'services/shop/service.yaml': 'version: 1\nowner: shop-team@example.com\nramps: {}\n',
    'services/shop/schedule.yaml': `project: acme-shop
gcp_conn_id: shop-db
pool: shops
schedule_interval: "@hourly"
start_date: "${start.toISOString().replace('.000', '')}"
catchup: true
depends_on_past: true
execution_timeout: 2
retry_count: 3
retry_delay: 0
`,
    'services/shop/connections.yaml': `shop-db:
  kind: postgres
  instance: acme-shop:asia-northeast1:shop
  database: postgres
  user: onramp
  auth: { secret: projects/acme-shop/secrets/shop-db-password }
`,
    'services/shop/exports/orders.yaml': `query: SELECT id, amount, changed_at FROM orders WHERE ${ofInterval}
incremental: true
partitions: { by: id, count: 3 }
bigquery:
  - dataset: shop
    table: orders
    merge_query: |
      MERGE \`{{ params.destination_project }}.{{ params.destination_dataset }}.{{ params.destination_table }}\` T
      USING \`{{ params.destination_project }}.{{ params.destination_dataset }}.{{ params.staging_table }}\` S
      ON T.id = S.id
      WHEN MATCHED THEN UPDATE SET amount = S.amount, changed_at = S.changed_at
      WHEN NOT MATCHED THEN INSERT ROW
`,
    'services/shop/exports/movements.yaml': `query: SELECT id, amount, changed_at FROM movements WHERE ${ofInterval}
incremental: true
bigquery: [{ dataset: shop, table: movements }]
`,
    'services/shop/exports/stock.yaml': `query: SELECT id, amount, changed_at FROM stock
bigquery: [{ dataset: shop, table: stock }]
`,
  });

const ofInterval =
  "changed_at >= '{{ execution_date.isoformat() }}' AND changed_at < '{{ next_execution_date.isoformat() }}'";

/** Makes the tables. Movements are there for every hour from `start` on; orders are of the first three hours. */
export async function fillBusyShop(client: Client, start: Date): Promise<void> {
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
