import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusal } from './warehouse.ts';

/** What is refused, why, where, and by which words. */
function refused(reason: string, cases: readonly (readonly [string, string, RegExp])[]): void {
  for (const [googleSql, place, message] of cases) {
    it(googleSql, () => {
      const error = refusal(googleSql);
      assert.equal(error.reason, reason);
      assert.equal(`${error.line}:${error.column}`, place);
      assert.match(error.message, message);
    });
  }
}

describe('what BigQuery refuses too', () => {
  refused('invalidQuery', [
    ['SELECT 1 +', '1:11', /Syntax error: Unexpected end of input/],
    ['SELECT\n  a-b.c,\n  FROM', '3:7', /Syntax error/],
    ["SELECT 'a' 'b'", '1:12', /Unexpected string literal/],
    ["SELECT 1 FROM people AS 'p'", '1:25', /Unexpected string literal/],
    ["SELECT x'ff'", '1:8', /Unexpected string literal/],
    ['SELECT id FROM people LIMIT 5, 10', '1:29', /Unexpected ","/],
    ['SELECT 1 FROM people CROSS JOIN orders ON TRUE', '1:40', /after a cross join/],
    ['SELECT 1 FROM people, orders USING (id)', '1:30', /after a cross join/],
    ['WITH a AS MATERIALIZED (SELECT 1) SELECT 1', '1:11', /MATERIALIZED/],
    ['REPLACE INTO people (id) VALUES (1)', '1:1', /REPLACE/],
    ['TRUNCATE people', '1:1', /TRUNCATE/],
    ['SELECT COUNT(DISTINCT *) FROM people', '1:23', /can only be used in COUNT/],
    ['SELECT LAG(DISTINCT id) OVER (ORDER BY id) FROM people', '1:12', /does not support this modifier/],
    ['SELECT UPPER(nick ORDER BY id) FROM people', '1:19', /does not support this modifier/],
    ['SELECT nope FROM people', '1:8', /Unrecognized name: nope/],
    ['SELECT people.nope FROM people', '1:15', /Name nope not found inside people/],
    ['SELECT id FROM people AS a, orders AS b', '1:8', /Name id is ambiguous/],
    [
      'SELECT id FROM people WHERE nick = 5',
      '1:29',
      /No matching signature for operator = for argument types: STRING, INT64/,
    ],
    ["SELECT 'a' + 1", '1:8', /No matching signature for operator \+/],
    ['SELECT UPPER(1)', '1:8', /No matching signature for function UPPER for argument types: INT64/],
    ['SELECT SUBSTR()', '1:8', /No matching signature for function SUBSTR/],
    ["SELECT DATE 'abc'", '1:13', /Could not cast literal "abc" to type DATE/],
    ["SELECT id FROM orders WHERE day > 'soon'", '1:35', /Could not cast literal "soon" to type DATE/],
    ['SELECT 1 UNION SELECT 2', '1:1', /use UNION ALL, UNION DISTINCT/],
    ['SELECT 1 UNION ALL SELECT 2 EXCEPT DISTINCT SELECT 3', '1:1', /Different set operations/],
    ['SELECT 1 UNION ALL SELECT 2, 3', '1:1', /mismatched column count/],
    ["SELECT 1 UNION ALL SELECT 'a'", '1:1', /incompatible types: INT64, STRING/],
    ['SELECT 1 < 2 = 3', '1:8', /cannot be chained/],
    ['SELECT id FROM people WHERE COUNT(*) > 1', '1:29', /Aggregate functions are not allowed in WHERE/],
    ['SELECT id FROM people ORDER BY 5', '1:32', /ordinal 5/],
    ['SELECT (SELECT 1, 2)', '1:8', /Scalar subquery cannot have more than one column/],
    ['SELECT [1, "a"]', '1:8', /No matching signature/],
    ['SELECT tags FROM orders ORDER BY tags', '1:34', /not defined for arguments of type ARRAY/],
    ['SELECT * FROM people JOIN orders', '1:15', /ON or USING/],
    ['SELECT * FROM UNNEST(5)', '1:22', /must be arrays/],
    ['SELECT ROW_NUMBER() FROM people', '1:8', /without an OVER clause/],
    ['SELECT UPPER("a") OVER () FROM people', '1:19', /does not support an OVER clause/],
    ["SELECT DATE_TRUNC(DATE '2024-01-01', HOUR)", '1:8', /does not support the HOUR date part/],
    [
      'SELECT TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), CURRENT_TIMESTAMP(), MONTH)',
      '1:8',
      /does not support the MONTH date part/,
    ],
    ["SELECT TIMESTAMP_TRUNC(CURRENT_TIMESTAMP(), DAY, 'Mars/Base')", '1:50', /Invalid time zone: Mars\/Base/],
    ["SELECT CAST(DATE '2024-01-01' AS INT64)", '1:8', /Invalid cast from DATE to INT64/],
    ['SELECT 9223372036854775808', '1:8', /Invalid integer literal/],
    ["SELECT '\\q'", '1:8', /Illegal escape sequence: \\q/],
    ['SELECT @missing', '1:8', /Query parameter 'missing' not found/],
    ['SELECT * EXCEPT (nope) FROM people', '1:8', /Column nope in SELECT \* EXCEPT list does not exist/],
    ['DELETE FROM people', '1:1', /DELETE must have a WHERE clause/],
    ['UPDATE people SET nick = "x"', '1:1', /UPDATE must have a WHERE clause/],
    ['UPDATE people SET id = "x" WHERE TRUE', '1:24', /The value for column id has type STRING/],
    ['INSERT people (id, nope) VALUES (1, 2)', '1:20', /Column nope is not present/],
    ['INSERT people (id) VALUES (1, 2)', '1:28', /wrong column count; Has 2, expected 1/],
    ["INSERT people (id) SELECT 'a'", '1:20', /has type STRING, which cannot be coerced to INT64/],
    ['CREATE TABLE shop.x AS SELECT 1', '1:24', /column 1 has no name/],
    ['CREATE TABLE shop.x AS SELECT 1 AS a, 2 AS A', '1:1', /duplicate name A/],
    ['ALTER TABLE people ADD COLUMN id INT64', '1:20', /Column already exists: id/],
    ['ALTER TABLE people ADD COLUMN x INT64 NOT NULL', '1:20', /required columns/],
    ['WITH a AS (SELECT 1), a AS (SELECT 2) SELECT 1', '1:23', /Duplicate alias a/],
  ]);
});

