import { setTimeout as sleep } from 'node:timers/promises';
import { OnrampError } from '../functions/core/errors.ts';
import type { Topic } from './batch.ts';
import { type Channel, isRetryable, isTimeout } from './channel.ts';

const firstPauseMillis = 100;
const longestPauseMillis = 5000;
/** Google's own clients wait for sixty seconds; a connection that has gone silent is found out earlier this way. */
const firstTimeoutMillis = 20_000;
const longestTimeoutMillis = 60_000;

/** Half of it is by chance, so that publishers do not come back all at once. */
function pauseMillis(attempt: number): number {
  const whole = Math.min(longestPauseMillis, firstPauseMillis * 2 ** attempt);
  return whole / 2 + (Math.random() * whole) / 2;
}

export interface AttemptOptions {
  /** Asked after each attempt that may be repeated, with how long it has been since the first failed. */
  readonly givesUp: (failingMillis: number) => boolean;
  /** Ends the pause before the next attempt. */
  readonly signal: AbortSignal;
  /** Whether the wait for the next attempt keeps the process alive. */
  readonly keepsAlive: boolean;
}

/** What was tried until it was given up; `lastError` is the last attempt's. */
export class GivenUp extends Error {
  readonly lastError: unknown;
  constructor(lastError: unknown) {
    super('sending was given up', { cause: lastError });
    this.lastError = lastError;
  }
}

/**
 * Sends a request until Pub/Sub has it.
 * @throws GivenUp, or OnrampError PUBLISH_REFUSED when repeating is in vain
 */
export async function sendUntilTaken(
  channel: Channel,
  topic: Topic,
  request: Buffer,
  { givesUp, signal, keepsAlive }: AttemptOptions,
): Promise<string[]> {
  let failingSince: number | undefined;
  let timeoutMillis = firstTimeoutMillis;
  for (let attempt = 0; ; attempt += 1) {
    const started = performance.now();
    try {
      return await channel.publish(topic.name, request, timeoutMillis);
    } catch (error) {
      if (!isRetryable(error)) throw new OnrampError('PUBLISH_REFUSED', describe(topic, error), { cause: error });
      failingSince ??= started;
      if (givesUp(performance.now() - failingSince)) throw new GivenUp(error);
      if (isTimeout(error)) timeoutMillis = Math.min(longestTimeoutMillis, timeoutMillis * 2);
    }
    // An aborted pause is a pause that is over.
    await sleep(pauseMillis(attempt), undefined, { signal, ref: keepsAlive }).catch(() => undefined);
  }
}

export const describe = ({ name }: Topic, error: unknown): string =>
  `${name}: ${error instanceof Error ? error.message : String(error)}`;
