import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ColumnPolicy } from '../../../functions/core/batch/config.ts';
import { type DatabaseKind, mariadb, mysql } from '../../support/database-kinds.ts';
import { assertInBigQuery } from './support/in-bigquery.ts';
import { type SqlSource, startSource } from './support/sql-source.ts';

type Row = readonly [type: string, value: string, exported: string, avro: unknown];

interface Database extends DatabaseKind {
  /** What the other does not have, or has otherwise. */
  readonly own: readonly Row[];
}

const databases: readonly Database[] = [
  {
    ...mariadb,
    own: [
      ['JSON', `'{"a":  18446744073709551615, "b": 1.50}'`, 'JSON', '{"a":  18446744073709551615, "b": 1.50}'],
      ['UUID', "'00112233-4455-6677-8899-aabbccddeeff'", 'STRING', '00112233-4455-6677-8899-aabbccddeeff'],
      ['INET6', "'::1'", 'STRING', '::1'],
      ['INET4', "'10.1.2.3'", 'STRING', '10.1.2.3'],
      [
        'GEOMETRYCOLLECTION',
        "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2))')",
        'STRING',
        'GEOMETRYCOLLECTION(POINT(1 2))',
      ],
    ],
  },
  {
    ...mysql,
    own: [
      // Kept in a form of its own, sorted, whose numbers are doubles unless they are integers or were decimals.
      [
        'JSON',
        `'{"b": 18446744073709551615, "a": [1.50, null]}'`,
        'JSON',
        '{"a": [1.5, null], "b": 18446744073709551615}',
      ],
      ['JSON', "JSON_OBJECT('n', CAST('0.10' AS DECIMAL(5,2)))", 'JSON', '{"n": 0.10}'],
      ['JSON', "JSON_QUOTE('ü🙂')", 'JSON', '"ü🙂"'],
      ['VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci', "'ẞ🙂'", 'STRING', 'ẞ🙂'],
      ['CHAR(4) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin', "'ü'", 'STRING', 'ü'],
      ['VARCHAR(9) CHARACTER SET utf16', "'ü'", 'STRING', 'ü'],
      ['GEOMETRY', "ST_GeomFromText('LINESTRING(0 0,1 2)')", 'STRING', 'LINESTRING(0 0,1 2)'],
      ['POINT SRID 4326', "ST_GeomFromText('POINT(35.5 139.5)', 4326)", 'STRING', 'POINT(35.5 139.5)'],
      ['VECTOR(2)', "STRING_TO_VECTOR('[1,2.5]')", 'FLOAT', [1, 2.5]],
      ['DOUBLE', '-0e0', 'FLOAT', -0],
      ['FLOAT', '-0e0', 'FLOAT', -0],
      ['INT GENERATED ALWAYS AS (c0 + 1) VIRTUAL', 'DEFAULT', 'INTEGER', -127n],
      ['VARCHAR(9) GENERATED ALWAYS AS (CONCAT(c0, "ü")) STORED', 'DEFAULT', 'STRING', '-128ü'],
    ],
  },
];

