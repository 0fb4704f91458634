import type { SecretId } from './names.ts';

/**
 * What each stage is and needs: the one table that the functions, the Pulumi program and the local cloud share. Whoever
 * adds a stage adds a row here, and infra and the local cloud follow.
 */

export const stageIds = [
  'ramp-to-hub',
  'hub-to-raw-lake',
  'hub-to-structured-lake',
  'hub-to-warehouse',
  'dead-letter',
  'log-to-ramp',
  'heal-dead-letters',
] as const;

/** A stage's id is also its function's name, its entry point, its service account's id and its hub subscription's id. */
export type StageId = (typeof stageIds)[number];

/** Environment variables that tell a function where its resources are. Values are plain names, without project. */
export const resourceKeys = {
  ONRAMP_PROJECT: 'the platform’s project id',
  ONRAMP_HUB_TOPIC: 'id of the hub',
  ONRAMP_DEAD_LETTER_TOPIC: 'id of the topic for dead letters',
  ONRAMP_SCHEMA_PUBLISHED_TOPIC: 'id of the topic that tells of published schemas',
  ONRAMP_RAW_LAKE_BUCKET: 'bucket of the raw lake',
  ONRAMP_STRUCTURED_LAKE_BUCKET: 'bucket of the structured lake',
  ONRAMP_DEAD_LETTER_BUCKET: 'bucket of the dead letters',
  ONRAMP_OVERFLOW_BUCKET: 'bucket for messages that outgrow the hub’s limits',
  ONRAMP_REGISTRY_BUCKET: 'bucket of descriptor sets and the catalogue',
  ONRAMP_BATCH_RECORDS: 'records at which a batch is flushed',
  ONRAMP_BATCH_BYTES: 'payload bytes at which a batch is flushed',
  ONRAMP_BATCH_MILLIS: 'milliseconds after its first record at which a batch is flushed',
  ONRAMP_HELD_BYTES: 'payload bytes held in memory beyond which new requests are answered 429',
} as const;

export type EnvironmentKey = keyof typeof resourceKeys;

/** Environment variables with the versions of a secret: `<prefix><version>` for each version that the stack names. */
export const secretKeys = {
  maskingKey: { prefix: 'ONRAMP_MASKING_KEY_', meaning: 'a version of the key that masks personal data' },
} as const satisfies Record<SecretId, { readonly prefix: string; readonly meaning: string }>;

export interface BatchBounds {
  readonly records: number;
  readonly bytes: number;
  readonly millis: number;
  /** Payload bytes held, in all batches together, beyond which new requests are turned away. */
  readonly heldBytes: number;
}

export interface StageWiring {
  readonly description: string;
  /** The keys beyond the batch bounds, which every stage has. */
  readonly environment: readonly EnvironmentKey[];
  /** The secrets of which it is given versions, as environment variables. */
  readonly secrets: readonly SecretId[];
  readonly batch: BatchBounds;
  /** Requests per instance. Must exceed `batch.records`, or only the timer ever flushes a batch. */
  readonly concurrency: number;
  readonly memoryMiB: number;
  readonly cpu: string;
  readonly timeoutSeconds: number;
  readonly minInstances: number;
  readonly maxInstances: number;
  /** Seconds after which Pub/Sub redelivers; at most 600. */
  readonly ackDeadlineSeconds: number;
}

const MiB = 1024 * 1024;

const sink = {
  secrets: [],
  concurrency: 1000,
  memoryMiB: 1024,
  cpu: '1',
  timeoutSeconds: 60,
  minInstances: 0,
  maxInstances: 20,
  ackDeadlineSeconds: 60,
} as const;

