import { type Duration, millisOf, type Queue, type RateLimits, type RetryConfig, timestampOf } from './resources.ts';
import { invalidArgument } from './tasks-error.ts';

/** What a client sends of a queue; what it leaves out is the product's to choose. */
export interface QueueRequest {
  readonly name: string;
  readonly rateLimits?: Partial<RateLimits> | null;
  readonly retryConfig?: Partial<RetryConfig> | null;
  readonly appEngineRoutingOverride?: object | null;
}

/** https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2#queue */
const queueName = /^projects\/[A-Za-z0-9:.-]+\/locations\/[a-z0-9-]+\/queues\/[A-Za-z0-9-]{1,100}$/;

/** https://cloud.google.com/tasks/docs/configuring-queues: what a queue has when nothing is said. */
const defaults = {
  rateLimits: { maxDispatchesPerSecond: 500, maxConcurrentDispatches: 1000 },
  retryConfig: {
    maxAttempts: 100,
    maxRetryDuration: null,
    minBackoff: timestampOf(100),
    maxBackoff: timestampOf(3_600_000),
    maxDoublings: 16,
  },
} as const;

/** The queue that a request makes, its defaults filled in. Throws INVALID_ARGUMENT as the product does. */
export function queueOf({ name, rateLimits, retryConfig, appEngineRoutingOverride }: QueueRequest): Queue {
  if (!queueName.test(name))
    throw invalidArgument(
      `Queue name "${name}" must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>"`,
    );
  if (appEngineRoutingOverride) throw invalidArgument('App Engine routing is not supported by the local Cloud Tasks.');
  const maxDispatchesPerSecond = rateLimits?.maxDispatchesPerSecond || defaults.rateLimits.maxDispatchesPerSecond;
  const maxConcurrentDispatches = rateLimits?.maxConcurrentDispatches || defaults.rateLimits.maxConcurrentDispatches;
  check('rate_limits.max_dispatches_per_second', maxDispatchesPerSecond, 500);
  check('rate_limits.max_concurrent_dispatches', maxConcurrentDispatches, 5000);
  const maxAttempts = retryConfig?.maxAttempts || defaults.retryConfig.maxAttempts;
  if (maxAttempts < -1) throw invalidArgument('Queue.retry_config.max_attempts must be at least -1.');
  const minBackoff = retryConfig?.minBackoff ?? defaults.retryConfig.minBackoff;
  const maxBackoff = retryConfig?.maxBackoff ?? defaults.retryConfig.maxBackoff;
  if (millisOf(minBackoff) > millisOf(maxBackoff)) {
    throw invalidArgument('Queue.retry_config.min_backoff must be at most Queue.retry_config.max_backoff.');
  }
  return {
    name,
    state: 'RUNNING',
    rateLimits: {
      maxDispatchesPerSecond,
      maxConcurrentDispatches,
      // The product chooses the burst; its documentation shows 100 for a rate of 500.
      maxBurstSize: Math.max(1, Math.ceil(maxDispatchesPerSecond / 5)),
    },
    retryConfig: {
      maxAttempts,
      maxRetryDuration: retryConfig?.maxRetryDuration ?? defaults.retryConfig.maxRetryDuration,
      minBackoff,
      maxBackoff,
      maxDoublings: retryConfig?.maxDoublings || defaults.retryConfig.maxDoublings,
    },
  };
}

function check(field: string, value: number, maximum: number): void {
  if (value < 0 || value > maximum) throw invalidArgument(`Queue.${field} must be between 0 and ${maximum}.`);
}

/**
 * Milliseconds from the `failures`th failure of a task, counted from 1, to its next attempt: doubled, then growing by
 * the same amount, up to the maximum. https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2#retryconfig
 */
export function backoffMillis({ minBackoff, maxBackoff, maxDoublings }: RetryConfig, failures: number): number {
  const least = duration(minBackoff);
  const doubled = least * 2 ** Math.min(failures - 1, maxDoublings);
  const grown = failures - 1 > maxDoublings ? doubled * (failures - maxDoublings) : doubled;
  return Math.min(grown, duration(maxBackoff));
}

/** Whether a task that has failed so often, first tried so long ago, is given up. */
export function isExhausted({ maxAttempts, maxRetryDuration }: RetryConfig, attempts: number, age: number): boolean {
  if (maxAttempts === -1 || attempts < maxAttempts) return false;
  return maxRetryDuration === null || duration(maxRetryDuration) === 0 || age >= duration(maxRetryDuration);
}

const duration = (value: Duration | null) => (value === null ? 0 : millisOf(value));
