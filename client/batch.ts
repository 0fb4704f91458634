import type { BufferPool } from './buffer-pool.ts';
import type { Receipt } from './receipt.ts';
import { messageLength, type WireMessage, writeMessage } from './wire.ts';

/** A topic that is published on. */
export interface Topic {
  /** The full name. */
  readonly name: string;
  /** What `encodeTopic` made of it. */
  readonly head: Buffer;
}

/** Tells the caller of `publish` what became of its message. */
export interface Settle {
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: unknown) => void;
}

const smallest = 4096;

/**
 * Messages of one topic and one ordering key (or of none), as the bytes of a `PublishRequest`. The unit of everything:
 * it is what is sent, retried, spooled and replayed.
 */
export class Batch {
  readonly topic: Topic;
  readonly orderingKey: string;
  readonly settles: Settle[] = [];
  /** Resolves once its callers have been told, of whatever. */
  readonly settled: Promise<void>;
  #settle: () => void = () => undefined;
  readonly #pool: BufferPool;
  #bytes: Buffer;
  #end: number;

  constructor(topic: Topic, orderingKey: string, pool: BufferPool, expectedBytes: number) {
    this.#pool = pool;
    this.topic = topic;
    this.orderingKey = orderingKey;
    this.#bytes = pool.take(Math.max(smallest, expectedBytes));
    this.#bytes.set(topic.head);
    this.#end = topic.head.length;
    this.settled = new Promise(resolve => {
      this.#settle = resolve;
    });
  }

  /** How many messages it has. */
  get count(): number {
    return this.settles.length;
  }

  /** What it takes of memory. */
  get heldBytes(): number {
    return this.#bytes.length;
  }

  get length(): number {
    return this.#end;
  }

  /** The request as it is sent. */
  get request(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  add(message: WireMessage, settle: Settle): void {
    const end = this.#end + messageLength(message);
    if (end > this.#bytes.length) {
      const larger = this.#pool.take(Math.max(end, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#end);
      this.#pool.giveBack(this.#bytes);
      this.#bytes = larger;
    }
    this.#end = writeMessage(this.#bytes, this.#end, message);
    this.settles.push(settle);
  }

  /** Lets go of the bytes, once nothing reads them any more. */
  free(): void {
    this.#pool.giveBack(this.#bytes);
    this.#bytes = Buffer.alloc(0);
    this.#end = 0;
  }

  /** Tells every caller that its message is safe. */
  resolve(receiptOf: (index: number) => Receipt): void {
    this.settles.forEach(({ resolve }, index) => resolve(receiptOf(index)));
    this.#settle();
  }

  reject(error: unknown): void {
    for (const { reject } of this.settles) reject(error);
    this.#settle();
  }
}
