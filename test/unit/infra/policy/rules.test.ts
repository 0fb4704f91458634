import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PolicyResource } from '../../../../infra/policy/rule.ts';
import { resourceRules, stackRules } from '../../../../infra/policy/rules.ts';

const types = {
  bucket: 'gcp:storage/bucket:Bucket',
  dataset: 'gcp:bigquery/dataset:Dataset',
  function: 'gcp:cloudfunctionsv2/function:Function',
  projectBinding: 'gcp:projects/iAMBinding:IAMBinding',
  projectMember: 'gcp:projects/iAMMember:IAMMember',
  service: 'gcp:cloudrunv2/service:Service',
  subscription: 'gcp:pubsub/subscription:Subscription',
  topic: 'gcp:pubsub/topic:Topic',
  topicBinding: 'gcp:pubsub/topicIAMBinding:TopicIAMBinding',
  topicMember: 'gcp:pubsub/topicIAMMember:TopicIAMMember',
  topicPolicy: 'gcp:pubsub/topicIAMPolicy:TopicIAMPolicy',
};

type Inputs = PolicyResource['inputs'];
type Case = readonly [type: keyof typeof types, inputs: Inputs];

const resource = ([type, inputs]: Case, name = 'one'): PolicyResource => ({ type: types[type], name, inputs });
const policy = (role: string, ...members: string[]) => JSON.stringify({ bindings: [{ role, members }] });
const account = 'stage@acme.iam.gserviceaccount.com';

