import { setTimeout as delay } from 'node:timers/promises';
import type { Catalogue, QueuedMessage } from './catalogue.ts';
import type { OutgoingMessage } from './notification-config.ts';

export type Notify = (
  topic: string,
  message: { data: Uint8Array; attributes: Record<string, string> },
) => Promise<void>;

/**
 * Sends notifications at least once: a message is stored in the transaction of the change that it tells of, and removed
 * when Pub/Sub has it. Until then it is tried again, also after a restart.
 */
export interface Outbox {
  /** Stores messages; to be called within the transaction. The answer sends them, once that is committed. */
  put(messages: readonly OutgoingMessage[]): () => void;
  /** Whether a message is being sent, and not waiting to be tried again. */
  isBusy(): boolean;
  /** Stops trying again, and waits for what is being sent. */
  close(): Promise<void>;
}

const firstRetryMillis = 500;
const lastRetryMillis = 30_000;

/** Without `notify` there is nobody to tell, and nothing is stored. */
export function openOutbox(catalogue: Catalogue, notify: Notify | undefined): Outbox {
  if (!notify) return { put: () => () => undefined, isBusy: () => false, close: () => Promise.resolve() };

  const stopped = new AbortController();
  const sending = new Set<Promise<void>>();
  let out = 0;

  const sendNow = async ({ id, topic, data, attributes }: QueuedMessage) => {
    out += 1;
    try {
      await notify(topic, { data, attributes });
      catalogue.dequeue(id);
    } finally {
      out -= 1;
    }
  };
  const send = async (message: QueuedMessage) => {
    for (let wait = firstRetryMillis; !stopped.signal.aborted; wait = Math.min(wait * 2, lastRetryMillis)) {
      try {
        await sendNow(message);
        return;
      } catch {
        // Pub/Sub is away or has no such topic (yet); the product too keeps trying, for days.
        await delay(wait, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
      }
    }
  };
  const start = (message: QueuedMessage) => {
    const done = send(message).finally(() => sending.delete(done));
    sending.add(done);
  };

  for (const message of catalogue.queued()) start(message);

  return {
    put(messages) {
      const queued = messages.map(message => ({ ...message, id: catalogue.enqueue(message) }));
      return () => queued.forEach(start);
    },
    isBusy: () => out > 0,
    async close() {
      stopped.abort();
      await Promise.all(sending);
    },
  };
}
