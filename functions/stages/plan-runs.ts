import type { Documents } from '../clients/documents.ts';
import { cursorObject } from '../core/batch/batch-names.ts';
import type { BatchService } from '../core/batch/config.ts';
import type { ExportsCatalogue } from '../core/batch/exports-catalogue.ts';
import { type PoolsState, poolChanges, poolsObject } from '../core/batch/pool-watch.ts';
import { type ScheduleChange, type ScheduleState, withExports } from '../core/batch/schedule-state.ts';
import { isAtRest, isUnknown } from '../core/batch/status-window.ts';
import { type ExportPlanning, type PlannedExport, planExport } from './plan-export.ts';

export interface PlanRuns extends ExportPlanning {
  readonly catalogue: () => Promise<ExportsCatalogue>;
  /** Of the state bucket. */
  readonly documents: Documents;
}

/** What a tick has done. */
export interface TickReport {
  readonly created: number;
  readonly dispatched: number;
  /** Of exports that could not be planned; the others were. */
  readonly errors: readonly unknown[];
}

/** What is done side by side: each asks the state bucket and waits. */
const sideBySide = 64;

/**
 * What Cloud Scheduler does every minute: creates due runs, starts those that nothing holds back, and tells of what is
 * late. Ticks may fire late, twice or at once: all that they do can be done twice.
 */
export function createPlanRuns(options: PlanRuns): (now: Date) => Promise<TickReport> {
  return async now => {
    const catalogue = await options.catalogue();
    const pools = new Set(catalogue.pools.map(({ id }) => id));
    const planned: PlannedExport[] = [];
    const errors: unknown[] = [];
    const attempt = async (act: () => Promise<void>) => act().catch((error: unknown) => void errors.push(error));

    const services: PlannedService[] = [];
    await inTurns(catalogue.services, service =>
      attempt(async () => {
        const known = await options.documents.read<ScheduleState>(cursorObject(service.id));
        const unknown = service.exports.filter(({ id }) => isUnknown(known?.exports[id] ?? {}));
        // One listing tells of all that are new that they are; of a single one its own does.
        const withRuns = unknown.length > 1 ? await options.runs.exportsWithRuns(service.id) : undefined;
        const withoutRuns = new Set(withRuns && unknown.map(({ id }) => id).filter(id => !withRuns.has(id)));
        services.push({ service, known, withoutRuns, remember: new Map() });
      }),
    );
    const exports = services.flatMap(of => of.service.exports.map(config => ({ of, config })));
    await inTurns(exports, ({ of, config }) =>
      attempt(async () => {
        const schedule = of.known?.exports[config.id] ?? {};
        if (isAtRest(config, schedule, now)) return;
        const isWithoutRuns = of.withoutRuns.has(config.id);
        const result = await planExport({ service: of.service, config, schedule, isWithoutRuns, pools, now }, options);
        planned.push(result);
        of.remember.set(config.id, result.remember);
      }),
    );
    // After the runs are there: a tick that breaks off before it makes none of them twice.
    await inTurns(services, of => attempt(() => rememberAll(of, options.documents)));
    await attempt(() => watchPools(planned, options, now));
    return {
      created: planned.reduce((sum, { created }) => sum + created, 0),
      dispatched: planned.reduce((sum, { dispatched }) => sum + dispatched, 0),
      errors,
    };
  };
}

interface PlannedService {
  readonly service: BatchService;
  /** As it was before the tick. */
  readonly known: ScheduleState | undefined;
  /** Ids of exports of which there is no run. */
  readonly withoutRuns: ReadonlySet<string>;
  /** By the export's id. */
  readonly remember: Map<string, ScheduleChange>;
}

async function rememberAll({ service, known, remember }: PlannedService, documents: Documents): Promise<void> {
  const change = (state: ScheduleState | undefined) => withExports(state, remember);
  // Most ticks find nothing new.
  if (change(known) !== known) await documents.change<ScheduleState>(cursorObject(service.id), change);
}

/** Tells of pools in which nothing moves, and of those that move again. */
async function watchPools(planned: readonly PlannedExport[], options: PlanRuns, now: Date): Promise<void> {
  const known = await options.documents.read<PoolsState>(poolsObject);
  const runs = planned.flatMap(({ config, runs: ofExport }) => ofExport.map(run => ({ pool: config.pool, run })));
  const { state, events } = poolChanges(known ?? { stuck: {} }, runs, now);
  for (const event of events) await options.tell({ export: '', attempt: 0, occurredAt: now.toISOString(), event });
  if (events.length > 0) await options.documents.change<PoolsState>(poolsObject, () => state);
}

/** Does something with each, some of them at a time. */
async function inTurns<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) await act(item);
  };
  await Promise.all(Array.from({ length: Math.min(sideBySide, items.length) }, worker));
}
