import { describe } from 'node:test';
import { warehouse } from './warehouse.ts';

const { expressions, failures, queries } = warehouse();

// https://cloud.google.com/bigquery/docs/reference/standard-sql/operators
describe('operators', () => {
  expressions([
    ['7 / 2', 3.5],
    ['6 / 3', 2],
    ['-7 / 2', -3.5],
    ['1 + 2 * 3', '7'],
    ["NUMERIC '1.5' * 2", '3.000000000'],
    ["NUMERIC '0.1' + NUMERIC '0.2'", '0.300000000'],
    ["NUMERIC '1.5' + 0.5", '2.000000000'],
    ['1 + NULL', null],
    ['1.5 + 1', 2.5],
    ['5 & 3', '1'],
    ['5 | 3', '7'],
    ['5 ^ 3', '6'],
    ['~5', '-6'],
    ['-(-5)', '5'],
    ['1 BETWEEN 0 AND 2', true],
    ['3 NOT BETWEEN 0 AND 2', true],
    ['1 IN (1, NULL)', true],
    ['2 IN (1, NULL)', null],
    ['3 NOT IN (1, 2)', true],
    ['1 IN UNNEST([1, 2])', true],
    ['1 IN UNNEST(CAST(NULL AS ARRAY<INT64>))', false],
    ['NULL IS NULL', true],
    ['(1 > NULL) IS NULL', true],
    ['TRUE IS NOT FALSE', true],
    ['5 IS DISTINCT FROM NULL', true],
    ['NULL IS NOT DISTINCT FROM NULL', true],
    ['NOT TRUE', false],
    ['TRUE OR NULL', true],
    ['TRUE AND NULL', null],
    // NaN equals nothing, not even itself.
    ["CAST('nan' AS FLOAT64) = CAST('nan' AS FLOAT64)", false],
    ["CAST('nan' AS FLOAT64) <> CAST('nan' AS FLOAT64)", true],
    ["CAST('nan' AS FLOAT64) > 1.5", false],
    ["CAST('nan' AS FLOAT64) = CAST(NULL AS FLOAT64)", null],
    ["CAST('nan' AS FLOAT64) IN (CAST('nan' AS FLOAT64))", false],
  ]);
  failures([
    ['SELECT 1 / 0', /division by zero/],
    ['SELECT 1.0 / 0', /division by zero/],
    ['SELECT 9223372036854775807 + 1', /[Oo]verflow/],
  ]);
  queries([
    [
      'SELECT a-1, id-1*2 FROM (SELECT id AS a, id FROM orders) ORDER BY 1',
      [
        ['0', '-1'],
        ['1', '0'],
        ['2', '1'],
      ],
    ],
    [
      'SELECT amount > 1, amount = amount FROM orders ORDER BY id',
      [
        [true, true],
        [null, null],
        [false, false],
      ],
    ],
  ]);
});

// https://cloud.google.com/bigquery/docs/reference/standard-sql/mathematical_functions
describe('mathematical functions', () => {
  expressions([
    ['ROUND(2.5)', 3],
    ['ROUND(-2.5)', -3],
    ['ROUND(2)', 2],
    ['ROUND(123.7, -1)', 120],
    ['ROUND(1.235, 2)', 1.24],
    ["ROUND(NUMERIC '2.345', 2)", '2.350000000'],
    ['TRUNC(2.8)', 2],
    ['TRUNC(-2.8)', -2],
    ['TRUNC(2.789, 2)', 2.78],
    ['CEIL(2.3)', 3],
    ['CEILING(-2.3)', -2],
    ['FLOOR(-2.3)', -3],
    ['MOD(25, 12)', '1'],
    ['MOD(-7, 3)', '-1'],
    ['DIV(20, 4)', '5'],
    ['DIV(-7, 2)', '-3'],
    ['DIV(NULL, 0)', null],
    ['ABS(-5)', '5'],
    ['ABS(-5.5)', 5.5],
    ['SIGN(-2.5)', -1],
    ['SIGN(25)', '1'],
    ['POW(2.0, 3.0)', 8],
    ['POWER(2, 10)', 1024],
    ['SQRT(25.0)', 5],
    ['EXP(0)', 1],
    ['LN(1.0)', 0],
    ['LOG(100.0, 10.0)', 2],
    ['LOG10(100.0)', 2],
    ['GREATEST(3, 5, 1)', '5'],
    ['GREATEST(1, NULL, 3)', null],
    ['GREATEST(1, 2.5)', 2.5],
    ["LEAST('b', 'a')", 'a'],
    ["LEAST(CAST('nan' AS FLOAT64), 1.0)", 'NaN'],
    ['IEEE_DIVIDE(1, 0)', 'Infinity'],
    ['IEEE_DIVIDE(0, 0)', 'NaN'],
    ['IS_NAN(IEEE_DIVIDE(0, 0))', true],
    ['IS_INF(IEEE_DIVIDE(1, 0))', true],
    ['SAFE_DIVIDE(20, 4)', 5],
    ['SAFE_DIVIDE(20, 0)', null],
    ['SAFE_ADD(9223372036854775807, 1)', null],
    ['SAFE_SUBTRACT(5, 4)', '1'],
    ['SAFE_MULTIPLY(9223372036854775807, 2)', null],
    ['SAFE_NEGATE(-9223372036854775808)', null],
    ['SAFE.LN(-1)', null],
    ['SAFE.SQRT(4)', 2],
    ['BIT_COUNT(7)', '3'],
    ['RAND() < 1', true],
    ['LENGTH(GENERATE_UUID())', '36'],
  ]);
  failures([
    ['SELECT MOD(1, 0)', /division by zero/],
    ['SELECT DIV(1, 0)', /division by zero/],
    ['SELECT SQRT(-1)', /negative/],
    ['SELECT SAFE.LN(1 / 0)', /division by zero/],
  ]);
});

