import { describe } from 'node:test';
import { warehouse } from './warehouse.ts';

const { expressions, failures, queries } = warehouse();

// https://cloud.google.com/bigquery/docs/reference/standard-sql/json_functions
describe('JSON', () => {
  expressions([
    [`JSON_VALUE(JSON '{"name": "Jakob", "age": "6" }', '$.age')`, '6'],
    [`JSON_QUERY('{"name": "Jakob", "age": "6"}', '$.name')`, '"Jakob"'],
    [`JSON_VALUE('{"name": "Jakob", "age": "6"}', '$.name')`, 'Jakob'],
    [`JSON_QUERY('{"fruits": ["apple", "banana"]}', '$.fruits')`, '["apple","banana"]'],
    [`JSON_VALUE('{"fruits": ["apple", "banana"]}', '$.fruits')`, null],
    [`JSON_VALUE('{"a.b": {"c": "world"}}', '$."a.b".c')`, 'world'],
    [`JSON_VALUE('"x"')`, 'x'],
    [`JSON_VALUE('{"a": true}', '$.a')`, 'true'],
    [`JSON_VALUE('{"a": null}', '$.a')`, null],
    [`JSON_VALUE('{"a": 1}', '$.b')`, null],
    [`JSON_QUERY('{"a": null}', '$.a')`, null],
    [`JSON_QUERY(JSON '{"a": null}', '$.a')`, 'null'],
    [`JSON_QUERY(JSON '{"a": null}', '$.b')`, null],
    [`JSON_QUERY(JSON '{"class": {"students": [{"id": 5}, {"id": 12}]}}', '$.class.students[1]')`, '{"id":12}'],
    [`JSON_EXTRACT('{"a": {"b": [1]}}', '$.a.b[0]')`, '1'],
    [`JSON_EXTRACT_SCALAR('{"a b": "c"}', "$['a b']")`, 'c'],
    [`JSON_VALUE_ARRAY('{"a": ["x", null, 1]}', '$.a')`, ['x', null, '1']],
    [`JSON_QUERY_ARRAY('{"a": ["x", {"b": 1}]}', '$.a')`, ['"x"', '{"b":1}']],
    [`JSON_QUERY_ARRAY('{"a": 1}', '$.a')`, null],
    [`JSON '{"a": {"b": [10, 20]}}'.a.b[1]`, '20'],
    [`JSON '{"a": {"b": 1}}'['a']`, '{"b":1}'],
    [`PARSE_JSON('{"a":  1}')`, '{"a":1}'],
    [`SAFE.PARSE_JSON('{')`, null],
    [`STRING(JSON '"x"')`, 'x'],
    [`INT64(JSON '5')`, '5'],
    [`BOOL(JSON 'true')`, true],
    [`JSON_TYPE(JSON '{"a": 1}')`, 'object'],
    [`JSON_TYPE(JSON '1.5')`, 'number'],
    ['TO_JSON_STRING(1.0)', '1'],
    ['TO_JSON_STRING(NULL)', 'null'],
    ['TO_JSON_STRING(9007199254740992)', '9007199254740992'],
    ['TO_JSON_STRING(9007199254740993)', '"9007199254740993"'],
    ["TO_JSON_STRING(NUMERIC '123.56')", '"123.56"'],
    ["TO_JSON_STRING(NUMERIC '-1')", '-1'],
    ["TO_JSON_STRING(CAST('+inf' AS FLOAT64))", '"Infinity"'],
    [`TO_JSON_STRING('"abc"')`, '"\\"abc\\""'],
    ["TO_JSON_STRING(b'Google')", '"R29vZ2xl"'],
    ["TO_JSON_STRING(DATE '2017-03-06')", '"2017-03-06"'],
    ["TO_JSON_STRING(TIMESTAMP '2017-03-06 12:34:56.789012')", '"2017-03-06T12:34:56.789012Z"'],
    ["TO_JSON_STRING(DATETIME '2017-03-06 12:34:56')", '"2017-03-06T12:34:56"'],
    ["TO_JSON_STRING(['red', 'blue'])", '["red","blue"]'],
    [
      "TO_JSON_STRING(STRUCT(12 AS purchases, TRUE AS inStock, [STRUCT('x' AS y)] AS list))",
      '{"purchases":12,"inStock":true,"list":[{"y":"x"}]}',
    ],
    ['TO_JSON(9007199254740993)', '9007199254740993'],
    ["TO_JSON(NUMERIC '123.56')", '123.56'],
  ]);
  failures([
    [`SELECT STRING(JSON '1')`, /not a string/],
    [`SELECT PARSE_JSON('{')`, /[Mm]alformed/],
  ]);
  queries([
    [
      "SELECT extra.k.v, JSON_VALUE(extra, '$.k.v'), extra.l[1] FROM orders ORDER BY id",
      [
        ['1', '1', '2'],
        [null, null, null],
        [null, null, null],
      ],
    ],
    [
      'SELECT TO_JSON_STRING(o) FROM orders AS o WHERE id = 1',
      [
        [
          '{"id":1,"name":"ann","amount":1.5,"price":"1.25","happened":"2024-01-07T01:02:03.456Z","day":"2024-01-07",' +
            '"tags":["a","b"],"items":[{"sku":"p","qty":2},{"sku":"q","qty":1}],"address":{"city":"Oslo","zip":1},' +
            '"extra":{"k":{"v":1},"l":[1,2]},"raw":"/w=="}',
        ],
      ],
    ],
  ]);
});
