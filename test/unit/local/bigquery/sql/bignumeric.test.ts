import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { printDecimal } from '../../../../../local/bigquery/values/decimal.ts';
import { refusal, warehouse } from './warehouse.ts';

const { answer, expressions, failures, queries } = warehouse();

const most = '578960446186580977117854925043439539266.34992332820282019728792003956564819967';
const least = '-578960446186580977117854925043439539266.34992332820282019728792003956564819968';
const scale = 38;

/** The text of an expression's value, whatever DuckDB holds it as. */
const text = async (expression: string) => (await answer(`SELECT CAST(${expression} AS STRING)`)).rows[0]?.[0];

describe('a BIGNUMERIC', () => {
  expressions([
    ["CAST(BIGNUMERIC '1.50' AS STRING)", '1.5'],
    ["CAST(BIGNUMERIC '-0.00000000000000000000000000000000000001' AS STRING)", `-0.${'0'.repeat(37)}1`],
    ["CAST(BIGNUMERIC '100' AS STRING)", '100'],
    ["CAST(BIGNUMERIC '0' AS STRING)", '0'],
    ["CAST(BIGNUMERIC '-1e3' AS STRING)", '-1000'],
    [`CAST(BIGNUMERIC '${most}' AS STRING)`, most],
    [`CAST(CAST('${least}' AS BIGNUMERIC) AS STRING)`, least],
    ["CAST(CAST(' +12.5e-1 ' AS BIGNUMERIC) AS STRING)", '1.25'],
    ["CAST(CAST('.5' AS BIGNUMERIC) AS STRING)", '0.5'],
    // Digits after the 38th are rounded, halves away from zero.
    [`CAST(CAST('0.${'0'.repeat(37)}15' AS BIGNUMERIC) AS STRING)`, `0.${'0'.repeat(37)}2`],
    [`CAST(CAST('-0.${'0'.repeat(37)}15' AS BIGNUMERIC) AS STRING)`, `-0.${'0'.repeat(37)}2`],
    [`CAST(CAST('1e-39' AS BIGNUMERIC) AS STRING)`, '0'],
    [`CAST(CAST('5e-39' AS BIGNUMERIC) AS STRING)`, `0.${'0'.repeat(37)}1`],
    [`CAST(CAST('0e999999' AS BIGNUMERIC) AS STRING)`, '0'],
    [`CAST(CAST('9e-999999' AS BIGNUMERIC) AS STRING)`, '0'],
    [`CAST(CAST('${'1'.repeat(20)}.${'0'.repeat(60)}' AS BIGNUMERIC) AS STRING)`, '1'.repeat(20)],
    ["SAFE_CAST('1e39' AS BIGNUMERIC)", null],
    ["SAFE_CAST('one' AS BIGNUMERIC)", null],
    ['CAST(CAST(NULL AS STRING) AS BIGNUMERIC)', null],
    ['CAST(CAST(-9223372036854775808 AS BIGNUMERIC) AS STRING)', '-9223372036854775808'],
    ["CAST(CAST(NUMERIC '-0.123456789' AS BIGNUMERIC) AS STRING)", '-0.123456789'],
    // A literal keeps its digits, a FLOAT64 gives all that it has.
    ['CAST(CAST(0.1 AS BIGNUMERIC) AS STRING)', '0.1'],
    ["CAST(CAST(CAST('0.1' AS FLOAT64) AS BIGNUMERIC) AS STRING)", '0.10000000000000000555111512312578270212'],
    ["CAST(BIGNUMERIC '1.5' AS INT64)", '2'],
    ["CAST(BIGNUMERIC '-1.5' AS INT64)", '-2'],
    ["CAST(BIGNUMERIC '1.4999' AS INT64)", '1'],
    ["CAST(BIGNUMERIC '-9223372036854775808.4' AS INT64)", '-9223372036854775808'],
    ["CAST(BIGNUMERIC '1.0000000005' AS NUMERIC)", '1.000000001'],
    ["CAST(BIGNUMERIC '-1.0000000005' AS NUMERIC)", '-1.000000001'],
    ["CAST(BIGNUMERIC '0.1' AS FLOAT64)", 0.1],
    ["CAST(BIGNUMERIC '-578960446186580977117854925043439539266' AS FLOAT64)", -5.7896044618658096e38],
    ["BIGNUMERIC '1.0' = 1", true],
    ["BIGNUMERIC '0.1' = 0.1", true],
    ["BIGNUMERIC '1.5' = NUMERIC '1.5'", true],
    ["BIGNUMERIC '1.5' > CAST('1.25' AS FLOAT64)", true],
    ["BIGNUMERIC '-2' < BIGNUMERIC '-1.99999999999999999999999999999999999999'", true],
    ["BIGNUMERIC '1.5' IN (1, NUMERIC '1.5')", true],
    ["BIGNUMERIC '1.5' NOT IN UNNEST([BIGNUMERIC '1', BIGNUMERIC '2'])", true],
    ["BIGNUMERIC '5' BETWEEN -1 AND 5.0", true],
    ["CAST(BIGNUMERIC '0.1' + 1 AS STRING)", '1.1'],
    ["CAST(BIGNUMERIC '0.1' - NUMERIC '0.3' AS STRING)", '-0.2'],
    ["CAST(-BIGNUMERIC '0.1' AS STRING)", '-0.1'],
    ["CAST(BIGNUMERIC '-0.5' * BIGNUMERIC '1e-38' AS STRING)", `-0.${'0'.repeat(37)}1`],
    ["CAST(BIGNUMERIC '0.49' * BIGNUMERIC '1e-38' AS STRING)", '0'],
    ["CAST(CAST(BIGNUMERIC '12345.678901234567' * 1000000000000 AS INT64) AS STRING)", '12345678901234567'],
    ["CAST(BIGNUMERIC '-0.5' * 1 AS STRING)", '-0.5'],
    ["CAST(BIGNUMERIC '-0.5' * 20 AS STRING)", '-10'],
    ["BIGNUMERIC '2' * CAST(0.25 AS FLOAT64)", 0.5],
    ["CAST(SAFE_MULTIPLY(BIGNUMERIC '2', 3) AS STRING)", '6'],
    ["SAFE_MULTIPLY(BIGNUMERIC '1e30', 1000000000)", null],
    [`SAFE_ADD(BIGNUMERIC '${most}', 1)`, null],
    [`SAFE_NEGATE(BIGNUMERIC '${least}')`, null],
    ["CAST(ABS(BIGNUMERIC '-2.5') AS STRING)", '2.5'],
    ["CAST(SIGN(BIGNUMERIC '-2.5') AS STRING)", '-1'],
    ["CAST(ROUND(BIGNUMERIC '-2.5') AS STRING)", '-3'],
    ["CAST(ROUND(BIGNUMERIC '2.345', 2) AS STRING)", '2.35'],
    ["CAST(ROUND(BIGNUMERIC '1250', -2) AS STRING)", '1300'],
    ["CAST(TRUNC(BIGNUMERIC '-2.99') AS STRING)", '-2'],
    ["CAST(GREATEST(BIGNUMERIC '-2.5', 1) AS STRING)", '1'],
    ["CAST(COALESCE(NULL, BIGNUMERIC '7') AS STRING)", '7'],
    ["CAST(CASE WHEN TRUE THEN 1 ELSE BIGNUMERIC '7' END AS STRING)", '1'],
    [
      "TO_JSON_STRING(STRUCT(BIGNUMERIC '1.5' AS a, BIGNUMERIC '7' AS b, [BIGNUMERIC '9007199254740993'] AS c))",
      '{"a":"1.5","b":7,"c":["9007199254740993"]}',
    ],
    ["CAST(CAST('123.456' AS BIGNUMERIC(5, 2)) AS STRING)", '123.46'],
    ["CAST(CAST('-123.455' AS BIGNUMERIC(5, 2)) AS STRING)", '-123.46'],
    ['CAST(CAST(1.5 AS BIGDECIMAL(38)) AS STRING)', '2'],
    ["SAFE_CAST('1234' AS BIGNUMERIC(3))", null],
    ["CAST('123.455' AS NUMERIC(5, 2))", '123.460000000'],
    ["SAFE_CAST('1234' AS NUMERIC(3))", null],
  ]);
  failures([
    ["SELECT CAST('1e39' AS BIGNUMERIC)", /Invalid BIGNUMERIC value: 1e39/],
    ["SELECT CAST('one' AS BIGNUMERIC)", /Invalid BIGNUMERIC value: one/],
    ["SELECT CAST(CAST('nan' AS FLOAT64) AS BIGNUMERIC)", /Invalid BIGNUMERIC value: nan/],
    ["SELECT CAST(CAST('1e39' AS FLOAT64) AS BIGNUMERIC)", /Invalid BIGNUMERIC value: 1e\+39/],
    [`SELECT BIGNUMERIC '${most}' + BIGNUMERIC '1e-38'`, /BIGNUMERIC overflow/],
    [`SELECT -BIGNUMERIC '${least}'`, /BIGNUMERIC overflow/],
    ["SELECT BIGNUMERIC '1e20' * BIGNUMERIC '1e19'", /BIGNUMERIC overflow/],
    [`SELECT SUM(v) FROM UNNEST([BIGNUMERIC '${most}', BIGNUMERIC '1']) AS v`, /BIGNUMERIC overflow: SUM/],
    ["SELECT CAST('1234' AS BIGNUMERIC(5, 2))", /Value out of range of BIGNUMERIC\(5, 2\)/],
    ["SELECT CAST(BIGNUMERIC '99999999999999999999999999999.9999999995' AS NUMERIC)", /./],
    ["SELECT CAST(BIGNUMERIC '9223372036854775807.5' AS INT64)", /./],
  ]);
  queries([
    [
      "SELECT CAST(v AS STRING), COUNT(*) FROM UNNEST([BIGNUMERIC '10', BIGNUMERIC '-3.5', NULL, BIGNUMERIC '9', BIGNUMERIC '10.0']) AS v GROUP BY v ORDER BY v",
      [
        [null, '1'],
        ['-3.5', '1'],
        ['9', '1'],
        ['10', '2'],
      ],
    ],
    [
      "SELECT CAST(SUM(v) AS STRING), CAST(MIN(v) AS STRING), CAST(MAX(v) AS STRING), COUNT(DISTINCT v), CAST(SUM(DISTINCT v) AS STRING) FROM UNNEST([BIGNUMERIC '10', BIGNUMERIC '-3.5', NULL, BIGNUMERIC '9', BIGNUMERIC '10.0']) AS v",
      [['25.5', '-3.5', '10', '3', '15.5']],
    ],
    [
      "SELECT CAST(a AS STRING), b FROM (SELECT BIGNUMERIC '1.5' AS a UNION ALL SELECT 2) JOIN (SELECT NUMERIC '1.5' AS a, 'x' AS b) USING (a)",
      [['1.5', 'x']],
    ],
    [
      "SELECT CAST(SUM(v) OVER (ORDER BY v) AS STRING) FROM UNNEST([BIGNUMERIC '2', BIGNUMERIC '1']) AS v ORDER BY v",
      [['1'], ['3']],
    ],
    ['SELECT SUM(v) FROM UNNEST(CAST([] AS ARRAY<BIGNUMERIC>)) AS v', [[null]]],
  ]);

  it('is stored, merged and changed with the digits of its column', async () => {
    const script = `
      CREATE OR REPLACE TABLE shop.big (id INT64, v BIGNUMERIC(6, 2), n NUMERIC(4, 1), s STRUCT<x BIGNUMERIC(3, 1)>, a ARRAY<BIGNUMERIC>);
      INSERT INTO shop.big VALUES (1, 1.005, 1.25, STRUCT(BIGNUMERIC '0.05'), [BIGNUMERIC '1e-38']), (2, NULL, NULL, NULL, []);
      UPDATE shop.big SET v = v + BIGNUMERIC '0.005' WHERE id = 1;
      MERGE shop.big T USING (SELECT 2 AS id, BIGNUMERIC '9999.994' AS v) S ON T.id = S.id
        WHEN MATCHED THEN UPDATE SET v = S.v WHEN NOT MATCHED THEN INSERT (id, v) VALUES (S.id, S.v);`;
    const { rows } = await answer(`${script}
      SELECT CAST(v AS STRING), n, CAST(s.x AS STRING), CAST(a[SAFE_OFFSET(0)] AS STRING) FROM shop.big ORDER BY id`);
    assert.deepEqual(rows, [
      ['1.02', '1.300000000', '0.1', `0.${'0'.repeat(37)}1`],
      ['9999.99', null, null, null],
    ]);
    await assert.rejects(
      answer(`${script} INSERT INTO shop.big (v) VALUES (9999.995)`),
      /Value out of range of BIGNUMERIC\(6, 2\)/,
    );
    const copied = await answer(`${script}
      CREATE OR REPLACE TABLE shop.copied AS SELECT v, SUM(v) AS total FROM shop.big GROUP BY v;
      SELECT table_name, column_name, data_type FROM shop.INFORMATION_SCHEMA.COLUMNS WHERE data_type LIKE '%NUMERIC%' ORDER BY 1, 2`);
    assert.deepEqual(copied.rows, [
      ['big', 'a', 'ARRAY<BIGNUMERIC>'],
      ['big', 'n', 'NUMERIC(4, 1)'],
      ['big', 's', 'STRUCT<x BIGNUMERIC(3, 1)>'],
      ['big', 'v', 'BIGNUMERIC(6, 2)'],
      ['copied', 'total', 'BIGNUMERIC'],
      ['copied', 'v', 'BIGNUMERIC'],
      ['orders', 'price', 'NUMERIC'],
    ]);
  });

  it('converts, adds and compares as integers do', async () => {
    const scaled = fc.bigInt({ min: -(2n ** 254n), max: 2n ** 254n });
    await fc.assert(
      fc.asyncProperty(scaled, scaled, fc.nat(38), async (a, b, places) => {
        const [x, y] = [a, b].map(value => `BIGNUMERIC '${printDecimal(value, scale)}'`);
        const unit = 10n ** BigInt(scale - places);
        const half = a < 0n ? -unit / 2n : unit / 2n;
        const { rows } = await answer(
          `SELECT CAST(${x} AS STRING), CAST(CAST(CAST(${x} AS STRING) AS BIGNUMERIC) AS STRING), CAST(${x} + ${y} AS STRING),
             CAST(${x} - ${y} AS STRING), ${x} < ${y}, ${x} = ${y}, CAST(TRUNC(${x}, ${places}) AS STRING),
             SAFE_CAST(${x} AS FLOAT64) = CAST('${printDecimal(a, scale)}' AS FLOAT64), CAST(ROUND(${x}, ${places}) AS STRING)`,
        );
        assert.deepEqual(rows[0], [
          printDecimal(a, scale),
          printDecimal(a, scale),
          printDecimal(a + b, scale),
          printDecimal(a - b, scale),
          a < b,
          a === b,
          printDecimal((a / unit) * unit, scale),
          true,
          printDecimal(((a + half) / unit) * unit, scale),
        ]);
      }),
      { numRuns: 60 },
    );
  });

  it('is multiplied as integers are, and rounded as BigQuery rounds', async () => {
    const scaled = fc.bigInt({ min: -(2n ** 190n), max: 2n ** 190n });
    await fc.assert(
      fc.asyncProperty(scaled, scaled, async (a, b) => {
        const unit = 10n ** 38n;
        const half = a * b < 0n ? -unit / 2n : unit / 2n;
        const [x, y] = [a, b].map(value => `BIGNUMERIC '${printDecimal(value, scale)}'`);
        assert.equal(await text(`${x} * ${y}`), printDecimal((a * b + half) / unit, scale));
      }),
      { numRuns: 60 },
    );
  });

  it('of a FLOAT64 has every digit of the double', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: -1e30, max: 1e30, noNaN: true }), async value => {
        // Numbers below 2^-38 have digits behind the 38th; those of larger ones end there or before.
        fc.pre(value === 0 || Math.abs(value) > 2 ** 40);
        const exact = BigInt(Math.trunc(value)) * 2n ** 20n + BigInt((value - Math.trunc(value)) * 2 ** 20);
        const expected = printDecimal((exact * 10n ** 38n) / 2n ** 20n, scale);
        assert.equal(await text(`CAST(CAST('${value}' AS FLOAT64) AS BIGNUMERIC)`), expected);
      }),
      { numRuns: 30 },
    );
  });

  const refused: [string, RegExp][] = [
    ["SELECT BIGNUMERIC '1' / 2", /^Division of BIGNUMERIC .* at \[1:8\]$/],
    ["SELECT SQRT(BIGNUMERIC '1')", /^SQRT of BIGNUMERIC .* cast it to FLOAT64 at \[1:24\]$/],
    ["SELECT MOD(BIGNUMERIC '1', 2)", /MOD/],
    ["SELECT AVG(v) FROM UNNEST([BIGNUMERIC '1']) AS v", /^AVG of BIGNUMERIC/],
    ["SELECT BIGNUMERIC 'x'", /^Invalid BIGNUMERIC value: x/],
    [`SELECT BIGNUMERIC '0.${'1'.repeat(39)}'`, /^Invalid BIGNUMERIC value/],
    ['SELECT CAST(1 AS BIGNUMERIC(77, 38))', /^BIGNUMERIC precision with scale 38 must be between 38 and 76/],
    ['SELECT CAST(1 AS NUMERIC(10, 10))', /^NUMERIC scale must be between 0 and 9/],
    ["SELECT CAST('a' AS STRING(3))", /^A type with a length/],
    ["SELECT BIGNUMERIC '1' + CAST('2' AS STRING)", /No matching signature/],
  ];
  for (const [googleSql, message] of refused) {
    it(`is refused: ${googleSql.slice(0, 60)}`, () => assert.match(refusal(googleSql).message, message));
  }
});
