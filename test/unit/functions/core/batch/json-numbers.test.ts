import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { hasWideNumber } from '../../../../../functions/core/batch/json-numbers.ts';

function isWide(json: string): boolean {
  // Within a buffer that has something before and behind.
  const bytes = Buffer.from(`9999999999999999999999${json}9999999999999999999999`);
  return hasWideNumber(bytes, 22, bytes.length - 22);
}

describe('a number in JSON', () => {
  it('is held by BigQuery when it is an INT64, a UINT64, or the shortest text of a FLOAT64', () => {
    const kept = [
      '0',
      '-0',
      '0.1',
      '1.50',
      '1e3',
      '-1.5E-7',
      '5e-324',
      '1.7976931348623157e308',
      '0.30000000000000004',
    ];
    kept.push(
      '-9223372036854775808',
      '18446744073709551615',
      '123456789012345680000',
      '100000000000000000000.0e-2',
      '0.00000000000000000',
    );
    for (const number of kept) assert.equal(isWide(`{"a": [${number}]}`), false, number);
    assert.equal(isWide(kept.join(',')), false);
  });

  it('is rounded when it is none of them', () => {
    const wide = ['-9223372036854775809', '18446744073709551616', '12345678901234567890.10', '1e400', '-1e-400'];
    wide.push(
      '0.1234567890123456789',
      '0.10000000000000001',
      '1.7976931348623159e308',
      '123456789012345678901234567890',
    );
    for (const number of wide) {
      assert.equal(isWide(number), true, number);
      assert.equal(isWide(`{"x": "y", "a":[1, ${number}]}`), true, number);
    }
  });

  it('is no number when it is in a text', () => {
    for (const json of ['"18446744073709551616"', '{"1e400": "a\\"1e400"}', '["\\\\", "1e400"]', '"ü1e400"']) {
      assert.equal(isWide(json), false, json);
    }
    assert.equal(isWide('["\\\\", 1e400]'), true);
  });

  it('of JavaScript, in any JSON, is held', () => {
    fc.assert(fc.property(fc.json(), json => !isWide(json)));
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), number => !isWide(String(number))));
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), number => !isWide(String(number))));
  });
});
