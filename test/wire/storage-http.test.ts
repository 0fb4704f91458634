import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type StorageUnderTest, storageUnderTest } from './support/storage-under-test.ts';

const unit = 256 * 1024;

/** Calls with fetch, save that the answer's body is read, and no redirect is followed. */
async function call(
  method: string,
  url: string,
  headers: Record<string, string> = {},
  body?: string | Uint8Array<ArrayBuffer>,
) {
  const response = await fetch(url, {
    method,
    headers,
    redirect: 'manual',
    ...(body === undefined ? {} : { body }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  const json = (isJson ? JSON.parse(bytes.toString()) : {}) as {
    size?: string;
    contentType?: string;
    error?: { code: number; message: string; errors: { reason: string }[] };
  };
  return { status: response.status, headers: response.headers, bytes, json };
}

async function beginUpload({ client, origin }: StorageUnderTest, name: string, resource: object = {}, query = '') {
  if (!(await client.bucket('lake').exists())[0]) await client.createBucket('lake');
  const begun = await call(
    'POST',
    `${origin}/upload/storage/v1/b/lake/o?uploadType=resumable&name=${name}${query}`,
    { 'content-type': 'application/json' },
    JSON.stringify(resource),
  );
  assert.equal(begun.status, 200, begun.bytes.toString());
  return begun.headers.get('location') ?? assert.fail('no location');
}

describe('a resumable upload', () => {
  it('takes chunks, says how far it is, and answers again when it is done', async t => {
    const under = await storageUnderTest(t);
    const uri = await beginUpload(under, 'x', { contentType: 'text/x' });
    const content = Buffer.alloc(2 * unit + 10, 'abcdefghij');
    const chunk = (from: number, to: number, total: number | '*') =>
      call('PUT', uri, { 'content-range': `bytes ${from}-${to - 1}/${total}` }, content.subarray(from, to));
    const status = () => call('PUT', uri, { 'content-range': 'bytes */*' });

    const empty = await status();
    assert.equal(empty.status, 308);
    assert.equal(empty.headers.get('range'), null);
    const first = await chunk(0, unit, '*');
    assert.equal(first.status, 308);
    assert.equal(first.headers.get('range'), `bytes=0-${unit - 1}`);
    assert.equal((await status()).headers.get('range'), `bytes=0-${unit - 1}`);
    assert.equal(await under.storage.readObject('lake', 'x'), undefined);

    // A retry that repeats what has come already does no harm.
    assert.equal((await chunk(0, 2 * unit, '*')).headers.get('range'), `bytes=0-${2 * unit - 1}`);
    const last = await chunk(2 * unit, content.length, content.length);
    assert.equal(last.status, 200);
    assert.equal(last.json.size, String(content.length));
    assert.equal(last.json.contentType, 'text/x');
    assert.deepEqual(await under.storage.readObject('lake', 'x'), content);
    assert.deepEqual((await status()).json, last.json);
  });

  it('keeps whole units of 256 KiB of a chunk that is not the last, and refuses less than one', async t => {
    const under = await storageUnderTest(t);
    const uri = await beginUpload(under, 'x');
    const odd = await call('PUT', uri, { 'content-range': `bytes 0-${unit + 99}/*` }, Buffer.alloc(unit + 100));
    assert.equal(odd.headers.get('range'), `bytes=0-${unit - 1}`);
    const small = await call('PUT', uri, { 'content-range': `bytes ${unit}-${unit + 9}/*` }, Buffer.alloc(10));
    assert.equal(small.status, 400);
    assert.match(small.json.error?.message ?? '', /required to be equal or greater than 262144/);
    const done = await call(
      'PUT',
      uri,
      { 'content-range': `bytes ${unit}-${unit + 9}/${unit + 10}` },
      Buffer.alloc(10),
    );
    assert.equal(done.json.size, String(unit + 10));
  });

  it('keeps what came before a connection broke, and goes on from there', async t => {
    const under = await storageUnderTest(t);
    const uri = new URL(await beginUpload(under, 'x'));
    const socket = connect(Number(uri.port), uri.hostname);
    await once(socket, 'connect');
    socket.write(
      `PUT ${uri.pathname}${uri.search} HTTP/1.1\r\nHost: ${uri.host}\r\nContent-Range: bytes 0-*/*\r\n` +
        `Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`,
    );
    // The status of the upload tells when those five bytes are there; asking cuts the first request off, too.
    await new Promise(resolve => socket.write('6\r\n world\r\n', resolve));
    const closed = once(socket, 'close');
    let received = 0;
    while (received === 0) {
      const status = await call('PUT', uri.href, { 'content-range': 'bytes */*' });
      assert.equal(status.status, 308);
      received = Number((status.headers.get('range') ?? 'bytes=0--1').slice('bytes=0-'.length)) + 1;
    }
    await closed;
    const rest = 'hello world!'.slice(received);
    const done = await call('PUT', uri.href, { 'content-range': `bytes ${received}-11/12` }, rest);
    assert.equal(done.status, 200);
    assert.equal((await under.storage.readObject('lake', 'x'))?.toString(), 'hello world!');
  });

  it('is finished by a status query that names the total', async t => {
    const under = await storageUnderTest(t);
    const uri = await beginUpload(under, 'x');
    await call('PUT', uri, { 'content-range': `bytes 0-${unit - 1}/*` }, Buffer.alloc(unit));
    const done = await call('PUT', uri, { 'content-range': `bytes */${unit}` });
    assert.equal(done.status, 200);
    assert.equal(done.json.size, String(unit));
  });

  it('is cancelled with 499, and unknown from then on', async t => {
    const under = await storageUnderTest(t);
    const uri = await beginUpload(under, 'x');
    assert.equal((await call('DELETE', uri)).status, 499);
    assert.equal((await call('PUT', uri, {}, 'x')).status, 404);
    assert.equal((await call('PUT', `${uri}x`, {}, 'x')).status, 404);
  });

  it('refuses a gap, a wrong length, a wrong size, and a Content-Range that is none', async t => {
    const under = await storageUnderTest(t);
    const put = async (range: string, body: string) => {
      const uri = await beginUpload(under, 'x');
      return (await call('PUT', uri, { 'content-range': range }, body)).status;
    };
    assert.equal(await put('bytes 5-9/10', 'world'), 400);
    assert.equal(await put('bytes 0-9/10', 'short'), 400);
    assert.equal(await put('bytes 9-0/10', 'x'), 400);
    assert.equal(await put('bytes 0-4/3', 'hello'), 400);
    assert.equal(await put('rows 0-4/5', 'hello'), 400);
    assert.equal(await put('bytes 0-4/5', 'hello'), 200);
  });

  it('is refused at its end when its checksum is not the one declared', async t => {
    const under = await storageUnderTest(t);
    const uri = await beginUpload(under, 'x', { crc32c: 'AAAAAA==' });
    const refused = await call('PUT', uri, {}, 'hello');
    assert.equal(refused.status, 400);
    assert.match(refused.json.error?.message ?? '', /Provided CRC32C "AAAAAA==" doesn't match calculated CRC32C/);
    const again = await beginUpload(under, 'x');
    assert.equal((await call('PUT', again, { 'x-goog-hash': 'md5=AAAA' }, 'hello')).status, 400);
    assert.deepEqual(under.storage.listObjects('lake'), []);
  });

  it('loses to whoever made the object meanwhile, when it was to create it', async t => {
    const under = await storageUnderTest(t);
    const uri = await beginUpload(under, 'x', {}, '&ifGenerationMatch=0');
    await under.client.bucket('lake').file('x').save('theirs');
    assert.equal((await call('PUT', uri, {}, 'mine')).status, 412);
    assert.equal((await under.storage.readObject('lake', 'x'))?.toString(), 'theirs');
  });
});

describe('an upload in one request', () => {
  const multipart = (boundary: string, newline: string, resource: string, media: string) =>
    [
      `--${boundary}`,
      'Content-Type: application/json',
      '',
      resource,
      `--${boundary}`,
      'Content-Type: text/x',
      '',
      media,
      `--${boundary}--`,
      '',
    ].join(newline);

  it('takes boundaries in either quotes and lines with either ending', async t => {
    const { client, origin, storage } = await storageUnderTest(t);
    await client.createBucket('lake');
    const url = `${origin}/upload/storage/v1/b/lake/o?uploadType=multipart`;
    const forms = [`"b=1"`, `'b=1'`, 'b=1'].flatMap(quoted => ['\r\n', '\n'].map(newline => ({ quoted, newline })));
    for (const { quoted, newline } of forms) {
      const body = multipart('b=1', newline, '{"name":"x"}', `a\n--b=\r\nb${newline}`);
      const made = await call('POST', url, { 'content-type': `multipart/related; boundary=${quoted}` }, body);
      assert.equal(made.status, 200, made.bytes.toString());
      assert.equal(made.json.contentType, 'text/x');
      assert.equal((await storage.readObject('lake', 'x'))?.toString(), `a\n--b=\r\nb${newline}`);
    }
  });

  it('takes plain media, with the type of its header', async t => {
    const { client, origin, storage } = await storageUnderTest(t);
    await client.createBucket('lake');
    const url = `${origin}/upload/storage/v1/b/lake/o?uploadType=media&name=a%2Fb`;
    const made = await call('POST', url, { 'content-type': 'text/x' }, 'hello');
    assert.equal(made.json.contentType, 'text/x');
    assert.equal((await storage.readObject('lake', 'a/b'))?.toString(), 'hello');
  });

  it('answers what is malformed with 400, and leaves nothing behind', async t => {
    const { client, origin, storage } = await storageUnderTest(t);
    await client.createBucket('lake');
    const url = `${origin}/upload/storage/v1/b/lake/o`;
    const related = { 'content-type': 'multipart/related; boundary=b' };
    const good = multipart('b', '\r\n', '{"name":"x"}', 'x');
    const post = async (query: string, headers: Record<string, string>, body: string) =>
      (await call('POST', url + query, headers, body)).status;
    assert.equal(await post('?uploadType=multipart', {}, good), 400);
    assert.equal(await post('?uploadType=multipart', related, good.slice(0, -10)), 400);
    assert.equal(await post('?uploadType=multipart', related, '--b--'), 400);
    assert.equal(await post('?uploadType=multipart', related, ''), 400);
    assert.equal(await post('?uploadType=multipart', related, multipart('b', '\r\n', '{"name":', 'x')), 400);
    assert.equal(await post('?uploadType=multipart', related, multipart('b', '\r\n', '{}', 'x')), 400);
    assert.equal(await post('?uploadType=multipart', related, multipart('b', '\r\n', '{"name":1}', 'x')), 400);
    assert.equal(await post('?uploadType=media', {}, 'x'), 400);
    assert.equal(await post('?uploadType=mail&name=x', {}, 'x'), 400);
    assert.equal(await post('?name=x', {}, 'x'), 400);
    assert.equal(await post('?uploadType=resumable&name=x', {}, '[1]'), 400);
    assert.equal(await post('?uploadType=media&name=x&ifGenerationMatch=minus', {}, 'x'), 400);
    assert.equal(await post('?uploadType=media&name=x&predefinedAcl=publicRead', {}, 'x'), 501);
    assert.deepEqual(storage.listObjects('lake'), []);
    assert.equal(await post('?uploadType=multipart', related, good), 200);
  });
});

describe('a download', () => {
  it('decompresses gzip for a caller that does not accept it', async t => {
    const { client, origin } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    await bucket.file('x').save(gzipSync('hello'), { metadata: { contentEncoding: 'gzip' } });
    const url = `${origin}/storage/v1/b/lake/o/x?alt=media`;
    const plain = await call('GET', url, { 'accept-encoding': 'identity' });
    assert.equal(plain.bytes.toString(), 'hello');
    assert.equal(plain.headers.get('x-goog-stored-content-encoding'), 'gzip');
    assert.equal(plain.headers.get('content-encoding'), null);
    const zipped = await call('HEAD', url, { 'accept-encoding': 'gzip' });
    assert.equal(zipped.headers.get('content-encoding'), 'gzip');
    assert.equal(zipped.headers.get('content-length'), String(gzipSync('hello').length));
  });

  it('carries checksums and versions in its headers, and 304 when the caller has the version', async t => {
    const { client, origin } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    await bucket.file('a/b').save('hello', { contentType: 'text/x' });
    const [{ generation, md5Hash, crc32c, etag }] = await bucket.file('a/b').getMetadata();
    for (const path of ['/storage/v1/b/lake/o/a%2Fb?alt=media', '/download/storage/v1/b/lake/o/a%2Fb', '/lake/a/b']) {
      const { status, headers, bytes } = await call('GET', origin + path);
      assert.equal(status, 200);
      assert.equal(bytes.toString(), 'hello');
      assert.equal(headers.get('x-goog-hash'), `crc32c=${crc32c},md5=${md5Hash}`);
      assert.equal(headers.get('x-goog-generation'), String(generation));
      assert.equal(headers.get('etag'), etag);
      assert.equal(headers.get('x-goog-stored-content-encoding'), 'identity');
      assert.equal(headers.get('content-type'), 'text/x');
    }
    const url = `${origin}/storage/v1/b/lake/o/a%2Fb`;
    assert.equal((await call('GET', `${url}?ifGenerationNotMatch=${generation}`)).status, 304);
    assert.equal((await call('GET', `${url}?ifGenerationMatch=1&alt=media`)).status, 412);
    assert.equal((await call('GET', `${url}?generation=1`)).status, 404);
  });

  it('is whole or nothing while the object is overwritten', async t => {
    const { client, origin } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    const contents = ['a', 'b'].map(letter => Buffer.alloc(3_000_000, letter));
    const [a] = contents;
    await bucket.file('x').save(a ?? '');
    let isDone = false;
    const reader = async () => {
      let reads = 0;
      while (!isDone) {
        const { status, bytes } = await call('GET', `${origin}/storage/v1/b/lake/o/x?alt=media`);
        assert.equal(status, 200);
        assert.ok(contents.some(content => content.equals(bytes)));
        reads++;
      }
      return reads;
    };
    const reading = Promise.all([reader(), reader()]);
    for (let n = 0; n < 10; n++) await bucket.file('x').save(contents[n % 2] ?? '', { resumable: n % 4 < 2 });
    isDone = true;
    const reads = await reading;
    assert.ok(Math.min(...reads) > 0);
  });
});

describe('any request', () => {
  it('that is not understood gets a clear JSON error', async t => {
    const { client, origin } = await storageUnderTest(t);
    await client.createBucket('lake');
    const unknown = await call('POST', `${origin}/storage/v1/b/lake/o/watch`);
    assert.equal(unknown.status, 501);
    assert.deepEqual(unknown.json.error, {
      code: 501,
      message: 'The Cloud Storage stand-in does not support POST /storage/v1/b/lake/o/watch.',
      errors: [
        {
          message: 'The Cloud Storage stand-in does not support POST /storage/v1/b/lake/o/watch.',
          domain: 'global',
          reason: 'notImplemented',
        },
      ],
    });
    assert.equal((await call('POST', `${origin}/batch/storage/v1`, {}, 'x')).status, 501);
    assert.equal((await call('GET', `${origin}/storage/v1/b/lake/o/%ff`)).status, 400);
    const signed = await call('GET', `${origin}/lake/x?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature=00`);
    assert.equal(signed.status, 400);
    assert.match(signed.json.error?.message ?? '', /signed URLs/);
    const keyed = await call('GET', `${origin}/storage/v1/b/lake`, { 'x-goog-encryption-key': 'AAAA' });
    assert.equal(keyed.status, 501);
  });

  it('that comes from another web site is refused', async t => {
    const { client, origin } = await storageUnderTest(t);
    await client.createBucket('lake');
    const url = `${origin}/storage/v1/b/lake`;
    assert.equal((await call('GET', url, { origin: 'https://evil.example' })).status, 403);
    assert.equal((await call('GET', url, { origin: 'http://localhost.evil.example' })).status, 403);
    assert.equal((await call('GET', url, { 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await call('GET', url, { origin: 'http://127.0.0.1:8080' })).status, 200);
    assert.equal((await call('GET', url)).status, 200);
  });
});
