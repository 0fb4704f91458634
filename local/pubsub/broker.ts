import { status } from '@grpc/grpc-js';
import type { Clock } from '../clock.ts';
import { deadLetterDraft } from './dead-letter.ts';
import { DeliveryQueue, type QueuePolicy } from './delivery/delivery-queue.ts';
import { type Filter, parseFilter } from './filter.ts';
import { Journal } from './journal/journal.ts';
import type { Entry } from './journal/record.ts';
import type { ReplayedState } from './journal/replay.ts';
import type { Draft, Message } from './message.ts';
import { sealMessages } from './message-codec.ts';
import { alreadyExists, failedPrecondition, notFound, PubsubError } from './pubsub-error.ts';
import { deletedTopic } from './resource-name.ts';
import { isPushed, millisOf, type Subscription, type Topic } from './resources.ts';
import { checkSubscription, checkTopic } from './validate-resources.ts';

/** How long settled messages wait for others before they are journalled together. */
const settledFlushMillis = 20;

export interface BrokerEvents {
  /** A subscription has been made or changed; `queue` stays the same. */
  subscriptionChanged(subscription: Subscription, queue: DeliveryQueue): void;
  subscriptionDeleted(name: string): void;
  published(topic: string, messages: readonly Message[]): void;
  /** A message is about to be moved to a dead-letter topic. Throws when it must not be. */
  forwarding(subscription: string, topic: string): void;
}

interface Held {
  definition: Subscription;
  readonly queue: DeliveryQueue;
  readonly filter: Filter;
}

/**
 * Topics, subscriptions and what is on its way between them. Every change is journalled before it is answered. Methods
 * throw, or reject with, a PubsubError for what the service would refuse.
 */
export class Broker {
  readonly #clock: Clock;
  readonly #events: BrokerEvents;
  readonly #topics = new Map<string, Topic>();
  readonly #subscriptions = new Map<string, Held>();
  #journal!: Journal;
  #nextId: number;
  /** Messages by the number of subscriptions that hold them, for the share of the journal that is alive. */
  readonly #holders = new Map<Message, number>();
  #liveBytes = 0;
  #settled = new Map<string, string[]>();
  #settledTimer: NodeJS.Timeout | undefined;
  #publishing = 0;

  private constructor(clock: Clock, events: BrokerEvents, state: ReplayedState) {
    this.#clock = clock;
    this.#events = events;
    // Ids start from the time, so that they stay unique when the folder is thrown away.
    this.#nextId = Math.max(state.nextId, clock.now() * 1000);
    for (const topic of state.topics.values()) this.#topics.set(topic.name, topic);
    for (const { definition, backlog } of state.subscriptions.values()) {
      this.#hold(definition, [...backlog.values()]);
    }
  }

  static async open(folder: string, clock: Clock, state: ReplayedState, events: BrokerEvents): Promise<Broker> {
    const broker = new Broker(clock, events, state);
    broker.#journal = await Journal.start(
      folder,
      () => broker.#snapshot(),
      () => broker.#liveBytes,
    );
    for (const { definition, queue } of broker.#subscriptions.values()) events.subscriptionChanged(definition, queue);
    return broker;
  }

  topic(name: string): Topic {
    const topic = this.#topics.get(name);
    if (!topic) throw notFound(name);
    return topic;
  }

