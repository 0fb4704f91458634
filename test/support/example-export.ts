import type { ExportConfig, Schedule } from '../../functions/core/batch/config.ts';
import type { RunStatus } from '../../functions/core/batch/run-status.ts';

/** A schedule with the defaults of schedule.yaml. */
export const exampleSchedule = (changes: Partial<Schedule> = {}): Schedule => ({
  cron: '0 * * * *',
  timezone: 'UTC',
  templateTimezone: 'UTC',
  catchup: false,
  dependsOnPast: false,
  maxActiveRuns: 16,
  executionTimeoutMinutes: 60,
  slaOfBackfills: false,
  retryCount: 0,
  retryDelayMinutes: 5,
  ...changes,
});

/** An export of one table, with one destination. */
export const exampleExport = (schedule: Partial<Schedule> = {}, changes: Partial<ExportConfig> = {}): ExportConfig => ({
  id: 'transfers',
  address: 'payment/transfers',
  description: '',
  schedule: exampleSchedule(schedule),
  alerting: {},
  pool: 'payment',
  connection: 'payment-db',
  source: {
    type: 'query',
    query: 'SELECT id FROM transfers',
    written: { file: 'services/payment/exports/transfers.yaml', line: 1 },
  },
  incremental: false,
  overlapMinutes: 0,
  params: {},
  destinations: [
    { project: 'acme', dataset: 'payment', table: 'transfers', writeMode: 'replace', clusterBy: [], labels: {} },
  ],
  columns: {},
  contract: { newColumns: 'evolve', unclassified: 'allow' },
  ...changes,
});

/** A run that was done in a minute; its interval is the hour from `start` unless another end is given. */
export const exampleRun = (start: string, changes: Partial<RunStatus> = {}): RunStatus => {
  const end = changes.interval?.end ?? new Date(Date.parse(start) + 3_600_000).toISOString();
  return {
    interval: { start, end },
    kind: 'scheduled',
    state: 'done',
    attempt: 1,
    lastAttempt: 1,
    due: end,
    started: end,
    changed: end,
    dispatched: end,
    waitingFor: [],
    ignorePast: false,
    slaMissed: false,
    slaAtRisk: false,
    ...changes,
  };
};
