import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, it } from 'node:test';
import { crc32c, crc32cText } from '../../local/storage/crc32c.ts';
import { storageUnderTest, withCode } from './support/storage-under-test.ts';

const mebibyte = 1024 * 1024;

describe('uploading and downloading with the client library', () => {
  for (const resumable of [true, false]) {
    const way = resumable ? 'a resumable upload' : 'an upload in one request';
    for (const size of [0, 1, 5, 300_000, 3 * mebibyte + 17]) {
      it(`gives back the ${size} bytes of ${way}, with their checksums`, async t => {
        const { client } = await storageUnderTest(t);
        const [bucket] = await client.createBucket('lake');
        const content = randomBytes(size);
        await bucket
          .file('a/file.bin')
          .save(content, { resumable, contentType: 'x/y', metadata: { metadata: { k: 'v' } } });

        const [downloaded] = await bucket.file('a/file.bin').download();
        const [metadata] = await bucket.file('a/file.bin').getMetadata();
        assert.ok(downloaded.equals(content));
        assert.equal(metadata.size, String(size));
        assert.equal(metadata.contentType, 'x/y');
        assert.deepEqual(metadata.metadata, { k: 'v' });
        assert.equal(metadata.md5Hash, createHash('md5').update(content).digest('base64'));
        assert.equal(metadata.crc32c, crc32cText(crc32c(content)));
      });
    }
  }

  it('takes a resumable upload in chunks', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    const content = randomBytes(mebibyte + 5);
    await bucket.file('chunks').save(content, { resumable: true, chunkSize: 256 * 1024 });
    const [downloaded] = await bucket.file('chunks').download({ validation: 'md5' });
    assert.ok(downloaded.equals(content));
  });

  it('takes a stream whose length is not known', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    const pieces = Array.from({ length: 50 }, () => randomBytes(10_000));
    await pipeline(Readable.from(pieces), bucket.file('stream').createWriteStream());
    const [downloaded] = await bucket.file('stream').download();
    assert.ok(downloaded.equals(Buffer.concat(pieces)));
  });

  it('goes on with a resumable upload that another process of the caller began', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    const content = randomBytes(600 * 1024);
    const first = content.subarray(0, 256 * 1024);
    const [uri] = await bucket.file('resumed').createResumableUpload();
    await pipeline(
      Readable.from([first]),
      bucket.file('resumed').createWriteStream({ uri, isPartialUpload: true, chunkSize: 256 * 1024 }),
    );
    await assert.rejects(bucket.file('resumed').getMetadata(), withCode(404));
    await pipeline(
      Readable.from([content.subarray(first.length)]),
      bucket.file('resumed').createWriteStream({ uri, offset: first.length, resumeCRC32C: crc32cText(crc32c(first)) }),
    );
    const [downloaded] = await bucket.file('resumed').download();
    assert.ok(downloaded.equals(content));
  });

  it('serves ranges', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    const file = bucket.file('digits');
    await file.save('0123456789');
    const range = async (options: { start?: number; end?: number }) => (await file.download(options))[0].toString();
    assert.equal(await range({ start: 2, end: 4 }), '234');
    assert.equal(await range({ start: 7 }), '789');
    assert.equal(await range({ start: 7, end: 99 }), '789');
    assert.equal(await range({ end: -3 }), '789');
    await assert.rejects(range({ start: 10 }), withCode(416));
  });

  it('stores gzip as it comes, and gives it back decompressed', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    const text = 'all work and no play '.repeat(1000);
    await bucket.file('text').save(text, { gzip: true, contentType: 'text/plain' });
    const [metadata] = await bucket.file('text').getMetadata();
    assert.equal(metadata.contentEncoding, 'gzip');
    assert.ok(Number(metadata.size) < text.length / 10);
    const [downloaded] = await bucket.file('text').download();
    assert.equal(downloaded.toString(), text);
    const [stored] = await bucket.file('text').download({ decompress: false });
    assert.equal(stored.length, Number(metadata.size));
  });

  it('keeps objects apart whose names look alike or like paths', async t => {
    const { client, storage } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    const names = ['a/../b', '/etc/passwd', 'ä ö+%20?#&', 'a//b', 'a', 'A', '日本語/🎉', 'x'.repeat(1024)];
    for (const name of names) await bucket.file(name).save(name);
    for (const name of names) assert.equal((await bucket.file(name).download())[0].toString(), name);
    assert.deepEqual(new Set(storage.listObjects('lake').map(({ name }) => name)), new Set(names));
  });

  it('refuses names that the product refuses', async t => {
    const { client } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    for (const name of ['x'.repeat(1025), 'line\nbreak', 'carriage\rreturn', '..']) {
      await assert.rejects(bucket.file(name).save('x', { resumable: false }), withCode(400));
    }
  });

  it('answers 404 with the product’s messages', async t => {
    const { client } = await storageUnderTest(t);
    await assert.rejects(client.bucket('nowhere').file('x').save('x'), /404|The specified bucket does not exist/);
    const [bucket] = await client.createBucket('lake');
    await assert.rejects(bucket.file('no/such').getMetadata(), /No such object: lake\/no\/such/);
    await assert.rejects(bucket.file('no/such').download(), /^Error: No such object: lake\/no\/such$/);
    assert.deepEqual(await bucket.file('no/such').exists(), [false]);
  });

  it('reads objects and listings in-process', async t => {
    const { client, storage } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    await bucket.file('ramp=a/1').save('one');
    await bucket.file('ramp=b/2').save('two!');
    assert.equal((await storage.readObject('lake', 'ramp=b/2'))?.toString(), 'two!');
    assert.equal(await storage.readObject('lake', 'ramp=b/3'), undefined);
    assert.equal(await storage.readObject('pond', 'ramp=b/2'), undefined);
    assert.deepEqual(
      storage.listObjects('lake', 'ramp=b/').map(({ name, size }) => ({ name, size })),
      [{ name: 'ramp=b/2', size: 4 }],
    );
  });

  it('serves the paths of STORAGE_EMULATOR_HOST', async t => {
    const { origin } = await storageUnderTest(t);
    process.env['STORAGE_EMULATOR_HOST'] = origin;
    t.after(() => delete process.env['STORAGE_EMULATOR_HOST']);
    const { Storage } = await import('@google-cloud/storage');
    const [bucket] = await new Storage({ projectId: 'acme' }).createBucket('lake');
    await bucket.file('a/b').save('x');
    await bucket.file('a/c').save('y', { resumable: false });
    const [files] = await bucket.getFiles();
    assert.deepEqual(
      files.map(file => file.name),
      ['a/b', 'a/c'],
    );
    assert.equal((await bucket.file('a/b').download())[0].toString(), 'x');
    assert.deepEqual(await bucket.file('a/b').isPublic(), [true]);
  });
});
