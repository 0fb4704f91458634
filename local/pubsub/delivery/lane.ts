import type { Delivery } from './delivery.ts';
import { Fifo } from './fifo.ts';

/**
 * The messages of one ordering key. A batch goes out only when nothing of the key is out, so that no subscriber can see
 * them out of order; when one of the batch fails, it and everything after it comes back, even what was acknowledged.
 * https://cloud.google.com/pubsub/docs/ordering
 */
export class Lane {
  readonly key: string;
  readonly #waiting = new Fifo<Delivery>();
  #out: Delivery[] = [];
  /** Set while a failed message waits for its back-off. */
  backingOff = false;
  /** Whether the lane stands in the line of what can be taken. */
  queued = false;

  constructor(key: string) {
    this.key = key;
  }

  get ready(): boolean {
    return !this.queued && !this.backingOff && this.#out.length === 0 && this.#waiting.length > 0;
  }

  get empty(): boolean {
    return this.#out.length === 0 && this.#waiting.length === 0;
  }

  add(delivery: Delivery): void {
    this.#waiting.push(delivery);
  }

  next(): Delivery | undefined {
    return this.#waiting.shift();
  }

  sent(delivery: Delivery): void {
    this.#out.push(delivery);
  }

  isOut(delivery: Delivery): boolean {
    return this.#out.includes(delivery);
  }

  /** Removes the acknowledged messages at the head of what is out, and answers with them. */
  takeAcknowledged(): Delivery[] {
    const open = this.#out.findIndex(delivery => delivery.state === 'open');
    return this.#out.splice(0, open === -1 ? this.#out.length : open);
  }

  /** Brings back a failed message and all that went out after it; answers with them. Nothing when it is not out. */
  bringBack(failed: Delivery): Delivery[] {
    const index = this.#out.indexOf(failed);
    const back = index === -1 ? [] : this.#out.splice(index);
    this.#waiting.unshift(back);
    return back;
  }
}
