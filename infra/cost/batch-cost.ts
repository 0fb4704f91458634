import { calledFunctions } from '../../functions/core/batch/batch-wiring.ts';
import {
  classAPerRun,
  classBPerRun,
  classBPerService,
  classBPerTick,
  eventSeconds,
  eventsPerRun,
  exportBytesPerSecond,
  exportCompressed,
  exportFileBytes,
  exportsPerService,
  loadSeconds,
  startSeconds,
  tickSeconds,
} from './batch-assumptions.ts';
import { leastBytesPerQuery, leastBytesPerRequest, prices } from './prices.ts';

/** Exports that are alike. */
export interface Exports {
  readonly exports: number;
  /** Runs of each export in a day. */
  readonly runs: number;
  /** Rows that a run exports. */
  readonly rows: number;
  /** Of a row, as BigQuery counts them. */
  readonly rowBytes: number;
  /** Rows of each export's table in BigQuery, all of which are read unless rows are appended. */
  readonly tableRows: number;
  readonly writeMode: 'append' | 'replace' | 'merge';
}

/** Dollars for 30 days. */
export interface ExportsCost {
  /** Cloud Scheduler, and `plan-runs` once a minute: they cost the same whatever is exported. */
  readonly planning: number;
  /** Operations of Cloud Tasks, Pub/Sub's bytes, and requests to functions. */
  readonly calls: number;
  /** CPU and memory of the export functions. */
  readonly exporting: number;
  /** CPU and memory of `load`, `track-runs` and `alert`. */
  readonly loading: number;
  /** Operations on Cloud Storage, of files and of runs. */
  readonly objects: number;
  /** Keeping the files for the first month. */
  readonly files: number;
  /** Bytes that queries read: the checksums, and what brings the rows into the table. */
  readonly queries: number;
  /** Keeping the tables. */
  readonly tables: number;
  readonly total: number;
}

const TiB = 1024 ** 4;
const GiB = 1024 ** 3;
const million = 1e6;
const days = 30;
const ticks = days * 24 * 60;

/** What so many exports cost in 30 days. Load jobs are free, and so is reading a service's database here. */
export function exportsCost({ exports, runs: runsPerDay, rows, rowBytes, tableRows, writeMode }: Exports): ExportsCost {
  const runs = exports * runsPerDay * days;
  const bytes = rows * rowBytes;
  const tableBytes = tableRows * rowBytes;
  const files = Math.max(1, Math.ceil((bytes * exportCompressed) / exportFileBytes));
  // Of each event to two functions, of each file and of the manifest to `load`.
  const published = eventsPerRun + files + 1;
  const pushed = 2 * eventsPerRun + files + 1;
  const requests = pushed + 1;

  const classB = ticks * (classBPerTick + classBPerService * Math.ceil(exports / exportsPerService));
  const parts = {
    planning:
      prices.scheduledJob.dollars +
      ticks * (functionTime('plan-runs', tickSeconds) + perRequest) +
      (classB * prices.classB.dollars) / 1000,
    calls:
      // One to make the task, one to send it.
      runs *
      (2 * (prices.taskOperations.dollars / million) +
        (published + pushed) * leastBytesPerRequest * (prices.throughput.dollars / TiB) +
        requests * perRequest),
    exporting: runs * functionTime('export', startSeconds + bytes / exportBytesPerSecond),
    loading: runs * smallTime(loadSeconds + 3 * startSeconds + 2 * eventsPerRun * eventSeconds),
    objects:
      (runs *
        ((classAPerRun + files - 1) * prices.classA.dollars + (classBPerRun + files - 1) * prices.classB.dollars)) /
      1000,
    files: runs * bytes * exportCompressed * (prices.storage.dollars / GiB),
    queries:
      runs *
      // The staging table is read twice: to prove it, and to bring it in. What may delete or change rows reads them all.
      (2 * queried(bytes) + (writeMode === 'append' ? 0 : queried(tableBytes))) *
      (prices.queried.dollars / TiB),
    tables: exports * tableBytes * (prices.tableStorage.dollars / GiB),
  };
  return { ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}

const perRequest = prices.requests.dollars / million;

/** Of a table that a query reads. */
const queried = (bytes: number) => Math.max(bytes, leastBytesPerQuery);

/** Dollars for so many seconds of a function that is billed by request. */
function functionTime(id: keyof typeof calledFunctions, seconds: number): number {
  const { cpu, memoryMiB } = calledFunctions[id];
  return seconds * (Number(cpu) * prices.requestCpu.dollars + (memoryMiB / 1024) * prices.requestMemory.dollars);
}

/** `load`, `track-runs` and `alert` are as large as `plan-runs`. */
const smallTime = (seconds: number) => functionTime('plan-runs', seconds);

/** What the parts of a cost are called. */
export const exportsCostParts: Readonly<Record<keyof ExportsCost, string>> = {
  planning: 'planning, every minute',
  calls: 'tasks, events, requests',
  exporting: 'export functions',
  loading: 'load and other functions',
  objects: 'files and runs, operations',
  files: 'files, first month',
  queries: 'BigQuery: queries',
  tables: 'BigQuery: storage',
  total: 'total',
};