for (const database of databases)
  describe(`types of ${database.name}`, { skip: database.skip }, () => {
    let source: SqlSource;
    const sql = (text: string) => source.session.run(text);

    before(async () => {
      source = await startSource(database);
      await sql("SET time_zone = '+09:00', sql_mode = 'ALLOW_INVALID_DATES'");
    });
    after(() => source.close());

    /** A column's type, a value as SQL, the type it is exported as, and what is read back of it. */
    const exact: readonly Row[] = [
      ['TINYINT', '-128', 'INTEGER', -128n],
      ['TINYINT(1)', '2', 'INTEGER', 2n],
      ['TINYINT UNSIGNED', '255', 'INTEGER', 255n],
      ['SMALLINT', '-32768', 'INTEGER', -32768n],
      ['SMALLINT UNSIGNED', '65535', 'INTEGER', 65535n],
      ['MEDIUMINT UNSIGNED', '16777215', 'INTEGER', 16777215n],
      ['INT', '-2147483648', 'INTEGER', -2147483648n],
      ['MEDIUMINT', '-8388608', 'INTEGER', -8388608n],
      ['INT UNSIGNED', '4294967295', 'INTEGER', 4294967295n],
      ['BIGINT', '-9223372036854775808', 'INTEGER', -9223372036854775808n],
      ['BIGINT', '9223372036854775807', 'INTEGER', 9223372036854775807n],
      ['BIGINT UNSIGNED', '18446744073709551615', 'NUMERIC', '18446744073709551615'],
      [
        'DECIMAL(38,9)',
        '-12345678901234567890123456789.123456789',
        'NUMERIC',
        '-12345678901234567890123456789.123456789',
      ],
      ['DECIMAL(12,2)', '-0.05', 'NUMERIC', '-0.05'],
      ['DECIMAL(12,2)', '9999999999.99', 'NUMERIC', '9999999999.99'],
      ['DECIMAL(65,30)', `${'9'.repeat(35)}.${'9'.repeat(30)}`, 'NUMERIC', `${'9'.repeat(35)}.${'9'.repeat(30)}`],
      ['DECIMAL(38,0)', `-${'9'.repeat(38)}`, 'NUMERIC', `-${'9'.repeat(38)}`],
      ['DECIMAL(65,0)', '9'.repeat(65), 'STRING', '9'.repeat(65)],
      ['FLOAT', '16777217', 'FLOAT', 16777216],
      ['FLOAT', '0.1', 'FLOAT', Math.fround(0.1)],
      ['DOUBLE', '0.1', 'FLOAT', 0.1],
      ['DOUBLE', '2.2250738585072014e-308', 'FLOAT', 2.2250738585072014e-308],
      ['DOUBLE', '1.7976931348623157e308', 'FLOAT', 1.7976931348623157e308],
      ['DOUBLE', '123456789012345680000', 'FLOAT', 123456789012345680000],
      ['BIT(1)', "b'1'", 'INTEGER', 1n],
      [
        'BIT(63)',
        "b'111111111111111111111111111111111111111111111111111111111111111'",
        'INTEGER',
        9223372036854775807n,
      ],
      ['BIT(64)', '18446744073709551615', 'NUMERIC', '18446744073709551615'],
      ['DATE', "'0001-01-01'", 'DATE', -719162],
      ['DATE', "'9999-12-31'", 'DATE', 2932896],
      ['DATE', "'2024-02-29'", 'DATE', 19782],
      ['DATETIME', "'2024-02-29 12:34:56'", 'DATETIME', 1709210096000000n],
      ['DATETIME(6)', "'9999-12-31 23:59:59.999999'", 'DATETIME', 253402300799999999n],
      ['DATETIME(3)', "'0001-01-01 00:00:00.001'", 'DATETIME', -62135596799999000n],
      // The session that writes it is nine hours ahead.
      ['TIMESTAMP(6) NULL', "'2026-03-29 02:30:00.000001'", 'TIMESTAMP', 1774719000000001n],
      ['TIME(6)', "'-838:59:58.999999'", 'STRING', '-838:59:58.999999'],
      ['TIME', "'12:00:00'", 'STRING', '12:00:00'],
      ['YEAR', '2155', 'INTEGER', 2155n],
      ['YEAR', '0', 'INTEGER', 0n],
      ['TIMESTAMP(6)', "'1970-01-01 09:00:01.000001'", 'TIMESTAMP', 1000001n],
      ["ENUM('x', 'ü')", "'ü'", 'STRING', 'ü'],
      ["SET('a', 'b')", "'a,b'", 'STRING', 'a,b'],
      ['BINARY(4)', "X'00ff'", 'BYTES', Buffer.from('00ff0000', 'hex')],
      ['VARBINARY(8)', "X'00ff'", 'BYTES', Buffer.from('00ff', 'hex')],
      ['LONGBLOB', "X'80'", 'BYTES', Buffer.from('80', 'hex')],
      ['TINYBLOB', "''", 'BYTES', Buffer.alloc(0)],
      ['LONGTEXT', "''", 'STRING', ''],
      ["ENUM('x')", "''", 'STRING', ''],
      ['TEXT CHARACTER SET utf8mb4', "CONCAT('a', CHAR(0 USING utf8mb4), '🙂')", 'STRING', 'a\0🙂'],
      ['VARCHAR(10) CHARACTER SET latin1', "'grüße'", 'STRING', 'grüße'],
      ['CHAR(4)', "'ab  '", 'STRING', 'ab'],
      ['POINT', "ST_GeomFromText('POINT(1 2)')", 'STRING', 'POINT(1 2)'],
      ['INT', 'NULL', 'INTEGER', null],
      ...database.own,
    ];

    it('are kept exactly, as our reader, avsc and BigQuery have them, with equal checksums', async () => {
      await sql(`CREATE TABLE exact (${exact.map(([type], i) => `c${i} ${type}`).join(', ')})`);
      await sql(`INSERT INTO exact VALUES (${exact.map(([, value]) => value).join(', ')})`);
      const exported = await source.exports.export({ query: 'SELECT * FROM exact' });
      const { manifest, records, byAvsc } = exported;
      assert.deepEqual(manifest.losses, []);
      exact.forEach(([type, value, kind, avro], i) => {
        assert.equal(manifest.columns[i]?.type, kind, type);
        assert.deepEqual(records[0]?.[`c${i}`], avro, `${type} ${value}`);
      });
      assert.equal(byAvsc.length, 1);
      await assertInBigQuery(source.exports, exported);
    });

    it('without counterpart are NULL where they are zero dates, else fail; as text they are kept', async () => {
      await sql('CREATE TABLE zero (n INT, d DATE, t DATETIME(6), s TIMESTAMP NULL)');
      await sql(
        "INSERT INTO zero VALUES (1, '0000-00-00', '2024-00-10 01:02:03', '0000-00-00'), (2, '2024-01-00', '0000-01-01', NULL)",
      );
      const exported = await source.exports.export({ query: 'SELECT d, t, s FROM zero ORDER BY n' });
      assert.deepEqual(exported.records, [
        { d: null, t: null, s: null },
        { d: null, t: null, s: null },
      ]);
      assert.deepEqual(
        exported.manifest.losses.map(({ column, loss, count }) => [column, loss, count]),
        [
          ['d', 'zero-date', 2],
          ['t', 'zero-date', 2],
          ['s', 'zero-date', 1],
        ],
      );
      const string: ColumnPolicy = { onOutOfRange: 'string' };
      const text = await source.exports.export({
        query: 'SELECT d, t, s FROM zero ORDER BY n',
        columns: { d: string, t: string, s: string },
      });
      assert.deepEqual(text.records[0], { d: '0000-00-00', t: '2024-00-10 01:02:03.000000', s: '0000-00-00 00:00:00' });
      const error: ColumnPolicy = { onOutOfRange: 'error' };
      const [, failed] = await source.exports.run(
        source.exports.request({ query: 'SELECT d FROM zero', columns: { d: error } }),
      );
      assert.equal(failed?.type === 'export_failed' && failed.failure.code, 'EXPORT_VALUE_REFUSED');
      await sql("CREATE TABLE invalid AS SELECT CAST('2024-02-31' AS DATE) AS d");
      const invalid = await source.exports.export({
        query: 'SELECT d FROM invalid',
        columns: { d: { onOutOfRange: 'null' } },
      });
      assert.deepEqual(invalid.records, [{ d: null }]);
    });

    if (database.name === 'MySQL') {
      it('of vectors are one text, or JSON, where that is declared', async () => {
        const query =
          "SELECT STRING_TO_VECTOR('[1,2.5]') AS a, STRING_TO_VECTOR('[3]') AS b, STRING_TO_VECTOR('[4]') AS c";
        const columns: Record<string, ColumnPolicy> = {
          a: { type: 'STRING' },
          b: { type: 'JSON' },
          c: { mask: { method: 'keep_last', length: 2 } },
        };
        const exported = await source.exports.export({ query, columns });
        assert.deepEqual(exported.records, [
          { a: '[1.00000e+00,2.50000e+00]', b: '[3.00000e+00]', c: `${'*'.repeat(11)}0]` },
        ]);
        await assertInBigQuery(source.exports, exported);
        for (const policy of [{ type: 'NUMERIC' }, { type: 'STRING', onNullElement: 'drop' }] as const) {
          const last = (await source.exports.run(source.exports.request({ query, columns: { a: policy } }))).at(-1);
          assert.equal(last?.type === 'export_failed' && last.failure.code, 'EXPORT_TYPE_REFUSED');
        }
      });
    }

    it('are exported as what the configuration declares, where that changes no value', async () => {
      await sql(
        'CREATE TABLE declared (a TINYINT(1), b BIT(1), c TIME(6), d BIGINT, e BIT(3), f TEXT, g DECIMAL(5,2), h DATETIME(6), i TIMESTAMP(6) NULL, j VARCHAR(9), k DECIMAL(5,2))',
      );
      await sql(
        "INSERT INTO declared VALUES (1, b'1', '23:59:59.999999', 5, b'101', '[1]', 12.00, '1970-01-01 00:00:00.000001', '1970-01-02 09:00:00.000001', 'ü', 1.50), (2, b'0', '24:00:00', -5, b'001', 'null', 12.50, NULL, NULL, NULL, NULL)",
      );
      const policies: Record<string, ColumnPolicy> = {
        a: { type: 'BOOL', onOutOfRange: 'null' },
        b: { type: 'BOOL' },
        c: { type: 'TIME', onOutOfRange: 'null' },
        d: { type: 'NUMERIC' },
        e: { type: 'STRING' },
        f: { type: 'JSON' },
        g: { type: 'INT64', onOutOfRange: 'null' },
        h: { type: 'TIMESTAMP' },
        i: { type: 'DATETIME' },
        j: { type: 'BYTES' },
        k: { type: 'STRING' },
      };
      const exported = await source.exports.export({ query: 'SELECT * FROM declared', columns: policies });
      assert.deepEqual(exported.records, [
        {
          a: true,
          b: true,
          c: 86399999999n,
          d: '5',
          e: '5',
          f: '[1]',
          g: 12n,
          h: 1n,
          i: 86400000001n,
          j: Buffer.from('ü'),
          k: '1.50',
        },
        { a: null, b: false, c: null, d: '-5', e: '1', f: 'null', g: null, h: null, i: null, j: null, k: null },
      ]);
      await assertInBigQuery(source.exports, exported);
    });

    it('have the columns that are invisible only where the query names them', async () => {
      await sql('CREATE TABLE hidden (a INT, b INT INVISIBLE DEFAULT 7)');
      await sql('INSERT INTO hidden (a) VALUES (1)');
      assert.deepEqual((await source.exports.export({ query: 'SELECT * FROM hidden' })).records, [{ a: 1n }]);
      assert.deepEqual((await source.exports.export({ query: 'SELECT a, b FROM hidden' })).records, [{ a: 1n, b: 7n }]);
    });

    it('of bytes are texts where that is declared, and what is no UTF-8 in them is mended and counted', async () => {
      const query = "SELECT X'41ff42' AS a, X'c3bc' AS b";
      const type: ColumnPolicy = { type: 'STRING' };
      const mended = await source.exports.export({ query, columns: { a: type, b: type } });
      assert.deepEqual(mended.records, [{ a: 'A\uFFFDB', b: 'ü' }]);
      assert.deepEqual(mended.manifest.losses, [{ column: 'a', loss: 'invalid-utf8', answer: 'replace', count: 1 }]);
      await assertInBigQuery(source.exports, mended);
      const nulled = await source.exports.export({ query, columns: { a: { ...type, onOutOfRange: 'null' } } });
      assert.deepEqual(nulled.records, [{ a: null, b: Buffer.from('ü') }]);
      const asked = source.exports.request({ query, columns: { a: { ...type, onOutOfRange: 'error' } } });
      const refused = (await source.exports.run(asked)).at(-1);
      assert.ok(refused?.type === 'export_failed');
      assert.match(refused.failure.detail, /column a holds a value with: invalid-utf8/);
    });

    it('of JSON with a number that BigQuery rounds are counted', async () => {
      const json = '{"a": 12345678901234567890.10}';
      const query = `SELECT CAST('${json}' AS CHAR) AS a`;
      const exported = await source.exports.export({ query, columns: { a: { type: 'JSON' } } });
      assert.deepEqual(exported.records, [{ a: json }]);
      assert.deepEqual(exported.manifest.losses, [{ column: 'a', loss: 'json-number', answer: 'round', count: 1 }]);
      await assertInBigQuery(source.exports, exported);
    });

    it('of declared decimals are never rounded, nor wrapped', async () => {
      await sql('CREATE TABLE decimals (n INT, a DECIMAL(65,30), b BIGINT UNSIGNED, c TEXT)');
      await sql(
        "INSERT INTO decimals VALUES (1, 1.5, 18446744073709551615, '1.50'), (2, 1.25, 7, '1e3'), (3, 1e30, 9223372036854775808, '-0.5')",
      );
      const decimal = { precision: 10, scale: 1 };
      const exported = await source.exports.export({
        query: 'SELECT a, b, c FROM decimals ORDER BY n',
        columns: {
          a: { decimal, onOutOfRange: 'null' },
          b: { type: 'INT64', onOutOfRange: 'null' },
          c: { decimal, onOutOfRange: 'null' },
        },
      });
      assert.deepEqual(exported.records, [
        { a: '1.5', b: null, c: '1.5' },
        { a: null, b: 7n, c: null },
        { a: null, b: null, c: '-0.5' },
      ]);
      assert.deepEqual(
        exported.manifest.losses.map(({ column, loss, count }) => [column, loss, count]),
        [
          ['a', 'digits', 1],
          ['a', 'out-of-range', 1],
          ['b', 'out-of-range', 2],
          ['c', 'other-type', 1],
        ],
      );
      await assertInBigQuery(source.exports, exported);
    });
  });
