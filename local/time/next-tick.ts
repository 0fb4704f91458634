import type { Documents } from '../../functions/clients/documents.ts';
import type { RunStore } from '../../functions/clients/run-store.ts';
import { cursorObject } from '../../functions/core/batch/batch-names.ts';
import type { ExportState } from '../../functions/core/batch/blockers.ts';
import type { ExportConfig } from '../../functions/core/batch/config.ts';
import type { ExportsCatalogue } from '../../functions/core/batch/exports-catalogue.ts';
import { minutes } from '../../functions/core/batch/instant.ts';
import { planRuns } from '../../functions/core/batch/plan.ts';
import { type PoolsState, poolChanges, poolsObject } from '../../functions/core/batch/pool-watch.ts';
import type { ScheduleState } from '../../functions/core/batch/schedule-state.ts';
import { statusesFrom } from '../../functions/core/batch/status-window.ts';

/** What a tick knows. */
export interface PlanningState {
  readonly exports: readonly { readonly config: ExportConfig; readonly state: ExportState }[];
  readonly pools: ReadonlySet<string>;
  readonly stuck: PoolsState;
}

/** Reads what a tick would read now. */
export async function readPlanningState(
  { services, pools }: ExportsCatalogue,
  documents: Documents,
  runs: RunStore,
  now: Date,
): Promise<PlanningState> {
  const ofServices = services.map(async ({ id, exports }) => {
    const known = await documents.read<ScheduleState>(cursorObject(id));
    const ofExports = exports.map(async config => {
      const schedule = known?.exports[config.id] ?? {};
      const statuses = await runs.statuses(config.address, statusesFrom(config.schedule, schedule, now));
      return { config, state: { paused: schedule.paused ?? false, cursor: schedule.cursor, runs: statuses } };
    });
    return Promise.all(ofExports);
  });
  return {
    exports: (await Promise.all(ofServices)).flat(),
    pools: new Set(pools.map(({ id }) => id)),
    stuck: (await documents.read<PoolsState>(poolsObject)) ?? { stuck: {} },
  };
}

/** A tick comes this much after the minute, so that what ends with the minute has ended. */
const lag = 1;

/**
 * The first minute after `now`, and not after `latest`, whose tick has something to do when nothing else happens before:
 * by the very rules of the ticks, which would do nothing in all the minutes before. Undefined when there is none.
 */
export function nextTick(state: PlanningState, now: number, latest: number): number | undefined {
  const minute = (count: number) => (Math.floor(now / minutes) + count) * minutes;
  const last = Math.floor(latest / minutes) - Math.floor(now / minutes);
  const hasWork = (count: number) => findsWork(state, new Date(minute(count) + lag));

  // What is due stays due until a tick has seen to it: the first minute is found by doubling the steps, then by halves.
  let idle = 0;
  let due = 1;
  while (due < last && !hasWork(due)) {
    idle = due;
    due = Math.min(due * 2, last);
  }
  if (due > last || !hasWork(due)) return undefined;
  while (due - idle > 1) {
    const middle = Math.floor((idle + due) / 2);
    if (hasWork(middle)) due = middle;
    else idle = middle;
  }
  return minute(due);
}

/** Whether a tick would change anything, or tell anybody. */
function findsWork({ exports, pools, stuck }: PlanningState, now: Date): boolean {
  if (exports.some(({ config, state }) => planRuns(config, state, pools, now).length > 0)) return true;
  const runs = exports.flatMap(({ config, state }) => state.runs.map(run => ({ pool: config.pool, run })));
  return poolChanges(stuck, runs, now).events.length > 0;
}
