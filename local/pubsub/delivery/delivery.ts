import type { Message } from '../message.ts';
import type { Lane } from './lane.ts';

/** One message on its way to one subscription. */
export interface Delivery {
  readonly message: Message;
  /** The messages of its ordering key, when the subscription keeps their order. */
  readonly lane: Lane | undefined;
  /** Deliveries begun so far: 1 while it is out for the first time. */
  attempt: number;
  /** Set while it is out, between being taken and being acknowledged, released or expired. */
  lease: Lease | undefined;
  /** `acknowledged` while earlier messages of its lane are still out; `settled` when the subscription is done with it. */
  state: 'open' | 'acknowledged' | 'settled';
}

/** A delivery that is out with a subscriber until its deadline. */
export interface Lease {
  readonly ackId: string;
  readonly message: Message;
  /** Counts from 1. */
  readonly attempt: number;
  readonly delivery: Delivery;
  readonly owner: LeaseOwner | undefined;
}

/** Who took a lease, and wants to know when it ends, for whatever reason. */
export interface LeaseOwner {
  leaseEnded(lease: Lease): void;
}
