import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { CloudTasksClient } from '@google-cloud/tasks';
import { credentials } from '@grpc/grpc-js';
import { type Documents, documentsOf } from '../../../functions/clients/documents.ts';
import { createRunStore } from '../../../functions/clients/run-store.ts';
import { type TaskQueues, taskQueuesOf } from '../../../functions/clients/tasks.ts';
import type { ExportConfig } from '../../../functions/core/batch/config.ts';
import { type BatchEvent, type BatchEventBody, encodeBatchEvent } from '../../../functions/core/batch/events.ts';
import type { ExportRequest } from '../../../functions/core/batch/export-request.ts';
import type { ExportsCatalogue } from '../../../functions/core/batch/exports-catalogue.ts';
import { createPlanRuns, type TickReport } from '../../../functions/stages/plan-runs.ts';
import { createTrackRuns } from '../../../functions/stages/track-runs.ts';
import { operator } from '../../../local/stand-in.ts';
import { startTasks } from '../../../local/tasks/tasks.ts';
import { ManualClock } from '../../unit/local/manual-clock.ts';
import { storageUnderTest, temporaryFolder } from './storage-under-test.ts';

const where = { project: 'acme', location: 'europe-west1' };
const minute = 60_000;

/** Says what becomes of a request: the events that the export and the load tell. None leaves it to the test. */
export type Outcome = (request: ExportRequest) => readonly BatchEventBody[];

/** The export, and then the load of its only destination, succeed. */
export const succeeds: Outcome = ({ prefix, destinations: [destination] }) => {
  const manifest = `${prefix}manifest.json`;
  const id = destination ? `${destination.project}.${destination.dataset}.${destination.table}` : '';
  return [
    { type: 'export_complete', manifest, rows: 3, bytes: 100, losses: 0 },
    { type: 'load_complete', destination: id, manifest, rows: 3 },
  ];
};

export const fails = (retryable: boolean): readonly BatchEventBody[] => [
  { type: 'export_failed', failure: { code: 'EXPORT_FAILED', detail: 'no', retryable } },
];

export type PlanningWorld = Awaited<ReturnType<typeof planningWorld>>;

/** Planning and tracking against the stand-ins of Cloud Storage and Cloud Tasks, in a time that the test drives. */
export async function planningWorld(t: TestContext, pools: Readonly<Record<string, number>> = { payment: 16 }) {
  const clock = new ManualClock();
  const now = () => new Date(clock.now());
  const { client: storage } = await storageUnderTest(t);
  await storage.createBucket('state');
  const documents = documentsOf(storage.bucket('state'));

  const tasks = startTasks({ folder: await temporaryFolder(t), clock });
  t.after(() => tasks.close());
  const client = new CloudTasksClient({
    servicePath: '127.0.0.1',
    port: await tasks.listen(operator),
    sslCreds: credentials.createInsecure(),
  });
  t.after(() => client.close());
  const parent = client.locationPath(where.project, where.location);
  for (const [pool, slots] of Object.entries(pools)) {
    const name = client.queuePath(where.project, where.location, `pool-${pool}`);
    await client.createQueue({ parent, queue: { name, rateLimits: { maxConcurrentDispatches: slots } } });
  }
  tasks.resume();

  const requests: ExportRequest[] = [];
  const told: BatchEvent[] = [];
  const world = {
    clock,
    now,
    documents,
    runs: createRunStore(documents, now),
    tasks,
    /** What was asked of the export function, in the order in which it came. */
    requests,
    /** What was told on batch-events by planning and tracking. */
    told,
    outcome: succeeds,
    exports: [] as ExportConfig[],
    /** Called for each request before it is answered. */
    before: async (_queue: string): Promise<void> => Promise.resolve(),
    catalogue: (): Promise<ExportsCatalogue> =>
      Promise.resolve({
        version: 1,
        pools: Object.entries(pools).map(([id, slots]) => ({ id, slots, description: '' })),
        services: [
          {
            id: 'payment',
            owner: 'payment@acme.example',
            project: 'payment',
            connections: {
              'payment-db': { kind: 'datastore', project: 'payment', database: '(default)' },
            },
            exports: world.exports,
          },
        ],
      }),
    tell: (event: BatchEvent) => {
      told.push(event);
      return Promise.resolve();
    },
    planner: (through: { documents: Documents; tasks: TaskQueues; tell: (event: BatchEvent) => Promise<void> }) =>
      createPlanRuns({
        catalogue: world.catalogue,
        documents: through.documents,
        runs: createRunStore(through.documents, now),
        tasks: through.tasks,
        tell: through.tell,
        exportUrl: () => url,
        exportsBucket: 'exports',
      }),
    queues: taskQueuesOf(client, { ...where, account: 'onramp-tasks@acme.iam.gserviceaccount.com' }),
    /** One tick at the present moment, and all that follows from it. */
    async tick(): Promise<TickReport> {
      const report = await world.planner({ documents, tasks: world.queues, tell: world.tell })(now());
      await world.settled();
      return report;
    },
    /** Lets time pass, a tick at each step. */
    async pass(minutes: number, step = 1): Promise<void> {
      for (let passed = 0; passed < minutes; passed += step) {
        clock.advance(step * minute);
        await world.tick();
      }
    },
    /** Resolves when every task has been answered. */
    async settled(): Promise<void> {
      while (tasks.load().some(queue => queue.tasks > 0)) await new Promise(resolve => setTimeout(resolve, 1));
    },
    /** Tells track-runs of events of a run. */
    async track(request: Pick<ExportRequest, 'export' | 'interval' | 'attempt'>, events: readonly BatchEventBody[]) {
      const tracking = createTrackRuns({ runs: world.runs, tell: world.tell, now });
      for (const event of events) {
        const { export: address, interval, attempt } = request;
        const { data, attributes } = encodeBatchEvent({
          export: address,
          interval,
          attempt,
          occurredAt: now().toISOString(),
          event,
        });
        const message = { id: '1', publishTime: '', data, attributes, orderingKey: '', source: '' };
        for (const outcome of await tracking.handle([message])) await outcome;
      }
    },
    /** State and attempt of each run of an export, the earliest first. */
    async states(address: ExportConfig['address']): Promise<string[]> {
      return (await world.runs.statuses(address)).map(({ state, attempt }) => `${state} ${attempt}`);
    },
  };

  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const asked = JSON.parse(Buffer.concat(chunks).toString()) as ExportRequest;
      requests.push(asked);
      void world
        .before(String(request.headers['x-cloudtasks-queuename']))
        .then(() => world.track(asked, world.outcome(asked)))
        .then(
          () => response.writeHead(200).end(),
          () => response.writeHead(500).end(),
        );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/export`;
  return world;
}
