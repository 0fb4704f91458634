import { at, items, type PolicyResource, type ResourceRule } from './rule.ts';

interface Granted {
  readonly role: string;
  readonly members: readonly string[];
}

const isIam = ({ type }: PolicyResource): boolean => /^gcp:.*iam(member|binding|policy)$/i.test(type);

/** What an IAM resource grants: a member, a binding of several, or a policy of several bindings, which is JSON. */
function grantsOf(resource: PolicyResource): Granted[] {
  if (!isIam(resource)) return [];
  const { role, member, members, policyData } = resource.inputs;
  if (typeof policyData === 'string') {
    return items(at(parsed(policyData), 'bindings')).map(binding =>
      granted(at(binding, 'role'), at(binding, 'members')),
    );
  }
  return [granted(role, member === undefined ? members : [member])];
}

const granted = (role: unknown, members: unknown): Granted => ({
  role: String(role),
  members: items(members).map(String),
});

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

const primitive = ['roles/owner', 'roles/editor', 'roles/viewer'];

export const noPrimitiveRoles: ResourceRule = {
  name: 'no-primitive-roles',
  description: 'Owner, editor and viewer allow thousands of things in a whole project, of which one is needed.',
  check: resource =>
    grantsOf(resource)
      .filter(({ role }) => primitive.includes(role))
      .map(({ role }) => `grants ${role}: grant the predefined role for what is needed, on the one resource`),
};

const everybody = ['allUsers', 'allAuthenticatedUsers'];

/** Where else than in IAM resources a product lets everybody in. */
const accessLists = {
  'gcp:bigquery/dataset:Dataset': ['accesses', 'specialGroup', 'iamMember'],
  'gcp:bigquery/datasetAccess:DatasetAccess': ['', 'specialGroup', 'iamMember'],
  'gcp:storage/bucketAccessControl:BucketAccessControl': ['', 'entity'],
  'gcp:storage/defaultObjectAccessControl:DefaultObjectAccessControl': ['', 'entity'],
  'gcp:storage/objectAccessControl:ObjectAccessControl': ['', 'entity'],
} as const;

function letIn(resource: PolicyResource): string[] {
  const members = grantsOf(resource).flatMap(grant => grant.members);
  const access = Object.entries(accessLists).find(([type]) => type === resource.type)?.[1];
  if (access === undefined) return members;
  const [list, ...keys] = access;
  const entries = list === '' ? [resource.inputs] : items(resource.inputs[list]);
  return [...members, ...entries.flatMap(entry => keys.map(key => String(at(entry, key))))];
}

export const noPublicAccess: ResourceRule = {
  name: 'no-public-access',
  description: 'Nothing is open to everybody on the internet.',
  check: resource =>
    letIn(resource)
      .filter(member => everybody.includes(member))
      .map(member => `lets in ${member}: name the accounts or a group`),
};

/** Roles that can be granted on nothing smaller than a project. Whoever needs another one adds it with its reason. */
const projectOnly: Readonly<Record<string, string>> = {
  'roles/bigquery.jobUser': 'a query belongs to a project, not to a dataset',
  'roles/bigquery.readSessionUser': 'a read session belongs to a project, not to a dataset',
  'roles/cloudsql.client': 'Cloud SQL has no grants on an instance',
  'roles/cloudsql.instanceUser': 'Cloud SQL has no grants on an instance',
  'roles/cloudtrace.agent': 'traces belong to a project',
  'roles/datastore.user': 'Datastore has no grants on a kind',
  'roles/datastore.viewer': 'Datastore has no grants on a kind',
  'roles/logging.logWriter': 'entries are written to a project',
  'roles/monitoring.metricWriter': 'metrics belong to a project',
};

const wide = /^gcp:(?<place>projects|folder|folders|organizations)\/.*iam(?<kind>member|binding|policy)/i;

export const noWideGrants: ResourceRule = {
  name: 'no-wide-grants',
  description: 'A role is granted on the single resource, and on a project only where no smaller place exists.',
  check(resource) {
    const { place = '', kind = '' } = wide.exec(resource.type)?.groups ?? {};
    if (place === '') return [];
    if (kind.toLowerCase() !== 'member') {
      return [`takes away what others granted on the same ${singular(place)}: use IAMMember, which only adds`];
    }
    return grantsOf(resource)
      .filter(({ role }) => place !== 'projects' || !Object.hasOwn(projectOnly, role))
      .map(
        ({ role }) =>
          `grants ${role} on the whole ${singular(place)}: grant it on the topic, bucket, dataset or service that it is ` +
          'for; a role that has no smaller place is listed in infra/policy/grant-rules.ts',
      );
  },
};

const singular = (place: string) => place.replace(/s$/, '');
