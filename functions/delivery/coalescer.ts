import type { Message } from '../core/stage.ts';
import type { BatchBounds } from '../core/wiring.ts';

/** Handles a batch; answers for each message, in order and at its own time, whether it may be acknowledged. Never rejects. */
export type Settle = (messages: readonly Message[]) => readonly Promise<boolean>[];

/** The timer of the host, so that tests can drive it. */
export interface Timer {
  set(callback: () => void, millis: number): unknown;
  clear(handle: unknown): void;
}

const hostTimer: Timer = {
  set: (callback, millis) => setTimeout(callback, millis),
  clear: handle => clearTimeout(handle as NodeJS.Timeout),
};

interface Held {
  readonly message: Message;
  readonly answer: (acknowledge: boolean) => void;
}

/**
 * Gathers single messages into batches. Each offer is answered when its message is durable, so a push request can wait
 * for it; until then its bytes count as held. A batch is flushed at so many records, so many bytes, or so many
 * milliseconds after its first message, whichever comes first; batches are flushed side by side.
 */
export class Coalescer {
  readonly #settle: Settle;
  readonly #bounds: BatchBounds;
  readonly #timer: Timer;
  #batch: Held[] = [];
  #batchBytes = 0;
  #heldBytes = 0;
  #timeout: unknown;
  #unanswered = new Set<Promise<boolean>>();

  constructor(settle: Settle, bounds: BatchBounds, timer: Timer = hostTimer) {
    this.#settle = settle;
    this.#bounds = bounds;
    this.#timer = timer;
  }

  /**
   * Takes a message into the current batch.
   * @returns whether the message may be acknowledged, once that is known; undefined, at once, when the message would
   * exceed the budget of held bytes. A message alone in memory is always taken, however large.
   */
  offer(message: Message): Promise<boolean> | undefined {
    const bytes = message.data.byteLength;
    if (this.#heldBytes > 0 && this.#heldBytes + bytes > this.#bounds.heldBytes) return undefined;
    this.#heldBytes += bytes;
    this.#batchBytes += bytes;
    const answered = new Promise<boolean>(answer => this.#batch.push({ message, answer }));
    if (this.#batch.length >= this.#bounds.records || this.#batchBytes >= this.#bounds.bytes) this.#flush();
    else this.#timeout ??= this.#timer.set(() => this.#flush(), this.#bounds.millis);
    return answered;
  }

  /** Flushes what is held and waits until every offer so far has been answered. */
  async drain(): Promise<void> {
    this.#flush();
    await Promise.all(this.#unanswered);
  }

  #flush(): void {
    if (this.#timeout !== undefined) this.#timer.clear(this.#timeout);
    this.#timeout = undefined;
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    const answers = this.#settle(batch.map(held => held.message));
    batch.forEach(({ message, answer }, index) => {
      const answered = (answers[index] ?? Promise.resolve(false)).then(acknowledge => {
        this.#heldBytes -= message.data.byteLength;
        this.#unanswered.delete(answered);
        answer(acknowledge);
        return acknowledge;
      });
      this.#unanswered.add(answered);
    });
  }
}
