import { invalid, required } from './api-error.ts';
import { isObject, type JsonObject } from './json.ts';
import { type ObjectRecord, objectResource, productOrigin } from './object-record.ts';

const eventTypes = ['OBJECT_FINALIZE', 'OBJECT_METADATA_UPDATE', 'OBJECT_DELETE', 'OBJECT_ARCHIVE'] as const;

type EventType = (typeof eventTypes)[number];

/** A bucket's wish to tell a Pub/Sub topic of changes, as it is kept and as the JSON API names its fields. */
export interface NotificationConfig {
  readonly id: string;
  /** `//pubsub.googleapis.com/projects/<project>/topics/<topic>` */
  readonly topic: string;
  readonly payload_format: 'JSON_API_V1' | 'NONE';
  readonly event_types?: readonly EventType[];
  readonly object_name_prefix?: string;
  readonly custom_attributes?: Readonly<Record<string, string>>;
}

/** A change of an object. */
export interface ObjectEvent {
  readonly type: EventType;
  readonly object: ObjectRecord;
  /** RFC 3339. */
  readonly time: string;
  /** Of OBJECT_FINALIZE: the version that was live before. */
  readonly overwroteGeneration?: number;
  /** Of OBJECT_DELETE and OBJECT_ARCHIVE: the version that took its place. */
  readonly overwrittenByGeneration?: number;
}

/** A message for Pub/Sub; `topic` is `projects/<project>/topics/<topic>`. */
export interface OutgoingMessage {
  readonly topic: string;
  readonly data: Uint8Array;
  readonly attributes: Record<string, string>;
}

const topicPattern = /^\/\/pubsub\.googleapis\.com\/(projects\/[^/]+\/topics\/[^/]+)$/;

/** Reads a configuration that a caller sent. Throws 400. */
export function notificationConfigOf(id: string, resource: JsonObject): NotificationConfig {
  const { topic, payload_format, event_types, object_name_prefix, custom_attributes } = resource;
  if (typeof topic !== 'string') throw required('Required: topic');
  if (!topicPattern.test(topic)) {
    throw invalid(
      `Invalid Google Cloud Pub/Sub topic: '${topic}'. It must be //pubsub.googleapis.com/projects/<project>/topics/<topic>.`,
    );
  }
  if (payload_format !== 'JSON_API_V1' && payload_format !== 'NONE') {
    throw payload_format === undefined ? required('Required: payload_format') : invalid('Invalid payload_format.');
  }
  if (event_types !== undefined && !(Array.isArray(event_types) && event_types.every(isEventType))) {
    throw invalid(`Invalid event_types: they must be of ${eventTypes.join(', ')}.`);
  }
  if (object_name_prefix !== undefined && typeof object_name_prefix !== 'string') {
    throw invalid('Invalid object_name_prefix.');
  }
  if (custom_attributes !== undefined && !isTextMap(custom_attributes)) throw invalid('Invalid custom_attributes.');
  return {
    id,
    topic,
    payload_format,
    ...(event_types?.length ? { event_types } : {}),
    ...(object_name_prefix === undefined ? {} : { object_name_prefix }),
    ...(custom_attributes === undefined ? {} : { custom_attributes }),
  };
}

const isEventType = (value: unknown): value is EventType => eventTypes.some(type => type === value);

const isTextMap = (value: unknown): value is Record<string, string> =>
  isObject(value) && Object.values(value).every(text => typeof text === 'string');

/** https://cloud.google.com/storage/docs/json_api/v1/notifications#resource */
export function notificationResource(bucket: string, config: NotificationConfig, origin: string): JsonObject {
  return {
    kind: 'storage#notification',
    selfLink: `${origin}/storage/v1/b/${bucket}/notificationConfigs/${config.id}`,
    etag: config.id,
    ...config,
  };
}

/** The messages that an event gives by a bucket's configurations. https://cloud.google.com/storage/docs/pubsub-notifications#format */
export function messagesOf(event: ObjectEvent, configs: readonly NotificationConfig[]): OutgoingMessage[] {
  return configs.filter(config => wants(config, event)).map(config => messageOf(event, config));
}

function wants(config: NotificationConfig, event: ObjectEvent): boolean {
  return (
    (config.event_types?.includes(event.type) ?? true) && event.object.name.startsWith(config.object_name_prefix ?? '')
  );
}

function messageOf(event: ObjectEvent, config: NotificationConfig): OutgoingMessage {
  const { object } = event;
  const attributes: Record<string, string> = {
    ...config.custom_attributes,
    notificationConfig: `projects/_/buckets/${object.bucket}/notificationConfigs/${config.id}`,
    eventType: event.type,
    payloadFormat: config.payload_format,
    bucketId: object.bucket,
    objectId: object.name,
    objectGeneration: String(object.generation),
    eventTime: event.time,
  };
  if (event.overwroteGeneration !== undefined) attributes['overwroteGeneration'] = String(event.overwroteGeneration);
  if (event.overwrittenByGeneration !== undefined) {
    attributes['overwrittenByGeneration'] = String(event.overwrittenByGeneration);
  }
  const payload = config.payload_format === 'NONE' ? '' : JSON.stringify(objectResource(object, productOrigin));
  return {
    topic: topicPattern.exec(config.topic)?.[1] ?? config.topic,
    data: Buffer.from(payload),
    attributes,
  };
}
