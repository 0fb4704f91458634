import http from 'node:http';
import https from 'node:https';
import type { Clock, Timer } from '../../clock.ts';
import type { Lease, LeaseOwner } from '../delivery/delivery.ts';
import type { Consumer, DeliveryQueue } from '../delivery/delivery-queue.ts';
import type { Subscription } from '../resources.ts';
import { pushBody } from './push-body.ts';
import { PushWindow } from './push-window.ts';

/** https://cloud.google.com/pubsub/docs/push#receive_push */
const acknowledging = new Set([102, 200, 201, 202, 204]);

/** Requests begun before the event loop gets a turn: a burst of new connections would overflow the listener's backlog. */
const burst = 128;

interface Outgoing {
  readonly request: http.ClientRequest;
  readonly sentAt: number;
}

/** Gives the value of the Authorization header for an identity and an audience; undefined when it may not be signed. */
export type Authorization = (email: string, audience: string) => string | undefined;

/** Pushes what one subscription has to deliver to its endpoint, one message per request. */
export class PushDriver implements Consumer, LeaseOwner {
  readonly #queue: DeliveryQueue;
  readonly #clock: Clock;
  readonly #authorization: Authorization;
  readonly #subscription: Subscription;
  readonly #url: URL;
  readonly #send: typeof http.request;
  readonly #agent: http.Agent;
  readonly #window = new PushWindow();
  readonly #outgoing = new Map<Lease, Outgoing>();
  #backOff: Timer | undefined;
  #paused = false;
  #scheduled = false;
  #idle: (() => void)[] = [];

  constructor(queue: DeliveryQueue, subscription: Subscription, clock: Clock, authorization: Authorization) {
    this.#queue = queue;
    this.#subscription = subscription;
    this.#clock = clock;
    this.#authorization = authorization;
    this.#url = new URL(subscription.pushConfig?.pushEndpoint ?? '');
    const secure = this.#url.protocol === 'https:';
    this.#send = secure ? https.request : http.request;
    this.#agent = new (secure ? https.Agent : http.Agent)({ keepAlive: true, maxFreeSockets: 2000 });
    queue.attach(this);
  }

  ready(): void {
    this.#pump();
  }

  /** The leases are gone with the queue. */
  ended(): void {
    this.#stop();
  }

  /** Whether a request is out, or about to be. */
  get isBusy(): boolean {
    return this.#outgoing.size > 0 || this.#scheduled;
  }

  /** Begins no new request; resolves when none is out. */
  async pause(): Promise<void> {
    this.#paused = true;
    if (this.#outgoing.size > 0) await new Promise<void>(resolve => this.#idle.push(resolve));
  }

  resume(): void {
    this.#paused = false;
    this.#pump();
  }

  /** Breaks off what is out; its messages are delivered again, by another driver. */
  close(): void {
    this.#paused = true;
    for (const lease of [...this.#outgoing.keys()]) this.#queue.release(lease);
    this.#stop();
  }

  /** The deadline of a request has passed, or its message was seeked over: the answer does not matter any more. */
  leaseEnded(lease: Lease): void {
    const outgoing = this.#outgoing.get(lease);
    if (!outgoing) return;
    this.#settled(lease);
    outgoing.request.destroy();
    this.#countFailure(lease, outgoing.sentAt);
    this.#pump();
  }

  #pump(): void {
    if (this.#paused || this.#backOff || this.#scheduled) return;
    const room = Math.min(burst, this.#window.size - this.#outgoing.size);
    if (room <= 0) return;
    const deadline = this.#subscription.ackDeadlineSeconds * 1000;
    const leases = this.#queue.take({ messages: room, bytes: Infinity, sameKey: 1 }, deadline, this);
    for (const lease of leases) this.#push(lease, true);
    if (leases.length < burst) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #push(lease: Lease, mayRetry: boolean): void {
    const body = pushBody(lease, this.#subscription.name, this.#subscription.deadLetterPolicy !== null);
    const request = this.#send(this.#url, { method: 'POST', agent: this.#agent, headers: this.#headers(body) });
    const outgoing: Outgoing = { request, sentAt: this.#clock.now() };
    this.#outgoing.set(lease, outgoing);
    const answered = (status: number) => {
      if (this.#outgoing.get(lease) === outgoing) this.#answered(lease, outgoing.sentAt, acknowledging.has(status));
    };
    request.on('information', ({ statusCode }) => {
      if (acknowledging.has(statusCode)) answered(statusCode);
    });
    request.on('response', response => {
      response.resume();
      response.on('error', () => undefined); // The status has been seen, and nobody reads the body.
      answered(response.statusCode ?? 0);
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#outgoing.get(lease) !== outgoing) return;
      // The endpoint closed a connection that was idle while this request was on its way: nothing has failed.
      if (mayRetry && request.reusedSocket && error.code === 'ECONNRESET') this.#push(lease, false);
      else answered(0);
    });
    request.end(body);
  }

  #headers(body: Buffer): http.OutgoingHttpHeaders {
    const headers: http.OutgoingHttpHeaders = {
      'content-type': 'application/json',
      'content-length': body.length,
      'user-agent': 'CloudPubSub-Google',
      from: 'noreply@google.com',
      accept: 'application/json',
    };
    const oidc = this.#subscription.pushConfig?.oidcToken;
    if (oidc) {
      const audience = oidc.audience === '' ? this.#subscription.pushConfig.pushEndpoint : oidc.audience;
      // Without a token the endpoint refuses the request, as it would on Google Cloud.
      const authorization = this.#authorization(oidc.serviceAccountEmail, audience);
      if (authorization !== undefined) headers['authorization'] = authorization;
    }
    return headers;
  }

  #answered(lease: Lease, sentAt: number, acknowledged: boolean): void {
    this.#settled(lease);
    if (acknowledged) {
      this.#window.succeeded();
      this.#queue.acknowledge(lease);
    } else {
      this.#countFailure(lease, sentAt);
      this.#queue.release(lease);
    }
    this.#pump();
  }

  #stop(): void {
    this.#paused = true;
    this.#queue.detach(this);
    this.#backOff?.cancel();
    for (const [lease, { request }] of [...this.#outgoing]) {
      this.#settled(lease);
      request.destroy();
    }
    this.#agent.destroy();
  }

  #settled(lease: Lease): void {
    this.#outgoing.delete(lease);
    if (this.#outgoing.size > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  #countFailure(lease: Lease, sentAt: number): void {
    const pause = this.#window.failed(lease.attempt === 1, sentAt, this.#clock.now());
    if (pause === 0) return;
    this.#backOff?.cancel();
    this.#backOff = this.#clock.setTimeout(() => {
      this.#backOff = undefined;
      this.#pump();
    }, pause);
  }
}
