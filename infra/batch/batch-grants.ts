import type { BatchFunctionId } from '../../functions/core/batch/batch-wiring.ts';
import type { Grant, OtherGrant } from '../grants.ts';

/** A part of the state bucket on which something can be granted. */
export const stateFolders = ['runs/', 'schedules/', 'loads/', 'locks/', 'alerts/', 'pools/'] as const;

export type StateFolder = (typeof stateFolders)[number];

/** A grant to the account of a function of the batch layer. */
export interface BatchGrant extends Grant {
  readonly on:
    | { readonly topic: 'batchEvents' }
    | { readonly bucket: 'registry' | 'exports' }
    | { readonly state: StateFolder }
    /** The folder of each of the service's exports in the exports bucket. */
    | { readonly folders: 'ownExports' }
    /** The folder of the service's runs in the state bucket. */
    | { readonly folders: 'ownRuns' }
    /** The queue of every pool. */
    | { readonly queues: 'pools' }
    /** Every dataset that an export is loaded into, or those of them with a column that has a policy tag. */
    | { readonly datasets: 'destinations' | 'tagged' }
    /** The account as which Cloud Tasks calls. */
    | { readonly account: 'tasks' }
    | { readonly project: 'platform' }
    /** Each secret that the function is given. */
    | { readonly secrets: 'own' }
    /** The service's databases, as their kinds have it. */
    | { readonly databases: 'cloudSql' | 'cloudSqlIam' | 'spanner' | 'spannerDataBoost' | 'datastore' };
}

const tell = {
  on: { topic: 'batchEvents' },
  role: 'roles/pubsub.publisher',
  reason: 'tells what happens to exports and loads',
} as const satisfies BatchGrant;

const readExports = {
  on: { bucket: 'registry' },
  role: 'roles/storage.objectViewer',
  reason: 'reads the catalogue of exports',
} as const satisfies BatchGrant;

const changeState = (state: StateFolder, reason: string): BatchGrant => ({
  on: { state },
  role: 'roles/storage.objectUser',
  reason,
});

const readSecrets = {
  on: { secrets: 'own' },
  role: 'roles/secretmanager.secretAccessor',
  reason: 'is given it in its environment',
} as const satisfies BatchGrant;

