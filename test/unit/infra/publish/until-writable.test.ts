import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createUntilWritable, type NamedField, type WriterFields } from '../../../../infra/publish/until-writable.ts';

const table = {
  dataset: 'shop',
  table: 'sold',
  fields: [
    { name: 'id', type: 'STRING' },
    { name: 'item', type: 'RECORD', fields: [{ name: 'price', type: 'INTEGER' }] },
  ],
  partitionBy: 'onramp_publish_time',
  clusterBy: [],
  labels: {},
};
const old: NamedField[] = [{ name: 'ID' }, { name: 'item', fields: [] }];
const complete: NamedField[] = [{ name: 'other' }, { name: 'ID' }, { name: 'item', fields: [{ name: 'Price' }] }];

/** Waits for the table, with a clock of its own; answers with what came of it, after how many milliseconds. */
async function waited(patienceMillis: number, writerFields: (now: number) => ReturnType<WriterFields>) {
  let time = 0;
  const clock = { now: () => time, sleep: (millis: number) => Promise.resolve((time += millis)) };
  const said: string[] = [];
  const fields: WriterFields = (dataset, name) => {
    assert.deepEqual([dataset, name], ['shop', 'sold']);
    return writerFields(time);
  };
  const until = createUntilWritable({
    writerFields: fields,
    patienceMillis,
    clock,
    say: line => said.push(line),
  });
  const late = await until(table);
  return { late, said, after: time, again: () => until(table) };
}

describe('waiting until new columns can be written', () => {
  it('takes no time where they can', async () => {
    const { late, said, after } = await waited(300_000, () => Promise.resolve(complete));
    assert.deepEqual([late, said, after], [[], [], 0]);
  });

  it('ends soon after writers know them all, nested ones too', async () => {
    const { late, said, after } = await waited(300_000, now => Promise.resolve(now < 60_000 ? old : complete));
    assert.deepEqual(late, []);
    assert.ok(after >= 60_000 && after <= 65_000, String(after));
    assert.equal(said[0], 'Waiting until shop.sold can be written with item.price ...');
    assert.match(said[1] ?? '', /^shop\.sold can be written with all its columns, after 6\d s\.$/);
    assert.equal(said.length, 2);
  });

  it('is given up when the time is over, once for all tables', async () => {
    const { late, said, after, again } = await waited(20_000, () => Promise.resolve(old));
    assert.deepEqual([late, after], [['item.price'], 20_000]);
    assert.match(said.at(-1) ?? '', /^warning: shop\.sold cannot be written yet with item\.price: /);
    assert.deepEqual(await again(), ['item.price']);
    assert.equal(said.filter(line => line.startsWith('Waiting')).length, 1);
  });

  it('is left to the first rows of a table that writers do not know at all', async () => {
    const { late, said, after } = await waited(300_000, () => Promise.resolve(undefined));
    assert.deepEqual([late, said, after], [[], [], 0]);
  });

  it('is left out, with a warning, where nobody may look', async () => {
    const { late, said } = await waited(300_000, () => Promise.reject(new Error('7 PERMISSION_DENIED: no')));
    assert.deepEqual(late, []);
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /^warning: BigQuery does not say whether shop\.sold .*: 7 PERMISSION_DENIED: no$/);
  });

  it('names a few columns of many', async () => {
    const fields = Array.from({ length: 7 }, (_, index) => ({ name: `c${index}`, type: 'STRING' }));
    const said: string[] = [];
    const until = createUntilWritable({
      writerFields: () => Promise.resolve([]),
      patienceMillis: 1,
      clock: { now: () => said.length, sleep: () => Promise.resolve() },
      say: line => said.push(line),
    });
    assert.equal((await until({ ...table, fields })).length, 7);
    assert.equal(said[0], 'Waiting until shop.sold can be written with c0, c1, c2, c3, c4 and 2 more ...');
  });
});
