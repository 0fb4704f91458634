import { type Clock, systemClock } from '../clock.ts';
import type { GrpcPort } from '../grpc-port.ts';
import { createTokenSigner } from '../iam/tokens.ts';
import { type Authorize, allowAll, type Caller, operator, type StandIn } from '../stand-in.ts';
import { Broker } from './broker.ts';
import { guardOf } from './grpc/guard.ts';
import { listen } from './grpc/listener.ts';
import { readJournal } from './journal/journal.ts';
import { emptyState, replay } from './journal/replay.ts';
import { publishTimeOf } from './message.ts';
import { encodeDraft } from './message-codec.ts';
import { unavailable } from './pubsub-error.ts';
import { Pushers } from './push/pushers.ts';
import { checkResourceName } from './resource-name.ts';
import { checkPublish } from './validate-messages.ts';

export interface PubsubOptions {
  /** Where topics, subscriptions and undelivered messages live; they survive a restart and a kill. */
  readonly folder: string;
  /** Everything is allowed by default. */
  readonly authorize?: Authorize;
  /**
   * Whom the service itself acts as when it moves a message to a dead-letter topic and when it signs a push request
   * (https://cloud.google.com/pubsub/docs/authentication#service-agents); by default the operator, who may do both.
   */
  readonly serviceAgent?: Caller;
  /** Signs the bearer of a push subscription with OIDC; a key of its own by default, which nobody else can check. */
  readonly signToken?: (claims: { email: string; audience: string }) => string;
  /** Sees every publish once it is durable, dead letters too. */
  readonly onPublish?: (topic: string, messages: readonly PublishedMessage[]) => void;
  readonly clock?: Clock;
}

export interface PublishedMessage {
  readonly messageId: string;
  /** RFC 3339, UTC. */
  readonly publishTime: string;
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  /** Empty when the publisher set none. */
  readonly orderingKey: string;
}

export interface NewMessage {
  readonly data?: Uint8Array;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly orderingKey?: string;
}

export interface Backlog {
  /** Full name. */
  readonly subscription: string;
  /** Messages that wait for their first or next delivery. */
  readonly undelivered: number;
  /** Messages that are out with a subscriber, neither acknowledged nor expired. */
  readonly outstanding: number;
}

/** A running stand-in for Pub/Sub. */
export interface Pubsub extends StandIn {
  /**
   * Publishes without a caller's permission. `topic` is the full name. Answers with the ids once the messages are
   * durable; rejects with a PubsubError (NOT_FOUND, INVALID_ARGUMENT) as a client would see it.
   */
  publish(topic: string, messages: readonly NewMessage[]): Promise<string[]>;
  /** What is not acknowledged yet, per subscription. */
  backlog(): Backlog[];
  /** Whether a message is being published or pushed. */
  isBusy(): boolean;
  /** Begins no new push; resolves when none is in flight. */
  pausePush(): Promise<void>;
  resumePush(): void;
}

/** Starts a stand-in on what its folder holds. It serves nobody until `listen` is called. */
export async function startPubsub(options: PubsubOptions): Promise<Pubsub> {
  const clock = options.clock ?? systemClock;
  const authorize = options.authorize ?? allowAll;
  const state = emptyState();
  for await (const entry of readJournal(options.folder)) replay(state, entry);

  const agent = options.serviceAgent ?? operator;
  const agentGuard = guardOf(authorize, agent);
  const maySignAs = (email: string) => authorize(agent, 'iam.serviceAccounts.getOpenIdToken', accountName(email));
  const pushers = new Pushers(clock, options.signToken ?? createTokenSigner().sign, maySignAs);
  const broker = await Broker.open(options.folder, clock, state, {
    subscriptionChanged: (subscription, queue) => pushers.update(subscription, queue),
    subscriptionDeleted: name => pushers.remove(name),
    published: (topic, messages) => options.onPublish?.(topic, messages.map(published)),
    forwarding: (subscription, topic) => {
      agentGuard('topics.publish', topic);
      agentGuard('subscriptions.consume', subscription);
    },
  });
  const listeners: GrpcPort[] = [];

  let closed: Promise<void> | undefined;
  const close = async () => {
    await pushers.drain();
    broker.endDelivery(unavailable());
    await Promise.all(listeners.map(listener => listener.close()));
    await broker.close();
  };

  return {
    async listen(caller, port = 0) {
      const listener = await listen(broker, guardOf(authorize, caller), port);
      listeners.push(listener);
      return listener.port;
    },
    async publish(topic, messages) {
      checkResourceName('topics', topic);
      const drafts = messages.map(({ data = new Uint8Array(), attributes = {}, orderingKey = '' }) =>
        encodeDraft({ data, attributes, orderingKey }),
      );
      const size = drafts.reduce((sum, { encoded }) => sum + encoded.length, 0);
      checkPublish(drafts, size);
      return broker.publish(topic, drafts);
    },
    backlog: () => broker.subscriptions().map(({ name }) => ({ subscription: name, ...broker.queue(name).counts })),
    isBusy: () => broker.isPublishing || pushers.isBusy,
    pausePush: () => pushers.pause(),
    resumePush: () => pushers.resume(),
    close: () => (closed ??= close()),
  };
}

/** The full name of a service account, whose email names its project. */
const accountName = (email: string) => `projects/${/@([^.]*)/.exec(email)?.[1] ?? '-'}/serviceAccounts/${email}`;

const published = (message: Parameters<typeof publishTimeOf>[0]): PublishedMessage => ({
  messageId: message.id,
  publishTime: publishTimeOf(message),
  data: message.data,
  attributes: message.attributes,
  orderingKey: message.orderingKey,
});