export const batchGrants: Readonly<Record<BatchFunctionId, readonly BatchGrant[]>> = {
  'plan-runs': [
    readExports,
    changeState('runs/', 'creates runs and starts them'),
    changeState('schedules/', 'remembers which intervals it has planned'),
    changeState('pools/', 'remembers which pools it told to be stuck'),
    { on: { queues: 'pools' }, role: 'roles/cloudtasks.enqueuer', reason: 'makes a task for each attempt' },
    {
      on: { account: 'tasks' },
      role: 'roles/iam.serviceAccountUser',
      reason: 'has its tasks sent as this account',
    },
    tell,
  ],
  'track-runs': [changeState('runs/', 'brings runs up to date'), tell],
  load: [
    readExports,
    {
      on: { bucket: 'exports' },
      role: 'roles/storage.objectUser',
      reason: 'reads manifests, loads their files, and removes files that no manifest lists',
    },
    {
      on: { state: 'runs/' },
      role: 'roles/storage.objectViewer',
      reason: 'sees whether the run still waits for the attempt',
    },
    changeState('loads/', 'remembers what each destination holds'),
    changeState('locks/', 'lets one load at a time change a destination'),
    {
      on: { datasets: 'destinations' },
      role: 'roles/bigquery.dataEditor',
      reason: 'makes staging tables and destinations, and writes rows',
    },
    {
      // No smaller predefined role has bigquery.tables.setCategory:
      // https://cloud.google.com/bigquery/docs/access-control#bigquery.dataOwner
      on: { datasets: 'tagged' },
      role: 'roles/bigquery.dataOwner',
      reason: 'sets policy tags on columns, which an editor of data may not',
    },
    {
      on: { project: 'platform' },
      role: 'roles/bigquery.jobUser',
      reason: 'runs load jobs and merges; a job belongs to a project, not to a dataset',
    },
    tell,
  ],
  alert: [readExports, changeState('alerts/', 'remembers whom it told of what'), readSecrets],
  console: [
    readExports,
    { on: { bucket: 'exports' }, role: 'roles/storage.objectViewer', reason: 'shows the manifest of a run' },
    changeState('runs/', 'shows runs, and changes them for an operator'),
    changeState('schedules/', 'shows what is paused, and pauses for an operator'),
    { on: { state: 'pools/' }, role: 'roles/storage.objectViewer', reason: 'shows which pools are stuck' },
    tell,
  ],
  export: [
    {
      on: { folders: 'ownExports' },
      role: 'roles/storage.objectCreator',
      reason: 'writes files and manifests of its own exports, and changes none',
    },
    {
      on: { folders: 'ownExports' },
      role: 'roles/storage.objectViewer',
      reason: 'sees what the attempt has already: its manifest, and its parts',
    },
    {
      on: { folders: 'ownRuns' },
      role: 'roles/storage.objectViewer',
      reason: 'sees whether the run still wants the attempt, or was cancelled',
    },
    tell,
    readSecrets,
    {
      on: { databases: 'cloudSql' },
      role: 'roles/cloudsql.client',
      reason: 'connects to the service’s instance, and by a condition to no other; Cloud SQL has no smaller place',
    },
    {
      on: { databases: 'cloudSqlIam' },
      role: 'roles/cloudsql.instanceUser',
      reason: 'logs in to the service’s instance as itself, and by a condition to no other',
    },
    {
      on: { databases: 'spanner' },
      role: 'roles/spanner.databaseReader',
      reason: 'reads the service’s database, in parts side by side',
    },
    {
      on: { databases: 'spannerDataBoost' },
      role: 'roles/spanner.databaseReaderWithDataBoost',
      reason: 'reads the service’s database on compute of its own',
    },
    {
      on: { databases: 'datastore' },
      role: 'roles/datastore.viewer',
      reason: 'reads the service’s entities; Datastore has no smaller place than the project',
    },
  ],
};

/** Grants of the batch layer to others than its functions' own accounts. */
export const otherBatchGrants = {
  invokePlanRuns: {
    who: 'the account `onramp-scheduler`, as which Cloud Scheduler calls',
    on: 'the function `plan-runs`',
    role: 'roles/run.invoker',
    reason: 'the schedule has runs planned',
  },
  pushOperations: {
    who: 'the account `onramp-push`, as which Pub/Sub pushes',
    on: 'the function `plan-runs`',
    role: 'roles/run.invoker',
    reason: 'what a person has done by hand has runs planned at once',
  },
  invokeExport: {
    who: 'the account `onramp-tasks`, as which Cloud Tasks calls',
    on: 'the function `export-<service>` of every service, in the service’s project',
    role: 'roles/run.invoker',
    reason: 'the tasks of the pools, and nobody else, have exports made',
  },
  invokeConsole: {
    who: 'each of `onramp:operators`',
    on: 'the function `console`',
    role: 'roles/run.invoker',
    reason: 'an operator sees and does by hand what the console offers',
  },
  signScheduleTokens: {
    who: 'Cloud Scheduler’s service agent',
    on: 'the account `onramp-scheduler`',
    role: 'roles/iam.serviceAccountOpenIdTokenCreator',
    reason: 'Cloud Scheduler signs its requests as this account',
  },
  signTaskTokens: {
    who: 'Cloud Tasks’ service agent',
    on: 'the account `onramp-tasks`',
    role: 'roles/iam.serviceAccountOpenIdTokenCreator',
    reason: 'Cloud Tasks signs its requests as this account',
  },
  tellOfFiles: {
    who: 'Cloud Storage’s service agent',
    on: 'the topic `export-manifests`',
    role: 'roles/pubsub.publisher',
    reason: 'Cloud Storage tells of each file of an export',
  },
  buildFromArchive: {
    who: 'Cloud Functions’ service agent of each service’s project, when it is not the platform’s',
    on: 'the bucket `<project>-source`',
    role: 'roles/storage.objectViewer',
    reason: 'Cloud Functions builds the export function from the deploy archive',
  },
} as const satisfies Record<string, OtherGrant>;
