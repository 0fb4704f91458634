import pg, { type Client } from 'pg';
import { type Documents, documentsOf } from '../../functions/clients/documents.ts';
import { createRunStore, type RunStore } from '../../functions/clients/run-store.ts';
import { batchBuckets } from '../../functions/core/names.ts';
import { busyShopRoot, fillBusyShop } from './busy-shop.ts';
import { startPostgres } from './database-server.ts';
import { startTestCloud, type TestCloud } from './local-cloud.ts';

export interface BusyWorld extends AsyncDisposable {
  readonly test: TestCloud;
  readonly source: Client;
  readonly documents: Documents;
  readonly runs: RunStore;
}

/** The local cloud over a real PostgreSQL with a busy shop, whose first interval begins at `start`, a full hour. */
export async function busyWorld(start: Date): Promise<BusyWorld> {
  await using stack = new AsyncDisposableStack();
  const database = await startPostgres();
  stack.defer(() => database.close());
  const { port, user, password, database: name } = database;
  const source = new pg.Client({ host: '127.0.0.1', port, user, password, database: name });
  await source.connect();
  stack.defer(() => source.end());
  await fillBusyShop(source, start);
  const { root } = stack.use(busyShopRoot(start));
  const test = stack.use(await startTestCloud({ root, databases: { 'shop/shop-db': { host: '127.0.0.1', port } } }));
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
