import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { avroRecord } from '../../../../functions/core/schema/avro-schema.ts';
import type { Column } from '../../../../functions/core/schema/column.ts';
import { pinsWith } from '../../../../functions/core/schema/pins.ts';
import type { ColumnPins } from '../../../../functions/core/schema/schema-index.ts';
import { tableFields } from '../../../../functions/core/schema/table-schema.ts';
import { rampTable, type Snapshot } from '../../../../infra/plan/snapshot.ts';
import { tableChanges } from '../../../../infra/plan/table-changes.ts';
import { compileSale, saleTable } from '../../../support/published-schemas.ts';

const column = (
  name: string,
  type: Column['type'],
  conversion: Column['conversion'],
  rest: Partial<Column> = {},
): Column => ({
  name,
  type,
  mode: 'NULLABLE',
  conversion,
  ...rest,
});

/** Columns without field numbers, as those of different messages are to each other. */
function snapshotWith(columns: readonly Column[] | undefined, expirationDays?: number): Pick<Snapshot, 'tables'> {
  const table = {
    dataset: 'shop',
    table: 'sold',
    fields: tableFields(columns ?? []),
    partitionBy: 'onramp_publish_time',
    clusterBy: [],
    ...(expirationDays !== undefined && { expirationDays }),
    labels: {},
  };
  const files = avroRecord('shop.v1.Sold', columns ?? []);
  return columns === undefined
    ? { tables: {} }
    : { tables: { 'shop/sold': { schema: 'shop.v1.Sold', columns: {}, table, files } } };
}

const id = column('id', 'STRING', 'string');
const count = column('count', 'INTEGER', 'int32');
const only = (before: Pick<Snapshot, 'tables'>, after: Pick<Snapshot, 'tables'>) => {
  const [change, ...others] = tableChanges(before, after);
  assert.ok(change && others.length === 0);
  return change;
};

describe('the changes of a table', () => {
  it('are a new table, or one that nobody writes to any more', () => {
    const nothing = { ramp: 'shop/sold', table: 'shop.sold', columns: [], files: [], layout: [] };
    assert.deepEqual(tableChanges(snapshotWith(undefined), snapshotWith([id])), [{ ...nothing, action: 'add' }]);
    assert.deepEqual(tableChanges(snapshotWith([id]), snapshotWith(undefined)), [{ ...nothing, action: 'remove' }]);
    assert.deepEqual(tableChanges(snapshotWith([id]), snapshotWith([id])), []);
  });

  it('are columns that come, go and are of another type, nested ones at their path', () => {
    const record = (...fields: Column[]) => column('item', 'RECORD', 'record', { fields });
    const before = snapshotWith([
      id,
      count,
      record(column('price', 'INTEGER', 'int64'), column('old', 'BYTES', 'bytes')),
    ]);
    const tags = column('tags', 'STRING', 'string', { mode: 'REPEATED' });
    const after = snapshotWith([id, record(column('price', 'STRING', 'string')), tags]);
    assert.deepEqual(only(before, after).columns, [
      { action: 'add', path: 'tags', after: 'REPEATED STRING' },
      { action: 'retype', path: 'item.price', before: 'INTEGER', after: 'STRING', column: 'item.price_2' },
      { action: 'remove', path: 'count', before: 'INTEGER' },
      { action: 'remove', path: 'item.old', before: 'BYTES' },
    ]);
  });

  it('do not count the order of columns or what is said of them', () => {
    assert.deepEqual(
      tableChanges(snapshotWith([id, count]), snapshotWith([{ ...count, description: 'how many' }, id])),
      [],
    );
  });

  it('are an Avro type of files where the column keeps its own', () => {
    const { columns, files } = only(snapshotWith([count]), snapshotWith([column('count', 'INTEGER', 'int64')]));
    assert.deepEqual(columns, []);
    assert.deepEqual(files, [{ path: 'count', before: 'int', after: 'long' }]);
  });

  it('are those of pinned columns: none for a renamed field, and another column for another type', () => {
    const part = (price: string) => `message Part { ${price} = 1; }`;
    const versions = {
      first: compileSale('string item = 1', part('int64 price'), 'Part part = 2', 'map<string, Part> parts = 3'),
      renamed: compileSale('string article = 1', part('int64 cost'), 'Part piece = 2', 'map<string, Part> pieces = 3'),
      retyped: compileSale(
        'int64 item = 1',
        part('string price'),
        'repeated Part part = 2',
        'map<string, Part> parts = 3',
      ),
      taken: compileSale('string article = 1', 'int64 item = 4'),
    };
    const { schema } = versions.first;
    let pins: ColumnPins = pinsWith({}, schema.columns);
    let before = { tables: { 'shop/sold': rampTable(saleTable('sold'), schema, pins) } };
    const change = (version: keyof typeof versions) => {
      const next = versions[version].schema;
      const after = { tables: { 'shop/sold': rampTable(saleTable('sold'), next, pins) } };
      const changes = tableChanges(before, after).flatMap(({ columns }) => columns);
      pins = pinsWith(pins, next.columns);
      before = after;
      return changes;
    };
    assert.deepEqual(change('renamed'), []);
    assert.deepEqual(change('retyped'), [
      { action: 'retype', path: 'item', before: 'STRING', after: 'INTEGER', column: 'item_2' },
      { action: 'retype', path: 'part', before: 'RECORD', after: 'REPEATED RECORD', column: 'part_2' },
      {
        action: 'retype',
        path: 'parts.value.price',
        before: 'INTEGER',
        after: 'STRING',
        column: 'parts.value.price_2',
      },
    ]);
    assert.deepEqual(
      change('first')
        .map(each => 'column' in each && `${each.path} ${each.column}`)
        .toSorted(),
      ['item_2 item', 'part_2 part', 'parts.value.price_2 parts.value.price'],
    );
    assert.deepEqual(change('taken'), [
      { action: 'add', path: 'item_3', after: 'INTEGER' },
      { action: 'remove', path: 'part', before: 'RECORD' },
      { action: 'remove', path: 'parts', before: 'REPEATED RECORD' },
    ]);
  });

  it('are a layout', () => {
    const { layout } = only(snapshotWith([id]), snapshotWith([id], 30));
    assert.deepEqual(layout, [{ path: 'expirationDays', after: 30 }]);
  });
});