export const wiring: Readonly<Record<StageId, StageWiring>> = {
  'ramp-to-hub': {
    ...sink,
    description: 'carries every message of every ramp to the hub, unchanged, with Onramp’s attributes added',
    environment: [
      'ONRAMP_PROJECT',
      'ONRAMP_HUB_TOPIC',
      'ONRAMP_DEAD_LETTER_TOPIC',
      'ONRAMP_OVERFLOW_BUCKET',
      'ONRAMP_REGISTRY_BUCKET',
    ],
    batch: { records: 500, bytes: 8 * MiB, millis: 20, heldBytes: 128 * MiB },
  },
  'hub-to-raw-lake': {
    ...sink,
    description: 'writes every payload, byte for byte, to Avro files by ramp and hour',
    environment: ['ONRAMP_PROJECT', 'ONRAMP_DEAD_LETTER_TOPIC', 'ONRAMP_RAW_LAKE_BUCKET', 'ONRAMP_OVERFLOW_BUCKET'],
    batch: { records: 900, bytes: 32 * MiB, millis: 1000, heldBytes: 128 * MiB },
  },
  'hub-to-structured-lake': {
    ...sink,
    description: 'decodes payloads by their schema and writes the records to Avro files by ramp and hour',
    secrets: ['maskingKey'],
    environment: [
      'ONRAMP_PROJECT',
      'ONRAMP_DEAD_LETTER_TOPIC',
      'ONRAMP_STRUCTURED_LAKE_BUCKET',
      'ONRAMP_OVERFLOW_BUCKET',
      'ONRAMP_REGISTRY_BUCKET',
    ],
    batch: { records: 900, bytes: 32 * MiB, millis: 1000, heldBytes: 128 * MiB },
  },
  'hub-to-warehouse': {
    ...sink,
    description: 'decodes payloads by their schema and appends the rows to BigQuery',
    secrets: ['maskingKey'],
    environment: ['ONRAMP_PROJECT', 'ONRAMP_DEAD_LETTER_TOPIC', 'ONRAMP_OVERFLOW_BUCKET', 'ONRAMP_REGISTRY_BUCKET'],
    batch: { records: 500, bytes: 8 * MiB, millis: 250, heldBytes: 128 * MiB },
    // BigQuery tells those who write of a new column within minutes, and rows wait for it.
    timeoutSeconds: 300,
    ackDeadlineSeconds: 300,
  },
  'dead-letter': {
    ...sink,
    description: 'stores dead letters in the lake and in BigQuery, with their reason',
    environment: [
      'ONRAMP_PROJECT',
      'ONRAMP_DEAD_LETTER_TOPIC',
      'ONRAMP_SCHEMA_PUBLISHED_TOPIC',
      'ONRAMP_DEAD_LETTER_BUCKET',
      'ONRAMP_OVERFLOW_BUCKET',
    ],
    batch: { records: 500, bytes: 8 * MiB, millis: 500, heldBytes: 128 * MiB },
    maxInstances: 5,
  },
  'log-to-ramp': {
    ...sink,
    description: 'takes what a service printed out of its log entries and publishes it on the service’s ramp',
    environment: ['ONRAMP_PROJECT', 'ONRAMP_DEAD_LETTER_TOPIC', 'ONRAMP_OVERFLOW_BUCKET', 'ONRAMP_REGISTRY_BUCKET'],
    batch: { records: 500, bytes: 8 * MiB, millis: 20, heldBytes: 128 * MiB },
  },
  'heal-dead-letters': {
    ...sink,
    description: 'sends messages that waited for a version of their schema through their stage again',
    environment: [
      'ONRAMP_PROJECT',
      'ONRAMP_HUB_TOPIC',
      'ONRAMP_DEAD_LETTER_TOPIC',
      'ONRAMP_DEAD_LETTER_BUCKET',
      'ONRAMP_OVERFLOW_BUCKET',
      'ONRAMP_REGISTRY_BUCKET',
    ],
    batch: { records: 900, bytes: 8 * MiB, millis: 500, heldBytes: 128 * MiB },
    // Two would send the same messages, at the same time.
    maxInstances: 1,
    // A great many may have waited. What is not sent by then is when the request is delivered again.
    timeoutSeconds: 540,
    ackDeadlineSeconds: 600,
  },
};

/** The stages that read the hub, each by a subscription of its own. */
export const hubStages = ['hub-to-raw-lake', 'hub-to-structured-lake', 'hub-to-warehouse'] as const satisfies StageId[];

/** The environment of a stage's batch bounds, as strings. */
export const batchEnvironment = (batch: BatchBounds) =>
  ({
    ONRAMP_BATCH_RECORDS: String(batch.records),
    ONRAMP_BATCH_BYTES: String(batch.bytes),
    ONRAMP_BATCH_MILLIS: String(batch.millis),
    ONRAMP_HELD_BYTES: String(batch.heldBytes),
  }) satisfies Partial<Record<EnvironmentKey, string>>;
