import type { ExportAddress, ExportConfig } from '../functions/core/batch/config.ts';
import type { Instant } from '../functions/core/batch/instant.ts';
import type { RunStatus } from '../functions/core/batch/run-status.ts';
import { type ExportSchedule, holdMillis } from '../functions/core/batch/schedule-state.ts';
import { isAtRest } from '../functions/core/batch/status-window.ts';

/** Runs of exports, each listed anew unless nothing can have changed since. */
export interface RunCache {
  /**
   * Those of an export from an interval's start on, perhaps with earlier ones, and all of them for undefined; `list` lists
   * them. `schedule` is to be read at the moment `now`, before.
   */
  runsOf(
    config: ExportConfig,
    schedule: ExportSchedule,
    from: Instant | undefined,
    now: Date,
    list: () => Promise<readonly RunStatus[]>,
  ): Promise<readonly RunStatus[]>;
}

/**
 * An export at rest changes when an interval falls due, or when somebody does something with a run by hand, who says so
 * before, and from then on it is not at rest for `holdMillis` at least: whoever finds it at rest both times within less has
 * missed nothing.
 */
const validMillis = holdMillis / 2;

export function createRunCache(): RunCache {
  const known = new Map<ExportAddress, { from: Instant | undefined; at: number; runs: readonly RunStatus[] }>();
  return {
    async runsOf(config, schedule, from, now, list) {
      const { address } = config;
      if (!isAtRest(config, schedule, now)) {
        known.delete(address);
        return list();
      }
      const at = now.getTime();
      const before = known.get(address);
      const isRecent = before !== undefined && at >= before.at && at - before.at < validMillis;
      if (isRecent && (before.from === undefined || (from !== undefined && before.from <= from))) return before.runs;
      const runs = await list();
      known.set(address, { from, at, runs });
      return runs;
    },
  };
}
