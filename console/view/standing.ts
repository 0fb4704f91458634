import type { ExportConfig } from '../../functions/core/batch/config.ts';
import type { Instant } from '../../functions/core/batch/instant.ts';
import { isFinished, type RunState } from '../../functions/core/batch/run-status.ts';
import { intervalAt, latestComplete } from '../../functions/core/batch/schedule.ts';
import type { WaitCode } from '../../functions/core/batch/wait-reason.ts';
import { whyNotRunning } from '../../functions/core/batch/why-not-running.ts';
import { type ExportHistory, exportState, latestFirst, type PoolIds } from './history.ts';

/** How an export stands, in the fewest facts that say what a person would ask first. */
export type Standing =
  | { readonly kind: 'paused' }
  /** A run is open: the earliest, and why it does not go on; `open` counts all. */
  | {
      readonly kind: 'open';
      readonly state: RunState;
      readonly since: Instant;
      readonly start: Instant;
      readonly open: number;
      readonly reason?: string;
    }
  /** The last run failed, or was cancelled. */
  | { readonly kind: 'ended-badly'; readonly state: RunState; readonly start: Instant; readonly since: Instant }
  /** No run is open, though an interval is over. */
  | { readonly kind: 'not-planned'; readonly reason: string }
  /** All is done; the next run falls due then, where there is a schedule. */
  | { readonly kind: 'idle'; readonly next?: Instant };

/** How an export stands; `history` reaches back to its earliest open run. */
export function standingOf(config: ExportConfig, history: ExportHistory, pools: PoolIds, now: Date): Standing {
  const state = exportState(history);
  if (state.paused) return { kind: 'paused' };
  const runs = latestFirst(history.runs);
  const open = runs.filter(run => !isFinished(run));
  const earliest = open.at(-1);
  if (earliest !== undefined) {
    const [reason] = whyNotRunning(config, state, pools, earliest.interval, now);
    return {
      kind: 'open',
      state: earliest.state,
      since: earliest.changed,
      start: earliest.interval.start,
      open: open.length,
      ...(reason !== undefined && { reason: reason.detail }),
    };
  }
  const last = runs[0];
  if (last?.state === 'failed' || last?.state === 'cancelled') {
    return { kind: 'ended-badly', state: last.state, start: last.interval.start, since: last.changed };
  }
  const complete = latestComplete(config.schedule, now);
  if (complete !== undefined && !runs.some(({ interval }) => interval.start >= complete.start)) {
    const reason = whyNotRunning(config, state, pools, complete, now).find(({ code }) => !isNoTrouble.has(code));
    if (reason !== undefined) return { kind: 'not-planned', reason: reason.detail };
  }
  const next = intervalAt(config.schedule, now)?.end;
  return { kind: 'idle', ...(next !== undefined && { next }) };
}

/** Reasons of intervals that nobody expects a run of. */
const isNoTrouble: ReadonlySet<WaitCode> = new Set(['skipped', 'before-start-date', 'no-schedule']);
