import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CRC32C } from '@google-cloud/storage';
import fc from 'fast-check';
import { crc32c, crc32cText } from '../../../../local/storage/crc32c.ts';

describe('crc32c', () => {
  it('gives the check value of the standard', () => {
    assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
    assert.equal(crc32c(new Uint8Array()), 0);
  });

  it('agrees with the client library’s, in one piece or in two', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
        const oracle = new CRC32C();
        oracle.update(Buffer.from(bytes));
        assert.equal(crc32cText(crc32c(bytes)), oracle.toString());
        assert.equal(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut))), crc32c(bytes));
      }),
    );
  });
});
