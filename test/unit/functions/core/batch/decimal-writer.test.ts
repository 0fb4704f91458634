import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { AvroBlock } from '../../../../../functions/core/batch/avro-block.ts';
import { writeBigDecimal, writeSmallDecimal } from '../../../../../functions/core/batch/decimal-writer.ts';
import { AvroReader } from '../../../../../functions/core/codec/avro-reader.ts';
import { decimalBytes } from '../../../../../functions/core/codec/decimal.ts';

const written = (write: (block: AvroBlock) => void) => {
  const block = new AvroBlock(Buffer.alloc(1));
  write(block);
  return new AvroReader(block.bytes.subarray(0, block.position)).bytes().toString('hex');
};

it('decimals are written as short as they can be, whether they fit into a double or not', () => {
  const check = (value: bigint) => {
    const expected = Buffer.from(decimalBytes(String(value), 0)).toString('hex');
    assert.equal(
      written(block => writeBigDecimal(block, value)),
      expected,
    );
    if (BigInt(Number(value)) !== value || !Number.isSafeInteger(Number(value))) return;
    assert.equal(
      written(block => writeSmallDecimal(block, Number(value))),
      expected,
    );
  };
  for (const value of [0n, 127n, 128n, -128n, -129n, 32767n, 32768n, -32769n, 2n ** 31n, -(2n ** 31n), 2n ** 53n - 1n])
    check(value);
  fc.assert(fc.property(fc.bigInt(-(2n ** 140n), 2n ** 140n), check));
  fc.assert(fc.property(fc.maxSafeInteger(), value => check(BigInt(value))));
});

it('longs of two halves are those that BigInt would give', () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), value => {
      const block = new AvroBlock(Buffer.alloc(1));
      block.long(Number(value >> 32n), Number(BigInt.asIntN(32, value)));
      assert.equal(new AvroReader(block.bytes.subarray(0, block.position)).long(), value);
    }),
  );
});
