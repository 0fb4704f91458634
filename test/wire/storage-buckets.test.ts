import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { storageUnderTest, withCode } from './support/storage-under-test.ts';

describe('buckets', () => {
  it('keep what they were made with', async t => {
    const { client } = await storageUnderTest(t);
    const lifecycle = { rule: [{ action: { type: 'Delete' as const }, condition: { age: 30 } }] };
    await client.createBucket('lake', {
      location: 'asia-northeast1',
      iamConfiguration: { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention: 'enforced' },
      lifecycle,
      labels: { ramp: 'flights' },
      versioning: { enabled: true },
      softDeletePolicy: { retentionDurationSeconds: 0 },
      storageClass: 'NEARLINE',
    });
    const [metadata] = await client.bucket('lake').getMetadata();
    assert.equal(metadata.location, 'ASIA-NORTHEAST1');
    assert.equal(metadata.locationType, 'region');
    assert.equal(metadata.iamConfiguration?.publicAccessPrevention, 'enforced');
    assert.equal(metadata.iamConfiguration.uniformBucketLevelAccess?.enabled, true);
    assert.deepEqual(metadata.lifecycle, lifecycle);
    assert.deepEqual(metadata.labels, { ramp: 'flights' });
    assert.deepEqual(metadata.versioning, { enabled: true });
    assert.deepEqual(metadata.softDeletePolicy, { retentionDurationSeconds: 0 });
    assert.equal(metadata.storageClass, 'NEARLINE');
    await client.bucket('lake').file('x').save('x');
    assert.equal((await client.bucket('lake').file('x').getMetadata())[0].storageClass, 'NEARLINE');
  });

  it('are patched, with null removing a label', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake', { labels: { a: '1', b: '2' } });
    await bucket.setMetadata({ labels: { a: null, c: '3' } });
    const [metadata] = await bucket.getMetadata();
    assert.deepEqual(metadata.labels, { b: '2', c: '3' });
    assert.equal(metadata.metageneration, '2');
    await assert.rejects(bucket.setMetadata({ labels: { d: '4' } }, { ifMetagenerationMatch: 1 }), withCode(412));
  });

  it('are listed in pages, and deleted only when empty', async t => {
    const { client } = await storageUnderTest(t);
    for (const name of ['pond', 'lake-b', 'lake-a']) await client.createBucket(name);
    const [first, next] = await client.getBuckets({ maxResults: 2, autoPaginate: false });
    assert.deepEqual(
      first.map(bucket => bucket.name),
      ['lake-a', 'lake-b'],
    );
    const [second] = await client.getBuckets({ ...next, autoPaginate: false });
    assert.deepEqual(
      second.map(bucket => bucket.name),
      ['pond'],
    );
    const [lakes] = await client.getBuckets({ prefix: 'lake-' });
    assert.equal(lakes.length, 2);

    await client.bucket('pond').file('x').save('x');
    await assert.rejects(client.bucket('pond').delete(), withCode(409));
    await client.bucket('pond').deleteFiles();
    await client.bucket('pond').delete();
    assert.deepEqual(await client.bucket('pond').exists(), [false]);
  });

  it('refuse bad and taken names, and what the stand-in cannot do', async t => {
    const { client } = await storageUnderTest(t);
    await client.createBucket('lake');
    await assert.rejects(client.createBucket('lake'), withCode(409));
    for (const name of ['Lake', 'ab', 'goog-lake', '-lake', '127.0.0.1', 'x'.repeat(64)]) {
      await assert.rejects(client.createBucket(name), withCode(400));
    }
    await assert.rejects(client.createBucket('held', { retentionPolicy: { retentionPeriod: 60 } }), withCode(501));
    assert.deepEqual(await client.bucket('held').exists(), [false]);
  });

  it('keep an IAM policy under its etag, and tell a caller its permissions', async t => {
    const { client, clientOf } = await storageUnderTest(t, {
      authorize: (caller, permission) => caller === 'operator' || permission === 'storage.objects.get',
    });
    const [bucket] = await client.createBucket('lake');
    const [policy] = await bucket.iam.getPolicy();
    policy.bindings.push({ role: 'roles/storage.objectViewer', members: ['group:fraud@example.com'] });
    const [set] = await bucket.iam.setPolicy(policy);
    assert.deepEqual((await bucket.iam.getPolicy())[0].bindings, policy.bindings);
    assert.notEqual(set.etag, policy.etag);
    await assert.rejects(bucket.iam.setPolicy(policy), withCode(412));

    const reader = (await clientOf('reader@acme.iam.gserviceaccount.com')).bucket('lake');
    const [permissions] = await reader.iam.testPermissions(['storage.objects.get', 'storage.objects.create']);
    assert.deepEqual(permissions, { 'storage.objects.get': true, 'storage.objects.create': false });
  });
});

describe('listing', () => {
  const names = ['a/1', 'a/2', 'a/b/1', 'b', 'c/1', 'ä', '🎉'];

  it('is in the order of UTF-8 bytes, in pages', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    for (const name of [...names].reverse()) await bucket.file(name).save('');
    const [files] = await bucket.getFiles();
    assert.deepEqual(
      files.map(file => file.name),
      names,
    );
    const [first, next] = await bucket.getFiles({ maxResults: 3, autoPaginate: false });
    assert.equal(first.length, 3);
    const [second] = await bucket.getFiles({ ...next, autoPaginate: false });
    assert.deepEqual(
      second.map(file => file.name),
      names.slice(3, 6),
    );
  });

  it('folds folders by a delimiter', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    for (const name of names) await bucket.file(name).save('');
    const list = async (query: object) => {
      const [files, , response] = await bucket.getFiles({ ...query, autoPaginate: false });
      const { prefixes } = response as { prefixes?: string[] };
      return { files: files.map(file => file.name), prefixes };
    };
    assert.deepEqual(await list({ delimiter: '/' }), { files: ['b', 'ä', '🎉'], prefixes: ['a/', 'c/'] });
    assert.deepEqual(await list({ delimiter: '/', prefix: 'a/' }), { files: ['a/1', 'a/2'], prefixes: ['a/b/'] });
    assert.deepEqual(await list({ startOffset: 'a/2', endOffset: 'c/1' }), {
      files: ['a/2', 'a/b/1', 'b'],
      prefixes: undefined,
    });
    assert.deepEqual(await list({ matchGlob: '*/1' }), { files: ['a/1', 'c/1'], prefixes: undefined });
    assert.deepEqual(await list({ prefix: 'nothing' }), { files: [], prefixes: undefined });
  });
});
