import { randomUUID } from 'node:crypto';
import type { Documents } from './documents.ts';

/** Lets one load at a time change a destination. */
export interface DestinationLocks {
  /**
   * Runs `work` while nobody else does for the same destination. Undefined when somebody else is at it.
   * `holder` names the work: a repetition of the same work may enter at once, whatever became of the one before.
   */
  hold<T>(destination: string, holder: string, work: () => Promise<T>): Promise<T | undefined>;
}

interface Lease {
  readonly holder: string;
  /** Tells repetitions of the same work apart: only the last to enter lets others in. */
  readonly entry: string;
  /** In milliseconds since 1970. */
  readonly until: number;
}

/** Longer than a function may take over one message, so that a lease outlives its holder but not by much. */
const leaseMillis = 11 * 60_000;

export function createDestinationLocks(documents: Documents, now: () => number = Date.now): DestinationLocks {
  return {
    async hold(destination, holder, work) {
      const object = `locks/${encodeURIComponent(destination)}.json`;
      const entry = randomUUID();
      const isFree = (lease: Lease | undefined) =>
        lease === undefined || lease.holder === holder || lease.until <= now();
      const lease = await documents.change<Lease>(object, present =>
        isFree(present) ? { holder, entry, until: now() + leaseMillis } : present,
      );
      if (lease?.entry !== entry) return undefined;
      try {
        return await work();
      } finally {
        await documents.change<Lease>(object, present =>
          present?.entry === entry ? { ...present, until: 0 } : present,
        );
      }
    },
  };
}
