import type { ErrorCode } from './errors.ts';

/** One message as a delivery hands it to a stage; the same whether it was pushed or pulled. */
export interface Message {
  /** Given by Pub/Sub on publish; unique in its topic. */
  readonly id: string;
  /** When Pub/Sub took the message: RFC 3339, UTC. */
  readonly publishTime: string;
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  /** Empty when the publisher set none. */
  readonly orderingKey: string;
  /** What the subscription is bound to: for a ramp's subscription its address, such as `flights/departures`. */
  readonly source: string;
  /** Id of the trace of the request that delivered it, for the log; absent when there is none. */
  readonly trace?: string | undefined;
}

/** What became of one message. Only `retry` leaves it with Pub/Sub. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry'; readonly error: unknown }
  | { readonly kind: 'dead-letter'; readonly reason: ErrorCode; readonly detail: string };

export const done: Outcome = { kind: 'done' };

/**
 * One step of the stream. It knows nothing of HTTP or of how messages are delivered.
 *
 * `handle` answers with one outcome per message, in the order of the messages. `done` means durable: in Pub/Sub, Cloud
 * Storage or BigQuery. An outcome may be a promise, so that a message which has to wait delays none of its neighbours. A
 * rejection counts as `retry`: for that message, or for the whole batch.
 */
export interface Stage {
  handle(messages: readonly Message[]): Promise<(Outcome | Promise<Outcome>)[]>;
}