  topics(): Topic[] {
    return [...this.#topics.values()];
  }

  subscription(name: string): Subscription {
    return this.#held(name).definition;
  }

  subscriptions(): Subscription[] {
    return [...this.#subscriptions.values()].map(({ definition }) => definition);
  }

  /** The queue of a subscription that is pulled; FAILED_PRECONDITION for any other. */
  queueToPull(name: string): DeliveryQueue {
    const { definition, queue } = this.#held(name);
    if (definition.detached) throw failedPrecondition(`The subscription is detached (resource=${name}).`);
    if (isPushed(definition)) throw failedPrecondition('This method is not supported for this subscription type.');
    return queue;
  }

  queue(name: string): DeliveryQueue {
    return this.#held(name).queue;
  }

  async createTopic(topic: Topic): Promise<Topic> {
    checkTopic(topic);
    if (this.#topics.has(topic.name)) throw alreadyExists(topic.name);
    return this.#putTopic({ ...topic, state: 'ACTIVE' });
  }

  async updateTopic(topic: Topic): Promise<Topic> {
    checkTopic(topic);
    return this.#putTopic(topic);
  }

  async deleteTopic(name: string): Promise<void> {
    this.topic(name);
    this.#topics.delete(name);
    for (const held of this.#subscriptions.values()) {
      if (held.definition.topic === name) held.definition = { ...held.definition, topic: deletedTopic };
    }
    await this.#append({ kind: 'topic-deleted', name });
  }

  async createSubscription(subscription: Subscription): Promise<Subscription> {
    checkSubscription(subscription);
    if (this.#subscriptions.has(subscription.name)) throw alreadyExists(subscription.name);
    this.topic(subscription.topic);
    this.#checkDeadLetterTopic(subscription);
    const held = this.#hold(subscription, []);
    await this.#append({ kind: 'subscription', subscription });
    this.#events.subscriptionChanged(subscription, held.queue);
    return subscription;
  }

  async updateSubscription(subscription: Subscription): Promise<Subscription> {
    checkSubscription(subscription);
    const held = this.#held(subscription.name);
    const { deadLetterPolicy } = held.definition;
    if (deadLetterPolicy?.deadLetterTopic !== subscription.deadLetterPolicy?.deadLetterTopic) {
      this.#checkDeadLetterTopic(subscription);
    }
    held.definition = subscription;
    held.queue.policy = policyOf(subscription);
    await this.#append({ kind: 'subscription', subscription });
    this.#events.subscriptionChanged(subscription, held.queue);
    return subscription;
  }

  /** The subscription stays, without its messages and without new ones. */
  async detachSubscription(name: string): Promise<void> {
    const held = this.#held(name);
    held.definition = { ...held.definition, detached: true };
    held.queue.discardBefore(Infinity);
    await this.#append({ kind: 'subscription', subscription: held.definition });
    this.#events.subscriptionChanged(held.definition, held.queue);
  }

  async deleteSubscription(name: string): Promise<void> {
    const { queue } = this.#held(name);
    this.#subscriptions.delete(name);
    for (const message of queue.messages()) this.#letGo(message);
    queue.close(notFound(name));
    this.#events.subscriptionDeleted(name);
    await this.#append({ kind: 'subscription-deleted', name });
  }

  /** Whether messages have come that their subscriptions do not have yet. */
  get isPublishing(): boolean {
    return this.#publishing > 0;
  }

  /** Answers with the messages' ids once they are durable. The messages have been checked. */
  publish(topic: string, drafts: readonly Draft[]): Promise<string[]> {
    this.topic(topic);
    const { messages, request } = sealMessages(topic, drafts, this.#nextId, this.#clock.now());
    this.#nextId += messages.length;
    // Decided now, when the journal decides it, since subscriptions may come and go while the journal is written.
    const receivers = [...this.#subscriptions.values()].filter(
      ({ definition }) => definition.topic === topic && !definition.detached,
    );
    const written = () => {
      for (const held of receivers) {
        if (this.#subscriptions.get(held.definition.name) === held) this.#deliver(held, messages);
      }
      this.#events.published(topic, messages);
    };
    this.#publishing += 1;
    return this.#append({ kind: 'published', request }, written)
      .finally(() => (this.#publishing -= 1))
      .then(() => messages.map(({ id }) => id));
  }

  /** Ends pulls and streams with that error, and all deadlines. */
  endDelivery(error: PubsubError): void {
    for (const { queue } of this.#subscriptions.values()) queue.close(error);
  }

  /** Writes down what is left and closes the journal. Nothing may be called afterwards. */
  async close(): Promise<void> {
    this.#flushSettled();
    await this.#journal.close();
  }

  #held(name: string): Held {
    const held = this.#subscriptions.get(name);
    if (!held) throw notFound(name);
    return held;
  }

  async #putTopic(topic: Topic): Promise<Topic> {
    this.#topics.set(topic.name, topic);
    await this.#append({ kind: 'topic', topic });
    return topic;
  }

  #checkDeadLetterTopic({ deadLetterPolicy }: Subscription): void {
    if (deadLetterPolicy) this.topic(deadLetterPolicy.deadLetterTopic);
  }

  #hold(definition: Subscription, backlog: readonly Message[]): Held {
    const { name } = definition;
    const queue: DeliveryQueue = new DeliveryQueue(this.#clock, policyOf(definition), {
      settled: message => this.#messageSettled(name, message),
      exhausted: delivery => {
        this.#forward(name, delivery.message, delivery.attempt).then(
          () => queue.forwarded(delivery),
          () => queue.notForwarded(delivery),
        );
      },
    });
    const held: Held = { definition, queue, filter: parseFilter(definition.filter) };
    this.#subscriptions.set(name, held);
    for (const message of backlog) this.#keep(message);
    queue.add(backlog);
    return held;
  }

  #deliver({ filter, queue }: Held, messages: readonly Message[]): void {
    const passing = messages.filter(({ attributes }) => filter(attributes));
    for (const message of passing) this.#keep(message);
    queue.add(passing);
  }

  async #forward(name: string, message: Message, attempts: number): Promise<void> {
    const { definition } = this.#held(name);
    const topic = definition.deadLetterPolicy?.deadLetterTopic ?? '';
    this.#events.forwarding(name, topic);
    await this.publish(topic, [deadLetterDraft(name, message, attempts)]);
  }

  #keep(message: Message): void {
    const holders = this.#holders.get(message) ?? 0;
    if (holders === 0) this.#liveBytes += message.encoded.length;
    this.#holders.set(message, holders + 1);
  }

