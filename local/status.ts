import type { FunctionState } from './functions/function-process.ts';
import type { Counts } from './meter.ts';

/** What a local cloud is doing: the content of its status page. Counts are since its start. */
export interface Status {
  readonly ramps: readonly ({ readonly ramp: string } & Readonly<Counts>)[];
  readonly subscriptions: readonly Backlog[];
  readonly functions: readonly FunctionState[];
}

export interface Backlog {
  readonly subscription: string;
  /** Messages that wait for their first or next delivery. */
  readonly undelivered: number;
  /** Messages that are with a subscriber now, neither acknowledged nor expired. */
  readonly outstanding: number;
}
