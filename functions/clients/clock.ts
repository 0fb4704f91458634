import { setTimeout as sleep } from 'node:timers/promises';

/** Time as those need it who wait for something outside, so that tests can drive it. */
export interface Clock {
  /** Milliseconds since any fixed moment. */
  now(): number;
  sleep(millis: number): Promise<unknown>;
}

export const hostClock: Clock = { now: () => performance.now(), sleep };
