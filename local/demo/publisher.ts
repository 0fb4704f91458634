import { hash } from 'node:crypto';
import { fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import type { PubSub, Topic } from '@google-cloud/pubsub';
import { parseRampAddress, topics } from '../../functions/core/names.ts';
import { compileSchemas } from '../../infra/schemas.ts';
import * as assets from './assets.ts';
import * as flights from './flights.ts';
import * as quakes from './quakes.ts';

/** An event as it goes onto its ramp. */
export interface DemoEvent {
  readonly ramp: string;
  readonly payload: Uint8Array;
}

/** The payloads that were taken by a ramp: event id to SHA-256, by ramp. */
export type Published = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The example services' real data as payloads: all images, all quakes and as many flights as there are. */
export function* demoEvents(root: string): Generator<DemoEvent> {
  const { schemas } = compileSchemas(root);
  const encoder = (name: string) => {
    const message = schemas?.get(name)?.schema.message;
    if (!message) throw new Error(`proto/ does not declare ${name}, which the demo publishes`);
    return (event: unknown) => toBinary(message, fromJson(message, event as JsonValue));
  };
  const encodeQuake = encoder('quakes.v1.Quake');
  const encodeDeparture = encoder('flights.v1.Departure');
  const rare = [
    ...Array.from(assets.events(), payload => ({ ramp: assets.ramp, payload })),
    ...Array.from(quakes.events(), quake => ({ ramp: quakes.ramp, payload: encodeQuake(quake) })),
  ];
  // The rare ones are strewn among the flights, so that every ramp is busy from the beginning.
  let flight = 0;
  for (const departure of flights.events()) {
    yield { ramp: flights.ramp, payload: encodeDeparture(departure) };
    flight += 1;
    const next = flight % 10 === 0 ? rare[flight / 10 - 1] : undefined;
    if (next) yield next;
  }
}

/** Publishes events through Google's own client and remembers what the ramps took. */
export class DemoPublisher {
  readonly #pubsub: PubSub;
  readonly #topics = new Map<string, Topic>();
  readonly #published = new Map<string, Map<string, string>>();
  readonly #pending = new Set<Promise<void>>();
  #failure: unknown;

  constructor(pubsub: PubSub) {
    this.#pubsub = pubsub;
  }

  /** What the ramps have taken; complete after `flush`. */
  get published(): Published {
    return this.#published;
  }

  /** Publishes one event; waits only while very many are on their way. */
  async publish({ ramp, payload }: DemoEvent): Promise<void> {
    const publishing = this.#topic(ramp)
      .publishMessage({ data: Buffer.from(payload) })
      .then(id => {
        let events = this.#published.get(ramp);
        if (!events) this.#published.set(ramp, (events = new Map<string, string>()));
        events.set(`${ramp}/${id}`, hash('sha256', payload, 'hex'));
      })
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#pending.delete(publishing));
    this.#pending.add(publishing);
    if (this.#pending.size >= maxPending) await Promise.race(this.#pending);
  }

  /** Resolves when every event is on its ramp. Rejects when one could not be published. */
  async flush(): Promise<void> {
    await Promise.all(this.#pending);
    if (this.#failure !== undefined) throw new Error('an event could not be published', { cause: this.#failure });
  }

  #topic(address: string): Topic {
    let topic = this.#topics.get(address);
    if (!topic) {
      const parts = parseRampAddress(address);
      if (!parts) throw new Error(`${address} is no address of a ramp`);
      topic = this.#pubsub.topic(topics.ramp(parts.service, parts.ramp), {
        batching: { maxMessages: 500, maxMilliseconds: 10 },
      });
      this.#topics.set(address, topic);
    }
    return topic;
  }
}

const maxPending = 5000;
