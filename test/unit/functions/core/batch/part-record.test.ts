import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ColumnChecksum, type ColumnSums } from '../../../../../functions/core/batch/column-checksum.ts';
import type { ExportColumn } from '../../../../../functions/core/batch/export-column.ts';
import { mergeParts, type PartRecord, parsePartRecord } from '../../../../../functions/core/batch/part-record.ts';

const column = (name: string, type: ExportColumn['type']): ExportColumn => ({ name, type, sourceType: 'any' });
const columns = [column('n', 'INTEGER'), column('j', 'JSON')];

function sumsOf(values: readonly bigint[]): ColumnSums[] {
  const [integers, counted] = [new ColumnChecksum(), new ColumnChecksum()];
  for (const value of values) {
    integers.integer(Number(value >> 32n), Number(BigInt.asIntN(32, value)));
    counted.counted();
  }
  return [integers, counted].flatMap((checksum, i) => {
    const of = columns[i];
    return of === undefined ? [] : [checksum.sums(of)];
  });
}

const record = (part: number, values: readonly bigint[], others: Partial<PartRecord> = {}): PartRecord => ({
  version: 1,
  part,
  execution: 'a',
  files: [{ name: `a-${part}.avro`, rows: values.length, bytes: 10, crc32c: '' }],
  checksums: sumsOf(values),
  losses: [],
  snapshot: {},
  readTime: '2026-01-01T00:00:00.000Z',
  started: '2026-01-01T00:00:00.000Z',
  ended: '2026-01-01T00:00:00.000Z',
  ...others,
});

describe('the parts of an export', () => {
  it('add up to what all of their rows would, however they are cut', () => {
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(fc.array(fc.array(int64, { maxLength: 20 }), { minLength: 1, maxLength: 8 }), parts => {
        const merged = mergeParts(parts.map((values, part) => record(part, values)));
        assert.deepEqual(merged.checksums, sumsOf(parts.flat()));
        assert.equal(merged.rows, parts.flat().length);
        assert.equal(merged.bytes, 10 * parts.length);
        assert.deepEqual(
          merged.files.map(({ name }) => name),
          parts.map((_, part) => `a-${part}.avro`),
        );
      }),
    );
  });

  it('have one count of each loss', () => {
    const loss = { column: 'n', loss: 'infinity', answer: 'null' } as const;
    const other = { column: 'j', loss: 'infinity', answer: 'null' } as const;
    const merged = mergeParts([
      record(0, [], { losses: [{ ...loss, count: 2 }] }),
      record(1, [], {
        losses: [
          { ...other, count: 1 },
          { ...loss, count: 3 },
        ],
      }),
    ]);
    assert.deepEqual(merged.losses, [
      { ...loss, count: 5 },
      { ...other, count: 1 },
    ]);
  });

  it('are not added up where their columns differ', () => {
    const [n, j] = sumsOf([]);
    assert.ok(n && j);
    assert.throws(() => mergeParts([record(0, []), record(1, [], { checksums: [j, n] })]), /j in the place of n/);
  });

  it('are read as they were written, and of this version only', () => {
    const written = record(3, [1n, -5n]);
    assert.deepEqual(parsePartRecord(Buffer.from(JSON.stringify(written))), written);
    assert.throws(() => parsePartRecord(Buffer.from('{"version":2,"files":[]}')), /version 2/);
  });
});
