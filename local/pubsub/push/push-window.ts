/** A round of answers after which the window may shrink, and the share of failures in it that makes it shrink. */
const roundLength = 16;
const tolerated = 0.25;

/** Requests that one endpoint may hold at a time. A function's concurrency is 1,000 at most. */
const largestWindow = 1000;

/**
 * The service begins with a single digit. An endpoint that holds its answers for a batch would then take a second for
 * every doubling, which nobody wants to wait for after each start of a local cloud.
 */
const firstWindow = 100;
const windowAfterOutage = 10;

const firstPauseMillis = 100;
const longestPauseMillis = 10_000;
const failuresBeforePause = 3;

/**
 * How many push requests may be out at a time, and when pushing stops for a moment: slow start like TCP's, as the
 * service does it. https://cloud.google.com/pubsub/docs/push#push_backoff
 *
 * A few poison messages among many good ones do not shrink the window, and a message that has failed before never stops
 * the subscription: only endpoints that fail on new messages do.
 */
export class PushWindow {
  #size = firstWindow;
  #answers = 0;
  #failures = 0;
  #freshFailures = 0;
  #pausedSince = -Infinity;

  get size(): number {
    return this.#size;
  }

  succeeded(): void {
    this.#size = Math.min(largestWindow, this.#size + 1);
    this.#freshFailures = 0;
    this.#count();
  }

  /**
   * Answers with the milliseconds for which nothing should be pushed; 0 to go on. `sentAt` tells failures that belong
   * to an outage which has been acted on already.
   */
  failed(fresh: boolean, sentAt: number, now: number): number {
    this.#failures += 1;
    this.#count();
    if (!fresh || sentAt <= this.#pausedSince) return 0;
    this.#freshFailures += 1;
    if (this.#freshFailures < failuresBeforePause) return 0;
    this.#pausedSince = now;
    this.#size = windowAfterOutage;
    return Math.min(longestPauseMillis, firstPauseMillis * 2 ** (this.#freshFailures - failuresBeforePause));
  }

  #count(): void {
    this.#answers += 1;
    if (this.#answers < roundLength) return;
    if (this.#failures > roundLength * tolerated) this.#size = Math.max(1, Math.floor(this.#size / 2));
    this.#answers = 0;
    this.#failures = 0;
  }
}
