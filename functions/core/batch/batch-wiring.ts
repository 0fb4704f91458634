import { type BatchBounds, type EnvironmentKey, resourceKeys } from '../wiring.ts';

/**
 * What each function of the batch layer is and needs: the counterpart of the table of stages, which are there in every
 * stack. These are declared only when a service has exports, and not all of them read messages.
 */

/** Those to which Pub/Sub pushes. */
export const batchStageIds = ['track-runs', 'load', 'alert'] as const;

export type BatchStageId = (typeof batchStageIds)[number];

/** Those that are called, by Cloud Scheduler and by Cloud Tasks. `export` is deployed once for each service. */
export const calledIds = ['plan-runs', 'export'] as const;

export type CalledId = (typeof calledIds)[number];

/** The one that people call, with a browser; see docs/console.md. */
export const consoleId = 'console';

export type BatchFunctionId = BatchStageId | CalledId | typeof consoleId;

/** Environment variables that only functions of the batch layer have. Values are plain names, without project. */
export const batchKeys = {
  ONRAMP_REGION: 'region of the queues',
  ONRAMP_EXPORTS_BUCKET: 'bucket that exports write to',
  ONRAMP_STATE_BUCKET: 'bucket of runs, cursors and locks',
  ONRAMP_BATCH_EVENTS_TOPIC: 'id of the topic that tells what happens to exports and loads',
  ONRAMP_TASKS_ACCOUNT: 'e-mail of the account as which Cloud Tasks calls export functions',
  ONRAMP_SERVICE: 'id of the service whose exports the function makes',
  MALLOC_ARENA_MAX: 'heaps of the C library, which keeps what was freed for each of them',
} as const;

export type BatchKey = keyof typeof batchKeys | Extract<EnvironmentKey, 'ONRAMP_PROJECT' | 'ONRAMP_REGISTRY_BUCKET'>;

/** Every variable that a function of the batch layer may have, with its meaning. */
export const batchKeyMeanings: Readonly<Record<BatchKey, string>> = {
  ...batchKeys,
  ONRAMP_PROJECT: resourceKeys.ONRAMP_PROJECT,
  ONRAMP_REGISTRY_BUCKET: resourceKeys.ONRAMP_REGISTRY_BUCKET,
};

export interface BatchFunctionWiring {
  readonly description: string;
  readonly environment: readonly BatchKey[];
  /** Which secrets it is given, one variable each; see `secretVariable`. */
  readonly secrets: 'exports' | 'alerts' | undefined;
  /** Requests per instance. */
  readonly concurrency: number;
  readonly memoryMiB: number;
  readonly cpu: string;
  readonly timeoutSeconds: number;
  readonly maxInstances: number;
}

export interface BatchStageWiring extends BatchFunctionWiring {
  readonly batch: BatchBounds;
  /** Seconds after which Pub/Sub redelivers; at most 600. */
  readonly ackDeadlineSeconds: number;
  /** Whether the events of one export come one after the other, in their order. */
  readonly ordered: boolean;
}

const MiB = 1024 * 1024;

/**
 * One heap for all threads: with one for each, an export's memory grows by a tenth, and it is no faster.
 * https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
 */
export const mallocArenas = '1';

const small = { secrets: undefined, cpu: '1', memoryMiB: 512, maxInstances: 5 } as const;

export const batchStages: Readonly<Record<BatchStageId, BatchStageWiring>> = {
  'track-runs': {
    ...small,
    description: 'brings runs up to date with what exports and loads tell, and tells when one is done or has failed',
    environment: ['ONRAMP_PROJECT', 'ONRAMP_STATE_BUCKET', 'ONRAMP_BATCH_EVENTS_TOPIC'],
    batch: { records: 20, bytes: 8 * MiB, millis: 20, heldBytes: 64 * MiB },
    concurrency: 80,
    timeoutSeconds: 60,
    ackDeadlineSeconds: 60,
    ordered: false,
  },
  load: {
    ...small,
    description: 'brings exported files into BigQuery: staged, verified, then merged, replaced or appended',
    environment: [
      'ONRAMP_PROJECT',
      'ONRAMP_REGISTRY_BUCKET',
      'ONRAMP_EXPORTS_BUCKET',
      'ONRAMP_STATE_BUCKET',
      'ONRAMP_BATCH_EVENTS_TOPIC',
    ],
    // Each message is a file of its own, and waits for jobs of BigQuery: nothing is gained by waiting for another one.
    batch: { records: 1, bytes: MiB, millis: 1, heldBytes: 64 * MiB },
    concurrency: 40,
    maxInstances: 20,
    timeoutSeconds: 540,
    ackDeadlineSeconds: 600,
    ordered: false,
  },
  alert: {
    ...small,
    description: 'tells Slack and PagerDuty of what goes wrong, once, and of its end',
    environment: ['ONRAMP_PROJECT', 'ONRAMP_REGISTRY_BUCKET', 'ONRAMP_STATE_BUCKET'],
    secrets: 'alerts',
    batch: { records: 10, bytes: MiB, millis: 50, heldBytes: 64 * MiB },
    concurrency: 40,
    timeoutSeconds: 120,
    ackDeadlineSeconds: 120,
    ordered: true,
  },
};

export const calledFunctions: Readonly<Record<CalledId, BatchFunctionWiring>> = {
  'plan-runs': {
    ...small,
    description: 'creates the runs that are due and starts those that nothing holds back, every minute',
    environment: [
      'ONRAMP_PROJECT',
      'ONRAMP_REGION',
      'ONRAMP_REGISTRY_BUCKET',
      'ONRAMP_EXPORTS_BUCKET',
      'ONRAMP_STATE_BUCKET',
      'ONRAMP_BATCH_EVENTS_TOPIC',
      'ONRAMP_TASKS_ACCOUNT',
    ],
    concurrency: 1,
    maxInstances: 2,
    timeoutSeconds: 300,
  },
  export: {
    ...small,
    description: 'exports a service’s tables to the lake, under the service’s own account',
    environment: [
      'ONRAMP_PROJECT',
      'ONRAMP_SERVICE',
      'ONRAMP_EXPORTS_BUCKET',
      'ONRAMP_STATE_BUCKET',
      'ONRAMP_BATCH_EVENTS_TOPIC',
      'MALLOC_ARENA_MAX',
    ],
    secrets: 'exports',
    // An export keeps one core busy, and its memory flat; another one beside it would slow both.
    concurrency: 1,
    memoryMiB: 1024,
    // At most the slots of the pools; see `infra/batch/export-service.ts`.
    maxInstances: 100,
    timeoutSeconds: 3600,
  },
};

export const consoleWiring: BatchFunctionWiring = {
  ...small,
  description: 'shows exports and their runs, and does by hand what operators ask for',
  environment: [
    'ONRAMP_PROJECT',
    'ONRAMP_REGISTRY_BUCKET',
    'ONRAMP_EXPORTS_BUCKET',
    'ONRAMP_STATE_BUCKET',
    'ONRAMP_BATCH_EVENTS_TOPIC',
  ],
  concurrency: 40,
  maxInstances: 2,
  // A backfill makes up to a thousand runs in one request.
  timeoutSeconds: 300,
};

export const isBatchStage = (id: string): id is BatchStageId => (batchStageIds as readonly string[]).includes(id);

export function batchWiring(id: BatchFunctionId): BatchFunctionWiring {
  if (id === consoleId) return consoleWiring;
  return isBatchStage(id) ? batchStages[id] : calledFunctions[id];
}
