import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExportRequest } from '../../../../../functions/core/batch/export-request.ts';
import { manifestOfParts } from '../../../../../functions/core/batch/manifest-of-parts.ts';
import type { PartRecord } from '../../../../../functions/core/batch/part-record.ts';

const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`;
const request = {
  export: 'shop/orders',
  columns: {
    mail: { mask: { method: 'hmac', key: 'projects/acme/secrets/key/versions/7' } },
    note: { mask: { method: 'drop' } },
  },
} as unknown as ExportRequest;

const record = (part: number, execution: string, second: number): PartRecord => ({
  version: 1,
  part,
  execution,
  files: [{ name: `${execution}-${part}.avro`, rows: part, bytes: 1, crc32c: '' }],
  checksums: [],
  losses: [],
  snapshot: { lsn: String(second) },
  readTime: at(second),
  started: at(second),
  ended: at(second),
});

const manifest = (records: readonly PartRecord[], { pinned = false, continuable = true } = {}) =>
  manifestOfParts(request, { columns: [], records, pinned, continuable, started: at(1), ended: at(9) });

describe('the manifest of an export’s parts', () => {
  it('says of which state each part is, and of itself the earliest', () => {
    const made = manifest([record(0, 'b', 5), record(1, 'a', 2)]);
    assert.equal(made.oneMoment, false);
    assert.deepEqual([made.readTime, made.snapshot], [at(2), { lsn: '2' }]);
    assert.deepEqual(
      made.parts?.map(({ execution, rows, files, snapshot }) => [execution, rows, files, snapshot['lsn']]),
      [
        ['b', 0, 1, '5'],
        ['a', 1, 1, '2'],
      ],
    );
  });

  it('is of one moment when one execution read it, or all of them the same state', () => {
    assert.equal(manifest([record(0, 'a', 2), record(1, 'a', 2)]).oneMoment, true);
    assert.equal(manifest([record(0, 'a', 2), record(1, 'b', 2)], { pinned: true }).oneMoment, true);
  });

  it('has no parts where they are not written down', () => {
    assert.equal('parts' in manifest([record(0, 'a', 2)], { continuable: false }), false);
  });

  it('names what is masked, also what is dropped', () => {
    assert.deepEqual(manifest([record(0, 'a', 2)]).masks, [
      { column: 'mail', method: 'hmac', keyVersion: '7' },
      { column: 'note', method: 'drop' },
    ]);
  });
});
