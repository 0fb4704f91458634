import { setTimeout as sleep } from 'node:timers/promises';
import { advance } from './advance.ts';
import type { DrivenClock } from './driven-clock.ts';

export interface AdvanceOptions {
  /** Told of each moment that was reached. */
  readonly onStep?: (now: Date) => void;
  /** Leaves the time where it is when it is aborted. */
  readonly signal?: AbortSignal;
}

/** The time of a local cloud that is driven. It runs on by itself, as fast as the real one. */
export interface LocalTime {
  now(): Date;
  /**
   * Puts it forward, and does on the way all that falls due, each thing when the one before has ended. Resolves when the
   * last has ended; rejects with the signal's reason. One that begins while another is under way follows it.
   */
  advanceTo(time: Date, options?: AdvanceOptions): Promise<void>;
}

/** What has to agree on the time. */
export interface Timed {
  readonly clock: DrivenClock;
  /** Whether something has begun and not ended. */
  readonly isBusy: () => boolean;
  /** Has every process show a time that is so many milliseconds ahead of the real one. */
  readonly tellOffset: (offset: number) => Promise<void>;
  /** The next moment after now, and not after `latest`, at which a schedule has something to do. */
  readonly nextTick: (latest: number) => Promise<number | undefined>;
  /** Aborted when the local cloud stops. */
  readonly stopped: AbortSignal;
}

/** How often it is asked whether all is done. */
const pollMillis = 2;

export function createLocalTime({ clock, isBusy, tellOffset, nextTick, stopped }: Timed): LocalTime {
  let last: Promise<void> = Promise.resolve();
  const world = {
    now: () => clock.now(),
    async settled(signal: AbortSignal) {
      do {
        await sleep(pollMillis);
        signal.throwIfAborted();
      } while (isBusy());
    },
    async nextDue(latest: number) {
      const moments = [clock.nextTimer(), await nextTick(latest)].filter(at => at !== undefined && at <= latest);
      return moments.length === 0 ? undefined : Math.min(...(moments as number[]));
    },
    async putForward(to: number) {
      const millis = Math.max(0, to - clock.now());
      // The processes first: nothing that is sent at a moment may arrive before it.
      if (millis > 0) await tellOffset(clock.offset + millis);
      clock.putForward(millis);
    },
  };
  return {
    now: () => new Date(clock.now()),
    advanceTo(time, { onStep, signal = stopped } = {}) {
      const either = AbortSignal.any([signal, stopped]);
      const turn = last.then(() => advance(world, time.getTime(), either, onStep));
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}
