import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExportColumn } from '../../functions/core/batch/export-column.ts';
import { decimalBytes } from '../../functions/core/codec/decimal.ts';
import { columns, loadUnderTest } from './support/load-under-test.ts';

const amount: ExportColumn = {
  name: 'amount',
  type: 'NUMERIC',
  precision: 58,
  scale: 20,
  sourceType: 'numeric(58,20)',
};
const as = [...columns, amount];
const most = 10n ** 58n - 1n;
const nines = '9'.repeat(38);

const row = (id: number, unscaled: bigint, name: string | null = null) => ({
  id,
  name,
  amount: Buffer.from(decimalBytes(String(unscaled), 0)),
});

const mergeByAmount = `
  MERGE \`{{ params.destination_project }}.{{ params.destination_dataset }}.{{ params.destination_table }}\` T
  USING \`{{ params.destination_project }}.{{ params.destination_dataset }}.{{ params.staging_table }}\` S
  ON T.amount = S.amount
  WHEN MATCHED AND S.amount > 0 THEN UPDATE SET name = S.name, amount = T.amount - BIGNUMERIC '0.00000000000000000001'
  WHEN NOT MATCHED THEN INSERT (id, name, amount) VALUES (id, name, amount)`;

describe('a load of BIGNUMERIC', () => {
  for (const writeMode of ['merge', 'replace', 'append'] as const) {
    it(`has every digit in the destination, by ${writeMode}`, async t => {
      const { exported, load, told, warehouse } = await loadUnderTest(t, {
        writeMode,
        ...(writeMode === 'merge' && { mergeQuery: mergeByAmount }),
      });
      assert.equal(await load(await exported(1, [row(1, most), row(2, -most), row(3, 1n)], { as })), 'done');
      assert.deepEqual(told().at(-1), 'load_complete');
      const [metadata] = (await warehouse.dataset('payment').table('transfers').getMetadata()) as unknown as [
        { schema: { fields: { name: string; type: string }[] } },
      ];
      assert.equal(metadata.schema.fields[2]?.type, 'BIGNUMERIC');
      const texts = async () => {
        const [rows] = await warehouse.query(
          'SELECT id, name, CAST(amount AS STRING) AS amount FROM payment.transfers ORDER BY amount',
        );
        return rows as unknown[];
      };
      assert.deepEqual(await texts(), [
        { id: 2, name: null, amount: `-${nines}.${'9'.repeat(20)}` },
        { id: 3, name: null, amount: '0.00000000000000000001' },
        { id: 1, name: null, amount: `${nines}.${'9'.repeat(20)}` },
      ]);
      if (writeMode !== 'merge') return;
      await load(await exported(2, [row(4, most, 'less'), row(5, -most, 'same')], { as }));
      assert.deepEqual((await texts()).at(-1), { id: 1, name: 'less', amount: `${nines}.${'9'.repeat(19)}8` });
      assert.equal((await texts()).length, 3);
    });
  }

  it('takes decimals with fewer digits, but not the other way round', async t => {
    const { exported, load, events, warehouse } = await loadUnderTest(t, { writeMode: 'append' });
    const make = (table: string, type: string) =>
      warehouse.dataset('payment').createTable(table, {
        schema: [
          { name: 'id', type: 'INTEGER' },
          { name: 'name', type: 'STRING' },
          { name: 'amount', type, precision: '22', scale: '2' },
        ] as never,
      });
    await make('transfers', 'BIGNUMERIC');
    const narrow = [...columns, { ...amount, precision: 22, scale: 2 }];
    assert.equal(await load(await exported(1, [row(1, -12345n)], { as: narrow })), 'done');
    const [rows] = await warehouse.query('SELECT CAST(amount AS STRING) AS amount FROM payment.transfers');
    assert.deepEqual(rows, [{ amount: '-123.45' }]);

    await warehouse.dataset('payment').table('transfers').delete();
    await make('transfers', 'NUMERIC');
    assert.equal(await load(await exported(2, [row(2, most)], { as })), 'done');
    const { event } = events.at(-1) ?? {};
    assert.ok(event?.type === 'load_failed');
    assert.match(event.failure.detail, /column amount is NUMERIC, not BIGNUMERIC/);
  });

  it('is not loaded when one digit of a value differs from what was exported', async t => {
    const { exported, load, events } = await loadUnderTest(t);
    const message = await exported(1, [row(1, most)], {
      as,
      tamper: manifest => ({
        ...manifest,
        checksums: manifest.checksums.map(sums => (sums.column === 'amount' ? { ...sums, sum: '7' } : sums)),
      }),
    });
    await load(message);
    const { event } = events.at(-1) ?? {};
    assert.ok(event?.type === 'load_failed');
    assert.match(event.failure.detail, /^column amount: sum \d+ was loaded, 7 was exported$/);
  });
});
