import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Binding } from '../../../../local/iam/bindings.ts';
import { parseCondition } from '../../../../local/iam/condition.ts';
import { createPolicy } from '../../../../local/iam/policy.ts';

const writer = 'writer@acme.iam.gserviceaccount.com';
const bound = (role: string, resource: string, more: Partial<Binding> = {}): Binding => ({
  name: 'a grant',
  role,
  member: `serviceAccount:${writer}`,
  resource,
  ...more,
});

describe('a policy', () => {
  it('allows what a role holds, where it was granted, to whom it was granted, and nothing else', () => {
    const policy = createPolicy([bound('roles/pubsub.publisher', 'projects/acme/topics/hub')]);
    assert.ok(policy.allows(writer, 'pubsub.topics.publish', 'projects/acme/topics/hub'));
    assert.ok(!policy.allows(writer, 'pubsub.topics.publish', 'projects/acme/topics/hub2'));
    assert.ok(!policy.allows(writer, 'pubsub.topics.publish', 'projects/acme'));
    assert.ok(!policy.allows(writer, 'pubsub.topics.delete', 'projects/acme/topics/hub'));
    assert.ok(!policy.allows(`x${writer}`, 'pubsub.topics.publish', 'projects/acme/topics/hub'));
  });

  it('reaches from a bucket to its objects, whatever their names, and from a dataset to its tables', () => {
    const policy = createPolicy([
      bound('roles/storage.objectCreator', 'projects/_/buckets/lake'),
      bound('roles/bigquery.dataViewer', 'projects/acme/datasets/flights'),
    ]);
    for (const name of ['a', 'ramp=a/b.avro', 'objects/objects/x', '/']) {
      assert.ok(policy.allows(writer, 'storage.objects.create', `projects/_/buckets/lake/objects/${name}`), name);
      assert.ok(!policy.allows(writer, 'storage.objects.get', `projects/_/buckets/lake/objects/${name}`), name);
      assert.ok(!policy.allows(writer, 'storage.objects.create', `projects/_/buckets/lake2/objects/${name}`), name);
    }
    const table = 'projects/acme/datasets/flights/tables/departures';
    assert.ok(policy.allows(writer, 'bigquery.tables.getData', table));
    assert.ok(!policy.allows(writer, 'bigquery.tables.updateData', table));
    assert.ok(!policy.allows(writer, 'bigquery.tables.getData', table.replace('flights', 'quakes')));
  });

  it('reaches from a managed folder to what begins with its name, and no further', () => {
    const folder = 'projects/_/buckets/lake/managedFolders/ramp=a.b/';
    const policy = createPolicy([bound('roles/storage.objectViewer', folder)]);
    const object = (name: string) =>
      policy.allows(writer, 'storage.objects.get', `projects/_/buckets/lake/objects/${name}`);
    for (const name of ['ramp=a.b/x.avro', 'ramp=a.b/date=1/hour=2/x.avro', 'ramp=a.b/', 'ramp=a.b//']) {
      assert.ok(object(name), name);
    }
    for (const name of ['ramp=a.b', 'ramp=a.bc/x', 'ramp=a/b/x', 'x/ramp=a.b/x', '/', '//', '']) {
      assert.ok(!object(name), name);
    }
    const list = (resource: string) => policy.allows(writer, 'storage.objects.list', resource);
    assert.ok(list(`${folder}date=1/`));
    assert.ok(!list('projects/_/buckets/lake'));
  });

  it('reaches from a project to all that is in it, also to its buckets, whose names do not say it', () => {
    const bindings = [bound('roles/storage.objectUser', 'projects/acme'), bound('roles/run.invoker', 'projects/acme')];
    const policy = createPolicy(bindings, new Map([['projects/_/buckets/lake', 'projects/acme']]));
    assert.ok(policy.allows(writer, 'storage.objects.get', 'projects/_/buckets/lake/objects/a/b'));
    assert.ok(!policy.allows(writer, 'storage.objects.get', 'projects/_/buckets/other/objects/a/b'));
    assert.ok(policy.allows(writer, 'run.routes.invoke', 'projects/acme/locations/x/services/stage'));
  });

  it('knows people, groups and domains by their addresses', () => {
    const resource = 'projects/acme/datasets/flights';
    const members = ['user:ann@example.com', 'group:analysts@example.com', 'domain:example.org'];
    const policy = createPolicy(members.map(member => bound('roles/bigquery.dataViewer', resource, { member })));
    for (const caller of ['ann@example.com', 'analysts@example.com', 'anybody@example.org']) {
      assert.ok(policy.allows(caller, 'bigquery.tables.getData', resource), caller);
    }
    for (const caller of ['bob@example.com', 'ann@example.net', 'ann@sub.example.org', 'example.org']) {
      assert.ok(!policy.allows(caller, 'bigquery.tables.getData', resource), caller);
    }
    assert.deepEqual(policy.holders('bigquery.tables.getData', `${resource}/tables/departures`), [
      'ann@example.com',
      'analysts@example.com',
      '@example.org',
    ]);
  });

  it('applies a conditional grant where its condition holds', () => {
    const lake = 'projects/_/buckets/lake';
    const applies = parseCondition(`resource.name.startsWith("${lake}/objects/a/") || resource.name.startsWith('x')`);
    const policy = createPolicy([bound('roles/storage.objectCreator', lake, { applies })]);
    assert.ok(policy.allows(writer, 'storage.objects.create', `${lake}/objects/a/1`));
    assert.ok(!policy.allows(writer, 'storage.objects.create', `${lake}/objects/b/1`));
  });

  it('refuses a condition that it cannot hold anybody to', () => {
    for (const expression of ['true', 'resource.type == "x"', 'resource.name.startsWith("a") && true', '']) {
      assert.throws(() => parseCondition(expression), /cannot enforce the IAM condition/);
    }
  });

  it('refuses a role that it does not know, and says where to add it', () => {
    assert.throws(
      () => createPolicy([bound('roles/editor', 'projects/acme')]),
      /does not know the role roles\/editor; add it to local\/iam\/roles\.ts with its source/,
    );
  });
});
