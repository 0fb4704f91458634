import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { warehouse } from './warehouse.ts';

const { answer, queries } = warehouse();

// https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax
describe('queries', () => {
  queries([
    // NULL comes first going up and last going down, NaN right after it.
    ['SELECT amount FROM orders ORDER BY amount', [[null], ['NaN'], [1.5]]],
    ['SELECT amount FROM orders ORDER BY amount DESC', [[1.5], ['NaN'], [null]]],
    ['SELECT name FROM orders ORDER BY name', [[null], ['ann'], ['bob']]],
    ['SELECT name FROM orders ORDER BY name NULLS LAST', [['ann'], ['bob'], [null]]],
    ['SELECT name FROM orders ORDER BY name DESC NULLS FIRST, id', [[null], ['bob'], ['ann']]],
    ['SELECT DISTINCT name FROM orders ORDER BY name DESC', [['bob'], ['ann'], [null]]],
    ['SELECT DISTINCT amount AS a FROM orders ORDER BY a', [[null], ['NaN'], [1.5]]],
    ['SELECT UPPER(name) AS name FROM orders ORDER BY name DESC LIMIT 1', [['BOB']]],
    ['SELECT id FROM orders ORDER BY id DESC LIMIT 1 OFFSET 1', [['2']]],
    [
      'SELECT * EXCEPT (tags, items, address, extra, raw, happened, day) FROM orders WHERE id = 1',
      [['1', 'ann', 1.5, '1.250000000']],
    ],
    ['SELECT * REPLACE (nick || "!" AS nick) FROM people WHERE id = 1', [['1', 'u1!']]],
    ['SELECT * EXCEPT (id) REPLACE (nick || "!" AS nick) FROM people WHERE id = 1', [['u1!']]],
    ['SELECT p.* EXCEPT (id) FROM people AS p WHERE p.id = 1', [['u1']]],
    ['SELECT address.* FROM orders WHERE id = 1', [['Oslo', '1']]],
    ['SELECT AS STRUCT 1 AS a, "x" AS b', [['1', 'x']]],
    ['SELECT AS VALUE STRUCT(1 AS a)', [['1']]],
    ['SELECT * FROM (SELECT AS VALUE STRUCT(123 AS a, FALSE AS b))', [['123', false]]],
    ['WITH Grid AS (SELECT 1 x, 2 y) SELECT Coordinate FROM Grid AS Coordinate', [[{ x: '1', y: '2' }]]],
    ['WITH Grid AS (SELECT 1 x, 2 y) SELECT Coordinate.x FROM Grid AS Coordinate', [['1']]],
    [
      'SELECT NAME, Id FROM ORDERS_ORDER_ITEMS, (SELECT 1 AS id, 2 AS name)'.replace('ORDERS_ORDER_ITEMS, ', ''),
      [['2', '1']],
    ],
    [
      'SELECT id, (SELECT AVG(id) FROM people AS b WHERE b.id <= a.id) FROM people AS a ORDER BY id',
      [
        ['1', 1],
        ['3', 2],
        ['4', 8 / 3],
      ],
    ],
    [
      'SELECT id FROM orders AS o WHERE o.id IN (SELECT p.id FROM people AS p WHERE p.id = o.id) ORDER BY id',
      [['1'], ['3']],
    ],
    ['SELECT id FROM orders AS o WHERE NOT EXISTS (SELECT 1 FROM people AS p WHERE p.id = o.id)', [['2']]],
    ['SELECT 1 FROM (SELECT 1) WHERE (SELECT COUNT(*) FROM people) = 3', [['1']]],
    ['SELECT 1 AS `select`, 2 AS `a b`, 3 AS `order`', [['1', '2', '3']]],
    ['SELECT 1;', [['1']]],
  ]);
});

describe('joins', () => {
  queries([
    [
      'SELECT id, name, nick FROM orders JOIN people USING (id) ORDER BY id',
      [
        ['1', 'ann', 'u1'],
        ['3', null, 'u3'],
      ],
    ],
    [
      'SELECT id, nick FROM orders LEFT JOIN people USING (id) ORDER BY id',
      [
        ['1', 'u1'],
        ['2', null],
        ['3', 'u3'],
      ],
    ],
    [
      'SELECT id, name FROM orders RIGHT JOIN people USING (id) ORDER BY id',
      [
        ['1', 'ann'],
        ['3', null],
        ['4', null],
      ],
    ],
    [
      'SELECT id, nick FROM orders FULL OUTER JOIN people USING (id) ORDER BY id',
      [
        ['1', 'u1'],
        ['2', null],
        ['3', 'u3'],
        ['4', 'u4'],
      ],
    ],
    [
      'SELECT o.id, p.id FROM orders AS o FULL JOIN people AS p ON o.id = p.id ORDER BY o.id, p.id',
      [
        [null, '4'],
        ['1', '1'],
        ['2', null],
        ['3', '3'],
      ],
    ],
    ['SELECT COUNT(*) FROM orders, people', [['9']]],
    ['SELECT COUNT(*) FROM orders CROSS JOIN people', [['9']]],
    [
      'SELECT a.id FROM (orders AS a JOIN people AS b ON a.id = b.id) JOIN people AS c ON c.id = a.id ORDER BY 1',
      [['1'], ['3']],
    ],
    // A name of both a column and a relation is the relation, when the column has no such field.
    ["SELECT name.n FROM orders, (SELECT 'x' AS n) AS name WHERE id = 1", [['x']]],
  ]);

  it('the columns of USING come once and first', async () => {
    const { names } = await answer('SELECT * FROM people AS a JOIN people AS b USING (nick)');
    assert.deepEqual(names, ['nick', 'id', 'id_1']);
  });
});

