import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { v1 } from '@google-cloud/spanner';
import { credentials } from '@grpc/grpc-js';
import type { ColumnPolicy } from '../../../functions/core/batch/config.ts';
import type { SpannerConnection } from '../../../functions/core/batch/connection.ts';
import { createMasker } from '../../../functions/core/codec/masker.ts';
import { openSpanner } from '../../../functions/sources/spanner/spanner-source.ts';
import { type Emulator, spannerEmulator, startSpannerEmulator } from '../../support/google-emulators.ts';
import { type ArrayCase, askForArrays, assertArrays } from './support/array-cases.ts';
import { cuttable } from './support/cuttable.ts';
import { type Exports, keySecret, maskingKey, startExports } from './support/export-fixture.ts';
import { assertInBigQuery } from './support/in-bigquery.ts';
import { watchedParts } from './support/watched-parts.ts';

const skip = spannerEmulator === undefined && 'the Spanner emulator of the Google Cloud SDK is not installed';

const connection: SpannerConnection = {
  kind: 'spanner',
  project: 'acme',
  instance: 'shop',
  database: 'orders',
  dataBoost: false,
  priority: 'low',
};
const text = (stringValue: string) => ({ stringValue });
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
const interval = (end: string) => ({ start: '2026-01-01T00:00:00.000Z', end });

