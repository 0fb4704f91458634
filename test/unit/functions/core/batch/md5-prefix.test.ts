import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import fc from 'fast-check';
import { Md5Prefix } from '../../../../../functions/core/batch/md5-prefix.ts';
import { ValueFingerprint } from '../../../../../functions/core/batch/value-fingerprint.ts';

const text = ({ high, low }: { high: number; low: number }) =>
  ((BigInt(high) << 32n) | BigInt(low >>> 0)).toString(16).padStart(15, '0');

const expected = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex').slice(0, 15);

it('the fingerprint of a value is the beginning of its MD5, wherever it lies in its buffer', () => {
  const md5 = new Md5Prefix();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), (value, before) => {
      const bytes = Buffer.concat([Buffer.alloc(before, 1), value, Buffer.alloc(3, 2)]);
      md5.of(bytes, before, before + value.length);
      assert.equal(text(md5), expected(value));
    }),
  );
});

it('a remembered fingerprint is the computed one, also when values come again, collide or stop repeating', () => {
  const fingerprint = new ValueFingerprint();
  for (let i = 0; i < 20_000; i += 1) {
    const value = Buffer.from(i < 5000 ? `code ${i % 300}` : `value ${i}`);
    fingerprint.of(value, 0, value.length);
    assert.equal(text(fingerprint), expected(value));
  }
});
