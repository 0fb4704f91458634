/**
 * Messages that wait for a version of their schema: objects in the bucket of dead letters, besides the dead letters
 * themselves. The stage `heal-dead-letters` sends them through their stage once the version is there.
 */
import type { DeadLetter } from './dead-letter.ts';
import { attribute, attributesOfEvent } from './envelope.ts';
import type { ErrorCode } from './errors.ts';
import { registryObjects } from './names.ts';
import type { Publishable } from './overflow.ts';
import { currentVersion, knownVersion, type SchemaIndex } from './schema/schema-index.ts';
import type { Message } from './stage.ts';
import { hubStages } from './wiring.ts';

/** Under which all that waits is, in the bucket of dead letters. */
export const waitingFolder = 'waiting/';

/** What messages wait for: a version of a schema, or the first one of it to be published at all. */
export interface Awaited {
  /** Full name of the message type. */
  readonly schema: string;
  /** A version, or `current`. */
  readonly version: string;
}

/** Stands for whatever version is current. No version has such a name. */
const anyVersion = 'current';

const waitingReasons: readonly ErrorCode[] = ['SCHEMA_UNKNOWN_VERSION', 'SCHEMA_WITHDRAWN'];

/** What the message of a dead letter waits for; undefined for one that nothing published could ever help. */
export function awaitedBy({ event: { schema, schemaVersion }, facts }: DeadLetter): Awaited | undefined {
  const isOfHub = hubStages.some(stage => stage === facts.stage);
  if (!isOfHub || !waitingReasons.some(reason => reason === facts.reason)) return undefined;
  // A publisher may claim anything; what no published version can be called is waited for in vain.
  if (schema === undefined || !/^[A-Za-z_][\w.]{0,254}$/.test(schema)) return undefined;
  if (schemaVersion !== undefined && !/^[0-9a-f]{16}$/.test(schemaVersion)) return undefined;
  return { schema, version: schemaVersion ?? anyVersion };
}

/** What of all that could be awaited is there. */
export function availableIn(index: SchemaIndex | undefined): string[] {
  if (!index || currentVersion(index) === undefined) return [];
  const versions = index.versions.map(({ version }) => version).filter(version => knownVersion(index, version));
  return [anyVersion, ...versions];
}

/** Under which all objects are that wait for the same. */
export const waitingPrefix = ({ schema, version }: Awaited): string => `${waitingFolder}${schema}/${version}/`;

/** An object's name may have 1,024 bytes: https://cloud.google.com/storage/docs/objects#naming */
const maxEventIdBytes = 512;

/**
 * The object in which a message waits. `unique` tells it from another of the same event and stage: whoever may only create
 * objects cannot write one twice, and what is being taken away must not take with it what came meanwhile.
 */
export function waitingObject(awaited: Awaited, { event, facts }: DeadLetter, unique: string): string {
  const id = Buffer.from(encodeURIComponent(event.eventId)).subarray(0, maxEventIdBytes).toString();
  return `${waitingPrefix(awaited)}${facts.stage}/${id}/${unique}`;
}

/** What the object holds: the message as it goes onto the hub again, for the stage that had set it aside and no other. */
export function waitingMessage({ event, facts }: DeadLetter): Publishable {
  return {
    data: event.payload,
    orderingKey: event.orderingKey,
    attributes: { ...attributesOfEvent(event), [attribute.replay]: facts.stage },
  };
}

/** As in the notifications of Cloud Storage: https://cloud.google.com/storage/docs/pubsub-notifications#attributes */
const objectAttribute = 'objectId';

/** Asks the stage `heal-dead-letters` to look whether there is by now what a message waits for. */
export const healRequest = ({ schema, version }: Awaited): Publishable => ({
  data: new Uint8Array(0),
  orderingKey: '',
  attributes: { [objectAttribute]: registryObjects.index(schema), [attribute.schemaVersion]: version },
});

/** What a request is about, or a notification of the registry bucket; undefined for any other message. */
export function requestedHeal({ attributes }: Pick<Message, 'attributes'>): HealRequest | undefined {
  const schema = registryObjects.schemaOfIndex(attributes[objectAttribute] ?? '');
  return schema === undefined ? undefined : { schema, version: attributes[attribute.schemaVersion] };
}

export interface HealRequest {
  readonly schema: string;
  /** Undefined for all that wait for any version of the schema. */
  readonly version: string | undefined;
}