describe('exports from Spanner', { skip }, () => {
  let emulator: Emulator;
  let exports: Exports;
  let client: v1.SpannerClient;
  let session: string;
  let closeClients: () => Promise<void>;

  before(async () => {
    emulator = await startSpannerEmulator();
    process.env['SPANNER_EMULATOR_HOST'] = `127.0.0.1:${emulator.port}`;
    const options = {
      servicePath: '127.0.0.1',
      port: emulator.port,
      sslCreds: credentials.createInsecure(),
      projectId: connection.project,
    };
    const instances = new v1.InstanceAdminClient(options);
    const databases = new v1.DatabaseAdminClient(options);
    client = new v1.SpannerClient(options);
    closeClients = async () => {
      await Promise.all([instances.close(), databases.close(), client.close()]);
    };
    const [making] = await instances.createInstance({
      parent: 'projects/acme',
      instanceId: 'shop',
      instance: { config: 'projects/acme/instanceConfigs/emulator-config', displayName: 'shop', nodeCount: 1 },
    });
    await making.promise();
    const create = async (name: string, statement: string, tables: string[]) => {
      const [operation] = await databases.createDatabase({
        parent: 'projects/acme/instances/shop',
        createStatement: statement,
        ...(name === 'pg' ? { databaseDialect: 'POSTGRESQL' as const } : { extraStatements: tables }),
      });
      await operation.promise();
      if (name !== 'pg') return;
      const [changed] = await databases.updateDatabaseDdl({
        database: `projects/acme/instances/shop/databases/${name}`,
        statements: tables,
      });
      await changed.promise();
    };
    await create('orders', 'CREATE DATABASE orders', [
      'CREATE TABLE Numbers (Id INT64, Name STRING(MAX)) PRIMARY KEY (Id)',
      `CREATE TABLE Torture (Id INT64, A ARRAY<INT64>, Changed TIMESTAMP OPTIONS (allow_commit_timestamp = true),
         Twice INT64 AS (Id * 2) STORED) PRIMARY KEY (Id)`,
    ]);
    await create('pg', 'CREATE DATABASE pg', [
      'CREATE TABLE t (id bigint PRIMARY KEY, n numeric, j jsonb, w timestamptz)',
    ]);
    const [made] = await client.createSession({ database: 'projects/acme/instances/shop/databases/orders' });
    session = made.name ?? '';
    await insert(
      'Torture',
      ['Id', 'A', 'Changed'],
      [
        [
          text('1'),
          { listValue: { values: [text('1'), { nullValue: 'NULL_VALUE' }, text('3')] } },
          text('spanner.commit_timestamp()'),
        ],
        [text('2'), { nullValue: 'NULL_VALUE' }, text('spanner.commit_timestamp()')],
      ],
    );
    await numbers(0, 500);
    exports = await startExports(
      openSpanner,
      { port: 0, user: '', password: '', database: '', close: () => Promise.resolve() },
      'postgres',
    );
  });
  after(async () => {
    delete process.env['SPANNER_EMULATOR_HOST'];
    await exports.close();
    await closeClients();
    await emulator.close();
  });

  type Value = { stringValue: string } | { nullValue: 'NULL_VALUE' } | { listValue: { values: Value[] } };
  const insert = (table: string, columns: string[], rows: readonly Value[][]) =>
    client.commit({
      session,
      singleUseTransaction: { readWrite: {} },
      mutations: [{ insertOrUpdate: { table, columns, values: rows.map(values => ({ values })) } }],
    });
  const numbers = (from: number, to: number) =>
    insert(
      'Numbers',
      ['Id', 'Name'],
      Array.from({ length: to - from }, (_, i) => [text(String(from + i)), text(`name ${from + i}`)]),
    );
  const ask = (query: string, others: Partial<Parameters<Exports['export']>[0]> = {}) => ({
    connection,
    interval: interval(inAnHour()),
    ...others,
    query,
  });
  const failureOf = async (asked: ReturnType<typeof ask>) => {
    const last = (await exports.run(exports.request(asked))).at(-1);
    assert.equal(last?.type, 'export_failed');
    return last.failure;
  };

  const exact: readonly (readonly [value: string, type: string, avro: unknown])[] = [
    ['9223372036854775807', 'INTEGER', 9223372036854775807n],
    ['-9223372036854775808', 'INTEGER', -9223372036854775808n],
    ['-1', 'INTEGER', -1n],
    ['CAST(0.1 AS FLOAT32)', 'FLOAT', Math.fround(0.1)],
    ['0.1', 'FLOAT', 0.1],
    ['5e-324', 'FLOAT', 5e-324],
    ["CAST('NaN' AS FLOAT64)", 'FLOAT', Number.NaN],
    ["CAST('-inf' AS FLOAT64)", 'FLOAT', -Infinity],
    ["CAST('inf' AS FLOAT32)", 'FLOAT', Infinity],
    ['TRUE', 'BOOLEAN', true],
    ['FALSE', 'BOOLEAN', false],
    ["'grüße 🙂'", 'STRING', 'grüße 🙂'],
    ["''", 'STRING', ''],
    ["b'\\x00\\xff\\x10'", 'BYTES', Buffer.from('00ff10', 'hex')],
    ["CAST('-0.0' AS FLOAT64)", 'FLOAT', -0],
    ["b''", 'BYTES', Buffer.alloc(0)],
    ["DATE '0001-01-01'", 'DATE', -719162],
    ["DATE '9999-12-31'", 'DATE', 2932896],
    ["DATE '2000-02-29'", 'DATE', 11016],
    ["TIMESTAMP '0001-01-01 00:00:00Z'", 'TIMESTAMP', -62135596800000000n],
    ["TIMESTAMP '9999-12-31 23:59:59.999999Z'", 'TIMESTAMP', 253402300799999999n],
    ["TIMESTAMP '1969-12-31 23:59:59.999999Z'", 'TIMESTAMP', -1n],
    ["NUMERIC '99999999999999999999999999999.999999999'", 'NUMERIC', '99999999999999999999999999999.999999999'],
    ["NUMERIC '-0.000000001'", 'NUMERIC', '-0.000000001'],
    ["NUMERIC '-12.5'", 'NUMERIC', '-12.5'],
    ['JSON \'{"a":12345678901234567,"b":[1.5,null]}\'', 'JSON', '{"a":12345678901234567,"b":[1.5,null]}'],
    ['[1, NULL, 9223372036854775807]', 'JSON', '[1,null,9223372036854775807]'],
    ["['a\"b', NULL]", 'JSON', '["a\\"b",null]'],
    ["[NUMERIC '0.10', NULL]", 'JSON', '["0.1",null]'],
    ["[CAST('NaN' AS FLOAT64), 1.5]", 'JSON', '["NaN",1.5]'],
    ["[b'\\x00\\xff', NULL]", 'JSON', '["AP8=",null]'],
    ["[DATE '0001-01-01', NULL]", 'JSON', '["0001-01-01",null]'],
    ["[TIMESTAMP '2026-01-01 00:00:00.123456789Z']", 'JSON', '["2026-01-01T00:00:00.123456789Z"]'],
    ['[TRUE, NULL]', 'JSON', '[true,null]'],
    ['[JSON \'{"a":1}\', NULL]', 'JSON', '[{"a":1},null]'],
    ['ARRAY<INT64>[]', 'JSON', '[]'],
    ["ARRAY(SELECT AS STRUCT 1 AS a, 'x' AS b)", 'JSON', '[{"a":1,"b":"x"}]'],
    ['CAST(NULL AS INT64)', 'INTEGER', null],
    ['CAST(NULL AS ARRAY<INT64>)', 'JSON', null],
  ];

  it('keep every value exactly, as our reader, avsc and BigQuery have it, with equal checksums', async () => {
    const exported = await exports.export(ask(`SELECT ${exact.map(([value], i) => `${value} AS c${i}`).join(', ')}`));
    const { manifest, records, byAvsc } = exported;
    assert.deepEqual(manifest.losses, []);
    exact.forEach(([value, type, avro], i) => {
      assert.equal(manifest.columns[i]?.type, type, value);
      assert.deepEqual(records[0]?.[`c${i}`], avro, value);
    });
    assert.equal(byAvsc.length, 1);
    await assertInBigQuery(exports, exported);
  });

  it('cut nanoseconds off towards the past and count them, refuse them, or keep them as a text', async () => {
    const query =
      "SELECT TIMESTAMP '2026-01-01 00:00:00.123456789Z' AS a, TIMESTAMP '1969-12-31 23:59:59.999999999Z' AS b";
    const cut = await exports.export(ask(query));
    assert.deepEqual(cut.records, [{ a: 1767225600123456n, b: -1n }]);
    assert.deepEqual(cut.manifest.losses, [
      { column: 'a', loss: 'sub-microsecond', answer: 'truncate', count: 1 },
      { column: 'b', loss: 'sub-microsecond', answer: 'truncate', count: 1 },
    ]);
    const columns = { a: { onOutOfRange: 'string' }, b: { type: 'STRING' } } as const;
    const kept = await exports.export(ask(query, { columns }));
    assert.deepEqual(kept.records, [{ a: '2026-01-01T00:00:00.123456789Z', b: '1969-12-31T23:59:59.999999999Z' }]);
    assert.equal(
      (await failureOf(ask(query, { columns: { a: { onOutOfRange: 'error' } } }))).code,
      'EXPORT_VALUE_REFUSED',
    );
  });

  it('have REPEATED columns where the configuration says what a NULL in an array becomes', async () => {
    const query = 'SELECT Id, A FROM Torture ORDER BY Id';
    const exported = await exports.export(ask(query, { columns: { A: { onNullElement: 'drop' } } }));
    assert.deepEqual(
      exported.records.map(({ A }) => A),
      [[1n, 3n], []],
    );
    assert.deepEqual(exported.manifest.losses, [
      { column: 'A', loss: 'null-element', answer: 'drop', count: 1 },
      { column: 'A', loss: 'null-array', answer: 'empty', count: 1 },
    ]);
    await assertInBigQuery(exports, exported);
    assert.equal(
      (await failureOf(ask(query, { columns: { A: { onNullElement: 'error' } } }))).code,
      'EXPORT_VALUE_REFUSED',
    );
  });

  it('have REPEATED columns of the declared type', async () => {
    const cases: readonly ArrayCase[] = [
      ['[1, NULL, -3]', { type: 'STRING' }, 'STRING', ['1', '-3']],
      ['[1, NULL, -3]', { type: 'NUMERIC' }, 'NUMERIC', ['1', '-3']],
      ['[1, NULL, -3]', { onOutOfRange: 'string' }, 'STRING', ['1', '-3']],
      ["[NUMERIC '1.50', NULL]", {}, 'NUMERIC', ['1.5']],
      ["[NUMERIC '7', NULL]", { type: 'INT64' }, 'INTEGER', [7n]],
      ["['1.50', NULL]", { decimal: { precision: 10, scale: 2 } }, 'NUMERIC', ['1.5']],
      ["['a\"b', NULL, '']", { type: 'STRING' }, 'STRING', ['a"b', '']],
      ["['ab', NULL]", { type: 'BYTES' }, 'BYTES', [Buffer.from('ab')]],
      ["[b'\\x00\\xff', NULL]", {}, 'BYTES', [Buffer.from('00ff', 'hex')]],
      ["[TIMESTAMP '1970-01-01 00:00:00.000001Z', NULL]", { type: 'DATETIME' }, 'DATETIME', [1n]],
      ["[DATE '2026-01-31', NULL]", {}, 'DATE', [20484]],
      ['[0.5, NULL]', { type: 'FLOAT64' }, 'FLOAT', [0.5]],
      ['[TRUE, NULL]', {}, 'BOOLEAN', [true]],
    ];
    const { query, columns } = askForArrays(cases);
    const exported = await exports.export(ask(query, { columns }));
    assertArrays(cases, exported);
    await assertInBigQuery(exports, exported);
    const refused = ask("SELECT [b'a'] AS c", { columns: { c: { type: 'INT64', onNullElement: 'drop' } } });
    assert.equal((await failureOf(refused)).code, 'EXPORT_TYPE_REFUSED');
  });

  it('have REPEATED RECORDs of arrays of structs', async () => {
    const query = `SELECT ARRAY(SELECT AS STRUCT 1 AS a, [NUMERIC '1.5', NUMERIC '-2'] AS n, TIMESTAMP '2026-01-01 00:00:00Z' AS t
      UNION ALL SELECT AS STRUCT CAST(NULL AS INT64), CAST(NULL AS ARRAY<NUMERIC>), CAST(NULL AS TIMESTAMP)) AS s`;
    const exported = await exports.export(ask(query, { columns: { s: { onNullElement: 'error' } } }));
    assert.deepEqual(exported.records, [
      {
        s: [
          { a: 1n, n: ['1.5', '-2'], t: 1767225600000000n },
          { a: null, n: [], t: null },
        ],
      },
    ]);
    assert.deepEqual(exported.manifest.losses, [{ column: 's', loss: 'null-array', answer: 'empty', count: 1 }]);
    await assertInBigQuery(exports, exported);
  });

  it('take a hundred columns and a row of megabytes', async () => {
    const columns = Array.from({ length: 100 }, (_, i) => `${i} AS c${i}`).join(', ');
    const halves = "REPEAT('ü', 500000) AS a, REPEAT(b'\\xff', 1000000) AS b, REPEAT('z', 1000000) AS z";
    const exported = await exports.export(ask(`SELECT ${columns}, ${halves}`));
    assert.equal(exported.manifest.columns.length, 103);
    assert.equal(exported.records[0]?.['c99'], 99n);
    assert.equal(exported.records[0]['a'], 'ü'.repeat(500_000));
    await assertInBigQuery(exports, exported);
  });

  it('read columns that Spanner fills itself', async () => {
    const { records } = await exports.export(ask('SELECT Twice, Changed FROM Torture WHERE Id = 2'));
    assert.equal(records[0]?.['Twice'], 4n);
    assert.ok(Math.abs(Number(records[0]['Changed']) / 1000 - Date.now()) < 600_000);
  });

  it('read the PostgreSQL dialect, with a numeric of any size as text', async () => {
    const query = `SELECT 123456789012345678901234567890.0000000000001::numeric AS n, 'NaN'::numeric AS nan, '{"a": 1}'::jsonb AS j, 4294967295::oid AS o`;
    const pg = { ...connection, database: 'pg' };
    const { records, manifest } = await exports.export(ask(query, { connection: pg }));
    assert.deepEqual(
      manifest.columns.map(({ type, sourceType }) => [type, sourceType]),
      [
        ['STRING', 'PG_NUMERIC'],
        ['STRING', 'PG_NUMERIC'],
        ['JSON', 'PG_JSONB'],
        ['INTEGER', 'PG_OID'],
      ],
    );
    assert.deepEqual(records, [
      { n: '123456789012345678901234567890.0000000000001', nan: 'NaN', j: '{"a": 1}', o: 4294967295n },
    ]);
    const declared: ColumnPolicy = { decimal: { precision: 38, scale: 9 }, onOutOfRange: 'null' };
    const decimals = await exports.export(ask(query, { connection: pg, columns: { n: declared, nan: declared } }));
    assert.deepEqual(decimals.records, [{ n: null, nan: null, j: '{"a": 1}', o: 4294967295n }]);
    assert.deepEqual(
      decimals.manifest.losses.map(({ column, loss }) => [column, loss]),
      [
        ['n', 'digits'],
        ['nan', 'nan'],
      ],
    );
    const refused = ask(query, { connection: pg, columns: { nan: { decimal: { precision: 38, scale: 9 } } } });
    assert.match((await failureOf(refused)).detail, /nan/);
  });

  it('convert where that is exact, and refuse before a row is read where it is not', async () => {
    const query = "SELECT 42 AS a, NUMERIC '7' AS b, '{\"x\":1}' AS c, 'ab' AS d, '1.50' AS e";
    const columns = {
      a: { type: 'NUMERIC' },
      b: { type: 'INT64' },
      c: { type: 'JSON' },
      d: { type: 'BYTES' },
      e: { decimal: { precision: 10, scale: 2 } },
    } as const;
    const { records } = await exports.export(ask(query, { columns }));
    assert.deepEqual(records, [{ a: '42', b: 7n, c: '{"x":1}', d: Buffer.from('ab'), e: '1.5' }]);
    for (const [value, type] of [
      ['1.5', 'INT64'],
      ["b'a'", 'INT64'],
      ['CURRENT_TIMESTAMP()', 'DATE'],
    ] as const) {
      assert.equal(
        (await failureOf(ask(`SELECT ${value} AS c`, { columns: { c: { type } } }))).code,
        'EXPORT_TYPE_REFUSED',
      );
    }
  });

  it('mask, and fail closed', async () => {
    const query = "SELECT 'ann@example.com' AS mail, b'secret' AS b, 12345 AS n, 'x' AS gone, [1, 2] AS list";
    const columns = {
      mail: { mask: { method: 'hmac', key: keySecret } },
      b: { mask: { method: 'truncate', length: 3 } },
      n: { mask: { method: 'keep_last', length: 2 } },
      gone: { mask: { method: 'drop' } },
      list: { mask: { method: 'redact', text: '-' } },
    } as const;
    const contract = { newColumns: 'evolve', unclassified: 'fail' } as const;
    const { records, manifest } = await exports.export(ask(query, { columns, contract }));
    const token = createMasker(7, maskingKey).hmac(Buffer.from('ann@example.com'));
    assert.deepEqual(records, [{ mail: token, b: Buffer.from('sec'), n: '***45', list: '-' }]);
    assert.equal(manifest.masks.length, 5);
    assert.equal(
      (await failureOf(ask(`${query}, 1 AS fresh`, { columns, contract }))).code,
      'MASK_UNCLASSIFIED_COLUMN',
    );
  });

  it('are cut by the mask of a class as the stream cuts', async () => {
    const query =
      "SELECT 'grüße' AS t, b'\\x00\\x80\\x80' AS b, TIMESTAMP '1969-12-31 23:59:59.999999999Z' AS \`at\`, 123 AS n, DATE '1984-05-06' AS d";
    const otherwise = { method: 'hmac', key: keySecret } as const;
    const mask: ColumnPolicy['mask'] = { method: 'truncate', length: 2, otherwise };
    const policy: ColumnPolicy = { class: 'birthday', mask };
    const columns = { t: policy, b: policy, at: policy, n: policy, d: policy };
    const exported = await exports.export(ask(query, { columns }));
    const token = (value: string) => createMasker(7, maskingKey).hmac(Buffer.from(value));
    assert.deepEqual(exported.records, [
      { t: 'gr', b: Buffer.from('0080', 'hex'), at: -86_400_000_000n, n: token('123'), d: token('1984-05-06') },
    ]);
    await assertInBigQuery(exports, exported);
  });

  it('read partitions of one timestamp side by side, the same again in another attempt, while rows are written', async () => {
    const end = new Date().toISOString();
    const writing = { goes: true };
    const writer = (async () => {
      for (let at = 500; writing.goes; at += 10) await numbers(at, at + 10);
    })();
    const query = 'SELECT Id, Name FROM Numbers';
    const first = await exports.export(ask(query, { interval: interval(end) }));
    const second = await exports.export(
      ask(query, { interval: interval(end), attempt: 2, connection: { ...connection, dataBoost: true } }),
    );
    writing.goes = false;
    await writer;
    assert.equal(first.manifest.snapshot['read'], 'at the end of the interval');
    assert.equal(first.manifest.readTime, end);
    assert.ok(Number(first.manifest.snapshot['partitions']) > 1);
    assert.deepEqual(
      [first.manifest.snapshot['data_boost'], second.manifest.snapshot['data_boost']],
      ['false', 'true'],
    );
    assert.equal(first.manifest.rows, 500);
    assert.deepEqual(second.manifest.checksums, first.manifest.checksums);
    const now = await exports.export(ask(query));
    assert.ok(now.manifest.rows > 500);
    assert.match(now.manifest.snapshot['read'] ?? '', /has not ended/);
  });

  it('go on in another execution with the parts and the timestamp of the first, while rows are written', async () => {
    const query = 'SELECT Id, Name FROM Numbers';
    const before = await exports.export(ask(query));
    const asked = exports.request(ask(query, { partitions: { by: 'Id', count: 4 } }));
    const first = watchedParts(openSpanner, part => part > 0);
    const executionSeconds = 7;
    const { end } = await exports.execute(asked, { openSource: first.openSource, executionSeconds });
    assert.equal(end, 'unfinished');
    await numbers(1_000_000, 1_000_010);
    const second = watchedParts(openSpanner);
    assert.equal((await exports.execute(asked, { openSource: second.openSource }, 1)).end, 'told');
    const { manifest, records } = await exports.exported(asked);
    assert.ok(first.read.length > 0 && second.read.length > 0);
    assert.equal(manifest.parts?.length, first.read.length + second.read.length);
    assert.deepEqual(manifest.checksums, before.manifest.checksums);
    assert.equal(new Set(records.map(({ Id }) => Id)).size, before.manifest.rows);
    assert.equal(new Set(manifest.parts.map(({ snapshot }) => JSON.stringify(snapshot))).size, 1);
    assert.equal(manifest.oneMoment, true);
  });

  it('begin anew when the timestamp of the first execution is gone', async () => {
    const asked = exports.request(ask('SELECT Id, Name FROM Numbers', { partitions: { by: 'Id', count: 4 } }));
    const { openSource } = watchedParts(openSpanner, part => part > 0);
    assert.equal((await exports.execute(asked, { openSource, executionSeconds: 7 })).end, 'unfinished');
    const [content] = await exports.bucket.file(`${asked.prefix}parts.json`).download();
    const { moment } = JSON.parse(content.toString()) as { moment: string };
    await client.deleteSession({ name: (JSON.parse(moment) as { session: string }).session });
    const last = (await exports.execute(asked, {}, 1)).events.at(-1);
    assert.equal(last?.type === 'export_failed' && last.failure.code, 'EXPORT_SNAPSHOT_LOST');
    assert.equal(last?.type === 'export_failed' && last.failure.retryable, true);
  });

  it('say so when a query cannot be cut, or its interval’s state is gone', async () => {
    const { manifest } = await exports.export(
      ask('SELECT COUNT(*) AS n FROM Numbers', { interval: interval(new Date(Date.now() - 7_200_000).toISOString()) }),
    );
    assert.match(manifest.snapshot['partitions'] ?? '', /not root-partitionable/);
    assert.match(manifest.snapshot['read'] ?? '', /ended 120 minutes ago, and the database keeps 60/);
  });

  it('tell what was refused, and by whom', async () => {
    assert.equal((await failureOf(ask('SELECT nope FROM Numbers'))).code, 'EXPORT_QUERY_REFUSED');
    const missing = { ...connection, database: 'missing' };
    assert.equal((await failureOf(ask('SELECT 1 AS a', { connection: missing }))).code, 'EXPORT_CONNECTION_FAILED');
    assert.equal(
      (await failureOf(ask('SELECT 1 AS a', { columns: { b: { class: 'none' } } }))).code,
      'EXPORT_COLUMN_MISSING',
    );
    const divided = await failureOf(ask('SELECT 1/(Id - Id) AS a FROM Numbers'));
    assert.equal(divided.code, 'EXPORT_QUERY_FAILED');
  });

  it('fail, to be tried again, when the connection is gone while rows are read', async () => {
    const way = await cuttable(emulator.port);
    process.env['SPANNER_EMULATOR_HOST'] = `127.0.0.1:${way.port}`;
    try {
      const asked = exports.request(ask('SELECT Id, Name FROM Numbers'));
      const openSource: typeof openSpanner = async (request, context) => {
        const snapshot = await openSpanner(request, context);
        way.cut();
        return snapshot;
      };
      const last = (await exports.run(asked, { openSource })).at(-1);
      assert.equal(last?.type === 'export_failed' && last.failure.code, 'EXPORT_CONNECTION_LOST');
      assert.equal(last?.type === 'export_failed' && last.failure.retryable, true);
    } finally {
      process.env['SPANNER_EMULATOR_HOST'] = `127.0.0.1:${emulator.port}`;
      way.cut();
    }
  });
});
