import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import mysql from 'mysql2/promise';
import type { ColumnPolicy } from '../../../functions/core/batch/config.ts';
import { openMysql } from '../../../functions/sources/mysql/mysql-source.ts';
import { type DatabaseServer, mariadbServer, startMariadb } from '../../support/database-server.ts';
import { type Exports, startExports } from './support/export-fixture.ts';

const skip = mariadbServer === undefined && 'MariaDB’s server program is not installed';

describe('types of MySQL', { skip }, () => {
  let server: DatabaseServer;
  let exports: Exports;
  let client: mysql.Connection | undefined;
  const sql = (text: string) => client?.query(text);

  before(async () => {
    server = await startMariadb();
    exports = await startExports(openMysql, server, 'mysql');
    const { port, user, password, database } = server;
    client = await mysql.createConnection({ host: '127.0.0.1', port, user, password, database, charset: 'utf8mb4' });
    await sql("SET time_zone = '+09:00', sql_mode = 'ALLOW_INVALID_DATES'");
  });
  after(async () => {
    client?.destroy();
    await exports.close();
    await server.close();
  });

  /** A column's type, a value as SQL, the type it is exported as, and what is read back of it. */
  const exact: readonly (readonly [type: string, value: string, exported: string, avro: unknown])[] = [
    ['TINYINT', '-128', 'INTEGER', -128n],
    ['TINYINT(1)', '2', 'INTEGER', 2n],
    ['SMALLINT UNSIGNED', '65535', 'INTEGER', 65535n],
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
    ['DECIMAL(65,0)', '9'.repeat(65), 'STRING', '9'.repeat(65)],
    ['FLOAT', '16777217', 'FLOAT', 16777216],
    ['FLOAT', '0.1', 'FLOAT', Math.fround(0.1)],
    ['DOUBLE', '0.1', 'FLOAT', 0.1],
    ['DOUBLE', '2.2250738585072014e-308', 'FLOAT', 2.2250738585072014e-308],
    ['DOUBLE', '1.7976931348623157e308', 'FLOAT', 1.7976931348623157e308],
    ['DOUBLE', '123456789012345680000', 'FLOAT', 123456789012345680000],
    ['BIT(1)', "b'1'", 'INTEGER', 1n],
    ['BIT(63)', "b'111111111111111111111111111111111111111111111111111111111111111'", 'INTEGER', 9223372036854775807n],
    ['BIT(64)', '18446744073709551615', 'NUMERIC', '18446744073709551615'],
    ['DATE', "'0001-01-01'", 'DATE', -719162],
    ['DATE', "'9999-12-31'", 'DATE', 2932896],
    ['DATE', "'2024-02-29'", 'DATE', 19782],
    ['DATETIME', "'2024-02-29 12:34:56'", 'DATETIME', 1709210096000000n],
    ['DATETIME(6)', "'9999-12-31 23:59:59.999999'", 'DATETIME', 253402300799999999n],
    ['DATETIME(3)', "'0001-01-01 00:00:00.001'", 'DATETIME', -62135596799999000n],
    // The session that writes it is nine hours ahead.
    ['TIMESTAMP(6) NULL', "'2026-03-29 02:30:00.000001'", 'TIMESTAMP', 1774719000000001n],
    ['TIME(6)', "'-838:59:59.000001'", 'STRING', '-838:59:59.000001'],
    ['TIME', "'12:00:00'", 'STRING', '12:00:00'],
    ['YEAR', '2155', 'INTEGER', 2155n],
    ['JSON', `'{"a": 12345678901234567890.10}'`, 'JSON', '{"a": 12345678901234567890.10}'],
    ["ENUM('x', 'ü')", "'ü'", 'STRING', 'ü'],
    ["SET('a', 'b')", "'a,b'", 'STRING', 'a,b'],
    ['BINARY(4)', "X'00ff'", 'BYTES', Buffer.from('00ff0000', 'hex')],
    ['VARBINARY(8)', "X'00ff'", 'BYTES', Buffer.from('00ff', 'hex')],
    ['LONGBLOB', "X'80'", 'BYTES', Buffer.from('80', 'hex')],
    ['TEXT CHARACTER SET utf8mb4', "CONCAT('a', CHAR(0 USING utf8mb4), '🙂')", 'STRING', 'a\0🙂'],
    ['VARCHAR(10) CHARACTER SET latin1', "'grüße'", 'STRING', 'grüße'],
    ['CHAR(4)', "'ab  '", 'STRING', 'ab'],
    ['POINT', "ST_GeomFromText('POINT(1 2)')", 'STRING', 'POINT(1 2)'],
    ['UUID', "'00112233-4455-6677-8899-aabbccddeeff'", 'STRING', '00112233-4455-6677-8899-aabbccddeeff'],
    ['INET6', "'::1'", 'STRING', '::1'],
    ['INT', 'NULL', 'INTEGER', null],
  ];

  it('are kept exactly, as our reader, avsc and BigQuery have them, with equal checksums', async () => {
    await sql(`CREATE TABLE exact (${exact.map(([type], i) => `c${i} ${type}`).join(', ')})`);
    await sql(`INSERT INTO exact VALUES (${exact.map(([, value]) => value).join(', ')})`);
    const exported = await exports.export({ query: 'SELECT * FROM exact' });
    const { manifest, records, byAvsc } = exported;
    assert.deepEqual(manifest.losses, []);
    exact.forEach(([type, value, kind, avro], i) => {
      assert.equal(manifest.columns[i]?.type, kind, type);
      assert.deepEqual(records[0]?.[`c${i}`], avro, `${type} ${value}`);
    });
    assert.equal(byAvsc.length, 1);
    // BIGNUMERIC is no type of the stand-in.
    const columns = exact.flatMap(([type], i) => (type === 'DECIMAL(65,30)' ? [] : [`c${i}`]));
    const loadable = await exports.export({ query: `SELECT ${columns.join(', ')} FROM exact` });
    const table = await exports.load(loadable);
    assert.deepEqual(await exports.checksums(table, loadable.manifest), loadable.manifest.checksums);
  });

  it('without counterpart are NULL where they are zero dates, else fail; as text they are kept', async () => {
    await sql('CREATE TABLE zero (n INT, d DATE, t DATETIME(6), s TIMESTAMP NULL)');
    await sql(
      "INSERT INTO zero VALUES (1, '0000-00-00', '2024-00-10 01:02:03', '0000-00-00'), (2, '2024-01-00', '0000-01-01', NULL)",
    );
    const exported = await exports.export({ query: 'SELECT d, t, s FROM zero ORDER BY n' });
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
    const text = await exports.export({
      query: 'SELECT d, t, s FROM zero ORDER BY n',
      columns: { d: string, t: string, s: string },
    });
    assert.deepEqual(text.records[0], { d: '0000-00-00', t: '2024-00-10 01:02:03.000000', s: '0000-00-00 00:00:00' });
    const error: ColumnPolicy = { onOutOfRange: 'error' };
    const [, failed] = await exports.run(exports.request({ query: 'SELECT d FROM zero', columns: { d: error } }));
    assert.equal(failed?.type === 'export_failed' && failed.failure.code, 'EXPORT_VALUE_REFUSED');
    await sql("CREATE TABLE invalid AS SELECT CAST('2024-02-31' AS DATE) AS d");
    const invalid = await exports.export({ query: 'SELECT d FROM invalid', columns: { d: { onOutOfRange: 'null' } } });
    assert.deepEqual(invalid.records, [{ d: null }]);
  });

  it('are exported as what the configuration declares, where that changes no value', async () => {
    await sql('CREATE TABLE declared (a TINYINT(1), b BIT(1), c TIME(6), d BIGINT, e BIT(3), f TEXT, g DECIMAL(5,2))');
    await sql(
      "INSERT INTO declared VALUES (1, b'1', '23:59:59.999999', 5, b'101', '[1]', 12.00), (2, b'0', '24:00:00', -5, b'001', 'null', 12.50)",
    );
    const policies: Record<string, ColumnPolicy> = {
      a: { type: 'BOOL', onOutOfRange: 'null' },
      b: { type: 'BOOL' },
      c: { type: 'TIME', onOutOfRange: 'null' },
      d: { type: 'NUMERIC' },
      e: { type: 'STRING' },
      f: { type: 'JSON' },
      g: { type: 'INT64', onOutOfRange: 'null' },
    };
    const exported = await exports.export({ query: 'SELECT * FROM declared', columns: policies });
    assert.deepEqual(exported.records, [
      { a: true, b: true, c: 86399999999n, d: '5', e: '5', f: '[1]', g: 12n },
      { a: null, b: false, c: null, d: '-5', e: '1', f: 'null', g: null },
    ]);
    const table = await exports.load(exported);
    assert.deepEqual(await exports.checksums(table, exported.manifest), exported.manifest.checksums);
  });
});
