import type { Clock, Timer } from '../../../local/clock.ts';

interface Pending {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now = Date.parse('2026-01-01T00:00:00Z');
  readonly #pending = new Set<Pending>();

  now(): number {
    return this.#now;
  }

  setTimeout(run: () => void, millis: number): Timer {
    const pending: Pending = { at: this.#now + millis, run };
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  /** Lets time pass, and runs what falls due on the way. */
  advance(millis: number): void {
    const end = this.#now + millis;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#pending.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = end;
  }

  #next(end: number): Pending | undefined {
    return [...this.#pending].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}
