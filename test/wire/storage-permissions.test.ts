import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { storageUnderTest, withCode } from './support/storage-under-test.ts';

const writer = 'hub-to-raw-lake@acme.iam.gserviceaccount.com';

describe('permissions', () => {
  it('are asked for with the caller of the port, by their names and on the resource’s full name', async t => {
    const asked = new Set<string>();
    const { client, clientOf } = await storageUnderTest(t, {
      authorize(caller, permission, resource) {
        if (caller === writer) asked.add(`${permission} ${resource}`);
        return true;
      },
    });
    await client.createBucket('lake');
    const bucket = (await clientOf(writer)).bucket('lake');
    const seen = async (work: () => Promise<unknown>) => {
      asked.clear();
      await work();
      return [...asked].sort();
    };
    const object = 'projects/_/buckets/lake/objects/';
    assert.deepEqual(await seen(() => bucket.file('a/b').save('x')), [`storage.objects.create ${object}a/b`]);
    assert.deepEqual(await seen(() => bucket.file('a/b').save('y', { resumable: false })), [
      `storage.objects.create ${object}a/b`,
      `storage.objects.delete ${object}a/b`,
    ]);
    assert.deepEqual(await seen(() => bucket.file('a/b').download()), [`storage.objects.get ${object}a/b`]);
    assert.deepEqual(await seen(() => bucket.file('a/b').setMetadata({ metadata: { k: 'v' } })), [
      `storage.objects.update ${object}a/b`,
    ]);
    assert.deepEqual(await seen(() => bucket.combine(['a/b'], 'c')), [
      `storage.objects.create ${object}c`,
      `storage.objects.get ${object}a/b`,
    ]);
    assert.deepEqual(await seen(() => bucket.file('a/b').copy('d')), [
      `storage.objects.create ${object}d`,
      `storage.objects.get ${object}a/b`,
    ]);
    assert.deepEqual(await seen(() => bucket.getFiles()), ['storage.objects.list projects/_/buckets/lake']);
    assert.deepEqual(await seen(() => bucket.file('d').delete()), [`storage.objects.delete ${object}d`]);
    assert.deepEqual(await seen(() => bucket.getMetadata()), ['storage.buckets.get projects/_/buckets/lake']);
  });

  it('let a caller that may only create write once, and not overwrite', async t => {
    const { client, clientOf } = await storageUnderTest(t, {
      authorize: (caller, permission) => caller === 'operator' || permission === 'storage.objects.create',
    });
    await client.createBucket('lake');
    const bucket = (await clientOf(writer)).bucket('lake');
    for (const resumable of [true, false]) {
      const file = bucket.file(`x-${resumable}`);
      await file.save('first', { resumable });
      await assert.rejects(file.save('second', { resumable }), withCode(403));
      // Whoever insists on creating is told that it is there already.
      await assert.rejects(
        file.save('second', { resumable, preconditionOpts: { ifGenerationMatch: 0 } }),
        withCode(412),
      );
      await assert.rejects(file.download(), withCode(403));
      assert.equal((await client.bucket('lake').file(file.name).download())[0].toString(), 'first');
    }
  });

  it('are refused in the product’s words, before anything is said of what exists', async t => {
    const { clientOf } = await storageUnderTest(t, { authorize: () => false });
    const bucket = (await clientOf(writer)).bucket('nowhere');
    await assert.rejects(bucket.file('a').getMetadata(), (error: unknown) => {
      assert.ok(error instanceof Error && 'errors' in error);
      assert.ok(withCode(403)(error));
      assert.match(
        error.message,
        /^hub-to-raw-lake@acme\.iam\.gserviceaccount\.com does not have storage\.objects\.get access to the Google Cloud Storage object\. Permission 'storage\.objects\.get' denied on resource '.*' \(or it may not exist\)\.$/,
      );
      assert.equal((error.errors as { reason: string }[])[0]?.reason, 'forbidden');
      return true;
    });
    await assert.rejects(bucket.create(), withCode(403));
    await assert.rejects(bucket.getFiles(), withCode(403));
    await assert.rejects(bucket.delete(), withCode(403));
    await assert.rejects(bucket.createNotification('t'), withCode(403));
    await assert.rejects(bucket.iam.getPolicy(), withCode(403));
  });
});
