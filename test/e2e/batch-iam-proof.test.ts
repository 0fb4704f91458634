import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Client } from 'pg';
import { documentsOf } from '../../functions/clients/documents.ts';
import { createRunStore, type RunStore } from '../../functions/clients/run-store.ts';
import type { ExportAddress } from '../../functions/core/batch/config.ts';
import { encodeBatchEvent } from '../../functions/core/batch/events.ts';
import type { Run } from '../../functions/core/batch/run.ts';
import { isFinished } from '../../functions/core/batch/run-status.ts';
import { batchBuckets, topics } from '../../functions/core/names.ts';
import type { Denial } from '../../local/iam/access-control.ts';
import type { Binding } from '../../local/iam/bindings.ts';
import { connectPostgres } from '../support/database-kinds.ts';
import { type DatabaseServer, postgresBin, startPostgres } from '../support/database-server.ts';
import { createDrill, emailOf } from '../support/iam-drill.ts';
import { startTestCloud, type TestCloud, until } from '../support/local-cloud.ts';
import { shopRoot, writeShopSecrets } from '../support/shop-database.ts';

const minute = 60_000;
const exports: readonly ExportAddress[] = ['shop/articles', 'shop/orders', 'shop/unreachable'];

/** Accounts that only exports have; of others, what they may do on what only exports have. */
const ofBatch = /^(plan-runs|track-runs|onramp-load|onramp-alert|export-shop|onramp-scheduler|onramp-tasks)@/;
const batchResources =
  /\/(plan-runs|track-runs|load|alert|topics\/(batch-events|export-manifests))$|\/serviceAccounts\/onramp-(tasks|scheduler)@/;

/** Asked of Google Cloud alone, or in a flow that no rerun takes. */
const provenElsewhere = ({ role, resource, member }: Binding) =>
  member.startsWith('serviceAccount:console@') ||
  // No stand-in is a database.
  role.startsWith('roles/cloudsql.') ||
  // It never comes so far as to write.
  (role === 'roles/storage.objectCreator' && resource.endsWith('export=shop.unreachable/')) ||
  // Only what is late, and what cannot be rendered, is told by planning.
  (member.startsWith('serviceAccount:plan-runs@') && resource.endsWith('/topics/batch-events')) ||
  // Of messages that are given up: see iam-proof.test.ts.
  role === 'roles/pubsub.subscriber';

describe('the declared grants of exports', {
  skip: postgresBin === undefined && 'PostgreSQL is not installed',
  timeout: 480_000,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-batch-'));
  const configuration = shopRoot();
  let hook: ReturnType<typeof createServer>;
  let database: DatabaseServer;
  let client: Client;
  let test: TestCloud;
  let drill: ReturnType<typeof createDrill>;
  let runs: RunStore;
  let start: string;
  const denials: Denial[] = [];

  before(async () => {
    hook = createServer((request, response) => void request.resume().on('end', () => response.end('ok')));
    await new Promise<void>(resolve => void hook.listen(0, '127.0.0.1', resolve));
    database = await startPostgres();
    writeShopSecrets(folder, {
      password: database.password,
      webhook: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`,
    });
    client = await connectPostgres(database);
    await client.query("CREATE TABLE articles AS SELECT 1 AS id, 'tea' AS name, 2.5::numeric(10, 2) AS price");
    await client.query(
      "CREATE TABLE orders AS SELECT 1 AS id, 'a' AS customer, 1::bigint AS amount, now() AS changed_at",
    );
    const databases = {
      'shop/shop-db': { host: '127.0.0.1', port: database.port },
      'shop/down-db': { host: '127.0.0.1', port: 1 },
    };
    test = await startTestCloud({ root: configuration.root, folder, databases });
    drill = createDrill(test);
    const bucket = test.clients.storage.bucket(batchBuckets.state(test.cloud.locator.project));
    runs = createRunStore(documentsOf(bucket), () => new Date());
    const stop = test.cloud.access.onDenied(denial => denials.push(denial));
    if (Date.now() % minute > minute - 5000)
      await until('the next minute', () => Date.now() % minute < 5000 || undefined);
    start = new Date(Math.floor(Date.now() / minute) * minute - minute).toISOString();
    await test.cloud.runSchedule('plan-runs');
    await finished();
    await test.drained();
    stop();
  });
  after(async () => {
    await client.end();
    await test[Symbol.asyncDispose]();
    await database.close();
    hook.closeAllConnections();
    hook.close();
    configuration[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Resolves when every run is finished; the plan is made again as long as one waits. */
  const finished = (): Promise<Run[]> =>
    until(
      'all runs are finished',
      async () => {
        const all = await Promise.all(exports.map(address => runs.read(address, start)));
        const ended = all.filter(run => run !== undefined && isFinished(run));
        if (ended.length === exports.length) return ended as Run[];
        if (all.some(run => run?.state === 'retrying' || run?.state === 'waiting')) {
          await test.cloud.runSchedule('plan-runs');
        }
        return undefined;
      },
      90_000,
    );
  const rerun = async () => {
    for (const address of exports) {
      await runs.apply(address, start, { type: 'rerun', by: 'operator', retryCount: 0 });
    }
    // As whoever does so by hand tells of it.
    const { data, attributes } = encodeBatchEvent({
      export: 'shop/articles',
      attempt: 0,
      occurredAt: new Date().toISOString(),
      event: { type: 'operation_done', operation: 'rerun', runs: exports.length },
    });
    await test.clients.pubsub.topic(topics.batchEvents).publishMessage({ data: Buffer.from(data), attributes });
    await test.cloud.runSchedule('plan-runs');
  };

  it('suffice from the tick of the schedule to the warehouse, and to the people who are told', async () => {
    assert.deepEqual(denials, []);
    assert.deepEqual(
      (await finished()).map(({ state }) => state),
      ['done', 'done', 'failed'],
    );
  });

  it('are needed, each of them', async t => {
    const bindings = drill.declared.filter(
      binding => (ofBatch.test(emailOf(binding)) || batchResources.test(binding.resource)) && !provenElsewhere(binding),
    );
    assert.ok(bindings.length > 25);
    for (const binding of bindings) await t.test(binding.name, () => isNeeded(binding));
  });

  const isNeeded = async (binding: Binding) => {
    await drill.without(binding, async refused => {
      // A secret is read when the function starts.
      if (binding.resource.includes('/secrets/')) {
        const name = emailOf(binding)
          .replace(/@.*$/, '')
          .replace(/^onramp-/, '');
        test.cloud.functions.find(each => each.state().name === name)?.kill('SIGKILL');
      } else await rerun();
      await until('it is refused', () => refused.length > 0 || undefined, 60_000);
    });
    await until(
      'all functions are ready',
      () => test.cloud.functions.every(each => each.state().status === 'ready') || undefined,
    );
    await rerun();
    await finished();
    await test.drained();
  };
});
