import type { ExportState, PoolIds } from '../../functions/core/batch/blockers.ts';
import type { BatchService, ExportConfig } from '../../functions/core/batch/config.ts';
import type { RunStatus } from '../../functions/core/batch/run-status.ts';
import type { ExportSchedule } from '../../functions/core/batch/schedule-state.ts';

export type { PoolIds };

/** An export of the catalogue, with its service. */
export interface KnownExport {
  readonly service: BatchService;
  readonly config: ExportConfig;
}

/** What has become of an export: what is remembered of its schedule, and its runs of a stretch of time. */
export interface ExportHistory {
  readonly schedule: ExportSchedule;
  readonly runs: readonly RunStatus[];
}

/** What planning knows of the export. */
export const exportState = ({ schedule, runs }: ExportHistory): ExportState => ({
  paused: schedule.paused ?? false,
  cursor: schedule.cursor,
  runs,
});

export const latestFirst = (runs: readonly RunStatus[]): RunStatus[] =>
  runs.toSorted((a, b) => (a.interval.start > b.interval.start ? -1 : 1));
