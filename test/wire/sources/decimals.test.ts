import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fieldsOf } from '../../../functions/core/batch/load-plan.ts';
import { postgres } from '../../support/database-kinds.ts';
import type { Exported } from './support/export-fixture.ts';
import { assertInBigQuery } from './support/in-bigquery.ts';
import { type SqlSource, startSource } from './support/sql-source.ts';

describe('decimals of PostgreSQL', { skip: postgres.skip }, () => {
  let source: SqlSource;
  before(async () => {
    source = await startSource(postgres);
  });
  after(() => source.close());

  /** The values of a column, the texts that BigQuery has of them, and its type. */
  async function loaded(exported: Exported): Promise<{ texts: unknown[]; type: unknown }> {
    const table = await assertInBigQuery(source.exports, exported);
    const rows = await source.exports.query(`SELECT CAST(c AS STRING) AS c FROM ${table} ORDER BY n`);
    const [{ type } = {}] = await source.exports.query(
      `SELECT data_type AS type FROM staging.INFORMATION_SCHEMA.COLUMNS
       WHERE CONCAT('\`local-test.staging.', table_name, '\`') = '${table}' AND column_name = 'c'`,
    );
    return { texts: rows.map(({ c }) => c), type };
  }

  const nines = (count: number) => '9'.repeat(count);
  const declared: [type: string, bigquery: string, values: string[]][] = [
    ['numeric(38,9)', 'NUMERIC', [`${nines(29)}.${nines(9)}`, `-${nines(29)}.${nines(9)}`]],
    ['numeric(38,10)', 'BIGNUMERIC', [`${nines(28)}.${nines(10)}`]],
    ['numeric(30,0)', 'BIGNUMERIC', [nines(30), `-${nines(30)}`, '0', '1']],
    // Of at most 18 digits the checksum is that of integers, with a scale that NUMERIC does not have.
    ['numeric(18,12)', 'BIGNUMERIC', ['123456.789012345678', '-999999.999999999999', '0.000000000001', '0']],
    [
      'numeric(58,20)',
      'BIGNUMERIC',
      [`${nines(38)}.${nines(20)}`, `-${nines(38)}.${nines(20)}`, '0.00000000000000000001'],
    ],
    [
      'numeric(76,38)',
      'BIGNUMERIC',
      [`${nines(38)}.${nines(38)}`, `-${nines(38)}.${nines(38)}`, `0.${'0'.repeat(37)}1`],
    ],
    // 40 digits before the point are more than BIGNUMERIC has, though 60 in all are not.
    ['numeric(60,20)', 'STRING', [`${nines(40)}.${nines(20)}`]],
    ['numeric(50,39)', 'STRING', [`1.${nines(39)}`]],
  ];
  for (const [type, bigquery, values] of declared) {
    it(`${type} arrive as ${bigquery} with every digit, and equal checksums`, async () => {
      const rows = values.map((value, n) => `(${n}, '${value}'::${type})`);
      const exported = await source.exports.export({
        query: `SELECT * FROM (VALUES ${rows.join(', ')}, (99, NULL::${type})) AS t (n, c)`,
      });
      assert.deepEqual(exported.manifest.losses, []);
      assert.deepEqual(await loaded(exported), { texts: [...values, null], type: bigquery });
      // A load makes its tables with the type that the load job chooses.
      assert.equal(fieldsOf(exported.manifest.columns)[1]?.type, bigquery);
    });
  }

  const mixed = (type: string) =>
    `SELECT * FROM (VALUES (1, '1.5'::${type}), (2, '${nines(40)}.5'::${type}), (3, '0.${'0'.repeat(29)}1'::${type})) AS t (n, c)`;

  it('beyond BIGNUMERIC are texts as long as nothing else is declared', async () => {
    const { texts, type } = await loaded(await source.exports.export({ query: mixed('numeric') }));
    assert.deepEqual([type, texts], ['STRING', ['1.5', `${nines(40)}.5`, `0.${'0'.repeat(29)}1`]]);
  });

  it('beyond a declared BIGNUMERIC go by the policy: an error, NULL that is counted, or a text', async () => {
    const query = mixed('numeric');
    const asked = (onOutOfRange: 'error' | 'null' | 'string') => ({
      query,
      columns: { c: { type: 'BIGNUMERIC', onOutOfRange } as const },
    });
    const [, failed] = await source.exports.run(source.exports.request(asked('error')));
    assert.deepEqual(failed?.type === 'export_failed' && failed.failure.code, 'EXPORT_VALUE_REFUSED');

    const nulled = await source.exports.export(asked('null'));
    assert.deepEqual(nulled.manifest.losses, [{ column: 'c', loss: 'out-of-range', answer: 'null', count: 1 }]);
    assert.deepEqual(await loaded(nulled), { texts: ['1.5', null, `0.${'0'.repeat(29)}1`], type: 'BIGNUMERIC' });

    const kept = await source.exports.export(asked('string'));
    assert.deepEqual(kept.manifest.losses, []);
    assert.deepEqual(await loaded(kept), { texts: ['1.5', `${nines(40)}.5`, `0.${'0'.repeat(29)}1`], type: 'STRING' });
  });

  it('in an array are REPEATED', async () => {
    const exported = await source.exports.export({
      query: `SELECT 1 AS n, ARRAY[${nines(38)}.5, -0.5, NULL]::numeric(58,20)[] AS c`,
      columns: { c: { onNullElement: 'drop' } },
    });
    assert.equal(exported.manifest.columns[1]?.type, 'NUMERIC');
    const table = await assertInBigQuery(source.exports, exported);
    const [row] = await source.exports.query(
      `SELECT ARRAY(SELECT CAST(v AS STRING) FROM UNNEST(c) AS v ORDER BY v) AS c FROM ${table}`,
    );
    assert.deepEqual(row, { c: ['-0.5', `${nines(38)}.5`] });
  });
});
