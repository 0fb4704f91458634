import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { abandonedFiles } from '../../../../../functions/core/batch/abandoned-files.ts';

const interval = { start: '2026-01-31T15:00:00.000Z', end: '2026-02-01T15:00:00.000Z' };
const folder = 'export=payment.transfers/interval=2026-01-31T150000Z/';

const abandoned = (attempt: number, listed: readonly string[], objects: readonly string[]) =>
  abandonedFiles(
    {
      export: 'payment/transfers',
      interval,
      attempt,
      files: listed.map(name => ({ name: `${folder}${name}`, rows: 1, bytes: 1, crc32c: '' })),
    },
    objects.map(name => `${folder}${name}`),
  ).map(name => name.slice(folder.length));

describe('files that nobody will ever read', () => {
  it('are those of the attempt that its manifest does not list', () => {
    const objects = ['attempt=1/a-0.avro', 'attempt=1/b-0.avro', 'attempt=1/manifest.json'];
    assert.deepEqual(abandoned(1, ['attempt=1/b-0.avro'], objects), ['attempt=1/a-0.avro']);
  });

  it('are those of earlier attempts without a manifest, and none of later ones', () => {
    const objects = [
      'attempt=1/a-0.avro',
      'attempt=2/b-0.avro',
      'attempt=2/manifest.json',
      'attempt=3/c-0.avro',
      'attempt=3/manifest.json',
      'attempt=10/d-0.avro',
    ];
    assert.deepEqual(abandoned(3, ['attempt=3/c-0.avro'], objects), ['attempt=1/a-0.avro']);
  });

  it('are what was written down of parts, of this attempt and of those before it', () => {
    const objects = [
      'attempt=1/a-0.avro',
      'attempt=1/began.json',
      'attempt=1/parts.json',
      'attempt=1/part-00000.json',
      'attempt=2/b-0.avro',
      'attempt=2/c-0.avro',
      'attempt=2/parts.json',
      'attempt=2/part-00000.json',
      'attempt=2/manifest.json',
      'attempt=3/d-0.avro',
      'attempt=3/parts.json',
    ];
    assert.deepEqual(abandoned(2, ['attempt=2/b-0.avro'], objects), [
      'attempt=1/a-0.avro',
      'attempt=1/began.json',
      'attempt=1/parts.json',
      'attempt=1/part-00000.json',
      'attempt=2/c-0.avro',
      'attempt=2/parts.json',
      'attempt=2/part-00000.json',
    ]);
  });

  it('are files of exports only, and of this interval only', () => {
    assert.deepEqual(abandoned(2, [], ['attempt=1/notes.txt', 'attempt=2/deeper/a.avro', 'a.avro']), []);
    assert.deepEqual(
      abandonedFiles({ export: 'payment/transfers', interval, attempt: 1, files: [] }, [
        'export=payment.transfers/interval=2026-01-30T150000Z/attempt=1/a.avro',
      ]),
      [],
    );
  });
});
