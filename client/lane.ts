import { OnrampError } from '../functions/core/errors.ts';
import { Batch, type Settle, type Topic } from './batch.ts';
import type { BufferPool } from './buffer-pool.ts';
import { messageLength, type WireMessage } from './wire.ts';

export interface LaneOptions {
  readonly topic: Topic;
  readonly orderingKey: string;
  readonly batching: { readonly messages: number; readonly bytes: number; readonly millis: number };
  readonly pool: BufferPool;
  /** How many batches may be on their way at a time: one where the order counts. */
  readonly parallel: number;
  /** Brings a batch to where it is safe and tells its callers; rejects after it has told them of a failure. */
  readonly deliver: (batch: Batch) => Promise<void>;
  /** Told of bytes that are held from now on (or not any more, when negative). */
  readonly held: (bytes: number) => void;
  /** Told of messages whose callers have been told. */
  readonly settled: (messages: number) => void;
  /** Told when nothing is held any more. */
  readonly idle: () => void;
}

/** The messages of one topic and ordering key on their way: gathered into batches, delivered in order. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #full: Batch[] = [];
  readonly #running = new Set<Batch>();
  #open: Batch | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Whether the open batch is to go as soon as it can. */
  #due = false;
  #lastLength = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  add(message: WireMessage, settle: Settle): void {
    const { topic, orderingKey, batching, held } = this.#options;
    const length = messageLength(message);
    if (this.#open !== undefined && this.#open.length + length > batching.bytes) this.#close();
    const batch = (this.#open ??= this.#begin(topic, orderingKey));
    const before = batch.count === 0 ? 0 : batch.heldBytes;
    batch.add(message, settle);
    held(batch.heldBytes - before);
    if (batch.count >= batching.messages || batch.length >= batching.bytes) this.#close();
    else if (batching.millis === 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), batching.millis);
  }

  /** Sends what has been gathered without waiting for more. */
  flush(): void {
    this.#due = this.#open !== undefined;
    this.#stopTimer();
    this.#advance();
  }

  /** What is not safe yet, in order. */
  batches(): Batch[] {
    return [...this.#running, ...this.#full, ...(this.#open === undefined ? [] : [this.#open])];
  }

  #begin(topic: Topic, orderingKey: string): Batch {
    // Batches of a lane are much alike, so that the last one's size saves growing.
    return new Batch(topic, orderingKey, this.#options.pool, Math.ceil(this.#lastLength * 1.0625));
  }

  #close(): void {
    this.#seal();
    this.#advance();
  }

  #seal(): void {
    this.#stopTimer();
    this.#due = false;
    if (this.#open === undefined) return;
    this.#lastLength = this.#open.length;
    this.#full.push(this.#open);
    this.#open = undefined;
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #advance(): void {
    while (this.#running.size < this.#options.parallel) {
      // A batch that is due but cannot go yet goes on growing.
      if (this.#full.length === 0 && this.#due) {
        this.#seal();
      }
      const batch = this.#full.shift();
      if (batch === undefined) break;
      this.#running.add(batch);
      void this.#run(batch);
    }
    if (this.#running.size === 0 && this.#open === undefined) this.#options.idle();
  }

  async #run(batch: Batch): Promise<void> {
    let failure: unknown;
    await this.#options.deliver(batch).catch((error: unknown) => {
      failure = error;
    });
    this.#running.delete(batch);
    this.#release(batch);
    if (failure !== undefined && this.#options.orderingKey !== '') this.#rejectWaiting(failure);
    this.#advance();
  }

  /** Callers could not know of the failure when they published these: going on would change the order. */
  #rejectWaiting(cause: unknown): void {
    this.#seal();
    for (const batch of this.#full.splice(0)) {
      const detail = 'an earlier message of the same ordering key was not published';
      batch.reject(new OnrampError('PUBLISH_REFUSED', detail, { cause }));
      this.#release(batch);
    }
  }

  #release(batch: Batch): void {
    this.#options.settled(batch.count);
    this.#options.held(-batch.heldBytes);
    batch.free();
  }
}
