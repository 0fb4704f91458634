import assert from 'node:assert/strict';
import type { ColumnPolicy } from '../../../../functions/core/batch/config.ts';
import type { Exported } from './export-fixture.ts';

/** An array with a NULL in it as SQL, its policy, the type of the column, and what is left of the array. */
export type ArrayCase = readonly [value: string, policy: ColumnPolicy, type: string, left: readonly unknown[]];

/** A query with a column for each array, and their policies. */
export const askForArrays = (cases: readonly ArrayCase[]) => ({
  query: `SELECT ${cases.map(([value], i) => `${value} AS c${i}`).join(', ')}`,
  columns: Object.fromEntries(
    cases.map(([, policy], i): [string, ColumnPolicy] => [`c${i}`, { ...policy, onNullElement: 'drop' }]),
  ),
});

/** Asserts that each is a REPEATED column of its type without the NULL, and that each NULL is counted. */
export function assertArrays(cases: readonly ArrayCase[], { manifest, records }: Exported): void {
  cases.forEach(([value, policy, type, left], i) => {
    const what = `${value} ${JSON.stringify(policy)}`;
    assert.deepEqual([manifest.columns[i]?.type, manifest.columns[i]?.repeated], [type, true], what);
    assert.deepEqual(records[0]?.[`c${i}`], left, what);
  });
  assert.deepEqual(
    manifest.losses,
    cases.map((_, i) => ({ column: `c${i}`, loss: 'null-element', answer: 'drop', count: 1 })),
  );
}
