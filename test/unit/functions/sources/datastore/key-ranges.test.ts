import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { DatastoreReads, EntityKey, PageAsk } from '../../../../../functions/clients/datastore.ts';
import { rootKeys } from '../../../../../functions/sources/datastore/conditions.ts';
import { keyRanges } from '../../../../../functions/sources/datastore/key-ranges.ts';
import { compareKeys } from '../../../../../functions/sources/datastore/keys.ts';

const keyOf = rootKeys('Task', { projectId: 'acme', databaseId: '', namespaceId: '' });

/** Reads whose only answer is the keys of a sample. */
function sampled(keys: readonly EntityKey[]) {
  const asked: PageAsk[] = [];
  const reads: DatastoreReads = {
    page(ask) {
      asked.push(ask);
      const entities = keys.map(key => ({ key }));
      return Promise.resolve({ entities, cursor: '', moreResults: 'NO_MORE_RESULTS', readTime: {} });
    },
    count: () => Promise.resolve(0),
    close: () => Promise.resolve(),
  };
  return { reads, asked };
}

const common = { kind: 'Task', namespace: 'ns', readTime: { seconds: '5' }, keyOf, estimated: undefined };

describe('the order of keys', () => {
  it('has ids before names, ids by number, names by bytes, and parents before their children', () => {
    const key = (...path: NonNullable<EntityKey['path']>) => ({ path });
    const ordered = [
      key({ kind: 'A', id: '1' }),
      key({ kind: 'A', id: '1' }, { kind: 'Z', id: '1' }),
      key({ kind: 'A', id: '9' }),
      key({ kind: 'A', id: '10' }),
      key({ kind: 'A', id: '9007199254740993' }),
      key({ kind: 'A', name: '10' }),
      key({ kind: 'A', name: '9' }),
      key({ kind: 'A', name: '\uFFFD' }),
      key({ kind: 'A', name: '🙂' }),
      key({ kind: 'B', id: '1' }),
    ];
    assert.deepEqual([...ordered].reverse().sort(compareKeys), ordered);
  });
});

describe('ranges of keys', () => {
  it('hold every key exactly once', async () => {
    const id = fc.oneof(fc.nat(50), fc.string({ minLength: 1, maxLength: 2 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(id, { minLength: 1 }),
        id,
        fc.integer({ min: 2, max: 8 }),
        async (sample, wanted, count) => {
          const { reads } = sampled(sample.map(keyOf));
          const ranges = await keyRanges({ ...common, reads, partitions: { by: '__key__', count } });
          assert.ok(ranges.length <= count);
          const holding = ranges.filter(conditions =>
            conditions.every(({ operator, value }) => {
              const order = compareKeys(keyOf(wanted), value.keyValue ?? {});
              return operator === 'LESS_THAN' ? order < 0 : order >= 0;
            }),
          );
          assert.equal(holding.length, 1);
        },
      ),
    );
  });

  it('come from scattered keys of the same moment and namespace', async () => {
    const { reads, asked } = sampled([]);
    assert.deepEqual(await keyRanges({ ...common, reads, partitions: { by: '__key__', count: 4 } }), [[]]);
    const query = { kind: 'Task', where: [], keysOnly: true, orderBy: '__scatter__', limit: 128 };
    assert.deepEqual(asked, [{ query, namespace: 'ns', readTime: { seconds: '5' } }]);
  });

  it('are one for few entities, and more for many', async () => {
    const keys = Array.from({ length: 1000 }, (_, i) => keyOf(i + 1));
    const { reads } = sampled(keys);
    assert.equal((await keyRanges({ ...common, reads, estimated: 50_000 })).length, 1);
    assert.equal((await keyRanges({ ...common, reads, estimated: 400_000 })).length, 8);
    assert.equal((await keyRanges({ ...common, reads, estimated: 1e9 })).length, 16);
  });

  it('are of keys alone', async () => {
    const { reads } = sampled([]);
    await assert.rejects(keyRanges({ ...common, reads, partitions: { by: 'n', count: 2 } }), /EXPORT_COLUMN_MISSING/);
  });
});
