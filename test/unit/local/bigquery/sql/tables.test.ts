import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { translate } from '../../../../../local/bigquery/sql/translate.ts';
import { translated, warehouse } from './warehouse.ts';

const { queries } = warehouse();

describe('table paths', () => {
  queries(
    [
      'people',
      'shop.people',
      '`shop.people`',
      'acme-data.shop.people',
      '`acme-data.shop.people`',
      '`acme-data`.shop.people',
      'acme-data.`shop.people`',
      '`acme-data.shop`.people',
    ].map(path => [`SELECT COUNT(*) FROM ${path}`, [['3']]]),
  );

  it('reads are told once, by their full names', () => {
    const [statement] = translated('SELECT * FROM people, shop.orders, `acme-data.shop.people` AS again');
    assert.deepEqual(statement?.reads, [
      { project: 'acme-data', dataset: 'shop', table: 'people' },
      { project: 'acme-data', dataset: 'shop', table: 'orders' },
    ]);
  });

  it('a table without a dataset needs a default one', () => {
    assert.throws(() => translate('SELECT 1 FROM people', { defaultProject: 'p', tables: () => [] }), {
      reason: 'invalidQuery',
      message: 'Table "people" must be qualified with a dataset (e.g. dataset.table). at [1:15]',
    });
  });

  it('names of tables keep their case', () => {
    assert.throws(() => translated('SELECT 1 FROM People'), { reason: 'notFound' });
  });
});

// https://cloud.google.com/bigquery/docs/querying-wildcard-tables
describe('wildcard tables', () => {
  queries([
    [
      'SELECT n, kind, _TABLE_SUFFIX FROM `acme-data.shop.events_*` ORDER BY n',
      [
        ['1', null, '20240101'],
        ['2', 'x', '20240102'],
      ],
    ],
    ["SELECT n FROM `shop.events_*` WHERE _TABLE_SUFFIX BETWEEN '20240102' AND '20240131'", [['2']]],
    [
      'SELECT * FROM `shop.events_2024010*` ORDER BY n',
      [
        ['1', null],
        ['2', 'x'],
      ],
    ],
  ]);

  it('reads every table that matches', () => {
    assert.equal(translated('SELECT n FROM `shop.events_*`')[0]?.reads.length, 2);
  });
});

// https://cloud.google.com/bigquery/docs/querying-partitioned-tables
describe('tables partitioned by the time of ingestion', () => {
  queries([
    [
      'SELECT n, _PARTITIONTIME AS pt, _PARTITIONDATE AS pd FROM ingested',
      [['1', '2024-01-01 00:00:00+00', '2024-01-01']],
    ],
    ["SELECT * FROM ingested WHERE _PARTITIONTIME >= '2024-01-01'", [['1']]],
    ["SELECT n FROM ingested WHERE _PARTITIONDATE = '2024-01-02'", []],
  ]);

  it('other tables have no such columns', () => {
    assert.throws(() => translated('SELECT _PARTITIONTIME FROM people'), /Unrecognized name: _PARTITIONTIME/);
  });
});

describe('INFORMATION_SCHEMA', () => {
  queries([
    [
      'SELECT table_name FROM shop.INFORMATION_SCHEMA.TABLES ORDER BY 1',
      [['events_20240101'], ['events_20240102'], ['ingested'], ['orders'], ['people']],
    ],
    [
      "SELECT column_name, ordinal_position, is_nullable, data_type FROM `acme-data.shop.INFORMATION_SCHEMA.COLUMNS` WHERE table_name = 'orders' AND ordinal_position IN (1, 7, 8) ORDER BY 2",
      [
        ['id', '1', 'NO', 'INT64'],
        ['tags', '7', 'NO', 'ARRAY<STRING>'],
        ['items', '8', 'NO', 'ARRAY<STRUCT<sku STRING, qty INT64>>'],
      ],
    ],
    ['SELECT COUNT(*) FROM nowhere.INFORMATION_SCHEMA.TABLES', [['0']]],
  ]);
});
