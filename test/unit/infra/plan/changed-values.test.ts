import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { changedValues } from '../../../../infra/plan/changed-values.ts';

describe('changed values', () => {
  it('of equal values are none, and of different ones some', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        assert.deepEqual(changedValues(a, structuredClone(a)), []);
        const same = JSON.stringify(a) === JSON.stringify(b);
        if (same) assert.deepEqual(changedValues(a, b), []);
      }),
    );
  });

  it('are the same in both directions, with before and after exchanged', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const exchanged = changedValues(b, a).map(({ path, ...value }) => ({
          path,
          ...('after' in value && { before: value.after }),
          ...('before' in value && { after: value.before }),
        }));
        const byPath = (x: { path: string }, y: { path: string }) => (x.path < y.path ? -1 : 1);
        assert.deepEqual(changedValues(a, b).toSorted(byPath), exchanged.toSorted(byPath));
      }),
    );
  });

  it('are told apart by their paths', () => {
    const before = { name: 'a', push: { uri: 'x', 'odd key': [1, 2] }, gone: 1, list: [1] };
    const after = { name: 'a', push: { uri: 'y', 'odd key': [1, 3] }, come: null, list: [1, 2] };
    assert.deepEqual(changedValues(before, after), [
      { path: 'push.uri', before: 'x', after: 'y' },
      { path: 'push["odd key"][1]', before: 2, after: 3 },
      { path: 'gone', before: 1 },
      { path: 'list', before: [1], after: [1, 2] },
      { path: 'come', after: null },
    ]);
  });

  it('are looked for within a text that is a JSON document', () => {
    assert.deepEqual(changedValues('{"a": {"b": 1, "c": 2}}', '{"a": {"b": 1, "c": 3}}', 'text'), [
      { path: 'text.a.c', before: 2, after: 3 },
    ]);
    assert.deepEqual(changedValues('{a', '{b'), [{ path: '', before: '{a', after: '{b' }]);
  });
});
