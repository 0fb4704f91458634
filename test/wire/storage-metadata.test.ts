import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { storageUnderTest, withCode } from './support/storage-under-test.ts';

describe('metadata of objects', () => {
  it('is merged by a patch: null removes a custom key, other keys stay', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    const file = bucket.file('x');
    await file.save('x', { metadata: { cacheControl: 'no-store', metadata: { a: '1', b: '2' } } });
    const [patched] = await file.setMetadata({ contentLanguage: 'ja', metadata: { a: null, c: '3' } });
    assert.deepEqual(patched.metadata, { b: '2', c: '3' });
    assert.equal(patched.cacheControl, 'no-store');
    assert.equal(patched.contentLanguage, 'ja');
    assert.equal(patched.metageneration, '2');
    const [read] = await file.getMetadata();
    assert.deepEqual(read.metadata, { b: '2', c: '3' });
    assert.notEqual(read.etag, '');
  });

  it('may have text beyond ASCII', async t => {
    const { client, origin } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    const contentDisposition = 'attachment; filename="日本.csv"';
    await bucket.file('x').save('x', { metadata: { contentDisposition, metadata: { 鍵: '値' } } });
    const [metadata] = await bucket.file('x').getMetadata();
    assert.deepEqual(metadata.metadata, { 鍵: '値' });
    const { headers } = await fetch(`${origin}/storage/v1/b/lake/o/x?alt=media`);
    assert.equal(Buffer.from(headers.get('content-disposition') ?? '', 'latin1').toString(), contentDisposition);
  });

  it('refuses a custom time that goes back, and metadata over 8 KiB', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    const file = bucket.file('x');
    await file.save('x', { metadata: { customTime: '2024-05-01T00:00:00Z' } });
    await file.setMetadata({ customTime: '2024-05-02T00:00:00Z' });
    await assert.rejects(file.setMetadata({ customTime: '2024-05-01T00:00:00Z' }), withCode(400));
    await assert.rejects(file.setMetadata({ metadata: { big: 'x'.repeat(8192) } }), withCode(400));
    const [metadata] = await file.getMetadata();
    assert.equal(metadata.customTime, '2024-05-02T00:00:00Z');
  });
});

describe('preconditions', () => {
  for (const resumable of [true, false]) {
    it(`create an object once only (${resumable ? 'resumable' : 'in one request'})`, async t => {
      const { client } = await storageUnderTest(t);
      const [bucket] = await client.createBucket('lake');
      const save = (text: string) =>
        bucket.file('once').save(text, { resumable, preconditionOpts: { ifGenerationMatch: 0 } });
      await save('first');
      await assert.rejects(save('second'), withCode(412));
      assert.equal((await bucket.file('once').download())[0].toString(), 'first');
    });
  }

  it('let one of many concurrent writers win a compare-and-swap', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('state');
    await bucket.file('run').save('0');
    const generation = Number((await bucket.file('run').getMetadata())[0].generation);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, writer) =>
        bucket.file('run').save(String(writer), {
          resumable: writer % 2 === 0,
          preconditionOpts: { ifGenerationMatch: generation },
        }),
      ),
    );
    const winners = outcomes.flatMap((outcome, writer) => (outcome.status === 'fulfilled' ? [writer] : []));
    assert.equal(winners.length, 1);
    assert.equal((await bucket.file('run').download())[0].toString(), String(winners[0]));
  });

  it('hold for metadata and deletion too', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    const file = bucket.file('x');
    await file.save('x');
    const [{ generation }] = await file.getMetadata();
    await file.setMetadata({ metadata: { a: '1' } }, { ifMetagenerationMatch: 1 });
    await assert.rejects(file.setMetadata({ metadata: { a: '2' } }, { ifMetagenerationMatch: 1 }), withCode(412));
    await assert.rejects(file.delete({ ifGenerationMatch: Number(generation) + 1 }), withCode(412));
    await file.delete({ ifGenerationMatch: Number(generation) });
    await assert.rejects(file.delete(), withCode(404));
    await file.delete({ ignoreNotFound: true });
  });

  it('have the product’s error shape', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    const file = bucket.file('x');
    await file.save('x');
    await assert.rejects(file.delete({ ifGenerationMatch: 1 }), (error: unknown) => {
      assert.ok(error instanceof Error && 'errors' in error);
      assert.equal(error.message, 'At least one of the pre-conditions you specified did not hold.');
      assert.deepEqual(error.errors, [
        {
          message: 'At least one of the pre-conditions you specified did not hold.',
          domain: 'global',
          reason: 'conditionNotMet',
          locationType: 'header',
          location: 'If-Match',
        },
      ]);
      return true;
    });
  });
});

describe('versions', () => {
  it('are dropped on overwrite, and kept in a versioned bucket', async t => {
    const { client } = await storageUnderTest(t);
    const [plain] = await client.createBucket('plain');
    await plain.file('x').save('1');
    const old = Number((await plain.file('x').getMetadata())[0].generation);
    await plain.file('x').save('2');
    await assert.rejects(plain.file('x', { generation: old }).download(), withCode(404));

    const [versioned] = await client.createBucket('versioned', { versioning: { enabled: true } });
    await versioned.file('x').save('1');
    const first = Number((await versioned.file('x').getMetadata())[0].generation);
    await versioned.file('x').save('2');
    await versioned.file('x').delete();
    await assert.rejects(versioned.file('x').getMetadata(), withCode(404));
    assert.equal((await versioned.file('x', { generation: first }).download())[0].toString(), '1');
    const [files] = await versioned.getFiles({ versions: true });
    assert.equal(files.length, 2);
    assert.ok(files.every(file => file.metadata.timeDeleted !== undefined));
    for (const file of files) await versioned.file(file.name, { generation: Number(file.generation) }).delete();
    assert.deepEqual((await versioned.getFiles({ versions: true }))[0], []);
  });

  it('have generations that only increase, also when the clock does not move', async t => {
    const { client } = await storageUnderTest(t, { clock: { now: () => 1_700_000_000_000 } });
    const [bucket] = await client.createBucket('lake');
    const generations: number[] = [];
    for (let n = 0; n < 5; n++) {
      await bucket.file('x').save(String(n));
      generations.push(Number((await bucket.file('x').getMetadata())[0].generation));
    }
    assert.equal(generations[0], 1_700_000_000_000_000);
    assert.deepEqual(
      generations,
      [...new Set(generations)].sort((a, b) => a - b),
    );
  });
});
