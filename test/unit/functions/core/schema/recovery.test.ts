import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Column } from '../../../../../functions/core/schema/column.ts';
import { stringColumn } from '../../../../../functions/core/schema/metadata-columns.ts';
import { recoveredColumns, recoveredFields, recoveriesOf } from '../../../../../functions/core/schema/recovery.ts';
import { mergedFields, missingColumns } from '../../../../../functions/core/schema/table-difference.ts';
import type { TableField } from '../../../../../functions/core/schema/table-schema.ts';

const scalar = (name: string, type = 'STRING', mode = 'NULLABLE'): TableField => ({ name, type, mode });
const record = (name: string, fields: TableField[], mode = 'NULLABLE'): TableField => ({
  name,
  type: 'RECORD',
  mode,
  fields,
});
const places = (existing: TableField[], wanted: TableField[]) =>
  recoveriesOf(existing, wanted).map(({ path, column }) => [path, column]);

describe('recovery columns', () => {
  it('are none where the types agree, or the column is not there', () => {
    assert.deepEqual(places([scalar('a'), scalar('only-there', 'BYTES')], [scalar('A'), scalar('b', 'BYTES')]), []);
  });

  it('are found beside the column, also within records', () => {
    const existing = [scalar('a', 'INTEGER'), record('r', [scalar('x', 'BYTES')]), scalar('t', 'STRING', 'REPEATED')];
    const wanted = [scalar('a'), record('r', [scalar('x'), scalar('y')]), scalar('t')];
    assert.deepEqual(recoveriesOf(existing, wanted), [
      { path: 'a', column: 'a_2', existing: 'INTEGER', wanted: 'STRING' },
      { path: 'r.x', column: 'x_2', existing: 'BYTES', wanted: 'STRING' },
      { path: 't', column: 't_2', existing: 'REPEATED STRING', wanted: 'STRING' },
    ]);
  });

  it('are those that the table has already, so that all instances and all later ones agree', () => {
    const existing = [scalar('a', 'INTEGER')];
    const wanted = [scalar('a')];
    const merged = mergedFields(existing, recoveredFields(wanted, recoveriesOf(existing, wanted)));
    assert.deepEqual(
      merged.map(({ name, type }) => [name, type]),
      [
        ['a', 'INTEGER'],
        ['a_2', 'STRING'],
      ],
    );
    assert.deepEqual(places(merged, wanted), [['a', 'a_2']]);
    const again = recoveredFields(wanted, recoveriesOf(merged, wanted));
    assert.deepEqual(missingColumns(merged, again), { missing: [], required: [], mismatches: [] });
  });

  it('take no name that another type or another field of the rows has', () => {
    const existing = [scalar('a', 'INTEGER'), scalar('A_2', 'BYTES'), scalar('b', 'INTEGER')];
    const wanted = [scalar('a'), scalar('a_3'), scalar('b'), scalar('b_2')];
    assert.deepEqual(places(existing, wanted), [
      ['a', 'a_4'],
      ['b', 'b_3'],
    ]);
  });

  it('are looked into themselves, where they are records', () => {
    const existing = [scalar('a'), record('a_2', [scalar('x', 'BYTES')])];
    const wanted = [record('a', [scalar('x'), scalar('y')])];
    const recoveries = recoveriesOf(existing, wanted);
    assert.deepEqual(
      recoveries.map(({ path, column }) => [path, column]),
      [
        ['a', 'a_2'],
        ['a.x', 'x_2'],
      ],
    );
    const merged = mergedFields(existing, recoveredFields(wanted, recoveries));
    assert.deepEqual(
      merged[1]?.fields?.map(({ name }) => name),
      ['x', 'x_2', 'y'],
    );
  });

  it('rename the columns of the rows in the same way, and nothing else of them', () => {
    const columns: Column[] = [
      { ...stringColumn('r', 'a record'), type: 'RECORD', conversion: 'record', fields: [stringColumn('x', 'nested')] },
      stringColumn('b', ''),
    ];
    const recoveries = [
      { path: 'r', column: 'r_2', existing: 'STRING', wanted: 'RECORD' },
      { path: 'r.x', column: 'x_2', existing: 'BYTES', wanted: 'STRING' },
    ];
    const [r, b] = columns;
    assert.deepEqual(recoveredColumns(columns, recoveries), [
      { ...r, name: 'r_2', fields: [{ ...stringColumn('x', 'nested'), name: 'x_2' }] },
      b,
    ]);
  });

  it('are not sought for ever: a hundred of other types are too many', () => {
    const taken = Array.from({ length: 100 }, (_, n) => scalar(`a_${n + 2}`, 'BYTES'));
    assert.throws(() => recoveriesOf([scalar('a', 'INTEGER'), ...taken], [scalar('a')]), {
      code: 'WAREHOUSE_COLUMN_MISMATCH',
    });
  });
});