describe('what does not exist', () => {
  refused('notFound', [
    ['SELECT 1 FROM\n  shop.nope', '2:3', /Not found: Table acme-data:shop.nope/],
    ['INSERT INTO elsewhere.t (a) VALUES (1)', '1:13', /Not found: Table acme-data:elsewhere.t/],
    ['SELECT 1 FROM `shop.nope_*`', '1:15', /does not match any table/],
  ]);
});

describe('what BigQuery can do and this cannot', () => {
  refused('notImplemented', [
    ['SELECT\n  id,\n  FROB(id)\nFROM people', '3:3', /The function FROB is not supported by the local BigQuery/],
    ["SELECT NET.HOST('x')", '1:8', /The function NET.HOST/],
    ["SELECT FARM_FINGERPRINT('x')", '1:8', /use MD5, SHA1 or SHA256/],
    ["SELECT SHA512('x')", '1:8', /The function SHA512/],
    ['SELECT APPROX_QUANTILES(id, 4) FROM people', '1:8', /The function APPROX_QUANTILES/],
    ['SELECT SAFE.SUM(id) FROM people', '1:8', /SAFE.SUM/],
    ["SELECT NUMERIC '1' / 3", '1:8', /Division of NUMERIC.*cast an operand to FLOAT64/],
    ['SELECT AVG(price) FROM orders', '1:8', /AVG of NUMERIC/],
    ['SELECT CURRENT_TIMESTAMP() - CURRENT_TIMESTAMP()', '1:8', /use TIMESTAMP_DIFF/],
    ['SELECT 1 << 2', '1:8', /The operator <</],
    ['SELECT (1, 2) = (1, 2)', '1:8', /for STRUCT is not supported.*compare the fields/],
    ["SELECT REGEXP_EXTRACT('a', nick) FROM people", '1:28', /not a literal/],
    ["SELECT REGEXP_EXTRACT('b', r'(a)?b')", '1:28', /may stay out of the match/],
    ["SELECT REGEXP_EXTRACT('b', r'(a)|b')", '1:28', /may stay out of the match/],
    ["SELECT REGEXP_EXTRACT_ALL('bab', 'a*')", '1:34', /matches nothing/],
    ["SELECT JSON_VALUE('{}', 'lax $.a')", '1:25', /JSONPath/],
    ['SELECT FORMAT_DATE(nick, CURRENT_DATE()) FROM people', '1:20', /A format that is not a literal/],
    ["SELECT PARSE_DATE('%d %b', '5 Jan')", '1:8', /A format without a year/],
    ["SELECT CAST(CURRENT_DATE() AS STRING FORMAT 'YYYY')", '1:38', /CAST with FORMAT/],
    ["SELECT INTERVAL '1-2' YEAR TO MONTH", '1:8', /INTERVAL of several parts/],
    ['SELECT * FROM people TABLESAMPLE SYSTEM (10 PERCENT)', '1:22', /TABLESAMPLE/],
    ["SELECT * FROM people PIVOT(SUM(id) FOR nick IN ('a'))", '1:22', /PIVOT.*use conditional aggregates/],
    ['SELECT * FROM `shop.people$20240101`', '1:15', /partition decorator/],
    ['SELECT p FROM orders LEFT JOIN people AS p USING (id)', '1:8', /row of an outer join/],
    ['SELECT UPPER(nick) AS nick FROM people HAVING nick > "A"', '1:47', /qualify the column or rename the alias/],
    ['CREATE TEMP TABLE x AS SELECT 1 AS a', '1:8', /This kind of table/],
    ['CREATE TABLE shop.x (a STRING(10))', '1:24', /A type with a length/],
    ["CREATE TABLE shop.x (a STRING DEFAULT 'x')", '1:31', /This constraint/],
    ['CREATE TABLE shop.x (a GEOGRAPHY)', '1:24', /The type GEOGRAPHY/],
    ['ALTER TABLE people DROP COLUMN id', '1:20', /only ADD COLUMN/],
    ['DECLARE x INT64', '1:1', /The statement DECLARE/],
    ["EXPORT DATA OPTIONS (uri = 'x') AS SELECT 1", '1:1', /The statement EXPORT DATA/],
    ['SELECT * FROM shop.INFORMATION_SCHEMA.JOBS', '1:15', /INFORMATION_SCHEMA.JOBS/],
  ]);
});