  #letGo(message: Message): void {
    const holders = this.#holders.get(message);
    if (holders === undefined) return;
    if (holders > 1) {
      this.#holders.set(message, holders - 1);
      return;
    }
    this.#holders.delete(message);
    this.#liveBytes -= message.encoded.length;
  }

  #messageSettled(name: string, message: Message): void {
    this.#letGo(message);
    const ids = this.#settled.get(name);
    if (ids) ids.push(message.id);
    else this.#settled.set(name, [message.id]);
    this.#settledTimer ??= setTimeout(() => this.#flushSettled(), settledFlushMillis);
  }

  #flushSettled(): void {
    clearTimeout(this.#settledTimer);
    this.#settledTimer = undefined;
    for (const [subscription, ids] of this.#settled) this.#journal.append({ kind: 'settled', subscription, ids });
    this.#settled = new Map();
  }

  /** `written` is called before the journal goes on, so that no compaction can miss what it does. */
  #append(entry: Entry, written?: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#journal.append(entry, error => {
        if (error === undefined) {
          written?.();
          resolve();
        } else
          reject(
            new PubsubError(
              status.INTERNAL,
              `The journal could not be written: ${error instanceof Error ? error.message : 'unknown error'}`,
            ),
          );
      });
    });
  }

  *#snapshot(): Iterable<Entry> {
    yield { kind: 'next-id', id: this.#nextId };
    for (const topic of this.#topics.values()) yield { kind: 'topic', topic };
    const holders = new Map<Message, string[]>();
    for (const { definition, queue } of this.#subscriptions.values()) {
      yield { kind: 'subscription', subscription: definition };
      for (const message of queue.messages()) {
        const names = holders.get(message);
        if (names) names.push(definition.name);
        else holders.set(message, [definition.name]);
      }
    }
    const inOrder = [...holders].sort(([a], [b]) => Number(a.id) - Number(b.id));
    for (const [message, subscriptions] of inOrder) yield { kind: 'held', subscriptions, message: message.encoded };
  }
}

const policyOf = (subscription: Subscription): QueuePolicy => ({
  name: subscription.name,
  ordered: subscription.enableMessageOrdering,
  pushed: isPushed(subscription),
  retryPolicy: subscription.retryPolicy,
  maximumAttempts: subscription.deadLetterPolicy?.maxDeliveryAttempts ?? Infinity,
  retentionMillis: subscription.messageRetentionDuration ? millisOf(subscription.messageRetentionDuration) : Infinity,
});
