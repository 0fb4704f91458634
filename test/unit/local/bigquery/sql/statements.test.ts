import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { translated, warehouse } from './warehouse.ts';

const { answer, queries, failures } = warehouse();
const stock =
  'CREATE OR REPLACE TABLE shop.stock (id INT64 NOT NULL, name STRING, tags ARRAY<STRING>, at_place STRUCT<city STRING, zip INT64>, price FLOAT64);';
const filled = `${stock} INSERT INTO shop.stock (id, name) VALUES (1, 'a'), (2, 'b'), (3, 'c');`;
const all = 'SELECT id, name FROM shop.stock ORDER BY id';

// https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax
describe('INSERT', () => {
  queries([
    [
      `${stock} INSERT shop.stock (id, name, price) VALUES (1, DEFAULT, 5); SELECT * FROM shop.stock`,
      [['1', null, [], null, 5]],
    ],
    [
      `${stock} INSERT INTO shop.stock VALUES (1, 'x', ['t'], STRUCT('Oslo', 5), 1.5); SELECT * FROM shop.stock`,
      [['1', 'x', ['t'], { city: 'Oslo', zip: '5' }, 1.5]],
    ],
    // A struct is filled by the order of its fields, and an array is never NULL.
    [
      `${stock} INSERT INTO shop.stock (at_place, tags, id) SELECT STRUCT('Oslo' AS x, 5 AS y), NULL, 1; SELECT * FROM shop.stock`,
      [['1', null, [], { city: 'Oslo', zip: '5' }, null]],
    ],
    [
      `${stock} INSERT INTO shop.stock (id) WITH w AS (SELECT 4 AS n) SELECT n FROM w UNION ALL SELECT 5; SELECT id FROM shop.stock ORDER BY 1`,
      [['4'], ['5']],
    ],
    [
      "INSERT INTO ingested (_PARTITIONTIME, n) VALUES ('2024-05-01', 9); SELECT _PARTITIONDATE FROM ingested WHERE n = 9",
      [['2024-05-01']],
    ],
  ]);
  failures([[`${stock} INSERT INTO shop.stock (name) VALUES ('x')`, /NOT NULL/]]);
});

describe('UPDATE, DELETE and TRUNCATE', () => {
  queries([
    [
      `${filled} UPDATE shop.stock SET name = 'z' WHERE id = 2; ${all}`,
      [
        ['1', 'a'],
        ['2', 'z'],
        ['3', 'c'],
      ],
    ],
    [
      `${filled} UPDATE shop.stock AS s SET s.name = p.nick FROM people AS p WHERE p.id = s.id; ${all}`,
      [
        ['1', 'u1'],
        ['2', 'b'],
        ['3', 'u3'],
      ],
    ],
    [`${filled} UPDATE shop.stock SET name = DEFAULT WHERE TRUE; SELECT COUNT(name) FROM shop.stock`, [['0']]],
    [
      `${filled} UPDATE shop.stock SET at_place.city = 'Bonn' WHERE id = 1; SELECT at_place FROM shop.stock ORDER BY id LIMIT 2`,
      [[{ city: 'Bonn', zip: null }], [null]],
    ],
    [`${filled} DELETE shop.stock WHERE id > 1; ${all}`, [['1', 'a']]],
    [`${filled} DELETE FROM shop.stock AS s WHERE s.id IN (SELECT id FROM people); ${all}`, [['2', 'b']]],
    [`${filled} TRUNCATE TABLE shop.stock; ${all}`, []],
  ]);
  failures([
    [
      `${filled} UPDATE shop.stock SET name = q.n FROM (SELECT 1 AS id, 'x' AS n UNION ALL SELECT 1, 'y') AS q WHERE q.id = stock.id`,
      /at most one source row/,
    ],
  ]);
});

