import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { documentsOf } from '../../functions/clients/documents.ts';
import { createRunStore } from '../../functions/clients/run-store.ts';
import { exportAddress } from '../../functions/core/batch/config.ts';
import { isFinished } from '../../functions/core/batch/run-status.ts';
import { batchBuckets } from '../../functions/core/names.ts';
import type { Clients } from '../clients.ts';
import type { LocalDatabases } from '../databases.ts';
import type { LocalCloud } from '../start.ts';
import { type AirportsDatabase, startAirportsDatabase } from './airports-database.ts';

const service = 'airports';
const tables = ['airports', 'flights'] as const;

/** Whether the configuration has the example service whose database the demo brings. */
export const hasAirports = (root: string): boolean => existsSync(join(root, 'services', service, 'connections.yaml'));

/** Where the example service's database will be. */
export const airportsAt = (port: number): LocalDatabases => ({
  [`${service}/airports-db`]: { host: '127.0.0.1', port },
});

/** How many rows of a table are where. */
export interface ExportedTable {
  readonly export: string;
  readonly source: number;
  /** By the run; undefined when it has not come so far. */
  readonly exported: number | undefined;
  readonly warehouse: number;
  readonly agrees: boolean;
}

/** The exports of the example service, from a database of the demo's own. */
export interface DemoExports {
  /** Fills the database and has it exported. Resolves when the runs are done, or have failed. */
  exportOnce(): Promise<ExportedTable[]>;
  /** Fills the database, then changes rows until it is stopped; the schedule exports them every minute. */
  changeSteadily(stopped: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const minute = 60_000;
/** So long before the end of a minute its interval is left to the next one. */
const marginMillis = 10_000;
const changeMillis = 5000;
const pollMillis = 100;

export function startDemoExports(cloud: LocalCloud, clients: Clients, folder: string, port: number): DemoExports {
  const database = startAirportsDatabase(join(folder, 'databases', service), port);
  const fill = async () => {
    await database.ready();
    const left = minute - (Date.now() % minute);
    if (left < marginMillis) await sleep(left);
    const start = new Date(Math.floor(Date.now() / minute) * minute - minute);
    await database.fill(start);
    await cloud.runSchedule('plan-runs');
    return start;
  };
  return {
    async exportOnce() {
      const start = await fill();
      return Promise.all(tables.map(table => exported(cloud, clients, database, table, start)));
    },
    async changeSteadily(stopped) {
      await fill();
      const goesOn = () => !stopped.aborted;
      while (goesOn()) {
        await database.change();
        await sleep(changeMillis, undefined, { signal: stopped }).catch(() => undefined);
      }
    },
    close: () => database.close(),
  };
}

async function exported(
  { locator: { project } }: LocalCloud,
  { storage, bigquery }: Clients,
  database: AirportsDatabase,
  table: (typeof tables)[number],
  start: Date,
): Promise<ExportedTable> {
  const address = exportAddress(service, table);
  const runs = createRunStore(documentsOf(storage.bucket(batchBuckets.state(project))), () => new Date());
  const deadline = Date.now() + minute;
  let run = await runs.read(address, start.toISOString());
  while ((run === undefined || !isFinished(run)) && Date.now() < deadline) {
    await sleep(pollMillis);
    run = await runs.read(address, start.toISOString());
  }
  const source = await database.count(table);
  const [rows] =
    run?.state === 'done' ? await bigquery.query(`SELECT COUNT(*) AS n FROM ${service}.${table}`) : [[{ n: 0 }]];
  const [{ n: warehouse } = { n: 0 }] = rows as { n: number }[];
  const exportedRows = run?.attempts[0]?.rows;
  return {
    export: address,
    source,
    exported: exportedRows,
    warehouse,
    agrees: exportedRows === source && warehouse === source,
  };
}