/** For each rule what it lets pass and what it refuses, with a part of its message. */
const table: Readonly<Record<string, { passes: readonly Case[]; fails: readonly (readonly [Case, RegExp])[] }>> = {
  'no-primitive-roles': {
    passes: [
      ['topicMember', { role: 'roles/pubsub.publisher', member: 'user:a@example.com' }],
      ['topicPolicy', { policyData: policy('roles/pubsub.viewer', 'user:a@example.com') }],
      ['topic', { role: 'roles/owner' }],
    ],
    fails: [
      [['topicMember', { role: 'roles/viewer' }], /grants roles\/viewer: grant the predefined role/],
      [['projectBinding', { role: 'roles/owner', members: [] }], /roles\/owner/],
      [['topicPolicy', { policyData: policy('roles/editor') }], /roles\/editor/],
    ],
  },
  'no-public-access': {
    passes: [
      ['topicMember', { role: 'roles/pubsub.publisher', member: 'group:all@example.com' }],
      ['dataset', { accesses: [{ role: 'READER', userByEmail: 'a@example.com' }] }],
    ],
    fails: [
      [['topicMember', { role: 'r', member: 'allUsers' }], /lets in allUsers: name the accounts or a group/],
      [['topicBinding', { role: 'r', members: ['user:a@example.com', 'allAuthenticatedUsers'] }], /allAuthenticated/],
      [['topicPolicy', { policyData: policy('r', 'allUsers') }], /allUsers/],
      [['dataset', { accesses: [{ role: 'READER', specialGroup: 'allAuthenticatedUsers' }] }], /allAuthenticated/],
    ],
  },
  'no-wide-grants': {
    passes: [
      ['topicMember', { role: 'roles/pubsub.publisher' }],
      ['projectMember', { role: 'roles/bigquery.jobUser' }],
    ],
    fails: [
      [['projectMember', { role: 'roles/pubsub.publisher' }], /on the whole project: grant it on the topic/],
      [['projectBinding', { role: 'roles/bigquery.jobUser', members: [] }], /what others granted.*use IAMMember/],
    ],
  },
  'closed-buckets': {
    passes: [
      ['bucket', { uniformBucketLevelAccess: true, publicAccessPrevention: 'enforced' }],
      ['topic', {}],
    ],
    fails: [
      [['bucket', { publicAccessPrevention: 'enforced' }], /set uniformBucketLevelAccess: true/],
      [['bucket', { uniformBucketLevelAccess: true, publicAccessPrevention: 'inherited' }], /made public: set public/],
    ],
  },
  'deliberate-deletion': {
    passes: [
      ['bucket', { lifecycleRules: [{ action: { type: 'Delete' }, condition: { age: 90 } }] }],
      ['bucket', { forceDestroy: false }],
      ['dataset', { deleteContentsOnDestroy: false }],
    ],
    fails: [
      [['bucket', { forceDestroy: true }], /with all its objects: set forceDestroy: false/],
      [['bucket', { lifecycleRules: [{ action: { type: 'Delete' }, condition: {} }] }], /without a condition/],
      [['dataset', { deleteContentsOnDestroy: true }], /with all its tables/],
    ],
  },
  'lasting-subscriptions': {
    passes: [['subscription', { expirationPolicy: { ttl: '' } }]],
    fails: [
      [['subscription', {}], /set expirationPolicy: \{ ttl: "" \}/],
      [['subscription', { expirationPolicy: { ttl: '86400s' } }], /expires/],
    ],
  },
  'settled-pushes': {
    passes: [
      ['subscription', {}],
      [
        'subscription',
        {
          pushConfig: { oidcToken: { serviceAccountEmail: account } },
          deadLetterPolicy: { deadLetterTopic: 'projects/p/topics/t' },
        },
      ],
    ],
    fails: [
      [['subscription', { pushConfig: { oidcToken: { serviceAccountEmail: account } } }], /set deadLetterPolicy/],
      [['subscription', { pushConfig: {}, deadLetterPolicy: { deadLetterTopic: 't' } }], /set pushConfig\.oidcToken/],
    ],
  },
  'bounded-instances': {
    passes: [
      ['function', { serviceConfig: { maxInstanceCount: 20 } }],
      ['service', { template: { scaling: { maxInstanceCount: 1 } } }],
      ['service', { scaling: { maxInstanceCount: 1 } }],
      ['topic', {}],
    ],
    fails: [
      [['function', { serviceConfig: {} }], /any number of instances: set maxInstanceCount/],
      [['service', { template: { scaling: { maxInstanceCount: 0 } } }], /any number/],
    ],
  },
  'internal-ingress': {
    passes: [
      ['function', { serviceConfig: { ingressSettings: 'ALLOW_INTERNAL_ONLY' } }],
      ['function', { serviceConfig: { ingressSettings: 'ALLOW_ALL' }, labels: { stage: 'console' } }],
      ['service', { ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY' }],
    ],
    fails: [
      [['function', { serviceConfig: { ingressSettings: 'ALLOW_ALL' } }], /set serviceConfig\.ingressSettings/],
      [['service', {}], /set ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY"/],
    ],
  },
  'named-accounts': {
    passes: [
      ['function', { serviceConfig: { serviceAccountEmail: account } }],
      ['service', { template: { serviceAccount: account } }],
    ],
    fails: [
      [['function', { serviceConfig: {} }], /default account: give it a service account of its own/],
      [['service', { template: { serviceAccount: '123-compute@developer.gserviceaccount.com' } }], /default account/],
      [['function', { serviceConfig: { serviceAccountEmail: 'acme@appspot.gserviceaccount.com' } }], /default account/],
    ],
  },
  'secret-environment': {
    passes: [
      ['function', { serviceConfig: { environmentVariables: { ONRAMP_HUB_TOPIC: 'hub', MONKEY: 'x' } } }],
      ['function', { serviceConfig: { secretEnvironmentVariables: [{ key: 'A_KEY', secret: 's', version: '1' }] } }],
      ['service', { template: { containers: [{ envs: [{ name: 'A_KEY', valueSource: { secretKeyRef: {} } }] }] } }],
      ['topic', { environmentVariables: { A_KEY: 'x' } }],
    ],
    fails: [
      [
        ['function', { serviceConfig: { environmentVariables: { ONRAMP_MASKING_KEY_1: 'x' } } }],
        /has ONRAMP_MASKING_KEY_1 in plain text: keep it in Secret Manager/,
      ],
      [['function', { buildConfig: { environmentVariables: { npm_token: 'x' } } }], /npm_token/],
      [['service', { template: { containers: [{}, { envs: [{ name: 'DB_PASSWORD', value: 'x' }] }] } }], /DB_PASSWORD/],
      [['service', { buildConfig: { environmentVariables: { API_SECRET: 'x' } } }], /API_SECRET/],
    ],
  },
  labels: {
    passes: [
      ['topic', { labels: { app: 'onramp' } }],
      ['topicMember', {}],
    ],
    fails: [
      [['topic', {}], /set labels: \{ app: "onramp" \}/],
      [['function', { labels: { stage: 'ramp-to-hub' } }], /cannot be told/],
    ],
  },
};

describe('the policy', () => {
  it('has cases for each of its rules', () => {
    assert.deepEqual(
      resourceRules.map(({ name }) => name),
      Object.keys(table),
    );
  });

  for (const rule of resourceRules) {
    const { passes = [], fails = [] } = table[rule.name] ?? {};
    it(`${rule.name} lets pass what is right`, () => {
      assert.ok(passes.length > 0);
      for (const each of passes) assert.deepEqual(rule.check(resource(each)), [], JSON.stringify(each));
    });
    it(`${rule.name} refuses what is wrong, and says how to mend it`, () => {
      assert.ok(fails.length > 0);
      for (const [each, message] of fails) {
        const found = rule.check(resource(each));
        assert.equal(found.length, 1, JSON.stringify(each));
        assert.match(found[0] ?? '', message);
      }
    });
  }
});

describe('the policy of the whole stack', () => {
  const faultsOf = (rule: string, ...cases: readonly Case[]) => {
    const { check } = stackRules.find(({ name }) => name === rule) ?? assert.fail(rule);
    return check(cases.map((each, index) => resource(each, `number-${index}`))).map(
      fault => `${fault.resource.name} ${fault.message}`,
    );
  };
  const stage = (email: string): Case => ['function', { serviceConfig: { serviceAccountEmail: email } }];

  it('own-accounts refuses an account that two functions share', () => {
    assert.deepEqual(faultsOf('own-accounts', stage('a@x.iam'), stage('b@x.iam'), ['topic', {}]), []);
    assert.deepEqual(faultsOf('own-accounts', stage('a@x.iam'), stage('a@x.iam')), [
      'number-1 shares its account a@x.iam with number-0: give it one of its own',
    ]);
  });

  it('kept-dead-letters refuses a topic for dead letters that nobody reads', () => {
    const sending: Case = ['subscription', { topic: 'hub', deadLetterPolicy: { deadLetterTopic: 'lost' } }];
    assert.deepEqual(faultsOf('kept-dead-letters', sending, ['subscription', { topic: 'lost' }]), []);
    assert.deepEqual(faultsOf('kept-dead-letters', sending), [
      'number-0 sends dead letters to lost, where they are lost: subscribe to that topic',
    ]);
  });
});