describe('MERGE', () => {
  const source = "(SELECT 1 AS id, 'x' AS name UNION ALL SELECT 9, 'new')";
  queries([
    [
      `${filled} MERGE shop.stock AS t USING ${source} AS s ON t.id = s.id
       WHEN MATCHED THEN UPDATE SET name = s.name
       WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)
       WHEN NOT MATCHED BY SOURCE AND t.id = 3 THEN DELETE; ${all}`,
      [
        ['1', 'x'],
        ['2', 'b'],
        ['9', 'new'],
      ],
    ],
    [
      `${filled} MERGE INTO shop.stock t USING people s ON t.id = s.id
       WHEN MATCHED AND s.nick = 'u1' THEN DELETE WHEN MATCHED THEN UPDATE SET name = nick
       WHEN NOT MATCHED BY TARGET AND s.id > 99 THEN INSERT (id) VALUES (id)
       WHEN NOT MATCHED BY SOURCE THEN UPDATE SET name = 'gone'; ${all}`,
      [
        ['2', 'gone'],
        ['3', 'u3'],
      ],
    ],
    [
      'CREATE OR REPLACE TABLE shop.copy (id INT64, nick STRING); MERGE shop.copy USING people ON FALSE WHEN NOT MATCHED THEN INSERT ROW; SELECT * FROM shop.copy ORDER BY id',
      [
        ['1', 'u1'],
        ['3', 'u3'],
        ['4', 'u4'],
      ],
    ],
    [
      `${filled} MERGE shop.stock USING people AS p ON FALSE WHEN NOT MATCHED BY SOURCE THEN DELETE WHEN NOT MATCHED THEN INSERT (id, name) VALUES (p.id, 'all new'); ${all}`,
      [
        ['1', 'all new'],
        ['3', 'all new'],
        ['4', 'all new'],
      ],
    ],
    // Only rows that change something count as a second partner.
    [
      `${filled} MERGE shop.stock t USING (SELECT 1 AS id, 'x' AS n UNION ALL SELECT 1, 'y') s ON t.id = s.id WHEN MATCHED AND n = 'y' THEN UPDATE SET name = n; ${all}`,
      [
        ['1', 'y'],
        ['2', 'b'],
        ['3', 'c'],
      ],
    ],
  ]);
  failures([
    [
      `${filled} MERGE shop.stock t USING (SELECT 1 AS id, 'x' AS n UNION ALL SELECT 1, 'y') s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = n`,
      /at most one source row/,
    ],
  ]);
});

