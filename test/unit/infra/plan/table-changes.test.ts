import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { avroRecord } from '../../../../functions/core/schema/avro-schema.ts';
import type { Column } from '../../../../functions/core/schema/column.ts';
import { tableFields } from '../../../../functions/core/schema/table-schema.ts';
import type { Snapshot } from '../../../../infra/plan/snapshot.ts';
import { tableChanges } from '../../../../infra/plan/table-changes.ts';

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

function snapshotWith(columns: readonly Column[] | undefined, expirationDays?: number): Snapshot {
  const table = {
    dataset: 'shop',
    table: 'sold',
    fields: tableFields(columns ?? []),
    partitionBy: 'onramp_publish_time',
    clusterBy: [],
    ...(expirationDays !== undefined && { expirationDays }),
    labels: {},
  };
  const tables = columns === undefined ? {} : { 'shop/sold': { table, files: avroRecord('shop.v1.Sold', columns) } };
  return { version: 1, resources: [], tables };
}

const id = column('id', 'STRING', 'string');
const count = column('count', 'INTEGER', 'int32');
const only = (before: Snapshot, after: Snapshot) => {
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
      { action: 'retype', path: 'item.price', before: 'INTEGER', after: 'STRING' },
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

  it('are a layout', () => {
    const { layout } = only(snapshotWith([id]), snapshotWith([id], 30));
    assert.deepEqual(layout, [{ path: 'expirationDays', after: 30 }]);
  });
});
