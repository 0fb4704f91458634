import { crc32 } from 'node:zlib';
import type { Clock } from '../../clock.ts';
import type { Message } from '../message.ts';
import { invalidArgument, type PubsubError } from '../pubsub-error.ts';
import type { Subscription } from '../resources.ts';
import type { Delivery, Lease, LeaseOwner } from './delivery.ts';
import { Fifo } from './fifo.ts';
import { Lane } from './lane.ts';
import { retryDelayMillis } from './retry-delay.ts';
import { Timetable } from './timetable.ts';

export interface QueuePolicy {
  /** Full name of the subscription. */
  readonly name: string;
  readonly ordered: boolean;
  readonly pushed: boolean;
  readonly retryPolicy: Subscription['retryPolicy'];
  /** Infinity without a dead-letter policy. */
  readonly maximumAttempts: number;
  readonly retentionMillis: number;
}

export interface QueueEvents {
  /** The subscription is done with the message for good. */
  settled(message: Message): void;
  /** The last attempt failed; `forwarded` or `notForwarded` must follow. */
  exhausted(delivery: Delivery): void;
}

/** Who takes messages, and wants to know when there are some. */
export interface Consumer {
  ready(): void;
  /** No message will come any more. */
  ended(error: PubsubError): void;
}

interface TakeLimits {
  readonly messages: number;
  /** The last message may exceed it, so that a large one gets through at all. */
  readonly bytes: number;
  /** Messages of one ordering key that may be out together. */
  readonly sameKey: number;
}

/**
 * What one subscription still has to deliver: ready, out on a lease, or backing off. Knows deadlines, attempts, retries
 * and ordering keys; knows nothing of how messages travel.
 */
export class DeliveryQueue {
  policy: QueuePolicy;
  readonly #clock: Clock;
  readonly #events: QueueEvents;
  readonly #held = new Map<string, Delivery>();
  readonly #leases = new Map<string, Lease>();
  readonly #lanes = new Map<string, Lane>();
  /** Never delivered, and delivered before: taken in turns, so that neither starves the other. */
  readonly #fresh = new Fifo<Delivery | Lane>();
  readonly #again = new Fifo<Delivery | Lane>();
  #againNext = false;
  readonly #deadlines: Timetable<Lease>;
  readonly #backOffs: Timetable<Delivery | Lane>;
  readonly #consumers = new Set<Consumer>();
  readonly #nameMark: string;
  readonly #epoch: string;
  #sequence = 0;

  constructor(clock: Clock, policy: QueuePolicy, events: QueueEvents) {
    this.#clock = clock;
    this.policy = policy;
    this.#events = events;
    this.#nameMark = crc32(policy.name).toString(16).padStart(8, '0');
    this.#epoch = clock.now().toString(36);
    this.#deadlines = new Timetable(clock, lease => this.#fail(lease));
    this.#backOffs = new Timetable(clock, item => this.#backOffOver(item));
  }

