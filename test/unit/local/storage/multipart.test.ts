import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readMultipart } from '../../../../local/storage/multipart.ts';

const boundary = 'b=1';

function body(media: Uint8Array, newline: string): Buffer {
  const head = [
    `--${boundary}`,
    'content-type: application/json',
    '',
    '{"name":"x"}',
    `--${boundary}`,
    'Content-Type: t/u',
    '',
    '',
  ];
  return Buffer.concat([Buffer.from(head.join(newline)), media, Buffer.from(`${newline}--${boundary}--${newline}`)]);
}

async function* cut(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield Promise.resolve(bytes.subarray(at, at + size));
}

async function read(bytes: Buffer, size: number) {
  const pieces: Buffer[] = [];
  const upload = await readMultipart(`multipart/related; boundary=${boundary}`, cut(bytes, size), async piece => {
    pieces.push(Buffer.from(piece));
    return Promise.resolve();
  });
  return { ...upload, media: Buffer.concat(pieces) };
}

/** Bytes in which beginnings of the delimiter are likely. */
const media = fc
  .array(fc.constantFrom('\r', '\n', '-', '--', 'b', 'b=', '--b=', '\r\n--b', 'x', '\u0000'), { maxLength: 30 })
  .map(pieces => Buffer.from(pieces.join('')))
  .filter(bytes => !bytes.includes(`\n--${boundary}`));

describe('a multipart upload', () => {
  it('gives its content byte for byte, however the body is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        media,
        fc.constantFrom('\r\n', '\n'),
        fc.integer({ min: 1, max: 200 }),
        async (bytes, newline, size) => {
          const upload = await read(body(bytes, newline), size);
          assert.deepEqual(upload.media, bytes);
          assert.deepEqual(upload.resource, { name: 'x' });
          assert.equal(upload.mediaType, 't/u');
        },
      ),
    );
  });

  it('is refused wherever it is broken off', async () => {
    const whole = body(Buffer.from('content'), '\r\n');
    const end = whole.length - '--\r\n'.length;
    for (let length = 0; length < end; length++) {
      await assert.rejects(read(whole.subarray(0, length), 16), { status: 400 }, `after ${length} bytes`);
    }
    assert.equal((await read(whole.subarray(0, end + 2), 16)).media.toString(), 'content');
  });

  it('is refused with a third part, with one only, or with content in base64', async () => {
    const whole = body(Buffer.from('content'), '\r\n').toString();
    const third = whole.replace(`--${boundary}--\r\n`, `--${boundary}\r\n\r\nmore\r\n--${boundary}--`);
    await assert.rejects(read(Buffer.from(third), 1000), { status: 400 });
    const one = `--${boundary}\r\n\r\n{}\r\n--${boundary}--\r\n`;
    await assert.rejects(read(Buffer.from(one), 1000), { status: 400 });
    const encoded = whole.replace('t/u', 't/u\r\nContent-Transfer-Encoding: base64');
    await assert.rejects(read(Buffer.from(encoded), 1000), { status: 501 });
  });
});
