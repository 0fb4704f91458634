import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { getFunction } from '@google-cloud/functions-framework/testing';
import { batchStageIds, batchWiring, consoleId } from '../../functions/core/batch/batch-wiring.ts';
import { nameProblem, pushAccount, schedulerAccount, tasksAccount } from '../../functions/core/names.ts';
import { stageIds, wiring } from '../../functions/core/wiring.ts';
import { exampleStack, iamMembers, input, nameInputs, ofType, project } from '../support/example-stack.ts';

const { resources } = exampleStack;

/** No example service prints what goes onto a ramp: that function is in logs-and-alerts.test.ts. */
const declaredStages = stageIds.filter(id => id !== 'log-to-ramp');

describe('functions', () => {
  const functions = ofType(exampleStack, 'Function');

  it('are exactly the stages of the wiring, under the same names and entry points', () => {
    const batch = ['plan-runs', ...batchStageIds, consoleId, 'export-airports'];
    assert.deepEqual(
      functions.map(({ inputs }) => inputs['name']).toSorted(),
      [...declaredStages, ...batch].toSorted(),
    );
    for (const found of functions) {
      const entryPoint = input(found, 'buildConfig', 'entryPoint');
      assert.equal(entryPoint, found.name === 'export-airports' ? 'export' : found.inputs['name']);
    }
  });

  it('are entry points that functions/index.ts registers', async () => {
    await import('../../functions/index.ts');
    for (const found of functions) {
      assert.ok(getFunction(String(input(found, 'buildConfig', 'entryPoint'))), found.name);
    }
    assert.equal(getFunction('no-such-stage'), undefined);
  });

  it('have each an account of its own', () => {
    const emails = functions.map(found => input(found, 'serviceConfig', 'serviceAccountEmail'));
    assert.equal(new Set(emails).size, functions.length);
    const accounts = ofType(exampleStack, 'Account').map(({ outputs }) => outputs['email']);
    for (const email of emails) assert.ok(accounts.includes(email), String(email));
  });

  for (const id of declaredStages) {
    it(`give ${id} the environment and the limits of its wiring`, () => {
      const found = functions.find(({ name }) => name === id);
      assert.ok(found);
      const batchKeys = ['ONRAMP_BATCH_RECORDS', 'ONRAMP_BATCH_BYTES', 'ONRAMP_BATCH_MILLIS', 'ONRAMP_HELD_BYTES'];
      const environment = input(found, 'serviceConfig', 'environmentVariables') as Record<string, string>;
      assert.deepEqual(Object.keys(environment).toSorted(), [...wiring[id].environment, ...batchKeys].toSorted());
      assert.ok(Object.values(environment).every(value => value !== ''));
      assert.equal(environment['ONRAMP_BATCH_RECORDS'], String(wiring[id].batch.records));
      assert.equal(input(found, 'serviceConfig', 'maxInstanceRequestConcurrency'), wiring[id].concurrency);
      assert.equal(input(found, 'serviceConfig', 'timeoutSeconds'), wiring[id].timeoutSeconds);
      assert.equal(input(found, 'serviceConfig', 'availableMemory'), `${wiring[id].memoryMiB}Mi`);
    });
  }

  it('name in their environment only what the stack makes', () => {
    const made = new Set(resources.map(({ inputs }) => inputs['name']));
    for (const found of functions) {
      const environment = input(found, 'serviceConfig', 'environmentVariables') as Record<string, string>;
      for (const [key, value] of Object.entries(environment)) {
        if (/_(TOPIC|BUCKET)$/.test(key)) assert.ok(made.has(value), `${key}=${value}`);
      }
    }
  });

  for (const id of [...batchStageIds, 'plan-runs', 'export', consoleId] as const) {
    it(`give ${id} the environment and the limits of its wiring`, () => {
      const found = functions.find(each => input(each, 'buildConfig', 'entryPoint') === id);
      assert.ok(found);
      const { environment, concurrency, timeoutSeconds, memoryMiB } = batchWiring(id);
      const variables = input(found, 'serviceConfig', 'environmentVariables') as Record<string, string>;
      assert.deepEqual(Object.keys(variables).toSorted(), environment.toSorted());
      assert.ok(Object.values(variables).every(value => value !== ''));
      assert.equal(input(found, 'serviceConfig', 'maxInstanceRequestConcurrency'), concurrency);
      assert.equal(input(found, 'serviceConfig', 'timeoutSeconds'), timeoutSeconds);
      assert.equal(input(found, 'serviceConfig', 'availableMemory'), `${memoryMiB}Mi`);
    });
  }

  it('are each called by the accounts that have to, and reached from inside unless the caller is outside', () => {
    const callers: Readonly<Record<string, readonly string[]>> = {
      'plan-runs': [schedulerAccount, pushAccount],
      'export-airports': [tasksAccount],
    };
    const outside = ['export-airports', consoleId];
    const invokers = iamMembers(exampleStack).filter(({ inputs }) => inputs['role'] === 'roles/run.invoker');
    const invoked = functions.map(({ name }) => name).filter(name => name !== consoleId);
    const called = invokers.filter(({ inputs }) => inputs['name'] !== consoleId);
    for (const name of invoked) {
      const members = called.filter(({ inputs }) => inputs['name'] === name).map(({ inputs }) => inputs['member']);
      const accounts = callers[name] ?? [pushAccount];
      assert.deepEqual(
        members.toSorted(),
        accounts.map(account => `serviceAccount:${account}@${project}.iam.gserviceaccount.com`).toSorted(),
      );
    }
    assert.deepEqual(
      called.filter(({ inputs }) => !invoked.includes(String(inputs['name']))),
      [],
    );
    for (const found of functions) {
      const ingress = outside.includes(found.name) ? 'ALLOW_ALL' : 'ALLOW_INTERNAL_ONLY';
      assert.equal(input(found, 'serviceConfig', 'ingressSettings'), ingress, found.name);
    }
  });

  it('flush a batch before they run out of requests to hold', () => {
    for (const { concurrency, batch } of Object.values(wiring)) assert.ok(batch.records < concurrency);
  });
});

