/**
 * The name of every resource, derived from what the user wrote: never random, so that a second deployment, the local
 * cloud and a person at a console all arrive at the same one. Limits are those of the products and are checked by
 * `nameProblems` before Google sees a name.
 */

/** `<service>/<ramp>`, such as `payment/payment-event`: how people and attributes address a ramp. */
export type RampAddress = `${string}/${string}`;

export const rampAddress = (service: string, ramp: string): RampAddress => `${service}/${ramp}`;

/** Splits an address; undefined when it is not one. */
export function parseRampAddress(text: string): { service: string; ramp: string } | undefined {
  const match = /^([a-z][a-z0-9-]*)\/([a-z][a-z0-9-]*)$/.exec(text);
  return match?.[1] && match[2] ? { service: match[1], ramp: match[2] } : undefined;
}

export const topics = {
  ramp: (service: string, ramp: string) => `ramp-${service}-${ramp}`,
  /** Where Cloud Logging puts what a service prints for one of its ramps. */
  logs: (service: string, ramp: string) => `logs-${service}-${ramp}`,
  hub: 'hub',
  deadLetter: 'dead-letter',
  /** Where a dead letter goes that even the dead-letter stage could not store. */
  deadLetterParked: 'dead-letter-parked',
  /** Where Cloud Storage tells of each change of the registry's `schemas/`. */
  schemaPublished: 'schema-published',
  /** Where Cloud Storage tells of each file of an export. */
  exportManifests: 'export-manifests',
  /** Where exports, loads and planning tell what happened. */
  batchEvents: 'batch-events',
} as const;

export const subscriptions = {
  rampToHub: (service: string, ramp: string) => `ramp-to-hub-${service}-${ramp}`,
  logToRamp: (service: string, ramp: string) => `log-to-ramp-${service}-${ramp}`,
  deadLetter: 'dead-letter',
  deadLetterParked: 'dead-letter-parked',
  schemaPublished: 'schema-published',
} as const;

/** Queues of Cloud Tasks. */
export const queues = {
  pool: (pool: string) => `pool-${pool}`,
} as const;

export const buckets = {
  rawLake: (project: string) => `${project}-raw-lake`,
  structuredLake: (project: string) => `${project}-structured-lake`,
  deadLetter: (project: string) => `${project}-dead-letter`,
  /** Holds messages that do not fit on the hub with Onramp's attributes added; see `core/overflow.ts`. */
  overflow: (project: string) => `${project}-overflow`,
  /** Descriptor sets and the catalogue of ramps. */
  registry: (project: string) => `${project}-registry`,
  /** The deploy archive of the functions. */
  source: (project: string) => `${project}-source`,
} as const;

/** Buckets that there are only when a service has exports. */
export const batchBuckets = {
  exports: (project: string) => `${project}-exports`,
  /** Runs, cursors, locks: small objects that are changed by compare and swap. */
  state: (project: string) => `${project}-state`,
} as const;

/** Secrets of Secret Manager, which Onramp declares and never writes. */
export const secrets = {
  /** The key with which personal data are masked; see docs/privacy.md. */
  maskingKey: 'onramp-masking-key',
} as const;

export type SecretId = keyof typeof secrets;

/** BigQuery allows letters, digits and underscores only. */
const underscored = (id: string) => id.replaceAll('-', '_');

export const datasets = {
  service: underscored,
  /** Onramp's own tables. */
  onramp: 'onramp',
} as const;

export const tables = {
  ramp: underscored,
  /** The view without the duplicates that at-least-once delivery may leave. */
  deduplicated: (ramp: string) => `${underscored(ramp)}_deduplicated`,
  deadLetters: 'dead_letters',
  /** Which dead letters were sent through their stage again. */
  healedDeadLetters: 'healed_dead_letters',
  /** The view of the dead letters that were not. */
  openDeadLetters: 'open_dead_letters',
} as const;

/**
 * The Cloud Run service of a stage that is billed by instance. Not the function's name: when a stage changes from the one
 * to the other, both exist until its subscriptions point to the new one, so that no message is refused.
 */
