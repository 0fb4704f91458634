import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recordColumns } from '../../../../../functions/core/schema/metadata-columns.ts';
import { mergedFields, missingColumns } from '../../../../../functions/core/schema/table-difference.ts';
import { type TableField, tableFields } from '../../../../../functions/core/schema/table-schema.ts';
import { everyType } from '../../../../support/every-type.ts';

const scalar = (name: string, type = 'STRING', mode = 'NULLABLE'): TableField => ({ name, type, mode });
const record = (name: string, fields: TableField[], mode = 'NULLABLE'): TableField => ({
  name,
  type: 'RECORD',
  mode,
  fields,
});
const nothing = { missing: [], required: [], mismatches: [] };

describe('the difference between a table and its wanted fields', () => {
  it('is nothing when they are the same, in another order and another case too', () => {
    const fields = tableFields(recordColumns(everyType));
    assert.deepEqual(missingColumns(fields, fields), nothing);
    assert.deepEqual(
      missingColumns(
        [...fields].reverse().map(field => ({ ...field, name: field.name.toUpperCase() })),
        fields,
      ),
      nothing,
    );
    assert.deepEqual(mergedFields(fields, fields), fields);
  });

  it('is nothing when BigQuery calls a type by its other name, or leaves the mode out', () => {
    const existing = [
      { name: 'a', type: 'INT64' },
      { name: 'b', type: 'FLOAT64' },
      { name: 'c', type: 'BOOL' },
      { name: 'd', type: 'STRUCT', fields: [{ name: 'e', type: 'string' }] },
    ];
    const wanted = [scalar('a', 'INTEGER'), scalar('b', 'FLOAT'), scalar('c', 'BOOLEAN'), record('d', [scalar('e')])];
    assert.deepEqual(missingColumns(existing, wanted), nothing);
  });

  it('names what is missing, nested by its path', () => {
    const existing = [scalar('a'), record('r', [scalar('x'), record('s', [scalar('p')], 'REPEATED')])];
    const wanted = [
      scalar('b'),
      record('r', [record('s', [scalar('q')], 'REPEATED'), scalar('y')]),
      record('t', [scalar('z')]),
    ];
    assert.deepEqual(missingColumns(existing, wanted), {
      ...nothing,
      missing: [
        { path: 'b', field: scalar('b') },
        { path: 'r.s.q', field: scalar('q') },
        { path: 'r.y', field: scalar('y') },
        { path: 't', field: record('t', [scalar('z')]) },
      ],
    });
    assert.deepEqual(mergedFields(existing, wanted), [
      scalar('a'),
      record('r', [scalar('x'), record('s', [scalar('p'), scalar('q')], 'REPEATED'), scalar('y')]),
      scalar('b'),
      record('t', [scalar('z')]),
    ]);
  });

  it('names what the table requires and rows may lack', () => {
    const existing = [scalar('a', 'STRING', 'REQUIRED')];
    assert.deepEqual(missingColumns(existing, [scalar('a')]), {
      ...nothing,
      required: [{ path: 'a', field: scalar('a') }],
    });
    assert.deepEqual(mergedFields(existing, [scalar('a')]), [scalar('a')]);
  });

  it('names what the table requires and rows do not know at all', () => {
    const existing = [scalar('a', 'STRING', 'REQUIRED'), record('r', [scalar('x', 'STRING', 'REQUIRED')])];
    const wanted = [scalar('b'), record('r', [scalar('y')])];
    assert.deepEqual(
      missingColumns(existing, wanted).required.map(({ path }) => path),
      ['r.x', 'a'],
    );
    assert.deepEqual(mergedFields(existing, wanted), [
      scalar('a'),
      record('r', [scalar('x'), scalar('y')]),
      scalar('b'),
    ]);
  });

  it('names what no change in place can mend, and leaves it as it is', () => {
    const existing = [scalar('a', 'INTEGER'), scalar('b', 'STRING', 'REPEATED'), record('r', [scalar('x')])];
    const wanted = [scalar('a', 'NUMERIC'), scalar('b'), record('r', [scalar('x', 'BYTES'), scalar('y')])];
    assert.deepEqual(missingColumns(existing, wanted), {
      ...nothing,
      missing: [{ path: 'r.y', field: scalar('y') }],
      mismatches: [
        { path: 'a', existing: 'INTEGER', wanted: 'NUMERIC' },
        { path: 'b', existing: 'REPEATED STRING', wanted: 'STRING' },
        { path: 'r.x', existing: 'STRING', wanted: 'BYTES' },
      ],
    });
    assert.deepEqual(mergedFields(existing, wanted), [
      ...existing.slice(0, 2),
      record('r', [scalar('x'), scalar('y')]),
    ]);
  });

  it('keeps what only the table has, and the properties that are none of ours; descriptions are', () => {
    const tagged = { ...scalar('a'), description: 'by hand', policyTags: { names: ['t'] } };
    assert.deepEqual(missingColumns([tagged, scalar('old')], [scalar('a')]), nothing);
    assert.deepEqual(mergedFields([tagged, scalar('old')], [{ ...scalar('a'), description: 'ours' }]), [
      { ...tagged, description: 'ours' },
      scalar('old'),
    ]);
  });
});
