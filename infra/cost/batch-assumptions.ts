/**
 * Bytes of rows, as BigQuery counts them, that an export function reads, converts and writes in a second. Measured over
 * 16 columns as in TPC-H's lineitem, against PostgreSQL on the same two cores: 430,000 rows of 194 bytes. Half of it is
 * taken, for a database that is further away.
 */
export const exportBytesPerSecond = 40e6;

/** What snappy leaves of a row's bytes, measured there: 64 of 194. */
export const exportCompressed = 0.33;

/** Bytes of an export's file, of which the next is begun: see `functions/stages/export-attempt.ts`. */
export const exportFileBytes = 256e6;

/** Seconds that a load waits for BigQuery: a load job, the checksums, and what brings the rows into the table. Assumed. */
export const loadSeconds = 30;

/** Seconds of a tick of `plan-runs`, and of a push to `track-runs` or `alert`. Assumed; locally it is a tenth of it. */
export const tickSeconds = 0.5;
export const eventSeconds = 0.3;

/** Seconds that an instance needs to start, billed like others. Assumed for each of the four functions in every run. */
export const startSeconds = 2;

/** The events on batch-events of a run that goes well, each pushed to `track-runs` and to `alert`. */
export const eventsPerRun = 5;

/** Operations on Cloud Storage of a run of one file, and of a tick, counted on the local cloud. */
export const classAPerRun = 14;
export const classBPerRun = 26;
export const classBPerTick = 4;

/** How many exports share a service's state, which every tick reads. */
export const exportsPerService = 10;
export const classBPerService = 2;