describe('subscriptions', () => {
  const subscriptions = ofType(exampleStack, 'Subscription');
  const pushed = subscriptions.filter(({ inputs }) => inputs['pushConfig'] !== undefined);

  it('that push prove who they are, retry with back-off and set aside what is never taken', () => {
    assert.ok(pushed.length > stageIds.length);
    for (const found of pushed) {
      const endpoint = new URL(String(input(found, 'pushConfig', 'pushEndpoint')));
      assert.equal(input(found, 'pushConfig', 'oidcToken', 'audience'), endpoint.origin, found.name);
      assert.match(String(input(found, 'pushConfig', 'oidcToken', 'serviceAccountEmail')), /^onramp-push@/);
      assert.deepEqual(found.inputs['retryPolicy'], { minimumBackoff: '1s', maximumBackoff: '600s' });
      assert.equal(input(found, 'deadLetterPolicy', 'maxDeliveryAttempts'), 100);
    }
  });

  it('never expire', () => {
    for (const found of subscriptions) assert.equal(input(found, 'expirationPolicy', 'ttl'), '', found.name);
  });

  it('of a ramp tell the stage the ramp’s address', () => {
    const paths = pushed
      .filter(({ name }) => name.startsWith('ramp-to-hub-'))
      .map(found => new URL(String(input(found, 'pushConfig', 'pushEndpoint'))).pathname);
    assert.deepEqual(paths.toSorted(), ['/assets/images', '/flights/departures', '/quakes/detected']);
  });

  it('of the hub are one for each sink; those that decode get only messages with a schema, and each only what is replayed for it', () => {
    const filters = pushed
      .filter(({ inputs }) => inputs['topic'] === `projects/${project}/topics/hub`)
      .map(({ name, inputs }) => [name, inputs['filter']]);
    assert.deepEqual(Object.fromEntries(filters), {
      'hub-to-raw-lake': 'NOT attributes:onramp_replay',
      'hub-to-structured-lake':
        'attributes:onramp_schema AND (NOT attributes:onramp_replay OR attributes.onramp_replay = "hub-to-structured-lake")',
      'hub-to-warehouse':
        'attributes:onramp_schema AND (NOT attributes:onramp_replay OR attributes.onramp_replay = "hub-to-warehouse")',
    });
    // https://cloud.google.com/pubsub/docs/subscription-message-filter#limitations
    for (const [, filter] of filters) assert.ok(String(filter).length <= 256);
  });

  it('stand behind every topic that takes dead letters, and Pub/Sub may move messages there', () => {
    const deadLetterTopics = new Set(pushed.map(found => String(input(found, 'deadLetterPolicy', 'deadLetterTopic'))));
    assert.equal(deadLetterTopics.size, 2);
    const agent = /^serviceAccount:service-\d+@gcp-sa-pubsub\.iam\.gserviceaccount\.com$/;
    const granted = iamMembers(exampleStack).filter(({ inputs }) => agent.test(String(inputs['member'])));
    for (const topic of deadLetterTopics) {
      assert.ok(
        subscriptions.some(({ inputs }) => inputs['topic'] === topic),
        topic,
      );
      assert.ok(granted.some(({ inputs }) => `projects/${project}/topics/${String(inputs['topic'])}` === topic));
    }
    for (const { name } of pushed) {
      assert.ok(
        granted.some(({ inputs }) => inputs['subscription'] === name && inputs['role'] === 'roles/pubsub.subscriber'),
      );
    }
  });
});

