/**
 * What the predefined roles allow, as far as the local cloud asks for it. A role that is not here cannot be enforced, so
 * that a program that grants it does not start: add it with the page that lists its permissions.
 */
export interface Role {
  /** The page that lists the role's permissions. */
  readonly source: string;
  readonly permissions: readonly string[];
}

const permissionsOf = (service: string) => `https://cloud.google.com/iam/docs/roles-permissions/${service}`;

const pubsub = permissionsOf('pubsub');
const storage = permissionsOf('storage');
const bigquery = permissionsOf('bigquery');
const run = permissionsOf('run');
const secretManager = permissionsOf('secretmanager');
const iam = permissionsOf('iam');

const useObjects = [
  'storage.managedFolders.list',
  'storage.objects.create',
  'storage.objects.delete',
  'storage.objects.get',
  'storage.objects.list',
  'storage.objects.move',
  'storage.objects.update',
  'resourcemanager.projects.get',
];

const readSpanner = [
  'spanner.databases.beginReadOnlyTransaction',
  'spanner.databases.getDdl',
  'spanner.databases.partitionQuery',
  'spanner.databases.partitionRead',
  'spanner.databases.read',
  'spanner.databases.select',
  'spanner.sessions.create',
  'spanner.sessions.delete',
  'spanner.sessions.get',
];

const viewMetadata = [
  'bigquery.datasets.get',
  'bigquery.tables.get',
  'bigquery.tables.list',
  'resourcemanager.projects.get',
];

const editData = [
  ...viewMetadata,
  'bigquery.datasets.create',
  'bigquery.tables.create',
  'bigquery.tables.delete',
  'bigquery.tables.getData',
  'bigquery.tables.update',
  'bigquery.tables.updateData',
];

export const roles: Readonly<Record<string, Role>> = {
  'roles/pubsub.publisher': { source: pubsub, permissions: ['pubsub.topics.publish'] },
  'roles/pubsub.subscriber': {
    source: pubsub,
    permissions: ['pubsub.subscriptions.consume', 'pubsub.topics.attachSubscription'],
  },
  'roles/pubsub.viewer': {
    source: pubsub,
    permissions: [
      'pubsub.subscriptions.get',
      'pubsub.subscriptions.list',
      'pubsub.topics.get',
      'pubsub.topics.list',
      'resourcemanager.projects.get',
    ],
  },
  'roles/storage.objectCreator': {
    source: storage,
    permissions: ['storage.objects.create', 'resourcemanager.projects.get'],
  },
  'roles/storage.objectViewer': {
    source: storage,
    permissions: [
      'storage.managedFolders.list',
      'storage.objects.get',
      'storage.objects.list',
      'resourcemanager.projects.get',
    ],
  },
  'roles/storage.objectUser': { source: storage, permissions: useObjects },
  'roles/storage.objectAdmin': { source: storage, permissions: useObjects },
  'roles/storage.legacyBucketReader': {
    source: storage,
    permissions: ['storage.buckets.get', 'storage.objects.list'],
  },
  'roles/bigquery.metadataViewer': { source: bigquery, permissions: viewMetadata },
  'roles/bigquery.dataViewer': { source: bigquery, permissions: [...viewMetadata, 'bigquery.tables.getData'] },
  'roles/bigquery.dataEditor': { source: bigquery, permissions: editData },
  'roles/bigquery.dataOwner': {
    source: bigquery,
    permissions: [...editData, 'bigquery.datasets.delete', 'bigquery.datasets.update', 'bigquery.tables.setCategory'],
  },
  'roles/bigquery.jobUser': {
    source: bigquery,
    permissions: ['bigquery.jobs.create', 'resourcemanager.projects.get'],
  },
  'roles/bigquery.user': {
    source: bigquery,
    permissions: [
      'bigquery.datasets.create',
      'bigquery.datasets.get',
      'bigquery.jobs.create',
      'bigquery.jobs.list',
      'bigquery.tables.list',
      'resourcemanager.projects.get',
    ],
  },
  'roles/secretmanager.secretAccessor': { source: secretManager, permissions: ['secretmanager.versions.access'] },
  'roles/run.invoker': { source: run, permissions: ['run.routes.invoke'] },
  'roles/cloudtasks.enqueuer': {
    source: permissionsOf('cloudtasks'),
    permissions: ['cloudtasks.tasks.create', 'cloudtasks.tasks.fullView', 'resourcemanager.projects.get'],
  },
  // The databases of services are not here: nobody is asked for these.
  'roles/cloudsql.client': {
    source: permissionsOf('cloudsql'),
    permissions: ['cloudsql.instances.connect', 'cloudsql.instances.get'],
  },
  'roles/cloudsql.instanceUser': {
    source: permissionsOf('cloudsql'),
    permissions: ['cloudsql.instances.get', 'cloudsql.instances.login'],
  },
  'roles/spanner.databaseReader': { source: permissionsOf('spanner'), permissions: readSpanner },
  'roles/spanner.databaseReaderWithDataBoost': {
    source: permissionsOf('spanner'),
    permissions: [...readSpanner, 'spanner.databases.useDataBoost'],
  },
  'roles/datastore.viewer': {
    source: permissionsOf('datastore'),
    permissions: ['datastore.databases.get', 'datastore.entities.get', 'datastore.entities.list'],
  },
  'roles/iam.serviceAccountUser': {
    source: iam,
    permissions: ['iam.serviceAccounts.actAs', 'iam.serviceAccounts.get', 'iam.serviceAccounts.list'],
  },
  'roles/iam.serviceAccountTokenCreator': { source: iam, permissions: ['iam.serviceAccounts.getOpenIdToken'] },
  'roles/iam.serviceAccountOpenIdTokenCreator': { source: iam, permissions: ['iam.serviceAccounts.getOpenIdToken'] },
};

/** The names of the known roles that hold a permission. */
export const rolesWith = (permission: string): string[] =>
  Object.entries(roles).flatMap(([name, { permissions }]) => (permissions.includes(permission) ? [name] : []));
