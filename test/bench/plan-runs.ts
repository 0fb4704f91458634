/**
 * How long one tick of plan-runs takes that makes and dispatches a run of each of so many exports: of new ones, and of
 * those whose last run was done. The stand-ins run in a thread of their own.
 * Usage: node test/bench/plan-runs.ts [exports]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { Storage } from '@google-cloud/storage';
import { CloudTasksClient } from '@google-cloud/tasks';
import { credentials } from '@grpc/grpc-js';
import { documentsOf } from '../../functions/clients/documents.ts';
import { createRunStore } from '../../functions/clients/run-store.ts';
import { taskQueuesOf } from '../../functions/clients/tasks.ts';
import { cursorObject } from '../../functions/core/batch/batch-names.ts';
import { createPlanRuns } from '../../functions/stages/plan-runs.ts';
import { operator } from '../../local/stand-in.ts';
import { exampleExport } from '../support/example-export.ts';

interface Ports {
  readonly storage: number;
  readonly tasks: number;
}

if (isMainThread) await measure(Number(process.argv[2] ?? 1000));
else await serve();

async function measure(count: number): Promise<void> {
  process.env['METADATA_SERVER_DETECTION'] = 'none';
  const worker = new Worker(new URL(import.meta.url));
  const ports = await new Promise<Ports>(resolve => worker.once('message', resolve));
  const storage = new Storage({ apiEndpoint: `http://127.0.0.1:${ports.storage}`, projectId: 'acme' });
  const client = new CloudTasksClient({
    servicePath: '127.0.0.1',
    port: ports.tasks,
    sslCreds: credentials.createInsecure(),
    projectId: 'acme',
  });
  await storage.createBucket('state');
  await client.createQueue({
    parent: client.locationPath('acme', 'europe-west1'),
    queue: { name: client.queuePath('acme', 'europe-west1', 'pool-payment') },
  });

  let time = Date.parse('2026-01-01T00:00:00Z');
  const now = () => new Date(time);
  const documents = documentsOf(storage.bucket('state'));
  const runs = createRunStore(documents, now);
  const exports = Array.from({ length: count }, (_, index) =>
    exampleExport({ cron: '0 * * * *' }, { id: `e${index}`, address: `payment/e${index}` }),
  );
  const plan = createPlanRuns({
    catalogue: () =>
      Promise.resolve({
        version: 1,
        pools: [{ id: 'payment', slots: 1, description: '' }],
        services: [
          {
            id: 'payment',
            owner: 'payment@acme.example',
            project: 'payment',
            connections: { 'payment-db': { kind: 'datastore', project: 'payment', database: '(default)' } },
            exports,
          },
        ],
      }),
    documents,
    runs,
    tasks: taskQueuesOf(client, { project: 'acme', location: 'europe-west1', account: 'tasks@acme.example' }),
    exportUrl: () => 'http://127.0.0.1:9/export',
    exportsBucket: 'exports',
    tell: () => Promise.resolve(),
  });
  const tick = async (what: string) => {
    const start = performance.now();
    const [own, all] = [process.threadCpuUsage(), process.cpuUsage()];
    const { created, dispatched, errors } = await plan(now());
    const [ofPlanning, ofAll] = [process.threadCpuUsage(own), process.cpuUsage(all)].map(
      ({ user, system }) => (user + system) / 1e6,
    );
    console.log(
      `${what}: ${((performance.now() - start) / 1000).toFixed(2)} s, ${ofPlanning?.toFixed(2)} s of CPU, ` +
        `with the stand-ins ${ofAll?.toFixed(2)} s; ${created} created, ${dispatched} dispatched, ${errors.length} errors`,
    );
  };
  await tick('all due, for the first time');
  const known = await documents.read<{ exports: Record<string, object> }>(cursorObject('payment'));
  const atRest = Object.entries(known?.exports ?? {}).map(([id, schedule]) => [id, { ...schedule, atRest: true }]);
  await documents.change(cursorObject('payment'), () => ({ exports: Object.fromEntries(atRest) as object }));
  await tick('none due');
  time += 3_600_000;
  await tick('all due again');
  await client.close();
  worker.postMessage('close');
}

async function serve(): Promise<void> {
  const { startStorage } = await import('../../local/storage/storage.ts');
  const { startTasks } = await import('../../local/tasks/tasks.ts');
  const folder = mkdtempSync(join(tmpdir(), 'plan-runs-'));
  const storage = await startStorage({ folder: join(folder, 'storage') });
  // It dispatches nothing, since it is not resumed.
  const tasks = startTasks({ folder: join(folder, 'tasks') });
  parentPort?.once('message', () => {
    void Promise.all([storage.close(), tasks.close()]).then(() => rmSync(folder, { recursive: true }));
  });
  const ports: Ports = { storage: await storage.listen(operator), tasks: await tasks.listen(operator) };
  parentPort?.postMessage(ports);
}
