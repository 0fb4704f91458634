import { describe } from 'node:test';
import { warehouse } from './warehouse.ts';

const { failures, queries } = warehouse();
const numbers = 'FROM UNNEST([1, 2, 2, NULL, 5]) AS x';

// https://cloud.google.com/bigquery/docs/reference/standard-sql/aggregate_functions
describe('aggregates', () => {
  queries([
    [`SELECT COUNT(*), COUNT(x), COUNT(DISTINCT x), COUNTIF(x > 1) ${numbers}`, [['5', '4', '3', '3']]],
    [`SELECT SUM(x), AVG(x), MIN(x), MAX(x), SUM(DISTINCT x) ${numbers}`, [['10', 2.5, '1', '5', '8']]],
    ['SELECT SUM(x), COUNT(x), ARRAY_AGG(x) FROM UNNEST(CAST([] AS ARRAY<INT64>)) AS x', [[null, '0', null]]],
    ["SELECT SUM(x) FROM UNNEST([NUMERIC '0.1', NUMERIC '0.2']) AS x", [['0.300000000']]],
    ["SELECT MIN(x), MAX(x) FROM UNNEST([1.5, CAST('nan' AS FLOAT64), 2]) AS x", [['NaN', 'NaN']]],
    [`SELECT ARRAY_AGG(x ORDER BY x) ${numbers}`, [[[null, '1', '2', '2', '5']]]],
    [`SELECT ARRAY_AGG(x ORDER BY x DESC) ${numbers}`, [[['5', '2', '2', '1', null]]]],
    [`SELECT ARRAY_AGG(x IGNORE NULLS ORDER BY x DESC LIMIT 2) ${numbers}`, [[['5', '2']]]],
    [`SELECT ARRAY_AGG(DISTINCT x IGNORE NULLS ORDER BY x) ${numbers}`, [[['1', '2', '5']]]],
    ['SELECT ARRAY_AGG(STRUCT(id, name) ORDER BY id DESC LIMIT 1)[OFFSET(0)].id FROM orders', [['3']]],
    ['SELECT ARRAY_CONCAT_AGG(tags ORDER BY id DESC) FROM orders', [[['c', 'a', 'b']]]],
    [
      "SELECT STRING_AGG(name, ' & ' ORDER BY name DESC), STRING_AGG(name ORDER BY id LIMIT 1) FROM orders",
      [['bob & ann', 'ann']],
    ],
    ['SELECT LOGICAL_AND(x > 0), LOGICAL_OR(x > 4) FROM UNNEST([1, 5]) AS x', [[true, true]]],
    ['SELECT BIT_AND(x), BIT_OR(x), BIT_XOR(x) FROM UNNEST([6, 3]) AS x', [['2', '7', '5']]],
    ['SELECT ANY_VALUE(name HAVING MIN id), ANY_VALUE(name HAVING MAX id) FROM orders', [['ann', null]]],
    ['SELECT APPROX_COUNT_DISTINCT(name) FROM orders', [['2']]],
    ['SELECT STDDEV_POP(x), VAR_SAMP(x), VARIANCE(x) FROM UNNEST([1, 3]) AS x', [[1, 2, 2]]],
    ['SELECT STDDEV(x) FROM UNNEST([1]) AS x', [[null]]],
    [
      'SELECT name, COUNT(*) AS c FROM orders GROUP BY name ORDER BY name',
      [
        [null, '1'],
        ['ann', '1'],
        ['bob', '1'],
      ],
    ],
  ]);
  failures([
    ['SELECT SUM(x) FROM UNNEST([9223372036854775807, 1]) AS x', /out of range|[Oo]verflow/],
    ['SELECT id, COUNT(*) FROM orders', /GROUP BY/],
  ]);
});

