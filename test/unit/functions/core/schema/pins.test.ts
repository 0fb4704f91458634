import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Column } from '../../../../../functions/core/schema/column.ts';
import { pinnedColumns, pinsWith, typeClass } from '../../../../../functions/core/schema/pins.ts';
import type { ColumnPins } from '../../../../../functions/core/schema/schema-index.ts';
import { mergedFields, missingColumns } from '../../../../../functions/core/schema/table-difference.ts';
import { type TableField, tableFields } from '../../../../../functions/core/schema/table-schema.ts';
import { everyType } from '../../../../support/every-type.ts';
import { arbitraryColumns, map, record, repeated, scalar } from './arbitrary-columns.ts';

/** The pins after these versions were published one after the other. */
const published = (...versions: readonly (readonly Column[])[]): ColumnPins => versions.reduce(pinsWith, {});
const namesOf = (columns: readonly Column[]) => columns.map(({ name }) => name);
const histories = fc.array(arbitraryColumns(), { minLength: 1, maxLength: 5 });

describe('columns pinned to field numbers', () => {
  it('keep a renamed field in its first column', () => {
    const pins = published([scalar('city', 1)]);
    assert.deepEqual(namesOf(pinnedColumns([scalar('town', 1)], pins)), ['city']);
    assert.deepEqual(pinsWith(pins, [scalar('town', 1)]), pins);
  });

  it('keep two fields that swap their names each in its own column', () => {
    const pins = published([scalar('a', 1), scalar('b', 2)]);
    assert.deepEqual(namesOf(pinnedColumns([scalar('b', 1), scalar('a', 2)], pins)), ['a', 'b']);
  });

  it('give a new field a recovery column where its name is another field’s, removed or renamed', () => {
    const pins = published([scalar('a', 1)]);
    assert.deepEqual(namesOf(pinnedColumns([scalar('a', 2)], pins)), ['a_2']);
    assert.deepEqual(namesOf(pinnedColumns([scalar('b', 1), scalar('A', 2)], pins)), ['a', 'A_2']);
  });

  it('give another type class of a field a recovery column, and the first one its plain column again', () => {
    const [text, number] = [scalar('a', 1), scalar('a', 1, 'INTEGER')];
    const pins = published([text], [number], [repeated(text)]);
    assert.deepEqual(pins, {
      '1': [
        { type: 'STRING', column: 'a' },
        { type: 'INTEGER', column: 'a_2' },
        { type: 'REPEATED STRING', column: 'a_3' },
      ],
    });
    assert.deepEqual(namesOf(pinnedColumns([number], pins)), ['a_2']);
    assert.deepEqual(namesOf(pinnedColumns([text], pins)), ['a']);
  });

  it('leave a name to the field that comes with it, rather than use it for recovery', () => {
    const pins = published([scalar('a', 1)], [scalar('a', 1, 'INTEGER'), scalar('a_2', 2)]);
    assert.deepEqual(namesOf(pinnedColumns([scalar('a', 1, 'INTEGER'), scalar('a_2', 2)], pins)), ['a_3', 'a_2']);
  });

  it('pin the members of a record by themselves', () => {
    const pins = published([record('r', 3, [scalar('x', 1)])]);
    const later = [record('r', 3, [scalar('x', 1, 'INTEGER'), scalar('y', 2)])];
    assert.deepEqual(pinnedColumns(later, pins), [record('r', 3, [scalar('x_2', 1, 'INTEGER'), scalar('y', 2)])]);
  });

  it('make a map of another value another column, for its own columns are called key and value for ever', () => {
    const pins = published([map('m', 3, scalar('', 2))]);
    const later = [map('m', 3, scalar('', 2, 'INTEGER'))];
    assert.deepEqual(pinnedColumns(later, pins), [map('m_2', 3, scalar('', 2, 'INTEGER'))]);
  });

  it('pin the members of a map’s records by themselves', () => {
    const pins = published([map('m', 3, record('', 2, [scalar('x', 1)]))]);
    const later = [map('m', 3, record('', 2, [scalar('renamed', 1), scalar('x', 2)]))];
    assert.deepEqual(pinnedColumns(later, pins), [map('m', 3, record('', 2, [scalar('x', 1), scalar('x_2', 2)]))]);
  });

  it('do not make a name longer than BigQuery allows', () => {
    const name = 'n'.repeat(300);
    const [column] = pinnedColumns([scalar(name, 1, 'INTEGER')], published([scalar(name, 1)]));
    assert.equal(column?.name, `${'n'.repeat(290)}_2`);
  });

  it('leave the first version as it is', () => {
    assert.deepEqual(pinnedColumns(everyType.columns, published(everyType.columns)), everyType.columns);
    fc.assert(
      fc.property(histories, versions => {
        assert.deepEqual(pinnedColumns(versions[0] ?? [], published(...versions)), versions[0]);
      }),
    );
  });

  it('are the same when any version is published again, and only ever grow', () => {
    fc.assert(
      fc.property(histories, fc.nat(), (versions, nth) => {
        const pins = published(...versions);
        assert.deepEqual(pinsWith(pins, versions[nth % versions.length] ?? []), pins);
        const before = published(...versions.slice(0, -1));
        for (const [path, pinned] of Object.entries(before)) {
          assert.deepEqual(pins[path]?.slice(0, pinned.length), pinned);
        }
      }),
    );
  });

  it('do not depend on what is published later: a version’s columns stay what they were', () => {
    fc.assert(
      fc.property(histories, versions => {
        const pins = published(...versions);
        for (const [index, columns] of versions.entries()) {
          const then = published(...versions.slice(0, index + 1));
          assert.deepEqual(pinnedColumns(columns, pins), pinnedColumns(columns, then));
        }
      }),
    );
  });

  it('change nothing but names', () => {
    fc.assert(
      fc.property(histories, arbitraryColumns(), (versions, columns) => {
        const plain = (tree: readonly Column[]): unknown =>
          tree.map(({ name: _, fields, ...rest }) => ({ ...rest, fields: fields && plain(fields) }));
        assert.deepEqual(plain(pinnedColumns(columns, published(...versions))), plain(columns));
      }),
    );
  });

  it('never give one column to two fields, at any level, whatever the case', () => {
    fc.assert(
      fc.property(histories, versions => {
        // By the column's path and class in the table: the field's path of numbers.
        const owners = new Map<string, string>();
        const pins = published(...versions);
        for (const columns of versions) visit(pinnedColumns(columns, pins), '', '', owners);
      }),
    );
  });

  it('let the rows of every version into one table, without a mismatch', () => {
    fc.assert(
      fc.property(histories, versions => {
        const pins = published(...versions);
        let table: TableField[] = [];
        for (const columns of versions) {
          const wanted = tableFields(pinnedColumns(columns, pins));
          assert.deepEqual(missingColumns(table, wanted).mismatches, []);
          table = mergedFields(table, wanted);
        }
        for (const columns of versions) {
          const { missing, mismatches } = missingColumns(table, tableFields(pinnedColumns(columns, pins)));
          assert.deepEqual({ missing, mismatches }, { missing: [], mismatches: [] });
        }
      }),
    );
  });
});

function visit(columns: readonly Column[], parent: string, numbers: string, owners: Map<string, string>): void {
  for (const column of columns) {
    const path = `${parent}${column.name.toLowerCase()}`;
    const owner = `${numbers}${column.fieldNumber ?? ''}`;
    const found = owners.get(path) ?? `${owner} ${typeClass(column)}`;
    assert.equal(`${owner} ${typeClass(column)}`, found, `${path} is of two fields`);
    owners.set(path, found);
    visit(column.fields ?? [], `${path}.`, `${owner}.`, owners);
  }
}
