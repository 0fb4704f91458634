import { type Clock, longestTimerMillis, type Timer } from '../clock.ts';

/**
 * A clock that runs as fast as the real one from any moment on, and can be put forward. Timers fire when their time has
 * come, whichever way.
 */
export interface DrivenClock extends Clock {
  /** By how many milliseconds it is ahead of the real one; negative when it is behind. */
  readonly offset: number;
  /** The same time, for timers that `nextTimer` leaves out: who puts the clock forward looks at them in another way. */
  readonly aside: Clock;
  /** When the next timer falls due, in milliseconds since 1970; undefined when there is none. */
  nextTimer(): number | undefined;
  /** Puts it forward by so many milliseconds, and runs all timers that are then due, the earliest first. */
  putForward(millis: number): void;
}

interface Pending {
  readonly at: number;
  readonly counts: boolean;
  readonly run: () => void;
  real: NodeJS.Timeout;
}

/** `start` is its time now, and `realTime` gives the real one, both in milliseconds since 1970. */
export function createDrivenClock(start: number, realTime: () => number = Date.now): DrivenClock {
  let offset = start - realTime();
  const pending = new Set<Pending>();
  const now = () => realTime() + offset;

  const arm = (timer: Pending) => {
    clearTimeout(timer.real);
    timer.real = setTimeout(() => fire(timer), Math.min(Math.max(0, timer.at - now()), longestTimerMillis));
  };
  const fire = (timer: Pending) => {
    // One that runs may cancel those after it.
    if (!pending.has(timer)) return;
    // The real timer may be early by a fraction of a millisecond, or of a time that is too far off for it.
    if (timer.at > now()) {
      arm(timer);
      return;
    }
    clearTimeout(timer.real);
    pending.delete(timer);
    timer.run();
  };
  const setTimer = (run: () => void, millis: number, counts: boolean): Timer => {
    const timer: Pending = { at: now() + millis, counts, run, real: setTimeout(() => undefined, 0) };
    pending.add(timer);
    arm(timer);
    return {
      cancel() {
        clearTimeout(timer.real);
        pending.delete(timer);
      },
    };
  };

  return {
    get offset() {
      return offset;
    },
    now,
    setTimeout: (run, millis) => setTimer(run, millis, true),
    aside: { now, setTimeout: (run, millis) => setTimer(run, millis, false) },
    nextTimer() {
      const times = [...pending].filter(({ counts }) => counts).map(({ at }) => at);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    putForward(millis) {
      offset += millis;
      for (const timer of [...pending].sort((a, b) => a.at - b.at)) fire(timer);
    },
  };
}
