import type { Clock } from '../../clock.ts';
import type { DeliveryQueue } from '../delivery/delivery-queue.ts';
import { isPushed, type Subscription } from '../resources.ts';
import { PushDriver } from './push-driver.ts';

/** Tokens are valid for an hour; a new one is made well before. */
const tokenMillis = 30 * 60 * 1000;

/** How long requests in flight may take to be answered on close. */
const graceMillis = 5000;

/** The push drivers of all subscriptions that have an endpoint. */
export class Pushers {
  readonly #clock: Clock;
  readonly #signToken: (claims: { email: string; audience: string }) => string;
  readonly #maySignAs: (email: string) => boolean;
  readonly #drivers = new Map<string, PushDriver>();
  readonly #tokens = new Map<string, { readonly value: string; readonly until: number }>();
  #paused = false;

  constructor(
    clock: Clock,
    signToken: (claims: { email: string; audience: string }) => string,
    maySignAs: (email: string) => boolean,
  ) {
    this.#clock = clock;
    this.#signToken = signToken;
    this.#maySignAs = maySignAs;
  }

  update(subscription: Subscription, queue: DeliveryQueue): void {
    this.remove(subscription.name);
    if (!isPushed(subscription)) return;
    const driver = new PushDriver(queue, subscription, this.#clock, (email, audience) => this.#token(email, audience));
    this.#drivers.set(subscription.name, driver);
    if (this.#paused) void driver.pause();
    else driver.ready();
  }

  remove(name: string): void {
    this.#drivers.get(name)?.close();
    this.#drivers.delete(name);
  }

  /** Whether a request is out, or about to be. */
  get isBusy(): boolean {
    return [...this.#drivers.values()].some(driver => driver.isBusy);
  }

  async pause(): Promise<void> {
    this.#paused = true;
    await Promise.all([...this.#drivers.values()].map(driver => driver.pause()));
  }

  resume(): void {
    this.#paused = false;
    for (const driver of this.#drivers.values()) driver.resume();
  }

  /** Begins no new request and waits for what is in flight, for a while. What is left ends with its queue. */
  async drain(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<void>(resolve => {
      timer = setTimeout(resolve, graceMillis);
    });
    await Promise.race([this.pause(), grace]);
    clearTimeout(timer);
  }

  #token(email: string, audience: string): string | undefined {
    if (!this.#maySignAs(email)) return undefined;
    const key = JSON.stringify([email, audience]);
    const known = this.#tokens.get(key);
    if (known && known.until > this.#clock.now()) return known.value;
    const value = `Bearer ${this.#signToken({ email, audience })}`;
    this.#tokens.set(key, { value, until: this.#clock.now() + tokenMillis });
    return value;
  }
}
