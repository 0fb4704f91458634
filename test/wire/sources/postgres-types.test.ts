import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { postgres } from '../../support/database-kinds.ts';
import { startPostgres } from '../../support/database-server.ts';
import { assertInBigQuery } from './support/in-bigquery.ts';
import { type SqlSource, startSource } from './support/sql-source.ts';

const nines = (count: number) => '9'.repeat(count);

describe('types of PostgreSQL', { skip: postgres.skip }, () => {
  let source: SqlSource;

  before(async () => {
    source = await startSource(postgres);
    await source.session.run(
      `CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TYPE pair AS (x int, y text);
       CREATE DOMAIN cents AS numeric(10, 2); CREATE DOMAIN short_text AS varchar(9) CHECK (value <> '');
       CREATE EXTENSION citext; CREATE EXTENSION hstore`,
    );
    // PostGIS is not installed everywhere: a type of its name, whose values are texts, and the function that it has.
    await source.session.run(
      `CREATE TYPE geometry;
       CREATE FUNCTION geometry_in(cstring) RETURNS geometry AS 'textin' LANGUAGE internal IMMUTABLE STRICT;
       CREATE FUNCTION geometry_out(geometry) RETURNS cstring AS 'textout' LANGUAGE internal IMMUTABLE STRICT;
       CREATE TYPE geometry (INPUT = geometry_in, OUTPUT = geometry_out, LIKE = text);
       CREATE FUNCTION ST_AsText(value geometry) RETURNS text AS $$ SELECT 'POINT(' || geometry_out(value)::text || ')' $$ LANGUAGE sql`,
    );
  });
  after(() => source.close());

  /** A value as SQL, the type it is exported as, and what is read back of it. */
  const exact: readonly (readonly [value: string, type: string, avro: unknown])[] = [
    ['true::bool', 'BOOLEAN', true],
    ['false::bool', 'BOOLEAN', false],
    ['(-32768)::int2', 'INTEGER', -32768n],
    ['2147483647::int4', 'INTEGER', 2147483647n],
    ['(-2147483648)::int4', 'INTEGER', -2147483648n],
    ['9223372036854775807::int8', 'INTEGER', 9223372036854775807n],
    ['(-9223372036854775808)::int8', 'INTEGER', -9223372036854775808n],
    ['4294967295::oid', 'INTEGER', 4294967295n],
    ['0.1::float4', 'FLOAT', Math.fround(0.1)],
    ['0.1::float8', 'FLOAT', 0.1],
    ['5e-324::float8', 'FLOAT', 5e-324],
    ["'-1.7976931348623157e308'::float8", 'FLOAT', -1.7976931348623157e308],
    ["'infinity'::float8", 'FLOAT', Infinity],
    ["'-infinity'::float4", 'FLOAT', -Infinity],
    ["'NaN'::float4", 'FLOAT', Number.NaN],
    ["'-0'::float8", 'FLOAT', -0],
    ['12345678901234567890123456789.123456789::numeric(38,9)', 'NUMERIC', '12345678901234567890123456789.123456789'],
    ['(-0.01)::numeric(12,2)', 'NUMERIC', '-0.01'],
    ['0::numeric(12,2)', 'NUMERIC', '0'],
    ['9999999999.99::numeric(12,2)', 'NUMERIC', '9999999999.99'],
    ['100000000::numeric(12,2)', 'NUMERIC', '100000000'],
    ['1234.5::cents', 'NUMERIC', '1234.5'],
    ['12000::numeric(2,-3)', 'NUMERIC', '12000'],
    ['0.00012::numeric(3,5)', 'NUMERIC', '0.00012'],
    ['12345678901234567890.123456789012345678901::numeric', 'STRING', '12345678901234567890.123456789012345678901'],
    ["'NaN'::numeric", 'STRING', 'NaN'],
    ["'-Infinity'::numeric", 'STRING', '-Infinity'],
    [`${nines(38)}.${nines(38)}::numeric(76,38)`, 'NUMERIC', `${nines(38)}.${nines(38)}`],
    [`(-0.${'0'.repeat(37)}1)::numeric(76,38)`, 'NUMERIC', `-0.${'0'.repeat(37)}1`],
    ['0.0000000001::numeric(38,10)', 'NUMERIC', '0.0000000001'],
    [`${nines(39)}::numeric(39,0)`, 'STRING', nines(39)],
    ['1e100::numeric(1000,0)', 'STRING', `1${'0'.repeat(100)}`],
    ["'-$12.34'::money", 'NUMERIC', '-12.34'],
    ["'grüße 🙂'::text", 'STRING', 'grüße 🙂'],
    ["''::text", 'STRING', ''],
    ["'ab'::char(4)", 'STRING', 'ab  '],
    ["'ab'::varchar(4)", 'STRING', 'ab'],
    ["'name'::name", 'STRING', 'name'],
    ["'Grüße'::citext", 'STRING', 'Grüße'],
    ["'short'::short_text", 'STRING', 'short'],
    ['\'x\'::"char"', 'STRING', 'x'],
    ["'\\x00ff10'::bytea", 'BYTES', Buffer.from('00ff10', 'hex')],
    ["'0001-01-01'::date", 'DATE', -719162],
    ["'9999-12-31'::date", 'DATE', 2932896],
    ["'2000-02-29'::date", 'DATE', 11016],
    ["'0001-01-01 00:00'::timestamp", 'DATETIME', -62135596800000000n],
    ["'9999-12-31 23:59:59.999999'::timestamp", 'DATETIME', 253402300799999999n],
    ["'1969-12-31 23:59:59.999999+00'::timestamptz", 'TIMESTAMP', -1n],
    ["'2026-03-29 02:30:00.000001+09'::timestamptz", 'TIMESTAMP', 1774719000000001n],
    ["'00:00'::time", 'TIME', 0n],
    ["'23:59:59.999999'::time", 'TIME', 86399999999n],
    ["'24:00:00+09'::timetz", 'STRING', '24:00:00+09'],
    ["'1 year 2 months 3 days 04:05:06.000007'::interval", 'STRING', 'P1Y2M3DT4H5M6.000007S'],
    ["'-1 year -2 days -00:00:00.5'::interval", 'STRING', 'P-1Y-2DT-0.5S'],
    ["'00112233-4455-6677-8899-aabbccddeeff'::uuid", 'STRING', '00112233-4455-6677-8899-aabbccddeeff'],
    [`'{"a":  12345678901234567, "b": 1e3}'::json`, 'JSON', '{"a":  12345678901234567, "b": 1e3}'],
    [`'{"b": 1.50, "a": null}'::jsonb`, 'JSON', '{"a": null, "b": 1.50}'],
    ["'happy'::mood", 'STRING', 'happy'],
    ["ROW(1, 'a,b')::pair", 'JSON', '{"x":1,"y":"a,b"}'],
    ["'[1,5)'::int4range", 'JSON', '"[1,5)"'],
    ["'{[1,3),[5,7)}'::int4multirange", 'JSON', '"{[1,3),[5,7)}"'],
    [`'a=>1, "b c"=>NULL'::hstore`, 'JSON', '{"a": "1", "b c": null}'],
    ["'1 2'::geometry", 'STRING', 'POINT(1 2)'],
    ['ARRAY[1, NULL, 3]', 'JSON', '[1,null,3]'],
    ['ARRAY[[1, 2], [3, 4]]', 'JSON', '[[1,2],[3,4]]'],
    ['ARRAY[]::text[]', 'JSON', '[]'],
    ["B'00101'::bit(5)", 'STRING', '00101'],
    ["''::varbit", 'STRING', ''],
    ["'10.1.2.3/24'::inet", 'STRING', '10.1.2.3/24'],
    ["'10.1.2.0/24'::cidr", 'STRING', '10.1.2.0/24'],
    ["'08:00:2b:01:02:03'::macaddr", 'STRING', '08:00:2b:01:02:03'],
    ["'<a>b</a>'::xml", 'STRING', '<a>b</a>'],
    ["'a fat cat'::tsvector", 'STRING', "'a' 'cat' 'fat'"],
    ["'fat & rat'::tsquery", 'STRING', "'fat' & 'rat'"],
    ["'08:00:2b:01:02:03:04:05'::macaddr8", 'STRING', '08:00:2b:01:02:03:04:05'],
    ["'$.a[*]'::jsonpath", 'STRING', '$."a"[*]'],
    ["'(1,2)'::point", 'STRING', '(1,2)'],
    ["'16/B374D848'::pg_lsn", 'STRING', '16/B374D848'],
    ['NULL::int', 'INTEGER', null],
  ];

  it('are kept exactly, as our reader, avsc and BigQuery have them, with equal checksums', async () => {
    const query = `SELECT ${exact.map(([value], i) => `${value} AS c${i}`).join(', ')}`;
    const exported = await source.exports.export({ query });
    const { manifest, records, byAvsc } = exported;
    assert.deepEqual(manifest.losses, []);
    exact.forEach(([value, type, avro], i) => {
      assert.equal(manifest.columns[i]?.type, type, value);
      assert.deepEqual(records[0]?.[`c${i}`], avro, value);
    });
    assert.equal(byAvsc.length, 1);
    await assertInBigQuery(source.exports, exported);
  });

  /** A value that has no counterpart: why, and under which policies it becomes what. */
  const lossy: readonly (readonly [value: string, loss: string])[] = [
    ["'infinity'::date", 'infinity'],
    ["'-infinity'::timestamp", 'infinity'],
    ["'infinity'::timestamptz", 'infinity'],
    ["'0044-03-15 BC'::date", 'out-of-range'],
    ["'10000-01-01'::date", 'out-of-range'],
    ["'0001-01-01 00:00 BC'::timestamp", 'out-of-range'],
    ["'294276-12-31 23:59:59.999999'::timestamptz", 'out-of-range'],
    ["'4713-01-01 00:00 BC'::timestamptz", 'out-of-range'],
    ["'24:00:00'::time", 'end-of-day'],
    ["'NaN'::numeric(12,2)", 'nan'],
  ];

  it('without counterpart fail the export, unless the column’s policy is NULL, which is counted, or text', async () => {
    for (const [value, loss] of lossy) {
      const [text = '', type = ''] = value.split('::');
      const query = `SELECT n, (CASE WHEN n = 2 THEN ${text} END)::${type} AS c FROM generate_series(1, 3) AS n`;
      const [, failed] = await source.exports.run(source.exports.request({ query }));
      assert.deepEqual(failed, {
        type: 'export_failed',
        failure: { code: 'EXPORT_VALUE_REFUSED', detail: `column c holds a value with: ${loss}`, retryable: false },
      });
      const nulled = await source.exports.export({ query, columns: { c: { onOutOfRange: 'null' } } });
      assert.deepEqual(nulled.manifest.losses, [{ column: 'c', loss, answer: 'null', count: 1 }], value);
      assert.deepEqual(
        nulled.records.map(({ c }) => c),
        [null, null, null],
      );
      await assertInBigQuery(source.exports, nulled);
      const kept = await source.exports.export({ query, columns: { c: { onOutOfRange: 'string' } } });
      assert.deepEqual(kept.manifest.losses, []);
      assert.equal(kept.manifest.columns[1]?.type, 'STRING');
      assert.equal((kept.records[1]?.['c'] as string).slice(0, 8), text.slice(1, -1).slice(0, 8), value);
    }
  });

  it('of declared decimals are never rounded', async () => {
    const query = `SELECT unnest(ARRAY[1.5, 1.25, 1e30, 'infinity', NULL]::numeric[]) AS c`;
    const decimal = { precision: 10, scale: 1 };
    const { manifest, records } = await source.exports.export({
      query,
      columns: { c: { decimal, onOutOfRange: 'null' } },
    });
    assert.deepEqual(
      records.map(({ c }) => c),
      ['1.5', null, null, null, null],
    );
    assert.deepEqual(
      manifest.losses.map(({ loss, count }) => [loss, count]),
      [
        ['digits', 1],
        ['out-of-range', 1],
        ['infinity', 1],
      ],
    );
  });

  it('of JSON with numbers that BigQuery rounds are counted, refused, NULL, or text', async () => {
    const query = `SELECT n, (ARRAY['[18446744073709551615]', '{"a": 12345678901234567890.10}', NULL])[n]::jsonb AS c FROM generate_series(1, 3) n`;
    const counted = await source.exports.export({ query });
    const texts = ['[18446744073709551615]', '{"a": 12345678901234567890.10}', null];
    assert.deepEqual(
      counted.records.map(({ c }) => c),
      texts,
    );
    assert.deepEqual(counted.manifest.losses, [{ column: 'c', loss: 'json-number', answer: 'round', count: 1 }]);
    await assertInBigQuery(source.exports, counted);
    const nulled = await source.exports.export({ query, columns: { c: { onOutOfRange: 'null' } } });
    assert.deepEqual(
      nulled.records.map(({ c }) => c),
      [texts[0], null, null],
    );
    assert.deepEqual(nulled.manifest.losses, [{ column: 'c', loss: 'json-number', answer: 'null', count: 1 }]);
    await assertInBigQuery(source.exports, nulled);
    const kept = await source.exports.export({ query, columns: { c: { onOutOfRange: 'string' } } });
    assert.deepEqual([kept.manifest.columns[1]?.type, kept.manifest.losses], ['STRING', []]);
    await assertInBigQuery(source.exports, kept);
    const refused = (
      await source.exports.run(source.exports.request({ query, columns: { c: { onOutOfRange: 'error' } } }))
    ).at(-1);
    assert.match(refused?.type === 'export_failed' ? refused.failure.detail : '', /column c holds .*json-number/);
    const array = await source.exports.export({ query: 'SELECT ARRAY[0.1, 12345678901234567890.1] AS c' });
    assert.deepEqual(array.manifest.losses, [{ column: 'c', loss: 'json-number', answer: 'round', count: 1 }]);
  });

  it('of floats and integers become decimals with all their digits', async () => {
    const decimal = { precision: 38, scale: 9 };
    const query = 'SELECT 0.1::float8 AS a, 9223372036854775807 AS b, 1.5::numeric AS c, 42::numeric AS d';
    const columns = {
      a: { decimal },
      b: { decimal },
      c: { type: 'INT64', onOutOfRange: 'null' },
      d: { type: 'INT64' },
    } as const;
    const { records, manifest } = await source.exports.export({ query, columns });
    assert.deepEqual(records, [{ a: '0.1', b: '9223372036854775807', c: null, d: 42n }]);
    assert.deepEqual(manifest.losses, [{ column: 'c', loss: 'digits', answer: 'null', count: 1 }]);
  });

  it('of arrays are REPEATED where the configuration says what a NULL becomes', async () => {
    const query = `SELECT * FROM (VALUES (1, ARRAY[1, 2]), (2, ARRAY[3, NULL]), (3, NULL), (4, '{}')) AS t (n, c)`;
    const exported = await source.exports.export({ query, columns: { c: { onNullElement: 'drop' } } });
    assert.deepEqual(
      exported.records.map(({ c }) => c),
      [[1n, 2n], [3n], [], []],
    );
    assert.deepEqual(exported.manifest.losses, [
      { column: 'c', loss: 'null-element', answer: 'drop', count: 1 },
      { column: 'c', loss: 'null-array', answer: 'empty', count: 1 },
    ]);
    await assertInBigQuery(source.exports, exported);
    const [, failed] = await source.exports.run(
      source.exports.request({ query, columns: { c: { onNullElement: 'error' } } }),
    );
    assert.equal(failed?.type === 'export_failed' && failed.failure.code, 'EXPORT_VALUE_REFUSED');
    const nested = await source.exports.export({
      query: `SELECT ARRAY[[1], [2]] AS c`,
      columns: { c: { onNullElement: 'drop', onOutOfRange: 'null' } },
    });
    assert.equal(nested.manifest.losses[0]?.loss, 'nested-array');
  });

  it('that could not be converted exactly are refused before a row is read', async () => {
    const cases = [
      ['1.5::float8', 'INT64'],
      ["'a'::bytea", 'INT64'],
      ['now()', 'DATE'],
      ["'12:00'::timetz", 'TIME'],
    ] as const;
    for (const [value, type] of cases) {
      const [, failed] = await source.exports.run(
        source.exports.request({ query: `SELECT ${value} AS c`, columns: { c: { type } } }),
      );
      assert.equal(failed?.type === 'export_failed' && failed.failure.code, 'EXPORT_TYPE_REFUSED', value);
    }
  });

  it('of texts that are no UTF-8 are mended and counted, refused, NULL, or bytes', async () => {
    const ascii = await startPostgres('SQL_ASCII');
    try {
      const query = `SELECT convert_from('\\x41ff42', 'SQL_ASCII') AS a, 'ok' AS b`;
      const connection = { ...source.exports.request({ query }).connection, port: ascii.port } as never;
      const mended = await source.exports.export({ query, connection });
      assert.deepEqual(mended.records, [{ a: 'A\uFFFDB', b: 'ok' }]);
      assert.deepEqual(mended.manifest.losses, [{ column: 'a', loss: 'invalid-utf8', answer: 'replace', count: 1 }]);
      await assertInBigQuery(source.exports, mended);
      const nulled = await source.exports.export({ query, connection, columns: { a: { onOutOfRange: 'null' } } });
      assert.deepEqual(nulled.records, [{ a: null, b: 'ok' }]);
      assert.deepEqual(nulled.manifest.losses, [{ column: 'a', loss: 'invalid-utf8', answer: 'null', count: 1 }]);
      const asked = source.exports.request({ query, connection, columns: { a: { onOutOfRange: 'error' } } });
      const refused = (await source.exports.run(asked)).at(-1);
      assert.ok(refused?.type === 'export_failed');
      assert.deepEqual(
        [refused.failure.code, refused.failure.detail],
        ['EXPORT_VALUE_REFUSED', 'column a holds a value with: invalid-utf8'],
      );
      const bytes = await source.exports.export({ query, connection, columns: { a: { type: 'BYTES' } } });
      assert.deepEqual(bytes.records, [{ a: Buffer.from('41ff42', 'hex'), b: 'ok' }]);
      await assertInBigQuery(source.exports, bytes);
    } finally {
      await ascii.close();
    }
  });
});