// https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_functions#cast
describe('CAST', () => {
  expressions([
    ['CAST(1.0 AS STRING)', '1'],
    ['CAST(1.5 AS STRING)', '1.5'],
    ['CAST(1e20 AS STRING)', '1e+20'],
    ['CAST(0.1 + 0.2 AS STRING)', '0.30000000000000004'],
    ['CAST(-0.0 AS STRING)', '0'],
    ["CAST(CAST('nan' AS FLOAT64) AS STRING)", 'NaN'],
    ["CAST(NUMERIC '1.50' AS STRING)", '1.5'],
    ["CAST(NUMERIC '10' AS STRING)", '10'],
    ['CAST(TRUE AS STRING)', 'true'],
    ["CAST(b'\\xc2\\xa9' AS STRING)", '©'],
    ["CAST('0x123' AS INT64)", '291'],
    ["CAST('-0x123' AS INT64)", '-291'],
    ["CAST(' 12 ' AS INT64)", '12'],
    ['CAST(1.5 AS INT64)', '2'],
    ['CAST(2.5 AS INT64)', '3'],
    ['CAST(-0.5 AS INT64)', '-1'],
    ['CAST(TRUE AS INT64)', '1'],
    ['CAST(0 AS BOOL)', false],
    ["CAST('TRUE' AS BOOL)", true],
    ["CAST('inf' AS FLOAT64)", 'Infinity'],
    ["CAST('1e3' AS FLOAT64)", 1000],
    ["CAST('1.2345678905' AS NUMERIC)", '1.234567891'],
    ['CAST(NULL AS DATE)', null],
    ["SAFE_CAST('apple' AS INT64)", null],
    ["SAFE_CAST('1.5' AS INT64)", null],
    ["SAFE_CAST('yes' AS BOOL)", null],
    ["SAFE_CAST(b'\\xff' AS STRING)", null],
    ["SAFE_CAST('12' AS INT64)", '12'],
    ["CAST(STRUCT(1 AS a, '5' AS b) AS STRUCT<b STRING, a INT64>)", { b: '1', a: '5' }],
  ]);
  failures([
    ["SELECT CAST(CONCAT('ap', 'ple') AS INT64)", /Bad int64 value: apple/],
    ["SELECT CAST('1.5' AS INT64)", /Bad int64 value: 1.5/],
    ["SELECT CAST('yes' AS BOOL)", /Bad bool value: yes/],
    ["SELECT CAST(CAST('inf' AS FLOAT64) AS INT64)", /out of range/],
  ]);
});

describe('conditions', () => {
  expressions([
    ['IF(TRUE, 1, 2.5)', 1],
    ['IF(NULL, 1, 2)', '2'],
    ["IFNULL(NULL, 'x')", 'x'],
    ['NULLIF(1, 1)', null],
    ['NULLIF(2, 1)', '2'],
    ["COALESCE(NULL, NULL, 'z')", 'z'],
    ["CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' ELSE 'c' END", 'b'],
    ["CASE WHEN FALSE THEN 'a' END", null],
    ["IF(TRUE, DATE '2024-01-01', '2024-01-02')", '2024-01-01'],
    // What is not chosen is not evaluated.
    ['IF(TRUE, 1, 1 / 0)', 1],
  ]);
});
