import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AvroBlock } from '../../../../functions/core/batch/avro-block.ts';
import { ColumnWriter, columnTally } from '../../../../functions/core/batch/column-writer.ts';
import type { ColumnPolicy } from '../../../../functions/core/batch/config.ts';
import type { ExportColumn } from '../../../../functions/core/batch/export-column.ts';
import { writeDate, writeDecimal, writeInteger, writeTimestamp } from '../../../../functions/sources/text-values.ts';

type Write = (writer: ColumnWriter, text: string) => void;

/** The integer that was written (its sum), and what was lost. */
function written(write: Write, text: string, column: Partial<ExportColumn>, policy: Partial<ColumnPolicy> = {}) {
  const whole: ExportColumn = { name: 'c', type: 'INTEGER', sourceType: '', ...column };
  const tally = columnTally(whole, policy);
  write(new ColumnWriter(whole, new AvroBlock(Buffer.alloc(64)), tally), text);
  const { values, sum } = tally.checksum.sums(whole);
  return { value: values === 0 ? null : BigInt(sum ?? 0), losses: tally.losses.counts().map(({ loss }) => loss) };
}

const nulls = { onOutOfRange: 'null' } as const;

describe('values in texts', () => {
  it('are whole numbers of 64 bits, exactly', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), value => {
        assert.deepEqual(written(writeInteger, String(value), {}), { value, losses: [] });
      }),
    );
    for (const [text, loss] of [
      ['9223372036854775808', 'out-of-range'],
      ['1.5', 'digits'],
      ['NaN', 'nan'],
      ['-Infinity', 'infinity'],
      ['', 'other-type'],
    ] as const) {
      assert.deepEqual(written(writeInteger, text, {}, nulls), { value: null, losses: [loss] }, text);
      assert.throws(() => written(writeInteger, text, {}), /EXPORT_VALUE_REFUSED/);
    }
    assert.equal(written(writeInteger, '7.00', {}).value, 7n);
  });

  it('are decimals of the column’s digits, never rounded', () => {
    const column = { type: 'NUMERIC', precision: 18, scale: 4 } as const;
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n }), unscaled => {
        const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(5, '0');
        const text = `${unscaled < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
        assert.deepEqual(written(writeDecimal, text, column), { value: unscaled, losses: [] });
      }),
    );
    assert.equal(written(writeDecimal, '1.50000000', column).value, 15_000n);
    for (const [text, loss] of [
      ['0.00001', 'digits'],
      ['100000000000000', 'out-of-range'],
      ['NaN', 'nan'],
      ['1e5', 'other-type'],
    ] as const) {
      assert.deepEqual(written(writeDecimal, text, column, nulls), { value: null, losses: [loss] }, text);
    }
  });

  it('are times, of which nanoseconds are cut off towards the past', () => {
    const micros = fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n });
    fc.assert(
      fc.property(micros, fc.nat(999), (value, nanos) => {
        const ofSecond = ((value % 1_000_000n) + 1_000_000n) % 1_000_000n;
        const second = new Date(Number((value - ofSecond) / 1000n)).toISOString().slice(0, 19);
        const text = `${second}.${String(ofSecond).padStart(6, '0')}${String(nanos).padStart(3, '0')}Z`;
        const losses = nanos === 0 ? [] : ['sub-microsecond'];
        assert.deepEqual(written(writeTimestamp, text, { type: 'TIMESTAMP' }), { value, losses });
      }),
    );
    assert.throws(
      () => written(writeTimestamp, '2026-01-01T00:00:00.0000001Z', { type: 'TIMESTAMP' }, { onOutOfRange: 'error' }),
      /sub-microsecond/,
    );
    assert.equal(written(writeDate, '1969-12-31', { type: 'DATE' }).value, -1n);
  });
});