describe('grouping', () => {
  queries([
    [
      'SELECT MOD(id, 2) AS odd, COUNT(*) FROM orders GROUP BY odd ORDER BY odd',
      [
        ['0', '1'],
        ['1', '2'],
      ],
    ],
    [
      'SELECT MOD(id, 2), COUNT(*) FROM orders GROUP BY 1 ORDER BY 1',
      [
        ['0', '1'],
        ['1', '2'],
      ],
    ],
    [
      'SELECT DATE(happened) AS day, COUNT(*) AS n FROM orders GROUP BY DATE(happened) ORDER BY 1',
      [
        [null, '1'],
        ['2024-01-07', '1'],
        ['2024-02-29', '1'],
      ],
    ],
    // The alias wins over the column of that name.
    [
      'SELECT MOD(id, 2) AS id, COUNT(*) FROM orders GROUP BY id ORDER BY id',
      [
        ['0', '1'],
        ['1', '2'],
      ],
    ],
    [
      'SELECT MOD(id, 2) AS odd, SUM(id) AS total FROM orders GROUP BY ALL ORDER BY odd',
      [
        ['0', '2'],
        ['1', '4'],
      ],
    ],
    ['SELECT MOD(id, 2) AS odd, SUM(id) AS total FROM orders GROUP BY odd HAVING total > 2', [['1', '4']]],
    [
      'SELECT MOD(id, 2) AS odd, id, GROUPING(id), COUNT(*) FROM orders GROUP BY ROLLUP(odd, id) ORDER BY odd, id',
      [
        [null, null, '1', '3'],
        ['0', null, '1', '1'],
        ['0', '2', '0', '1'],
        ['1', null, '1', '2'],
        ['1', '1', '0', '1'],
        ['1', '3', '0', '1'],
      ],
    ],
    [
      'SELECT id, COUNT(*) FROM orders GROUP BY GROUPING SETS (id, ()) ORDER BY id',
      [
        [null, '3'],
        ['1', '1'],
        ['2', '1'],
        ['3', '1'],
      ],
    ],
    [
      'SELECT address.city AS city, COUNT(*) FROM orders GROUP BY address.city ORDER BY city',
      [
        [null, '1'],
        ['Bonn', '1'],
        ['Oslo', '1'],
      ],
    ],
  ]);
});

// https://cloud.google.com/bigquery/docs/reference/standard-sql/window-function-calls
describe('windows', () => {
  queries([
    [
      'SELECT id, ROW_NUMBER() OVER (ORDER BY id DESC) FROM orders ORDER BY id',
      [
        ['1', '3'],
        ['2', '2'],
        ['3', '1'],
      ],
    ],
    [
      'SELECT x, RANK() OVER (ORDER BY x), DENSE_RANK() OVER (ORDER BY x) FROM UNNEST([1, 1, 2]) AS x ORDER BY x',
      [
        ['1', '1', '1'],
        ['1', '1', '1'],
        ['2', '3', '2'],
      ],
    ],
    [
      "SELECT LAG(name, 1, 'none') OVER (ORDER BY id), LEAD(id) OVER (ORDER BY id) FROM orders ORDER BY id",
      [
        ['none', '2'],
        ['ann', '3'],
        ['bob', null],
      ],
    ],
    [
      'SELECT SUM(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM orders ORDER BY id',
      [['1'], ['3'], ['5']],
    ],
    [
      'SELECT SUM(id) OVER (ORDER BY id RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM orders ORDER BY id',
      [['3'], ['6'], ['5']],
    ],
    ['SELECT COUNTIF(id > 1) OVER (), COUNT(DISTINCT name) OVER () FROM orders LIMIT 1', [['2', '2']]],
    [
      'SELECT FIRST_VALUE(name) OVER (ORDER BY name), FIRST_VALUE(name IGNORE NULLS) OVER w FROM orders WINDOW w AS (ORDER BY id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) LIMIT 1',
      [[null, 'bob']],
    ],
    [
      'SELECT id, LAST_VALUE(id) OVER (w ORDER BY id) FROM orders WINDOW w AS (PARTITION BY MOD(id, 2)) ORDER BY id',
      [
        ['1', '1'],
        ['2', '2'],
        ['3', '3'],
      ],
    ],
    [
      'SELECT NTILE(2) OVER (ORDER BY id), PERCENT_RANK() OVER (ORDER BY id), CUME_DIST() OVER (ORDER BY id) > 0.3 FROM orders ORDER BY id',
      [
        ['1', 0, true],
        ['1', 0.5, true],
        ['2', 1, true],
      ],
    ],
    [
      'SELECT NTH_VALUE(id, 2) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM orders LIMIT 1',
      [['2']],
    ],
    // https://cloud.google.com/bigquery/docs/reference/standard-sql/navigation_functions#percentile_cont
    [
      'SELECT PERCENTILE_CONT(x, 0) OVER (), PERCENTILE_CONT(x, 0.01) OVER (), PERCENTILE_CONT(x, 0.5) OVER (), PERCENTILE_CONT(x, 0.9) OVER (), PERCENTILE_CONT(x, 1) OVER () FROM UNNEST([0, 3, NULL, 1, 2]) AS x LIMIT 1',
      [[0, 0.03, 1.5, 2.7, 3]],
    ],
    [
      "SELECT PERCENTILE_DISC(x, 0) OVER (), PERCENTILE_DISC(x, 0.5) OVER (), PERCENTILE_DISC(x, 1) OVER () FROM UNNEST(['c', NULL, 'b', 'a']) AS x LIMIT 1",
      [['a', 'b', 'c']],
    ],
    [
      'SELECT id FROM orders QUALIFY ROW_NUMBER() OVER (PARTITION BY MOD(id, 2) ORDER BY id DESC) = 1 ORDER BY id',
      [['2'], ['3']],
    ],
    ['SELECT id, ROW_NUMBER() OVER (ORDER BY id DESC) AS place FROM orders QUALIFY place = 1', [['3', '1']]],
  ]);
});
