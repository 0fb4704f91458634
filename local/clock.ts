/** Time as a stand-in sees it, so that back-off, deadlines and schedules can be driven without waiting. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  setTimeout(run: () => void, millis: number): Timer;
}

export interface Timer {
  cancel(): void;
}

/** A real timer that is set for longer fires at once: https://developer.mozilla.org/docs/Web/API/Window/setTimeout */
export const longestTimerMillis = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout(run, millis) {
    const timer = setTimeout(run, millis);
    return { cancel: () => clearTimeout(timer) };
  },
};
