import { describe } from 'node:test';
import { warehouse } from './warehouse.ts';

const { expressions, failures, queries } = warehouse();

// https://cloud.google.com/bigquery/docs/reference/standard-sql/array_functions and arrays
describe('arrays', () => {
  expressions([
    ['ARRAY_LENGTH([1, 2])', '2'],
    ['ARRAY_LENGTH([])', '0'],
    ['ARRAY_CONCAT([1], [2, 3])', ['1', '2', '3']],
    ['ARRAY_CONCAT([1], NULL)', null],
    ['[1] || [2.5]', [1, 2.5]],
    ["ARRAY_TO_STRING(['coffee', NULL, 'milk'], '--')", 'coffee--milk'],
    ["ARRAY_TO_STRING(['cake', NULL], '--', 'MISSING')", 'cake--MISSING'],
    ['ARRAY_REVERSE([1, 2, 3])', ['3', '2', '1']],
    ['ARRAY_FIRST([5, 6])', '5'],
    ['ARRAY_LAST([5, 6])', '6'],
    ['[1, 2, 3][OFFSET(0)]', '1'],
    ['[1, 2, 3][ORDINAL(1)]', '1'],
    ['[1, 2, 3][0]', '1'],
    ['[1][SAFE_OFFSET(5)]', null],
    ['[1][SAFE_OFFSET(-1)]', null],
    ['[1][SAFE_ORDINAL(0)]', null],
    ['ARRAY<FLOAT64>[1, 2]', [1, 2]],
    ['ARRAY<STRUCT<a INT64>>[STRUCT(1)]', [{ a: '1' }]],
    ['GENERATE_ARRAY(0, 10, 3)', ['0', '3', '6', '9']],
    ['GENERATE_ARRAY(10, 0, -3)', ['10', '7', '4', '1']],
    ['GENERATE_ARRAY(4, 4, 10)', ['4']],
    ['GENERATE_ARRAY(10, 0, 3)', []],
    ['GENERATE_ARRAY(5, NULL, 1)', null],
    ['GENERATE_ARRAY(0, 1, 0.5)', [0, 0.5, 1]],
    ['ARRAY(SELECT 1 UNION ALL SELECT 2 ORDER BY 1 DESC)', ['2', '1']],
    ['ARRAY(SELECT 1 FROM (SELECT 1) WHERE FALSE)', []],
    ['ARRAY(SELECT AS STRUCT 1 AS a, 2 AS b)', [{ a: '1', b: '2' }]],
    ['ARRAY(SELECT x * 2 FROM UNNEST([1, 2, 3]) AS x WITH OFFSET AS o WHERE o > 0 ORDER BY o DESC)[OFFSET(0)]', '6'],
    ['STRUCT(1 AS a, STRUCT(2 AS c) AS b).b.c', '2'],
    ["STRUCT<x INT64, y DATE>(1, '2024-01-01').y", '2024-01-01'],
    ['EXISTS(SELECT 1 FROM UNNEST([1, 2]) AS x WHERE x = 2)', true],
  ]);
  failures([
    ['SELECT [1, 2][OFFSET(2)]', /out of bounds/],
    ['SELECT [1, 2][ORDINAL(0)]', /out of bounds/],
    ['SELECT [1, 2][OFFSET(-1)]', /out of bounds/],
    ['SELECT GENERATE_ARRAY(1, 2, 0)', /cannot be 0/],
  ]);
  queries([
    [
      'SELECT id, tag FROM orders, orders.tags AS tag ORDER BY 1, 2',
      [
        ['1', 'a'],
        ['1', 'b'],
        ['3', 'c'],
      ],
    ],
    [
      'SELECT id, tag, place FROM orders, UNNEST(tags) AS tag WITH OFFSET AS place ORDER BY id, place',
      [
        ['1', 'a', '0'],
        ['1', 'b', '1'],
        ['3', 'c', '0'],
      ],
    ],
    ['SELECT offset FROM UNNEST([5, 6]) WITH OFFSET ORDER BY 1', [['0'], ['1']]],
    [
      'SELECT id, tag FROM orders LEFT JOIN UNNEST(tags) AS tag ORDER BY id, tag',
      [
        ['1', 'a'],
        ['1', 'b'],
        ['2', null],
        ['3', 'c'],
      ],
    ],
    [
      'SELECT id, tag FROM orders LEFT JOIN UNNEST(tags) AS tag ON tag > "a" ORDER BY id, tag',
      [
        ['1', 'b'],
        ['2', null],
        ['3', 'c'],
      ],
    ],
    [
      'SELECT id, sku, i.qty FROM orders AS o, UNNEST(o.items) AS i ORDER BY id, sku',
      [
        ['1', 'p', '2'],
        ['1', 'q', '1'],
        ['3', 'z', null],
      ],
    ],
    ['SELECT i FROM orders, UNNEST(items) AS i WHERE i.qty = 1', [[{ sku: 'q', qty: '1' }]]],
    ["SELECT id FROM orders WHERE 'a' IN UNNEST(tags)", [['1']]],
    ["SELECT id FROM orders WHERE EXISTS (SELECT 1 FROM UNNEST(items) AS i WHERE i.sku = 'q')", [['1']]],
    [
      'SELECT id, ARRAY(SELECT sku FROM UNNEST(items) WHERE qty > 1), (SELECT SUM(qty) FROM UNNEST(items)) FROM orders ORDER BY id',
      [
        ['1', ['p'], '3'],
        ['2', [], null],
        ['3', [], null],
      ],
    ],
    ['SELECT items[SAFE_OFFSET(0)].sku FROM orders ORDER BY id', [['p'], [null], ['z']]],
    [
      "SELECT * FROM UNNEST([STRUCT(1 AS a, 'x' AS b), STRUCT(2, 'y')]) ORDER BY a",
      [
        ['1', 'x'],
        ['2', 'y'],
      ],
    ],
    ['SELECT n FROM UNNEST(GENERATE_ARRAY(1, 3)) AS n WHERE MOD(n, 2) = 1 ORDER BY n', [['1'], ['3']]],
    ['SELECT y FROM UNNEST([STRUCT([1, 2] AS x)]) AS s, s.x AS y ORDER BY y', [['1'], ['2']]],
    // A column may have any name, also that of something internal.
    [
      'SELECT ARRAY_AGG(STRUCT(s) ORDER BY s.a DESC LIMIT 1)[OFFSET(0)].s.a FROM (SELECT STRUCT(1 AS a) AS s UNION ALL SELECT STRUCT(2))',
      [['2']],
    ],
  ]);
});