export const instanceBilledService = (stage: string) => `${stage}-instance-billed`;

/** The pushing identity, which alone may invoke the stages. */
export const pushAccount = 'onramp-push';

/** The identities as which Cloud Scheduler and Cloud Tasks call functions. */
export const schedulerAccount = 'onramp-scheduler';
export const tasksAccount = 'onramp-tasks';

/** The function with which a service's exports are made, and its account. */
export const exportFunction = (service: string) => `export-${service}`;

export const accountEmail = (account: string, project: string) => `${account}@${project}.iam.gserviceaccount.com`;

/** Objects of the registry bucket. The catalogue is written by a deployment, what is under `schemas/` by publishing. */
export const registryObjects = {
  catalogue: 'catalogue.json',
  schemas: 'schemas/',
  descriptorSet: (schema: string, version: string) => `schemas/${schema}/${version}.binpb`,
  /** See `core/schema/schema-index.ts`. */
  index: (schema: string) => `schemas/${schema}/index.json`,
  /** The schema that an object is the index of; undefined for any other object. */
  schemaOfIndex: (object: string) => /^schemas\/([^/]+)\/index\.json$/.exec(object)?.[1],
} as const;

interface Limit {
  readonly pattern: RegExp;
  readonly rule: string;
}

/**
 * An id that a user gives to a service or a ramp. It becomes a label's value, which is the narrowest use of it:
 * https://cloud.google.com/resource-manager/docs/labels-overview#requirements
 */
const id: Limit = {
  pattern: /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
  rule: '1 to 63 lower-case letters, digits and hyphens, starting with a letter, not ending with a hyphen',
};

/** The products' limits on names, each with the page that states it. */
export const limits = {
  service: id,
  ramp: id,
  /** https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names */
  pubsub: {
    pattern: /^(?!goog)[A-Za-z][A-Za-z0-9\-._~+%]{2,254}$/,
    rule: '3 to 255 characters, starting with a letter, not with "goog"',
  },
  /** A log sink: https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.sinks#LogSink */
  sink: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/,
    rule: '1 to 100 letters, digits, underscores, hyphens and periods, starting with a letter or digit',
  },
  /** https://cloud.google.com/storage/docs/buckets#naming */
  bucket: {
    pattern: /^(?!goog)(?!.*google)[a-z0-9][a-z0-9\-_]{1,61}[a-z0-9]$/,
    rule: '3 to 63 lower-case letters, digits and hyphens, not starting with "goog" and without "google"',
  },
  /** https://cloud.google.com/bigquery/docs/datasets#dataset-naming */
  dataset: { pattern: /^[A-Za-z0-9_]{1,1024}$/, rule: '1 to 1,024 letters, digits and underscores' },
  /** https://cloud.google.com/bigquery/docs/tables#table_naming, narrowed to what needs no quoting */
  table: { pattern: /^[A-Za-z0-9_]{1,1024}$/, rule: '1 to 1,024 letters, digits and underscores' },
  /** https://cloud.google.com/iam/docs/service-accounts-create */
  account: {
    pattern: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
    rule: '6 to 30 lower-case letters, digits and hyphens, starting with a letter',
  },
  /** https://cloud.google.com/functions/docs/writing/write-http-functions: a Cloud Run service name */
  function: {
    pattern: /^[a-z][a-z0-9-]{0,47}[a-z0-9]$/,
    rule: '1 to 49 lower-case letters, digits and hyphens, starting with a letter',
  },
  /** https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin */
  project: {
    pattern: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
    rule: '6 to 30 lower-case letters, digits and hyphens, starting with a letter',
  },
} as const satisfies Record<string, Limit>;

export type NameKind = keyof typeof limits;

/** Says why `name` is no valid name of that kind, or undefined when it is one. */
export function nameProblem(kind: NameKind, name: string): string | undefined {
  return limits[kind].pattern.test(name)
    ? undefined
    : `the ${kind} name "${name}" breaks the rule: ${limits[kind].rule}`;
}