describe('set operations and WITH', () => {
  queries([
    ['SELECT 1 AS a UNION ALL SELECT 2.5 UNION ALL SELECT NULL ORDER BY a DESC LIMIT 2', [[2.5], [1]]],
    ["SELECT NULL AS a UNION ALL SELECT 'x' ORDER BY a", [[null], ['x']]],
    ['SELECT 1 UNION DISTINCT SELECT 1', [['1']]],
    ['(SELECT id FROM people) EXCEPT DISTINCT (SELECT id FROM orders) ORDER BY id', [['4']]],
    ['SELECT id FROM people INTERSECT DISTINCT SELECT id FROM orders ORDER BY 1', [['1'], ['3']]],
    ['(SELECT 1 AS x UNION ALL SELECT 2) EXCEPT DISTINCT SELECT 2', [['1']]],
    ['(SELECT 2 AS x UNION ALL SELECT 1) ORDER BY x LIMIT 1', [['1']]],
    ['WITH a AS (SELECT 1 AS n), b AS (SELECT n + 1 AS m FROM a) SELECT n, m FROM a, b', [['1', '2']]],
    ['WITH orders AS (SELECT 7 AS id) SELECT id FROM orders', [['7']]],
    ['WITH a AS (SELECT 1 AS n) SELECT (WITH a AS (SELECT 2 AS n) SELECT n FROM a), n FROM a', [['2', '1']]],
    ['WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 4) SELECT SUM(n) FROM r', [['10']]],
    [
      'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT 5 UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT COUNT(*) FROM r',
      [['4']],
    ],
    ['WITH a AS (SELECT 1 AS n) SELECT n FROM a UNION ALL SELECT n + 1 FROM a ORDER BY n', [['1'], ['2']]],
  ]);
});

describe('names of the result’s columns', () => {
  for (const [googleSql, expected] of [
    ["SELECT 1, 'x' AS b, 2", ['f0_', 'b', 'f1_']],
    ['SELECT id, id, Id FROM people', ['id', 'id_1', 'Id_2']],
    ['SELECT 1 AS a, 2 AS a, 3 AS a_1', ['a', 'a_1', 'a_1_1']],
    [
      'SELECT address.city, tags[SAFE_OFFSET(0)], JSON_VALUE(extra, "$.k"), extra.k FROM orders',
      ['city', 'f0_', 'f1_', 'k'],
    ],
    ['SELECT 1 AS f0_, 2', ['f0_', 'f1_']],
    ['SELECT AS STRUCT 1 AS a, 2 AS b', ['a', 'b']],
    ['SELECT 1 AS x UNION ALL SELECT 2 AS y', ['x']],
  ] as const) {
    it(googleSql, async () => assert.deepEqual((await answer(googleSql)).names, expected));
  }
});

describe('parameters', () => {
  const named = [
    { name: 'least', type: 'INT64', value: 2n },
    { name: 'who', type: 'STRING', value: 'ann' },
    { name: 'day', type: 'STRING', value: '2024-01-07' },
  ];

  it('are bound by name, in the order that DuckDB gets them', async () => {
    const { rows } = await answer(
      'SELECT id FROM orders WHERE name = @WHO OR id > @least OR id > @least + 5 ORDER BY id',
      named,
    );
    assert.deepEqual(rows, [['1'], ['3']]);
  });

  it('are bound by position, wherever the clauses stand', async () => {
    const positional = [
      { type: 'STRING', value: 'x' },
      { type: 'INT64', value: 2n },
    ];
    const { rows } = await answer('SELECT ? FROM orders WHERE id = ?', positional);
    assert.deepEqual(rows, [['x']]);
  });

  it('of type STRING become dates where a date is wanted', async () => {
    assert.deepEqual((await answer('SELECT id FROM orders WHERE day = @day', named)).rows, [['1']]);
  });

  it('may say how many rows are wanted', async () => {
    assert.deepEqual((await answer('SELECT id FROM orders ORDER BY id LIMIT @least', named)).rows, [['1'], ['2']]);
  });
});
