import type { Inventory, Resource } from '../../infra/render.ts';
import { declared } from '../provision/declared.ts';
import { type Applies, parseCondition } from './condition.ts';

/** One role for one member on one resource, as the Pulumi program declares it. */
export interface Binding {
  /** The name of its IAM resource in the program. */
  readonly name: string;
  readonly role: string;
  /** Such as `serviceAccount:hub-to-warehouse@p.iam.gserviceaccount.com`. */
  readonly member: string;
  /** The full name of what it is granted on, in the form in which the stand-ins ask. */
  readonly resource: string;
  /** On which resources below it applies; on all of them when absent. */
  readonly applies?: Applies;
}

type Inputs = Readonly<Record<string, unknown>>;

/** The full name of what a type of IAM resource grants on. */
const resourceNames: Readonly<Record<string, (inputs: Inputs) => string>> = {
  'gcp:pubsub/topicIAMMember:TopicIAMMember': of => `projects/${text(of, 'project')}/topics/${lastPart(of, 'topic')}`,
  'gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember': of =>
    `projects/${text(of, 'project')}/subscriptions/${lastPart(of, 'subscription')}`,
  'gcp:storage/bucketIAMMember:BucketIAMMember': of => bucketResource(text(of, 'bucket')),
  'gcp:storage/managedFolderIamMember:ManagedFolderIamMember': of =>
    `${bucketResource(text(of, 'bucket'))}/managedFolders/${text(of, 'managedFolder')}`,
  'gcp:secretmanager/secretIamMember:SecretIamMember': of =>
    `projects/${text(of, 'project')}/secrets/${lastPart(of, 'secretId')}`,
  'gcp:bigquery/datasetIamMember:DatasetIamMember': of =>
    `projects/${text(of, 'project')}/datasets/${text(of, 'datasetId')}`,
  'gcp:bigquery/iamMember:IamMember': of =>
    `projects/${text(of, 'project')}/datasets/${text(of, 'datasetId')}/tables/${text(of, 'tableId')}`,
  'gcp:cloudrunv2/serviceIamMember:ServiceIamMember': of => runService(of, 'name'),
  // The role belongs to the Cloud Run service behind the function, which has the function's name.
  'gcp:cloudfunctionsv2/functionIamMember:FunctionIamMember': of => runService(of, 'cloudFunction'),
  'gcp:cloudtasks/queueIamMember:QueueIamMember': of =>
    `projects/${text(of, 'project')}/locations/${text(of, 'location')}/queues/${lastPart(of, 'name')}`,
  'gcp:spanner/databaseIAMMember:DatabaseIAMMember': of =>
    `projects/${text(of, 'project')}/instances/${text(of, 'instance')}/databases/${text(of, 'database')}`,
  'gcp:serviceaccount/iAMMember:IAMMember': of => text(of, 'serviceAccountId'),
  'gcp:projects/iAMMember:IAMMember': of => `projects/${lastPart(of, 'project')}`,
};

/**
 * The bindings that a rendered program declares, in its order. Throws an Error for one that the local cloud could not
 * hold anybody to.
 */
export function bindingsOf({ resources }: Inventory): Binding[] {
  return resources.filter(({ type }) => /iam(member|binding|policy)$/i.test(type)).map(bindingOf);
}

function bindingOf({ type, name, inputs }: Resource): Binding {
  const resourceName = resourceNames[type];
  if (!resourceName) throw new Error(`the local cloud cannot enforce ${type} (${name}); see local/iam/bindings.ts`);
  const { condition } = inputs as { condition?: { expression: string } };
  return {
    name,
    role: text(inputs, 'role'),
    member: text(inputs, 'member'),
    resource: resourceName(inputs),
    ...(condition && { applies: parseCondition(condition.expression) }),
  };
}

/** What the project of a resource is, where its name does not say it: a bucket's. */
export function projectsOfBuckets(inventory: Inventory): ReadonlyMap<string, string> {
  const buckets = declared(inventory, 'gcp:storage/bucket:Bucket');
  return new Map(buckets.map(({ name, project }) => [bucketResource(name), `projects/${project}`]));
}

const bucketResource = (bucket: string) => `projects/_/buckets/${bucket}`;

const runService = (inputs: Inputs, name: string) =>
  `projects/${text(inputs, 'project')}/locations/${text(inputs, 'location')}/services/${lastPart(inputs, name)}`;

function text(inputs: Inputs, key: string): string {
  const value = inputs[key];
  if (typeof value !== 'string' || value === '') throw new Error(`an IAM resource has no ${key}`);
  return value;
}

/** The provider takes both a plain id and a full name. */
const lastPart = (inputs: Inputs, key: string) => text(inputs, key).replace(/^.*\//, '');
