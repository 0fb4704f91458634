import type { BatchEventBody } from './events.ts';
import { type Instant, instantOf, millisOf, minutes } from './instant.ts';
import type { RunStatus } from './run-status.ts';

/** In the state bucket. */
export const poolsObject = 'pools/stuck.json';

/** The pools that were told to be stuck, and since when. */
export interface PoolsState {
  readonly stuck: Readonly<Record<string, Instant>>;
}

/** A pool in which runs wait and none has moved for so long is stuck: its queue is paused, or cannot reach the exports. */
export const stuckAfter = 30 * minutes;

/** What is new about the pools of these runs. */
export function poolChanges(
  { stuck }: PoolsState,
  runs: readonly { readonly pool: string; readonly run: RunStatus }[],
  now: Date,
): { readonly state: PoolsState; readonly events: readonly BatchEventBody[] } {
  const events: BatchEventBody[] = [];
  const next: Record<string, Instant> = {};
  const byPool = Map.groupBy(runs, run => run.pool);
  for (const pool of new Set([...byPool.keys(), ...Object.keys(stuck)])) {
    const ofPool = byPool.get(pool) ?? [];
    const queued = ofPool.filter(({ run }) => run.state === 'queued');
    const oldest = Math.min(...queued.map(({ run }) => millisOf(run.changed)));
    // Whatever was dispatched and is past the queue has moved when it did that.
    const moved = Math.max(
      ...ofPool
        .filter(({ run }) => run.attempt > 0 && run.state !== 'queued' && run.state !== 'waiting')
        .map(({ run }) => millisOf(run.changed)),
    );
    // A long export keeps its slot; it ends by execution_timeout.
    const isBusy = ofPool.some(({ run }) => run.state === 'exporting');
    const isStuck = queued.length > 0 && !isBusy && Math.max(oldest, moved) + stuckAfter <= now.getTime();
    const since = stuck[pool];
    if (isStuck) next[pool] = since ?? instantOf(now.getTime());
    if (isStuck && since === undefined) events.push({ type: 'pool_stuck', pool, waiting: queued.length });
    if (!isStuck && since !== undefined) events.push({ type: 'pool_moving', pool });
  }
  return { state: { stuck: next }, events };
}
