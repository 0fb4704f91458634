import { parseRampAddress } from './names.ts';
import type { Message } from './stage.ts';

/**
 * The facts that Onramp knows of every event. On the hub they travel as attributes; in the lakes and the warehouse they
 * are the first columns of every record, under the same names. Everything under the prefix is ours; every other
 * attribute is the publisher's and survives untouched.
 */
export const prefix = 'onramp_';

export const attribute = {
  ramp: 'onramp_ramp',
  /** Stable across redelivery and replay: what duplicates are recognised by. */
  eventId: 'onramp_event_id',
  /** When the ramp took the message. */
  publishTime: 'onramp_publish_time',
  /** Full name of the payload's message type. A publisher may claim it; else the catalogue's is set. */
  schema: 'onramp_schema',
  /** Version of the descriptor set. A publisher may claim it; else the one that is current is set. */
  schemaVersion: 'onramp_schema_version',
  /** SHA-256 of the payload, in hexadecimal. */
  sha256: 'onramp_sha256',
  /** Name of the object in the overflow bucket that holds the message itself; see `core/overflow.ts`. */
  overflow: 'onramp_overflow',
  /** On a message that is on the hub once more: the stage that it is meant for, while all others let it pass. */
  replay: 'onramp_replay',
} as const;

export const deadLetterAttribute = {
  stage: 'onramp_dead_letter_stage',
  reason: 'onramp_dead_letter_reason',
  detail: 'onramp_dead_letter_detail',
  time: 'onramp_dead_letter_time',
} as const;

/** An event of the hub: a publisher's payload and attributes, and Onramp's facts of it. */
export interface Event {
  readonly ramp: string;
  readonly eventId: string;
  readonly publishTime: string;
  readonly schema: string | undefined;
  readonly schemaVersion: string | undefined;
  readonly sha256: string;
  readonly orderingKey: string;
  /** The publisher's own, without Onramp's. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}

/**
 * The event that a message on a ramp is: the same on every redelivery, but for the schema's current version.
 * `sha256` is that of the payload.
 */
export function eventOfRampMessage(
  message: Message,
  declared: { readonly name: string; readonly current: string | undefined } | undefined,
  sha256: string,
): Event {
  const schema = message.attributes[attribute.schema] ?? declared?.name;
  return {
    ramp: message.source,
    eventId: `${message.source}/${message.id}`,
    publishTime: message.publishTime,
    schema,
    schemaVersion:
      message.attributes[attribute.schemaVersion] ?? (schema === declared?.name ? declared?.current : undefined),
    sha256,
    orderingKey: message.orderingKey,
    attributes: withoutPrefix(message.attributes),
    payload: message.data,
  };
}

/** The attributes of an event on the hub: the publisher's and Onramp's. */
export function attributesOfEvent(event: Event): Record<string, string> {
  return { ...event.attributes, ...factsOfEvent(event) };
}

/** Onramp's own attributes of an event. */
export function factsOfEvent(event: Event): Record<string, string> {
  const facts: Record<string, string> = {
    [attribute.ramp]: event.ramp,
    [attribute.eventId]: event.eventId,
    [attribute.publishTime]: event.publishTime,
    [attribute.sha256]: event.sha256,
  };
  if (event.schema !== undefined) facts[attribute.schema] = event.schema;
  if (event.schemaVersion !== undefined) facts[attribute.schemaVersion] = event.schemaVersion;
  return facts;
}

/** Reads an event back from a message of the hub. */
export function eventOfHubMessage(
  message: Pick<Message, 'id' | 'publishTime' | 'data' | 'attributes' | 'orderingKey'>,
): Event {
  const facts = message.attributes;
  return {
    // A message that somebody published on the hub by hand has no facts; it is kept under a ramp that says so.
    ramp: facts[attribute.ramp] ?? 'unknown/unknown',
    eventId: facts[attribute.eventId] ?? `hub/${message.id}`,
    publishTime: facts[attribute.publishTime] ?? message.publishTime,
    schema: facts[attribute.schema],
    schemaVersion: facts[attribute.schemaVersion],
    sha256: facts[attribute.sha256] ?? '',
    orderingKey: message.orderingKey,
    attributes: withoutPrefix(facts),
    payload: message.data,
  };
}

/** The ramp that a message is of, wherever it is on its way; undefined when that is not known. */
export function rampOfMessage({ source, attributes }: Pick<Message, 'source' | 'attributes'>): string | undefined {
  // On a ramp the attributes are the publisher's own, and may say anything.
  return parseRampAddress(source) ? source : attributes[attribute.ramp];
}

function withoutPrefix(attributes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !key.startsWith(prefix)));
}
