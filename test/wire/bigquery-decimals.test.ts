import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startBigquery } from '../../local/bigquery/bigquery.ts';
import { operator } from '../../local/stand-in.ts';
import {
  afterwards,
  createTable,
  metadataOf,
  project,
  restClient,
  startFixture,
  temporaryFolder,
} from './support/bigquery-fixture.ts';

const most = '578960446186580977117854925043439539266.34992332820282019728792003956564819967';
const least = '-578960446186580977117854925043439539266.34992332820282019728792003956564819968';

interface Answer {
  readonly schema: { readonly fields: { readonly name: string; readonly type: string }[] };
  readonly rows: { readonly f: { readonly v: unknown }[] }[];
}

describe('a BIGNUMERIC column', () => {
  it('keeps every digit over REST and over a restart, and is ordered by value', async t => {
    const folder = temporaryFolder(t);
    const first = await startBigquery({ folder });
    const before = restClient(await first.listen(operator));
    const table = await createTable(before, 'amounts', [
      { name: 'id', type: 'INTEGER' },
      { name: 'v', type: 'BIGDECIMAL' },
      { name: 'list', type: 'BIGNUMERIC', mode: 'REPEATED' },
    ]);
    const values = [most, '-1.5', '0', least, '1e-38', '9', '10'];
    await table.insert(values.map((v, id) => ({ id, v, list: [v, '1'] })));
    await first.close();

    const second = await startBigquery({ folder });
    afterwards(t, () => second.close());
    const port = await second.listen(operator);
    const response = await fetch(`http://127.0.0.1:${port}/projects/${project}/queries`, {
      method: 'POST',
      body: JSON.stringify({
        useLegacySql: false,
        query: 'SELECT v, list, SUM(v) OVER () AS total FROM events.amounts WHERE v <> 9 ORDER BY v',
      }),
    });
    const { schema, rows } = (await response.json()) as Answer;
    assert.deepEqual(
      schema.fields.map(({ name, type }) => `${name} ${type}`),
      ['v BIGNUMERIC', 'list BIGNUMERIC', 'total BIGNUMERIC'],
    );
    const sorted = [least, '-1.5', '0', `0.${'0'.repeat(37)}1`, '10', most];
    const total = '8.5';
    assert.deepEqual(
      rows.map(({ f }) => f.map(({ v }) => v)),
      sorted.map(v => [v, [{ v }, { v: '1' }], total]),
    );
  });

  it('takes query parameters, as Google’s client gives and reads them', async t => {
    const { client } = await startFixture(t);
    await createTable(client, 'amounts', [{ name: 'v', type: 'BIGNUMERIC' }]);
    await client
      .dataset('events')
      .table('amounts')
      .insert([{ v: '1.25' }, { v: most }, { v: null }]);
    const [rows] = await client.query({
      query: 'SELECT v, @less + v AS w FROM events.amounts WHERE v < @limit AND v IN UNNEST(@some)',
      params: { limit: '2', less: '-0.25', some: ['1.25', '7'] },
      types: { limit: 'BIGNUMERIC', less: 'BIGNUMERIC', some: ['BIGNUMERIC'] },
    });
    const [row] = rows as Record<'v' | 'w', { toFixed(): string }>[];
    assert.deepEqual([rows.length, row?.v.toFixed(), row?.w.toFixed()], [1, '1.25', '1']);
  });

  it('with few digits rounds what is written, refuses what is too large, and can only get more', async t => {
    const { client } = await startFixture(t);
    const fields = (precision: string, scale: string) => [
      { name: 'v', type: 'BIGNUMERIC', precision, scale },
      { name: 'n', type: 'NUMERIC', precision: '3' },
    ];
    const table = await createTable(client, 'amounts', fields('58', '20'));
    const { schema } = await metadataOf(table);
    assert.deepEqual(
      schema.fields.map(({ mode: _, ...field }) => field),
      fields('58', '20'),
    );
    const whole = '1'.repeat(38);
    await table.insert([{ v: `${whole}.123456789012345678905`, n: '1.5' }]);
    await assert.rejects(table.insert([{ v: '1e38' }, { n: '1000' }]), { name: 'PartialFailureError' });
    const [[row]] = (await client.query(
      'SELECT CAST(v AS STRING) AS v, CAST(n AS STRING) AS n FROM events.amounts',
    )) as [object[]];
    assert.deepEqual(row, { v: `${whole}.12345678901234567891`, n: '2' });
    await table.setMetadata({ schema: { fields: fields('68', '30') } });
    await assert.rejects(table.setMetadata({ schema: { fields: fields('67', '30') } }), /narrower/);
    await assert.rejects(createTable(client, 'wrong', fields('77', '38')), /BIGNUMERIC precision/);
  });

  it('goes through views, CREATE TABLE AS and information schemas', async t => {
    const { client } = await startFixture(t);
    await client.createDataset('events');
    const [rows] = await client.query(`
      CREATE TABLE events.amounts (v BIGNUMERIC(40, 10) OPTIONS (description = 'an amount')) CLUSTER BY v;
      INSERT INTO events.amounts VALUES (CAST('1.00000000005' AS BIGNUMERIC)), (2);
      CREATE VIEW events.doubled AS SELECT v * 2 AS v FROM events.amounts;
      CREATE TABLE events.copied AS SELECT CAST(v AS STRING) AS text, v FROM events.doubled;
      SELECT table_name, data_type FROM events.INFORMATION_SCHEMA.COLUMNS WHERE column_name = 'v' ORDER BY table_name`);
    assert.deepEqual(rows, [
      { table_name: 'amounts', data_type: 'BIGNUMERIC(40, 10)' },
      { table_name: 'copied', data_type: 'BIGNUMERIC' },
      { table_name: 'doubled', data_type: 'BIGNUMERIC' },
    ]);
    const [texts] = await client.query('SELECT text FROM events.copied ORDER BY v');
    assert.deepEqual(texts, [{ text: '2.0000000002' }, { text: '4' }]);
  });
});
