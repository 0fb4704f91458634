import type { Client } from 'pg';
import { type Documents, documentsOf } from '../../functions/clients/documents.ts';
import { createRunStore, type RunStore } from '../../functions/clients/run-store.ts';
import { batchBuckets } from '../../functions/core/names.ts';
import { configurationRoot } from './configuration-root.ts';
import { connectPostgres } from './database-kinds.ts';
import { startPostgres } from './database-server.ts';
import { startTestCloud, type TestCloud } from './local-cloud.ts';
import { postgresConnection } from './postgres-connection.ts';

export interface HourlyShop {
  /** A full hour, at which the first interval begins. */
  readonly start: Date;
  /** Lines of schedule.yaml, besides those that every shop has. */
  readonly schedule: string;
  /** The files under `exports/`, without `.yaml`. */
  readonly exports: Readonly<Record<string, string>>;
}

/**
 * A service whose tables are in one PostgreSQL, exported for every hour since `start`, one hour after the other as fast as
 * they are done: a time that is over can be gone through without waiting.
 */
export const hourlyShop = ({ start, schedule, exports }: HourlyShop) =>
  configurationRoot({
    'services/pools.ini': '[shops]\nslots = 2\n',
    'services/shop/service.yaml': 'version: 1\nowner: shop-team@example.com\nramps: {}\n',
    'services/shop/schedule.yaml': `project: acme-shop
gcp_conn_id: shop-db
pool: shops
schedule_interval: "@hourly"
start_date: "${start.toISOString().replace('.000', '')}"
catchup: true
${schedule}`,
    'services/shop/connections.yaml': postgresConnection('acme-shop', 'shop-db'),
    ...Object.fromEntries(Object.entries(exports).map(([name, text]) => [`services/shop/exports/${name}.yaml`, text])),
  });

/** The condition of a query on the rows of its interval. */
export const changedInInterval =
  "changed_at >= '{{ execution_date.isoformat() }}' AND changed_at < '{{ next_execution_date.isoformat() }}'";

/** Lines of a destination that merges rows by their `id`, and updates these columns of a row that is there. */
export const mergeById = (...columns: readonly string[]) => `    merge_query: |
      MERGE \`{{ params.destination_project }}.{{ params.destination_dataset }}.{{ params.destination_table }}\` T
      USING \`{{ params.destination_project }}.{{ params.destination_dataset }}.{{ params.staging_table }}\` S
      ON T.id = S.id
      WHEN MATCHED THEN UPDATE SET ${columns.map(column => `${column} = S.${column}`).join(', ')}
      WHEN NOT MATCHED THEN INSERT ROW
`;

export interface ShopWorld extends AsyncDisposable {
  readonly test: TestCloud;
  /** A session with the shop's database. */
  readonly source: Client;
  readonly documents: Documents;
  readonly runs: RunStore;
}

/** The local cloud over a real PostgreSQL, which `fill` fills. */
export async function shopWorld(shop: HourlyShop, fill: (source: Client) => Promise<unknown>): Promise<ShopWorld> {
  await using stack = new AsyncDisposableStack();
  const database = await startPostgres();
  stack.defer(() => database.close());
  const source = await connectPostgres(database);
  stack.defer(() => source.end());
  await fill(source);
  const { root } = stack.use(hourlyShop(shop));
  const databases = { 'shop/shop-db': { host: '127.0.0.1', port: database.port } };
  const test = stack.use(await startTestCloud({ root, databases }));
  const documents = documentsOf(test.clients.storage.bucket(batchBuckets.state(test.cloud.locator.project)));
  const kept = stack.move();
  return {
    test,
    source,
    documents,
    runs: createRunStore(documents, () => new Date()),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
