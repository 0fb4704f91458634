import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ColumnPolicy } from '../../../functions/core/batch/config.ts';
import { postgres } from '../../support/database-kinds.ts';
import { type ArrayCase, askForArrays, assertArrays } from './support/array-cases.ts';
import { assertInBigQuery } from './support/in-bigquery.ts';
import { type SqlSource, startSource } from './support/sql-source.ts';

describe('arrays of PostgreSQL', { skip: postgres.skip }, () => {
  let source: SqlSource;
  before(async () => {
    source = await startSource(postgres);
    await source.session.run("CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TYPE pair AS (x int, y text)");
  });
  after(() => source.close());

  const failureOf = async (query: string, c: ColumnPolicy) => {
    const last = (await source.exports.run(source.exports.request({ query, columns: { c } }))).at(-1);
    assert.equal(last?.type, 'export_failed', query);
    return last.failure;
  };

  const declared: readonly ArrayCase[] = [
    ['ARRAY[true, NULL, false]', {}, 'BOOLEAN', [true, false]],
    ['ARRAY[1, NULL, -3]', {}, 'INTEGER', [1n, -3n]],
    ['ARRAY[1, NULL, -3]', { type: 'INT64' }, 'INTEGER', [1n, -3n]],
    ['ARRAY[1, NULL, -3]', { type: 'STRING' }, 'STRING', ['1', '-3']],
    ['ARRAY[1, NULL, -3]', { type: 'NUMERIC' }, 'NUMERIC', ['1', '-3']],
    ['ARRAY[1, NULL, -3]', { onOutOfRange: 'string' }, 'STRING', ['1', '-3']],
    ['ARRAY[0.1, NULL, -1e300]::float8[]', { type: 'FLOAT64' }, 'FLOAT', [0.1, -1e300]],
    ['ARRAY[0.1, NULL]::float8[]', { decimal: { precision: 20, scale: 5 } }, 'NUMERIC', ['0.1']],
    ['ARRAY[1.50, NULL, -0.01]::numeric(12,2)[]', {}, 'NUMERIC', ['1.5', '-0.01']],
    ['ARRAY[1.50, NULL, -0.01]::numeric(12,2)[]', { type: 'STRING' }, 'STRING', ['1.50', '-0.01']],
    ['ARRAY[7, NULL]::numeric(12,0)[]', { type: 'INT64' }, 'INTEGER', [7n]],
    ['ARRAY[1.50, NULL, 1e20]::numeric[]', {}, 'STRING', ['1.50', '100000000000000000000']],
    ['ARRAY[1.50, NULL, 1e20]::numeric[]', { type: 'NUMERIC' }, 'NUMERIC', ['1.5', '100000000000000000000']],
    ["ARRAY['7', NULL]::text[]", { type: 'INT64' }, 'INTEGER', [7n]],
    [`ARRAY['a"b', NULL, '', 'NULL']::text[]`, {}, 'STRING', ['a"b', '', 'NULL']],
    [`ARRAY['a"b', NULL, '']::varchar(9)[]`, { type: 'STRING' }, 'STRING', ['a"b', '']],
    ["ARRAY['ü', NULL]::text[]", { type: 'BYTES' }, 'BYTES', [Buffer.from('ü')]],
    ["ARRAY['\\x00ff', NULL]::bytea[]", {}, 'BYTES', [Buffer.from('00ff', 'hex')]],
    ["ARRAY['happy', NULL]::mood[]", {}, 'STRING', ['happy']],
    ["ARRAY['2026-01-31', NULL]::date[]", {}, 'DATE', [20484]],
    ["ARRAY['2026-01-31', NULL]::date[]", { type: 'STRING' }, 'STRING', ['2026-01-31']],
    ["ARRAY['23:59:59.999999', NULL]::time[]", {}, 'TIME', [86399999999n]],
    ["ARRAY['1970-01-01 00:00:00.000001', NULL]::timestamp[]", {}, 'DATETIME', [1n]],
    ["ARRAY['1970-01-01 00:00:00.000001', NULL]::timestamp[]", { type: 'TIMESTAMP' }, 'TIMESTAMP', [1n]],
    ["ARRAY['1970-01-01 09:00:00.000001+09', NULL]::timestamptz[]", { type: 'DATETIME' }, 'DATETIME', [1n]],
    [
      "ARRAY['00112233-4455-6677-8899-aabbccddeeff', NULL]::uuid[]",
      {},
      'STRING',
      ['00112233-4455-6677-8899-aabbccddeeff'],
    ],
    ["ARRAY['-$12.34', NULL]::money[]", {}, 'NUMERIC', ['-12.34']],
    ["ARRAY['10.1.2.3/24', NULL]::inet[]", {}, 'STRING', ['10.1.2.3/24']],
    ["ARRAY['1 day', NULL]::interval[]", {}, 'STRING', ['P1D']],
  ];

  it('are REPEATED columns of the declared type, without their NULLs', async () => {
    const exported = await source.exports.export(askForArrays(declared));
    assertArrays(declared, exported);
    await assertInBigQuery(source.exports, exported);
  });

  it('hold JSON of composite types and ranges, whose elements the server writes', async () => {
    const query = `SELECT ARRAY[ROW(1, 'a'), NULL, ROW(2, NULL)]::pair[] AS c, ARRAY['[1,5)', NULL]::int4range[] AS d`;
    const drop = { onNullElement: 'drop' } as const;
    const { records, manifest } = await source.exports.export({ query, columns: { c: drop, d: drop } });
    assert.deepEqual(records, [{ c: ['{"x":1,"y":"a"}', '{"x":2,"y":null}'], d: ['"[1,5)"'] }]);
    assert.deepEqual(
      manifest.columns.map(({ type, repeated }) => [type, repeated]),
      [
        ['JSON', true],
        ['JSON', true],
      ],
    );
  });

  it('that are NULL are empty, which is counted, whatever is declared', async () => {
    const query = `SELECT * FROM (VALUES (1, ARRAY[1, 2]), (2, NULL), (3, '{}')) AS t (n, c)`;
    for (const policy of [{}, { type: 'STRING' }, { type: 'NUMERIC' }] as const) {
      const exported = await source.exports.export({ query, columns: { c: { ...policy, onNullElement: 'error' } } });
      assert.deepEqual(
        exported.records.map(({ c }) => (c as unknown[]).length),
        [2, 0, 0],
      );
      assert.deepEqual(exported.manifest.losses, [{ column: 'c', loss: 'null-array', answer: 'empty', count: 1 }]);
      await assertInBigQuery(source.exports, exported);
    }
  });

  it('with a NULL, or of several dimensions, fail the export where that is not allowed for', async () => {
    for (const policy of [{}, { type: 'STRING' }, { type: 'NUMERIC' }, { type: 'INT64' }] as const) {
      const withNull = await failureOf('SELECT ARRAY[1, NULL]::numeric(5,0)[] AS c', {
        ...policy,
        onNullElement: 'error',
      });
      assert.deepEqual(
        [withNull.code, withNull.detail],
        ['EXPORT_VALUE_REFUSED', 'column c holds a value with: null-element'],
      );
      const nested = 'SELECT ARRAY[[1, 2], [3, NULL]]::numeric(5,0)[] AS c';
      assert.match((await failureOf(nested, { ...policy, onNullElement: 'drop' })).detail, /nested-array/);
      const columns = { c: { ...policy, onNullElement: 'drop', onOutOfRange: 'null' } } as const;
      const emptied = await source.exports.export({ query: nested, columns });
      assert.deepEqual(emptied.records, [{ c: [] }]);
      assert.deepEqual(emptied.manifest.losses, [{ column: 'c', loss: 'nested-array', answer: 'null', count: 1 }]);
    }
  });

  it('hold elements without counterpart as their policy says', async () => {
    const query = `SELECT ARRAY['infinity', '2026-01-31', '0044-03-15 BC']::date[] AS c`;
    assert.match((await failureOf(query, { onNullElement: 'drop' })).detail, /infinity/);
    const left = await source.exports.export({
      query,
      columns: { c: { onNullElement: 'drop', onOutOfRange: 'null' } },
    });
    assert.deepEqual(left.records, [{ c: [20484] }]);
    assert.deepEqual(
      left.manifest.losses.map(({ loss, count }) => [loss, count]),
      [
        ['infinity', 1],
        ['out-of-range', 1],
      ],
    );
    await assertInBigQuery(source.exports, left);
  });

  it('that are not declared to be arrays are one text, or JSON, with all that is in them', async () => {
    const query = `SELECT ARRAY[1, NULL] AS a, ARRAY[[1, 2], [3, NULL]] AS b, ARRAY['x', NULL] AS c, NULL::int[] AS d`;
    const exported = await source.exports.export({
      query,
      columns: { a: { type: 'STRING' }, c: { onNullElement: 'string' } },
    });
    assert.deepEqual(exported.records, [{ a: '[1,null]', b: '[[1,2],[3,null]]', c: '["x",null]', d: null }]);
    assert.deepEqual(exported.manifest.losses, []);
    await assertInBigQuery(source.exports, exported);
    assert.equal((await failureOf(query, { type: 'NUMERIC' })).code, 'EXPORT_TYPE_REFUSED');
  });
});