  get counts(): { undelivered: number; outstanding: number } {
    return { undelivered: this.#held.size - this.#leases.size, outstanding: this.#leases.size };
  }

  /** All messages that are not settled, in the order of their publishing. */
  *messages(): Iterable<Message> {
    for (const delivery of this.#held.values()) yield delivery.message;
  }

  add(messages: Iterable<Message>): void {
    for (const message of messages) {
      const lane = this.policy.ordered && message.orderingKey !== '' ? this.#laneOf(message.orderingKey) : undefined;
      const delivery: Delivery = { message, lane, attempt: 0, lease: undefined, state: 'open' };
      this.#held.set(message.id, delivery);
      if (lane) {
        lane.add(delivery);
        this.#lineUp(lane);
      } else this.#fresh.push(delivery);
    }
    this.#announce();
  }

  /** Leases what is ready, up to the limits. Empty when nothing is. */
  take(limits: TakeLimits, leaseMillis: number, owner?: LeaseOwner): Lease[] {
    const leases: Lease[] = [];
    let bytes = limits.bytes;
    const full = () => leases.length >= limits.messages || bytes <= 0;
    const out = (delivery: Delivery): boolean => {
      if (!this.#isDue(delivery)) return false;
      leases.push(this.#lease(delivery, leaseMillis, owner));
      bytes -= delivery.message.encoded.length;
      return true;
    };
    while (!full()) {
      const item = this.#nextInLine();
      if (item === undefined) break;
      if (!(item instanceof Lane)) {
        out(item);
        continue;
      }
      item.queued = false;
      for (let count = 0; count < limits.sameKey && !full(); ) {
        const delivery = item.next();
        if (delivery === undefined) break;
        if (!out(delivery)) continue;
        item.sent(delivery);
        count += 1;
      }
      this.#lineUp(item);
    }
    return leases;
  }

  acknowledge(lease: Lease): void {
    if (!this.#end(lease)) return;
    this.#done(lease.delivery);
    lease.owner?.leaseEnded(lease);
  }

  /** Gives the message back as failed. */
  release(lease: Lease): void {
    this.#fail(lease);
  }

  /** Moves the deadline of a lease to `millis` from now. */
  extend(lease: Lease, millis: number): void {
    if (this.#leases.has(lease.ackId)) this.#deadlines.schedule(lease, millis);
  }

  /**
   * The leases behind ack ids; those that have ended are left out, as the service does without exactly-once delivery.
   * Throws INVALID_ARGUMENT for what never was an ack id of this subscription.
   */
  leasesOf(ackIds: readonly string[]): Lease[] {
    return ackIds.flatMap(ackId => {
      const lease = this.#leases.get(ackId);
      if (lease) return [lease];
      const mark = /^([0-9a-f]{8})-[0-9a-z]+-[0-9a-z]+$/.exec(ackId)?.[1];
      if (mark === undefined) {
        throw invalidArgument(`You have passed an invalid ack ID to the service (ack_id=${ackId}).`);
      }
      if (mark !== this.#nameMark) {
        const { name } = this.policy;
        throw invalidArgument(
          `You have passed a subscription that does not belong to the given ack ID (resource=${name}).`,
        );
      }
      return [];
    });
  }

  /** The exhausted message is in the dead-letter topic. */
  forwarded(delivery: Delivery): void {
    // It may have come back with an earlier message of its key, and even be out again.
    const { lease } = delivery;
    if (lease) this.#end(lease);
    this.#done(delivery);
    if (lease) lease.owner?.leaseEnded(lease);
  }

  /** The exhausted message could not be forwarded: it stays, and is tried again. */
  notForwarded(delivery: Delivery): void {
    const cameBack = delivery.lane?.isOut(delivery) === false;
    if (delivery.state === 'open' && delivery.lease === undefined && !cameBack) this.#retry(delivery);
  }

  /** Settles every message that was published before that time. */
  discardBefore(publishMillis: number): void {
    for (const delivery of [...this.#held.values()]) {
      if (delivery.message.publishMillis >= publishMillis) continue;
      const { lease } = delivery;
      if (lease) this.#end(lease);
      this.#settle(delivery);
      if (delivery.lane) this.#advance(delivery.lane);
      if (lease) lease.owner?.leaseEnded(lease);
    }
  }

  attach(consumer: Consumer): void {
    this.#consumers.add(consumer);
  }

  detach(consumer: Consumer): void {
    this.#consumers.delete(consumer);
  }

  close(error: PubsubError): void {
    this.#deadlines.clear();
    this.#backOffs.clear();
    const consumers = [...this.#consumers];
    this.#consumers.clear();
    for (const consumer of consumers) consumer.ended(error);
  }

  #laneOf(key: string): Lane {
    const lane = this.#lanes.get(key) ?? new Lane(key);
    this.#lanes.set(key, lane);
    return lane;
  }

  #lineUp(lane: Lane): void {
    if (lane.ready) {
      lane.queued = true;
      this.#fresh.push(lane);
    } else if (lane.empty) this.#lanes.delete(lane.key);
  }

  #nextInLine(): Delivery | Lane | undefined {
    this.#againNext = !this.#againNext;
    return this.#againNext
      ? (this.#again.shift() ?? this.#fresh.shift())
      : (this.#fresh.shift() ?? this.#again.shift());
  }

  /** False for a message that has been settled while it waited, or that has outlived the retention. */
  #isDue(delivery: Delivery): boolean {
    if (delivery.state === 'settled') return false;
    if (delivery.message.publishMillis + this.policy.retentionMillis > this.#clock.now()) return true;
    this.#settle(delivery);
    return false;
  }

  #lease(delivery: Delivery, millis: number, owner: LeaseOwner | undefined): Lease {
    delivery.attempt += 1;
    this.#sequence += 1;
    const ackId = `${this.#nameMark}-${this.#epoch}-${this.#sequence.toString(36)}`;
    const lease: Lease = { ackId, message: delivery.message, attempt: delivery.attempt, delivery, owner };
    delivery.lease = lease;
    this.#leases.set(ackId, lease);
    this.#deadlines.schedule(lease, millis);
    return lease;
  }

  #end(lease: Lease): boolean {
    if (!this.#leases.delete(lease.ackId)) return false;
    this.#deadlines.cancel(lease);
    lease.delivery.lease = undefined;
    return true;
  }

  #done(delivery: Delivery): void {
    if (delivery.state !== 'open') return;
    const { lane } = delivery;
    if (lane?.isOut(delivery)) delivery.state = 'acknowledged';
    else this.#settle(delivery);
    if (lane) this.#advance(lane);
  }

  #advance(lane: Lane): void {
    for (const delivery of lane.takeAcknowledged()) this.#settle(delivery);
    this.#lineUp(lane);
    if (lane.queued) this.#announce();
  }

  #settle(delivery: Delivery): void {
    if (delivery.state === 'settled') return;
    delivery.state = 'settled';
    this.#backOffs.cancel(delivery);
    this.#held.delete(delivery.message.id);
    this.#events.settled(delivery.message);
  }

  #fail(lease: Lease): void {
    if (!this.#end(lease)) return;
    const { delivery } = lease;
    if (delivery.attempt >= this.policy.maximumAttempts) this.#events.exhausted(delivery);
    else this.#retry(delivery);
    lease.owner?.leaseEnded(lease);
  }

  #retry(delivery: Delivery): void {
    const delay = retryDelayMillis(this.policy.retryPolicy, this.policy.pushed, delivery.attempt);
    const { lane } = delivery;
    if (lane) this.#bringBack(lane, delivery);
    if (delay > 0) {
      if (lane) lane.backingOff = true;
      this.#backOffs.schedule(lane ?? delivery, delay);
    } else this.#backOffOver(lane ?? delivery);
  }

  /** What went out after the failed message comes back with it, without counting as a failure of its own. */
  #bringBack(lane: Lane, failed: Delivery): void {
    for (const later of lane.bringBack(failed)) {
      if (later === failed) continue;
      later.attempt -= 1;
      if (later.state === 'acknowledged') later.state = 'open';
      const { lease } = later;
      if (lease) {
        this.#end(lease);
        lease.owner?.leaseEnded(lease);
      }
    }
  }

  #backOffOver(item: Delivery | Lane): void {
    if (item instanceof Lane) {
      item.backingOff = false;
      this.#lineUp(item);
    } else this.#again.push(item);
    this.#announce();
  }

  #announce(): void {
    for (const consumer of [...this.#consumers]) {
      if (this.#fresh.length + this.#again.length === 0) return;
      consumer.ready();
    }
  }
}