// https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language
describe('definitions', () => {
  it('CREATE TABLE tells everything that it declares', () => {
    const [statement] = translated(`CREATE TABLE IF NOT EXISTS shop.new (
      happened TIMESTAMP NOT NULL OPTIONS (description = 'when'), user STRING, list ARRAY<STRUCT<a NUMERIC>>)
      PARTITION BY TIMESTAMP_TRUNC(happened, HOUR) CLUSTER BY user
      OPTIONS (partition_expiration_days = 3.5, require_partition_filter = true, labels = [('team', 'a')])`);
    assert.equal(statement?.kind, 'CREATE_TABLE');
    assert.deepEqual(statement.target, { project: 'acme-data', dataset: 'shop', table: 'new' });
    assert.deepEqual(statement.created, {
      orReplace: false,
      ifNotExists: true,
      columns: [
        { name: 'happened', type: 'TIMESTAMP', mode: 'REQUIRED', description: 'when' },
        { name: 'user', type: 'STRING', mode: 'NULLABLE' },
        { name: 'list', type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'a', type: 'NUMERIC', mode: 'NULLABLE' }] },
      ],
      partitionBy: { type: 'HOUR', field: 'happened' },
      clusterBy: ['user'],
      options: { partition_expiration_days: 3.5, require_partition_filter: true, labels: [['team', 'a']] },
    });
  });

  for (const [clause, expected] of [
    ['PARTITION BY DATE(happened)', { type: 'DAY', field: 'happened' }],
    ['PARTITION BY day', { type: 'DAY', field: 'day' }],
    ['PARTITION BY DATE_TRUNC(day, MONTH)', { type: 'MONTH', field: 'day' }],
    ['PARTITION BY _PARTITIONDATE', { type: 'DAY' }],
    ['PARTITION BY TIMESTAMP_TRUNC(_PARTITIONTIME, HOUR)', { type: 'HOUR' }],
    [
      'PARTITION BY RANGE_BUCKET(n, GENERATE_ARRAY(0, 100, 10))',
      { field: 'n', range: { start: '0', end: '100', interval: '10' } },
    ],
  ] as const) {
    it(clause, () => {
      const [statement] = translated(`CREATE TABLE shop.new (happened TIMESTAMP, day DATE, n INT64) ${clause}`);
      assert.deepEqual(statement?.created?.partitionBy, expected);
    });
  }

  it('CREATE VIEW keeps the query as it was written', () => {
    const [statement] = translated(
      "CREATE OR REPLACE VIEW shop.v AS\n  SELECT id-1 AS n, nick FROM people -- all\n WHERE nick > 'a';",
    );
    assert.equal(statement?.kind, 'CREATE_VIEW');
    assert.equal(statement.created?.query?.trim(), "SELECT id-1 AS n, nick FROM people -- all\n WHERE nick > 'a'");
    assert.deepEqual(
      statement.created.columns?.map(({ name, type }) => `${name} ${type}`),
      ['n INTEGER', 'nick STRING'],
    );
    assert.deepEqual(statement.reads, [{ project: 'acme-data', dataset: 'shop', table: 'people' }]);
  });

  it('SELECT tells the columns of its result', () => {
    const [statement] = translated('SELECT id, tags, COUNT(*) OVER () FROM orders');
    assert.deepEqual(
      statement?.columns?.map(({ name, type, mode }) => `${name} ${type} ${mode}`),
      ['id INTEGER NULLABLE', 'tags STRING REPEATED', 'f0_ INTEGER NULLABLE'],
    );
  });

  queries([
    [
      'CREATE OR REPLACE TABLE shop.made AS SELECT id, nick AS n FROM people WHERE id = 1; SELECT * FROM shop.made',
      [['1', 'u1']],
    ],
    [
      'CREATE OR REPLACE TABLE shop.made (a FLOAT64, b ARRAY<INT64>) AS SELECT 1, NULL; SELECT * FROM shop.made',
      [[1, []]],
    ],
    [
      'CREATE OR REPLACE VIEW shop.seen AS SELECT id + 1 AS n FROM people; SELECT MAX(n) FROM shop.seen; DROP VIEW shop.seen; SELECT 1',
      [['1']],
    ],
    [
      'CREATE OR REPLACE TABLE shop.grown (a INT64); ALTER TABLE shop.grown ADD COLUMN IF NOT EXISTS a STRING, ADD COLUMN b ARRAY<INT64>, ADD COLUMN c STRUCT<d STRING>; INSERT shop.grown (a) VALUES (1); SELECT * FROM shop.grown',
      [['1', [], null]],
    ],
    [
      'CREATE OR REPLACE TABLE shop.daily (n INT64) PARTITION BY _PARTITIONDATE; INSERT INTO shop.daily (n) VALUES (1); SELECT n, _PARTITIONDATE = CURRENT_DATE() FROM shop.daily; DROP TABLE shop.daily; DROP TABLE IF EXISTS shop.daily; SELECT 1',
      [['1']],
    ],
    ['CREATE SCHEMA IF NOT EXISTS other; CREATE SCHEMA IF NOT EXISTS `acme-data.other`; SELECT 1', [['1']]],
    [
      'BEGIN TRANSACTION; CREATE OR REPLACE TABLE shop.kept AS SELECT 1 AS n; COMMIT TRANSACTION; BEGIN; DELETE shop.kept WHERE TRUE; ROLLBACK TRANSACTION; SELECT n FROM shop.kept',
      [['1']],
    ],
  ]);

  it('DROP, ALTER and the rest name their kinds', () => {
    const kinds = (sql: string) => translated(sql).map(({ kind }) => kind);
    assert.deepEqual(kinds('DROP TABLE people; DROP VIEW IF EXISTS shop.v; ALTER TABLE orders ADD COLUMN z INT64'), [
      'DROP_TABLE',
      'DROP_VIEW',
      'ALTER_TABLE',
    ]);
    assert.deepEqual(kinds('CREATE SCHEMA x; TRUNCATE TABLE people; DELETE orders WHERE FALSE'), [
      'CREATE_SCHEMA',
      'TRUNCATE',
      'DELETE',
    ]);
  });

  it('what one statement makes, the next one knows', async () => {
    const { rows } = await answer(
      'CREATE OR REPLACE TABLE shop.first AS SELECT 5 AS a; CREATE OR REPLACE TABLE shop.second AS SELECT a + 1 AS b FROM shop.first; SELECT b FROM shop.second',
    );
    assert.deepEqual(rows, [['6']]);
  });
});
