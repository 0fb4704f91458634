import type { Clock, Timer } from '../../clock.ts';

/** Width of a bucket: entries fall due up to this much late, and one timer serves all that fall in it. */
const bucketMillis = (delay: number) => (delay < 5_000 ? 10 : 100);

/**
 * Many entries that fall due at some time, most of which are withdrawn before: leases and back-offs. Scheduling and
 * withdrawing cost constant time, and one timer runs at most, whatever the number of entries.
 */
export class Timetable<Entry> {
  readonly #clock: Clock;
  readonly #onDue: (entry: Entry) => void;
  readonly #buckets = new Map<number, Set<Entry>>();
  readonly #bucketOf = new Map<Entry, number>();
  #timer: Timer | undefined;
  #timerAt = Infinity;

  constructor(clock: Clock, onDue: (entry: Entry) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Makes `entry` fall due after `millis`; replaces the time that it had before. */
  schedule(entry: Entry, millis: number): void {
    this.cancel(entry);
    const width = bucketMillis(millis);
    const at = Math.ceil((this.#clock.now() + millis) / width) * width;
    const bucket = this.#buckets.get(at);
    if (bucket) bucket.add(entry);
    else this.#buckets.set(at, new Set([entry]));
    this.#bucketOf.set(entry, at);
    if (at < this.#timerAt) this.#arm(at);
  }

  cancel(entry: Entry): void {
    const at = this.#bucketOf.get(entry);
    if (at === undefined) return;
    this.#bucketOf.delete(entry);
    const bucket = this.#buckets.get(at);
    bucket?.delete(entry);
    if (bucket?.size !== 0) return;
    this.#buckets.delete(at);
    if (this.#buckets.size === 0) this.clear();
  }

  clear(): void {
    this.#timer?.cancel();
    this.#timerAt = Infinity;
    this.#buckets.clear();
    this.#bucketOf.clear();
  }

  #arm(at: number): void {
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.#clock.setTimeout(() => this.#run(), Math.max(0, at - this.#clock.now()));
  }

  #run(): void {
    this.#timerAt = Infinity;
    const now = this.#clock.now();
    const due = [...this.#buckets.keys()].filter(at => at <= now).sort((a, b) => a - b);
    for (const at of due) {
      for (const entry of this.#buckets.get(at) ?? []) {
        this.cancel(entry);
        this.#onDue(entry);
      }
    }
    let next = Infinity;
    for (const at of this.#buckets.keys()) next = Math.min(next, at);
    if (next < this.#timerAt) this.#arm(next);
  }
}
