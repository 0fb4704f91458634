import type { StageId } from '../../functions/core/wiring.ts';

/** The stages that every message goes through; the others have next to no traffic. */
export const streamStages = [
  'ramp-to-hub',
  'hub-to-raw-lake',
  'hub-to-structured-lake',
  'hub-to-warehouse',
] as const satisfies StageId[];

export type StreamStage = (typeof streamStages)[number];

/**
 * CPU seconds for one message of about 1 KB, pushed. Measured with Node.js 24 on two shared cores: a request through
 * functions-framework takes 97 µs (10,300 requests per CPU-second); publishing with the Pub/Sub library 15 µs (68,000);
 * the raw lake 156 µs and the structured lake 192 µs, whole, with an object-based codec and deflate (6,400 and 5,200);
 * decoding and encoding a row 21 µs (47,000). A faster codec lowers the last three.
 */
export const cpuPerPush: Readonly<Record<StreamStage, number>> = {
  'ramp-to-hub': 112e-6,
  'hub-to-raw-lake': 156e-6,
  'hub-to-structured-lake': 192e-6,
  'hub-to-warehouse': 118e-6,
};

/** CPU seconds that a push costs more than a message of a pulled batch: 97 µs of the framework against 8. */
export const pushOverPull = 89e-6;

/** Messages in one pull: what a batch holds that is pulled. */
export const pullBatch = 1000;

/** Seconds that a batch takes to become durable. Assumed; status pages and users report such figures. */
export const writeSeconds: Readonly<Record<StreamStage, number>> = {
  'ramp-to-hub': 0.03,
  'hub-to-raw-lake': 0.1,
  'hub-to-structured-lake': 0.1,
  'hub-to-warehouse': 0.1,
};

/** Bytes that Pub/Sub adds to a message: 20 for its time, and its id. https://cloud.google.com/pubsub/pricing */
export const messageOverhead = 20 + 17;

/** Bytes of the attributes that Onramp adds on the hub; its values alone are in every row. */
export const hubAttributes = 280;
export const rowMetadata = 190;

/** What snappy leaves of a record, measured on log events. */
export const compressed = 0.61;

/** What Cloud Run's autoscaler aims at, of CPU and of concurrency: https://cloud.google.com/run/docs/about-instance-autoscaling */
export const utilisation = 0.6;

/** Seconds after its last request that an instance may stay: https://cloud.google.com/run/docs/about-instance-autoscaling */
export const idleSeconds = 900;
