import { millisOf, type Subscription } from '../resources.ts';

/**
 * Milliseconds before a failed message is delivered again. With a retry policy: its minimum, doubled with every failure
 * up to its maximum. Without one a puller gets it at once, and a push endpoint after a moment that grows to 10 seconds,
 * where the service would slow down the whole subscription.
 * https://cloud.google.com/pubsub/docs/subscription-retry-policy
 */
export function retryDelayMillis(policy: Subscription['retryPolicy'], pushed: boolean, failures: number): number {
  if (policy?.minimumBackoff && policy.maximumBackoff) {
    return doubled(millisOf(policy.minimumBackoff), millisOf(policy.maximumBackoff), failures);
  }
  return pushed ? doubled(100, 10_000, failures) : 0;
}

/** `minimum` after the first failure, then twice as much after each, up to `maximum`. */
export const doubled = (minimum: number, maximum: number, failures: number) =>
  Math.min(maximum, minimum * 2 ** (failures - 1));
