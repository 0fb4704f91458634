import { parseFilter } from '../filter.ts';
import type { Message } from '../message.ts';
import { decodeMessage, decodePublishRequest } from '../message-codec.ts';
import { deletedTopic } from '../resource-name.ts';
import type { Subscription, Topic } from '../resources.ts';
import type { Entry } from './record.ts';

/** What the journal adds up to. */
export interface ReplayedState {
  readonly topics: Map<string, Topic>;
  readonly subscriptions: Map<string, { definition: Subscription; readonly backlog: Map<string, Message> }>;
  nextId: number;
}

export const emptyState = (): ReplayedState => ({ topics: new Map(), subscriptions: new Map(), nextId: 1 });

/** Applies one entry. Entries may be repeated, as compaction leaves them. */
export function replay(state: ReplayedState, entry: Entry): void {
  const { topics, subscriptions } = state;
  const hold = (name: string, message: Message) => {
    subscriptions.get(name)?.backlog.set(message.id, message);
    state.nextId = Math.max(state.nextId, Number(message.id) + 1);
  };
  switch (entry.kind) {
    case 'topic':
      topics.set(entry.topic.name, entry.topic);
      return;
    case 'topic-deleted':
      topics.delete(entry.name);
      for (const held of subscriptions.values()) {
        if (held.definition.topic === entry.name) held.definition = { ...held.definition, topic: deletedTopic };
      }
      return;
    case 'subscription': {
      const definition = entry.subscription;
      const known = subscriptions.get(definition.name);
      if (known) known.definition = definition;
      else subscriptions.set(definition.name, { definition, backlog: new Map() });
      return;
    }
    case 'subscription-deleted':
      subscriptions.delete(entry.name);
      return;
    case 'settled':
      for (const id of entry.ids) subscriptions.get(entry.subscription)?.backlog.delete(id);
      return;
    case 'next-id':
      state.nextId = Math.max(state.nextId, entry.id);
      return;
    case 'held': {
      const message = decodeMessage(Buffer.from(entry.message));
      for (const name of entry.subscriptions) hold(name, message);
      return;
    }
    case 'published': {
      const { topic, messages } = decodePublishRequest(entry.request);
      const receivers = [...subscriptions.values()].filter(
        ({ definition }) => definition.topic === topic && !definition.detached,
      );
      const filters = receivers.map(({ definition }) => parseFilter(definition.filter));
      for (const { encoded } of messages) {
        const message = decodeMessage(Buffer.from(encoded));
        state.nextId = Math.max(state.nextId, Number(message.id) + 1);
        receivers.forEach(({ definition }, index) => {
          if (filters[index]?.(message.attributes)) hold(definition.name, message);
        });
      }
      return;
    }
  }
}
