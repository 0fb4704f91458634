import { at, isOf, items, type PolicyResource, type ResourceRule } from './rule.ts';

/** A message for each condition that does not hold. */
const faults = (...checked: readonly (readonly [holds: boolean, message: string])[]): string[] =>
  checked.filter(([holds]) => !holds).map(([, message]) => message);

export const closedBuckets: ResourceRule = {
  name: 'closed-buckets',
  description: 'Who reads a bucket is decided by IAM alone, and never that everybody may.',
  check(resource) {
    if (!isOf(resource, 'Bucket')) return [];
    const { uniformBucketLevelAccess, publicAccessPrevention } = resource.inputs;
    return faults(
      [uniformBucketLevelAccess === true, 'has grants on single objects: set uniformBucketLevelAccess: true'],
      [publicAccessPrevention === 'enforced', 'could be made public: set publicAccessPrevention: "enforced"'],
    );
  },
};

export const lastingSubscriptions: ResourceRule = {
  name: 'lasting-subscriptions',
  description: 'A subscription that expires loses what is published after that; the default is 31 days without use.',
  check(resource) {
    if (!isOf(resource, 'Subscription')) return [];
    const ttl = at(resource.inputs, 'expirationPolicy', 'ttl');
    return faults([ttl === '', 'expires when nobody uses it: set expirationPolicy: { ttl: "" }']);
  },
};

export const settledPushes: ResourceRule = {
  name: 'settled-pushes',
  description: 'A message that is pushed proves who pushes it, and is set aside when it cannot be taken.',
  check(resource) {
    if (!isOf(resource, 'Subscription') || resource.inputs['pushConfig'] === undefined) return [];
    const { inputs } = resource;
    return faults(
      [
        at(inputs, 'deadLetterPolicy', 'deadLetterTopic') !== undefined,
        'loses a message that is never taken: set deadLetterPolicy with a deadLetterTopic',
      ],
      [
        at(inputs, 'pushConfig', 'oidcToken', 'serviceAccountEmail') !== undefined,
        'pushes without saying who it is: set pushConfig.oidcToken with a serviceAccountEmail',
      ],
    );
  },
};

interface Compute {
  readonly maxInstances: unknown;
  readonly ingress: unknown;
  readonly account: unknown;
}

/** What a function or a Cloud Run service says of how it runs; undefined for any other resource. */
export function computeOf(resource: PolicyResource): Compute | undefined {
  const { inputs } = resource;
  if (resource.type === 'gcp:cloudfunctionsv2/function:Function') {
    return {
      maxInstances: at(inputs, 'serviceConfig', 'maxInstanceCount'),
      ingress: at(inputs, 'serviceConfig', 'ingressSettings'),
      account: at(inputs, 'serviceConfig', 'serviceAccountEmail'),
    };
  }
  if (resource.type === 'gcp:cloudrunv2/service:Service') {
    return {
      maxInstances: at(inputs, 'scaling', 'maxInstanceCount') ?? at(inputs, 'template', 'scaling', 'maxInstanceCount'),
      ingress: inputs['ingress'],
      account: at(inputs, 'template', 'serviceAccount'),
    };
  }
  return undefined;
}

export const boundedInstances: ResourceRule = {
  name: 'bounded-instances',
  description: 'What scales without bound costs without bound.',
  check(resource) {
    const compute = computeOf(resource);
    return faults([
      compute === undefined || Number(compute.maxInstances) > 0,
      'may have any number of instances: set maxInstanceCount',
    ]);
  },
};

/** What a function or a Cloud Run service is given in its environment, where it is built and where it runs. */
function environmentOf({ type, inputs }: PolicyResource): (readonly [name: string, value: unknown])[] {
  if (type === 'gcp:cloudfunctionsv2/function:Function') {
    const places = [
      at(inputs, 'serviceConfig', 'environmentVariables'),
      at(inputs, 'buildConfig', 'environmentVariables'),
    ];
    return places.flatMap(place => Object.entries(place ?? {}));
  }
  if (type !== 'gcp:cloudrunv2/service:Service') return [];
  const containers = items(at(inputs, 'template', 'containers'));
  return [
    ...Object.entries(at(inputs, 'buildConfig', 'environmentVariables') ?? {}),
    ...containers
      .flatMap(container => items(at(container, 'envs')))
      .map(env => [String(at(env, 'name')), at(env, 'value')] as const),
  ];
}

