import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { storageUnderTest, withCode } from './support/storage-under-test.ts';

describe('compose', () => {
  it('joins objects in their order, also into one of them', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    const parts = [randomBytes(100_000), Buffer.alloc(0), randomBytes(2_000_000)];
    for (const [n, part] of parts.entries()) await bucket.file(`part-${n}`).save(part);
    await bucket.combine(['part-0', 'part-1', 'part-2'], 'whole');
    const [whole] = await bucket.file('whole').download();
    assert.ok(whole.equals(Buffer.concat(parts)));
    const [metadata] = await bucket.file('whole').getMetadata();
    assert.equal(metadata.componentCount, 3);
    assert.equal(metadata.md5Hash, undefined);

    await bucket.combine(['whole', 'part-0'], 'whole');
    const [more] = await bucket.file('whole').getMetadata();
    assert.equal(more.componentCount, 4);
    assert.equal(Number(more.size), 2_200_000);
  });

  it('refuses too many sources, a missing source and a failed precondition', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    await bucket.file('a').save('a');
    await assert.rejects(bucket.combine(Array<string>(33).fill('a'), 'b'), withCode(400));
    await assert.rejects(bucket.combine(['a', 'missing'], 'b'), withCode(404));
    await assert.rejects(bucket.combine(['a'], 'a', { ifGenerationMatch: 0 }), withCode(412));
    await bucket.combine(Array<string>(32).fill('a'), 'b', { ifGenerationMatch: 0 });
    assert.equal((await bucket.file('b').download())[0].toString(), 'a'.repeat(32));
    assert.deepEqual(await bucket.file('missing').exists(), [false]);
  });
});

describe('copy and move', () => {
  it('copy content and metadata, also to another bucket, and leave the source', async t => {
    const { client } = await storageUnderTest(t);
    const [lake] = await client.createBucket('lake');
    const [pond] = await client.createBucket('pond');
    await lake.file('a/b').save('x', { contentType: 'text/x', metadata: { metadata: { k: 'v' } } });
    await lake.file('a/b').copy(pond.file('c/d'));
    const [metadata] = await pond.file('c/d').getMetadata();
    assert.equal(metadata.contentType, 'text/x');
    assert.deepEqual(metadata.metadata, { k: 'v' });
    assert.equal((await pond.file('c/d').download())[0].toString(), 'x');
    assert.deepEqual(await lake.file('a/b').exists(), [true]);

    await lake.file('a/b').copy(pond.file('e'), { contentType: 'text/y', metadata: { z: '1' } });
    const [replaced] = await pond.file('e').getMetadata();
    assert.equal(replaced.contentType, 'text/y');
    assert.deepEqual(replaced.metadata, { z: '1' });
  });

  it('a copy outlives its source', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    await bucket.file('a').save('first');
    await bucket.file('a').copy('b');
    await bucket.file('a').save('second');
    await bucket.file('a').delete();
    assert.equal((await bucket.file('b').download())[0].toString(), 'first');
  });

  it('a copy is held to its preconditions', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    await bucket.file('a').save('a');
    await bucket.file('b').save('b');
    await assert.rejects(bucket.file('a').copy('b', { preconditionOpts: { ifGenerationMatch: 0 } }), withCode(412));
    await assert.rejects(bucket.file('none').copy('b'), withCode(404));
    assert.equal((await bucket.file('b').download())[0].toString(), 'b');
  });

  it('move: in one call, and as copy and delete', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    await bucket.file('a').save('a', { contentType: 'text/x' });
    await bucket.file('a').moveFileAtomic('b/ä');
    await assert.rejects(bucket.file('a').moveFileAtomic('c'), withCode(404));
    await bucket.file('b/ä').move('d');
    const [files] = await bucket.getFiles();
    assert.deepEqual(
      files.map(file => file.name),
      ['d'],
    );
    const [metadata] = await bucket.file('d').getMetadata();
    assert.equal(metadata.contentType, 'text/x');
    assert.equal((await bucket.file('d').download())[0].toString(), 'a');
  });
});
