/** What is put forward: clocks that agree, and what works by them. */
export interface World {
  /** In milliseconds since 1970. */
  now(): number;
  /** Resolves when everything that has begun has ended, in real time; rejects with the signal's reason. */
  settled(signal: AbortSignal): Promise<void>;
  /** The next moment after now, and not after `latest`, at which something is to be done; undefined when there is none. */
  nextDue(latest: number): Promise<number | undefined>;
  /** Puts all clocks forward to a moment, unless that has passed, and begins what is due then. */
  putForward(to: number): Promise<void>;
}

/**
 * Puts the time forward, from one moment at which something is to be done to the next. What begins at a moment has
 * ended before the time goes on, so that nothing is late for being tested in a hurry. Rejects with the signal's reason, and
 * leaves the time where it is by then.
 */
export async function advance(
  world: World,
  to: number,
  signal: AbortSignal,
  onStep: (now: Date) => void = () => undefined,
): Promise<void> {
  for (;;) {
    await world.settled(signal);
    if (world.now() >= to) return;
    await world.putForward((await world.nextDue(to)) ?? to);
    onStep(new Date(world.now()));
  }
}
