import type { BatchService, ExportConfig, Pool } from '../../functions/core/batch/config.ts';
import type { ExportsCatalogue } from '../../functions/core/batch/exports-catalogue.ts';
import type { Instant } from '../../functions/core/batch/instant.ts';
import type { PoolsState } from '../../functions/core/batch/pool-watch.ts';
import { type RunState, type RunStatus, runStates } from '../../functions/core/batch/run-status.ts';
import { type ExportHistory, type KnownExport, latestFirst, type PoolIds } from './history.ts';
import { type Standing, standingOf } from './standing.ts';

/** One export in the grid, with its latest runs. */
export interface GridRow {
  readonly config: ExportConfig;
  readonly paused: boolean;
  readonly standing: Standing;
  /** The latest first. */
  readonly runs: readonly RunStatus[];
}

export interface GridService extends Pick<BatchService, 'id' | 'owner'> {
  readonly rows: readonly GridRow[];
}

export interface PoolLoad extends Pool {
  /** Slots that exports hold. */
  readonly used: number;
  /** Runs that wait for a slot. */
  readonly waiting: number;
  /** Since when nothing has moved in it. */
  readonly stuckSince?: Instant;
}

/** What of the grid somebody wants to see. */
export interface GridFilter {
  /** A part of addresses; empty for all. */
  readonly text: string;
  /** Exports with a run in that state, or with one that is late or may become so. */
  readonly state?: RunState | 'late';
}

export interface GridView {
  readonly filter: GridFilter;
  readonly services: readonly GridService[];
  /** How many exports there are, whatever the filter. */
  readonly exports: number;
  /** How many of the latest runs are in each state, whatever the filter. */
  readonly counts: Readonly<Record<RunState | 'late', number>>;
  readonly pools: readonly PoolLoad[];
}

export interface GridOptions {
  /** How many runs of each export are shown. */
  readonly columns: number;
  readonly filter: GridFilter;
  readonly now: Date;
}

/** The grid of all exports, by service and address. */
export function gridView(
  catalogue: ExportsCatalogue,
  history: (known: KnownExport) => ExportHistory,
  stuck: PoolsState['stuck'],
  { columns, filter, now }: GridOptions,
): GridView {
  const poolIds: PoolIds = new Set(catalogue.pools.map(({ id }) => id));
  const all = catalogue.services
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(service => {
      const known = service.exports.map(config => ({ config, history: history({ service, config }) }));
      return { service, known };
    });
  const services = all.map(({ service, known }) => ({
    id: service.id,
    owner: service.owner,
    rows: known.map(({ config, history: of }) => ({
      config,
      paused: of.schedule.paused ?? false,
      standing: standingOf(config, of, poolIds, now),
      runs: latestFirst(of.runs).slice(0, columns),
    })),
  }));
  const rows = services.flatMap(service => service.rows);
  const runsOf = Map.groupBy(
    all.flatMap(({ known }) => known.flatMap(({ config, history: of }) => of.runs.map(run => ({ config, run })))),
    ({ config }) => config.pool,
  );
  return {
    filter,
    exports: rows.length,
    counts: countsOf(rows.flatMap(({ runs }) => runs)),
    services: services
      .map(service => ({ ...service, rows: service.rows.filter(row => isWanted(row, filter)) }))
      .filter(service => service.rows.length > 0),
    pools: catalogue.pools.map(pool => {
      const count = (state: RunState) => runsOf.get(pool.id)?.filter(({ run }) => run.state === state).length ?? 0;
      const since = stuck[pool.id];
      return {
        ...pool,
        used: count('exporting'),
        waiting: count('queued'),
        ...(since !== undefined && { stuckSince: since }),
      };
    }),
  };
}

const isLate = ({ slaMissed, slaAtRisk, state }: RunStatus): boolean =>
  (slaMissed || slaAtRisk) && state !== 'done' && state !== 'cancelled';

function isWanted({ config, runs }: GridRow, { text, state }: GridFilter): boolean {
  if (!config.address.includes(text.trim().toLowerCase())) return false;
  if (state === undefined) return true;
  return runs.some(run => (state === 'late' ? isLate(run) : run.state === state));
}

function countsOf(runs: readonly RunStatus[]): GridView['counts'] {
  const counts = Object.fromEntries([...runStates, 'late'].map(state => [state, 0])) as Record<
    RunState | 'late',
    number
  >;
  for (const run of runs) {
    counts[run.state] += 1;
    if (isLate(run)) counts.late += 1;
  }
  return counts;
}
