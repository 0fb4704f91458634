import { setTimeout as sleep } from 'node:timers/promises';

/** What is not answered by then is given up: Pub/Sub delivers it again. */
const drainMillis = 8000;

/**
 * Lets a function answer what it holds before it stops. Cloud Run sends SIGTERM ten seconds before it kills an instance
 * (https://cloud.google.com/run/docs/container-contract#instance-shutdown), but functions-framework exits at once on it.
 * Its listener is there only once it serves, so it is replaced at the first request: before that nothing is held.
 */
export function createDrainOnSigterm(drain: () => Promise<void>): { takeOver(): void } {
  let taken = false;
  return {
    takeOver() {
      if (taken) return;
      taken = true;
      process.removeAllListeners('SIGTERM');
      process.once('SIGTERM', () => {
        // A few turns of the event loop more, so that the last answers leave the process.
        void Promise.race([drain(), sleep(drainMillis)]).finally(() => setTimeout(() => process.exit(0), 50));
      });
    },
  };
}
