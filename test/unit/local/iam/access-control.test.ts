import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Inventory, Resource } from '../../../../infra/render.ts';
import { createAccessControl, type Denial } from '../../../../local/iam/access-control.ts';
import { bindingsOf } from '../../../../local/iam/bindings.ts';
import { logDenials } from '../../../../local/iam/denial-log.ts';
import { exampleStack, iamMembers, project } from '../../../support/example-stack.ts';

const rawLake = `hub-to-raw-lake@${project}.iam.gserviceaccount.com`;
const lakeObject = `projects/_/buckets/${project}-raw-lake/objects/x`;

const inventoryWith = (type: string, inputs: Resource['inputs']): Inventory => ({
  resources: [{ type, name: 'a grant', urn: '', protect: false, inputs, outputs: inputs }],
});

describe('access control', () => {
  it('has every binding that the example stack declares', () => {
    const bindings = bindingsOf(exampleStack);
    assert.deepEqual(
      bindings.map(({ name }) => name),
      iamMembers(exampleStack).map(({ name }) => name),
    );
    const resourceOf = (name: string) => bindings.find(binding => binding.name === name)?.resource;
    assert.equal(resourceOf('ramp-to-hub pubsub.publisher hub'), `projects/${project}/topics/hub`);
    assert.equal(resourceOf('pubsub pubsub.subscriber dead-letter'), `projects/${project}/subscriptions/dead-letter`);
    assert.equal(resourceOf('hub-to-warehouse bigquery.dataEditor quakes'), `projects/${project}/datasets/quakes`);
    assert.equal(
      resourceOf('pubsub iam.serviceAccountTokenCreator onramp-push'),
      `projects/${project}/serviceAccounts/onramp-push@${project}.iam.gserviceaccount.com`,
    );
    assert.match(
      resourceOf('onramp-push run.invoker dead-letter') ?? '',
      new RegExp(`^projects/${project}/locations/[a-z0-9-]+/services/dead-letter$`),
    );
  });

  it('refuses an IAM resource that it could not hold anybody to', () => {
    const foreign = inventoryWith('gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember', { role: 'r', member: 'm' });
    assert.throws(() => bindingsOf(foreign), /cannot enforce gcp:kms/);
  });

  it('takes full names where the provider does', () => {
    const of = (type: string, inputs: Resource['inputs']) =>
      bindingsOf(inventoryWith(type, { role: 'roles/x', member: 'user:a@example.com', project: 'p', ...inputs }))[0]
        ?.resource;
    assert.equal(
      of('gcp:pubsub/topicIAMMember:TopicIAMMember', { topic: 'projects/p/topics/t' }),
      'projects/p/topics/t',
    );
    assert.equal(of('gcp:projects/iAMMember:IAMMember', { project: 'projects/p' }), 'projects/p');
  });

  it('lets the person at this machine do anything', () => {
    assert.ok(createAccessControl(exampleStack).authorize('operator', 'anything.at.all', 'anywhere'));
  });

  it('tells of refusals, and follows a change of the bindings at once', () => {
    const access = createAccessControl(exampleStack);
    const denials: Denial[] = [];
    const stop = access.onDenied(denial => denials.push(denial));
    const denial = { caller: rawLake, permission: 'storage.objects.create', resource: lakeObject };
    const ask = () => access.authorize(denial.caller, denial.permission, denial.resource);

    assert.ok(ask());
    const declared = access.bindings();
    access.setBindings(declared.filter(({ member }) => member !== `serviceAccount:${rawLake}`));
    assert.ok(!ask());
    assert.deepEqual(denials, [denial]);
    stop();
    assert.ok(!ask());
    assert.equal(denials.length, 1);
    access.setBindings(declared);
    assert.ok(ask());
  });

  it('writes each refusal to its log once, with the role that would mend it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'onramp-'));
    try {
      const access = createAccessControl(exampleStack);
      logDenials(access, join(folder, 'iam.log'));
      for (const object of ['a', 'b/c']) {
        access.authorize(rawLake, 'storage.objects.get', `projects/_/buckets/secret/objects/${object}`);
      }
      const lines = readFileSync(join(folder, 'iam.log'), 'utf8').trimEnd().split('\n');
      assert.equal(lines.length, 1);
      assert.match(
        lines[0] ?? '',
        /hub-to-raw-lake@\S+ may not storage\.objects\.get on projects\/_\/buckets\/secret\/objects\/\*; allowed by roles\/storage\.objectViewer or /,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