const secretName = /(^|_)(KEY|SECRET|PASSWORD|PASSWD|TOKEN|CREDENTIALS?)(_|$)/i;

export const secretEnvironment: ResourceRule = {
  name: 'secret-environment',
  description: 'What is written into an environment is in the stack’s state and open to all who may see the function.',
  check: resource =>
    environmentOf(resource)
      .filter(([name, value]) => secretName.test(name) && value !== undefined && value !== '')
      .map(([name]) => `has ${name} in plain text: keep it in Secret Manager and name its secret and version`),
};

const internal = ['ALLOW_INTERNAL_ONLY', 'INGRESS_TRAFFIC_INTERNAL_ONLY'];

/** Called by people, or by Cloud Tasks of another project: that counts as the internet. See decision 0020. */
const calledFromOutside = ['console', 'export'];

export const internalIngress: ResourceRule = {
  name: 'internal-ingress',
  description: 'Functions are called from inside the project: a wrong grant alone then opens nothing.',
  check(resource) {
    const compute = computeOf(resource);
    const option = isOf(resource, 'Function')
      ? 'serviceConfig.ingressSettings: "ALLOW_INTERNAL_ONLY"'
      : 'ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY"';
    return faults([
      compute === undefined ||
        internal.includes(String(compute.ingress)) ||
        calledFromOutside.includes(String(at(resource.inputs, 'labels', 'stage'))),
      `can be called from the internet: set ${option}`,
    ]);
  },
};

/** https://cloud.google.com/iam/docs/service-account-types#default */
const defaultAccount = /-compute@developer\.gserviceaccount\.com$|@appspot\.gserviceaccount\.com$/;

export const namedAccounts: ResourceRule = {
  name: 'named-accounts',
  description: 'The default account of a project may be an editor of all of it.',
  check(resource) {
    const compute = computeOf(resource);
    return faults([
      compute === undefined || (typeof compute.account === 'string' && !defaultAccount.test(compute.account)),
      'runs as the project’s default account: give it a service account of its own',
    ]);
  },
};

const labelled = ['Topic', 'Subscription', 'Bucket', 'Dataset', 'Function', 'Service', 'Secret'];
/** The modules of these types: others have a `Service`, too, which is no such thing. */
const modules = /^gcp:(pubsub|storage|bigquery|cloudfunctionsv2|cloudrunv2|secretmanager)\//;

export const labels: ResourceRule = {
  name: 'labels',
  description: 'Bills and searches go by labels.',
  check: resource =>
    faults([
      !isOf(resource, ...labelled) || !modules.test(resource.type) || at(resource.inputs, 'labels', 'app') === 'onramp',
      'cannot be told from what others own: set labels: { app: "onramp" }',
    ]),
};

export const deliberateDeletion: ResourceRule = {
  name: 'deliberate-deletion',
  description: 'Data is deleted by a rule that says after how long, never by removing a line of the program.',
  check(resource) {
    if (isOf(resource, 'Bucket')) {
      const deletes = items(resource.inputs['lifecycleRules']).filter(rule => at(rule, 'action', 'type') === 'Delete');
      return faults(
        [resource.inputs['forceDestroy'] !== true, 'goes with all its objects: set forceDestroy: false'],
        [
          deletes.every(rule => Object.keys(at(rule, 'condition') ?? {}).length > 0),
          'deletes objects without a condition: give the rule an age',
        ],
      );
    }
    if (!isOf(resource, 'Dataset')) return [];
    return faults([
      resource.inputs['deleteContentsOnDestroy'] !== true,
      'goes with all its tables: set deleteContentsOnDestroy: false',
    ]);
  },
};
