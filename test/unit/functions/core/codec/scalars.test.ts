import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AvroReader } from '../../../../../functions/core/codec/avro-reader.ts';
import { AvroWriter } from '../../../../../functions/core/codec/avro-writer.ts';
import { decimalBytes, decimalText } from '../../../../../functions/core/codec/decimal.ts';
import { compareDecimal, compareText } from '../../../../../functions/core/codec/map-order.ts';
import { microsOfRfc3339, timestampMicros } from '../../../../../functions/core/codec/timestamp.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('an Avro number', () => {
  // https://avro.apache.org/docs/1.8.2/spec.html#binary_encode_primitive
  const longs: [bigint, string][] = [
    [0n, '00'],
    [-1n, '01'],
    [1n, '02'],
    [-64n, '7f'],
    [64n, '8001'],
    [-(1n << 31n), 'ffffffff0f'],
    [1n << 31n, '8080808010'],
    [(1n << 63n) - 1n, 'feffffffffffffffff01'],
    [-(1n << 63n), 'ffffffffffffffffff01'],
  ];
  for (const [value, bytes] of longs) {
    it(`${value} is ${bytes}`, () => {
      const writer = new AvroWriter();
      writer.long(value);
      assert.equal(hex(writer.take()), bytes);
    });
  }

  it('reads back, as a long and as an int', () => {
    const writer = new AvroWriter();
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), fc.integer(), (long, int) => {
        writer.long(long);
        writer.int(int);
        const reader = new AvroReader(writer.take());
        assert.equal(reader.long(), long);
        assert.equal(reader.int(), int);
      }),
    );
  });
});

describe('a decimal', () => {
  const decimals: [string, string][] = [
    ['0', '00'],
    ['1', '3b9aca00'],
    ['-1', 'c4653600'],
    ['0.000000001', '01'],
    ['-0.000000001', 'ff'],
    ['0.000000128', '0080'],
    ['18446744073709551615', '3b9ac9ffffffffffc4653600'],
  ];
  for (const [text, bytes] of decimals) {
    it(`${text} is ${bytes}, and back`, () => {
      assert.equal(hex(decimalBytes(text, 9)), bytes);
      assert.equal(decimalText(Buffer.from(bytes, 'hex'), 9), text);
    });
  }

  it('reads back whatever it is', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }), value => {
        assert.equal(decimalText(decimalBytes(String(value), 9), 9), String(value));
        assert.equal(decimalText(decimalBytes(String(value), 0), 0), String(value));
      }),
    );
  });
});

describe('a time', () => {
  const times: [string, bigint | undefined][] = [
    ['1970-01-01T00:00:00Z', 0n],
    ['2026-01-02T03:04:05.6Z', 1767323045600000n],
    ['2026-01-02T03:04:05.123456789Z', 1767323045123456n],
    ['1969-12-31T23:59:59.999999Z', -1n],
    ['0001-01-01T00:00:00Z', -62135596800000000n],
    ['9999-12-31T23:59:59.999999999Z', 253402300799999999n],
    ['0000-12-31T23:59:59Z', undefined],
    ['2026-02-30T00:00:00', undefined],
    ['2026-13-01T00:00:00Z', undefined],
    ['2026-01-02', undefined],
    ['', undefined],
  ];
  for (const [text, micros] of times)
    it(`${text} is ${String(micros)}`, () => assert.equal(microsOfRfc3339(text), micros));

  it('is rounded down to the microsecond, before 1970 too', () => {
    assert.equal(timestampMicros(-1n, 999_999_999), -1n);
    assert.equal(timestampMicros(0n, 999), 0n);
    assert.equal(timestampMicros(-1n, 1), -1_000_000n);
  });
});

describe('the order of a map’s keys', () => {
  it('is that of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        assert.equal(Math.sign(compareText(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      {
        examples: [
          ['\uff5e', '😀'],
          ['a', 'ab'],
          ['', ''],
        ],
      },
    );
  });

  it('is that of the numbers where they are numbers', () => {
    assert.deepEqual(['10', '-9223372036854775808', '9', '18446744073709551615'].sort(compareDecimal), [
      '-9223372036854775808',
      '9',
      '10',
      '18446744073709551615',
    ]);
  });
});