const ownInstance = {
  title: 'onramp-airports',
  expression: 'resource.name == "projects/example-airports/instances/airports"',
};

describe('grants', () => {
  const grants = iamMembers(exampleStack);

  it('are on single resources, and on a project only where there is no smaller place', () => {
    const kinds = new Set(grants.map(({ type }) => type.split(':').at(-1)));
    assert.deepEqual([...kinds].toSorted(), [
      'BucketIAMMember',
      'DatasetIamMember',
      'IAMMember',
      'ManagedFolderIamMember',
      'QueueIamMember',
      'SecretIamMember',
      'ServiceIamMember',
      'SubscriptionIAMMember',
      'TopicIAMMember',
    ]);
    const onProjects = grants.filter(({ type }) => type === 'gcp:projects/iAMMember:IAMMember');
    assert.deepEqual(
      onProjects.map(({ inputs }) => [inputs['project'], inputs['role'], inputs['condition']]).toSorted(),
      [
        [project, 'roles/bigquery.jobUser', undefined],
        ['example-airports', 'roles/cloudsql.client', ownInstance],
        ['example-airports', 'roles/cloudsql.instanceUser', ownInstance],
      ],
    );
  });

  it('let an export write below its own prefix and see its own runs, and the platform read no database', () => {
    const granted = grants.filter(({ inputs }) => /^serviceAccount:export-airports@/.test(String(inputs['member'])));
    for (const { type, inputs } of granted) {
      assert.ok(!type.includes('bucketIAMMember'), JSON.stringify(inputs));
      const folder = inputs['managedFolder'];
      if (folder === 'runs/airports/') assert.equal(inputs['role'], 'roles/storage.objectViewer');
      else if (typeof folder === 'string') assert.match(folder, /^export=airports\.(airports|flights)\/$/);
    }
    const databases = /^roles\/(cloudsql|spanner|datastore)\./;
    for (const { inputs } of grants.filter(grant => databases.test(String(grant.inputs['role'])))) {
      assert.equal(inputs['member'], 'serviceAccount:export-airports@example-airports.iam.gserviceaccount.com');
    }
  });

  it('give no primitive role and open nothing to the public', () => {
    for (const { name, inputs } of grants) {
      assert.doesNotMatch(String(inputs['role']), /^roles\/(owner|editor|viewer|.*[aA]dmin)$/, name);
      assert.doesNotMatch(String(inputs['member']), /^all/, name);
    }
  });

  it('are made by infra/grants.ts under a name that says who, which role and where', () => {
    for (const { name, inputs } of grants) assert.ok(name.includes(String(inputs['role']).replace('roles/', '')), name);
  });
});

describe('buckets', () => {
  it('are uniform and closed to the public, and keep objects for ever only on purpose', () => {
    for (const { name, inputs } of ofType(exampleStack, 'Bucket')) {
      assert.equal(inputs['uniformBucketLevelAccess'], true, name);
      assert.equal(inputs['publicAccessPrevention'], 'enforced', name);
      const rules = inputs['lifecycleRules'] as unknown[];
      const { retention } = inputs['labels'] as Record<string, string>;
      assert.ok(rules.length > 0 || retention === 'kept', name);
    }
  });
});

describe('resources', () => {
  it('belong each to a component, but for the platform, which is at the root', () => {
    const components = new Map(
      resources.filter(({ type }) => type.startsWith('onramp:')).map(found => [found.urn, found]),
    );
    for (const { type, name, parent } of resources) {
      if (type === 'pulumi:pulumi:Stack' || type === 'onramp:infra:Platform') continue;
      assert.ok(components.has(parent ?? ''), `${type} ${name}`);
    }
  });

  it('have names within the limits of their products', () => {
    for (const [type, [kind, key]] of Object.entries(nameInputs)) {
      for (const { inputs } of ofType(exampleStack, type)) {
        assert.equal(nameProblem(kind, String(inputs[key])), undefined);
      }
    }
  });

  it('have labels that Google Cloud accepts', () => {
    for (const { name, inputs } of resources) {
      for (const [key, value] of Object.entries((inputs['labels'] ?? {}) as Record<string, string>)) {
        assert.match(key, /^[a-z][a-z0-9_-]{0,62}$/, name);
        assert.match(value, /^[a-z0-9_-]{0,63}$/, name);
      }
    }
  });

  it('that hold data are protected', () => {
    for (const type of ['Bucket', 'Dataset']) {
      for (const { name, protect } of ofType(exampleStack, type)) assert.ok(protect, name);
    }
  });
});
