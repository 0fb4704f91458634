import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { v1 } from '@google-cloud/datastore';
import { credentials } from '@grpc/grpc-js';
import type { EntityFilter } from '../../../functions/core/batch/config.ts';
import type { DatastoreConnection } from '../../../functions/core/batch/connection.ts';
import type { ExportRequest } from '../../../functions/core/batch/export-request.ts';
import { createMasker } from '../../../functions/core/codec/masker.ts';
import { openDatastore } from '../../../functions/sources/datastore/datastore-source.ts';
import { datastoreEmulator, type Emulator, startDatastoreEmulator } from '../../support/google-emulators.ts';
import { cuttable } from './support/cuttable.ts';
import { type Exports, keySecret, maskingKey, startExports } from './support/export-fixture.ts';
import { assertInBigQuery } from './support/in-bigquery.ts';
import { watchedParts } from './support/watched-parts.ts';

const skip =
  datastoreEmulator === undefined && 'Java or the Firestore emulator of the Google Cloud SDK is not installed';

const connection: DatastoreConnection = { kind: 'datastore', project: 'acme', database: '(default)' };
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
const interval = (end: string) => ({ start: '2026-01-01T00:00:00.000Z', end });

type Id = { readonly id: string } | { readonly name: string };
type Properties = Record<string, object>;
const integer = (value: string | number) => ({ integerValue: String(value) });
const string = (stringValue: string) => ({ stringValue });
const array = (...values: object[]) => ({ arrayValue: { values } });
const nothing = { nullValue: 'NULL_VALUE' };

describe('exports from Datastore', { skip }, () => {
  let emulator: Emulator;
  let exports: Exports;
  let client: v1.DatastoreClient;

  before(async () => {
    emulator = await startDatastoreEmulator();
    process.env['DATASTORE_EMULATOR_HOST'] = `127.0.0.1:${emulator.port}`;
    client = new v1.DatastoreClient({
      servicePath: '127.0.0.1',
      port: emulator.port,
      sslCreds: credentials.createInsecure(),
      projectId: 'acme',
    });
    exports = await startExports(
      openDatastore,
      { port: 0, user: '', password: '', database: '', close: () => Promise.resolve() },
      'postgres',
    );
  });
  after(async () => {
    delete process.env['DATASTORE_EMULATOR_HOST'];
    await exports.close();
    await client.close();
    await emulator.close();
  });

  const keyOf = (kind: string, id: Id, namespaceId = '') => ({
    partitionId: { projectId: 'acme', namespaceId },
    path: [{ kind, ...id }],
  });
  const put = (kind: string, entities: readonly (readonly [Id, Properties])[], namespace = '') =>
    client.commit({
      projectId: 'acme',
      mode: 'NON_TRANSACTIONAL',
      mutations: entities.map(([id, properties]) => ({ upsert: { key: keyOf(kind, id, namespace), properties } })),
    });
  const numbered = (kind: string, from: number, to: number) =>
    put(
      kind,
      Array.from({ length: to - from }, (_, i) => [{ id: String(from + i + 1) }, { n: integer(from + i) }] as const),
    );
  const ask = (
    source: string | { kind: string; namespace?: string; where?: EntityFilter[] },
    others: Partial<ExportRequest> = {},
  ) => ({
    connection,
    interval: interval(inAnHour()),
    query: '',
    source:
      typeof source === 'string'
        ? ({ type: 'query', query: source } as const)
        : ({ type: 'entity', where: [], ...source } as const),
    ...others,
  });
  const failureOf = async (asked: ReturnType<typeof ask>) => {
    const last = (await exports.run(exports.request(asked))).at(-1);
    assert.equal(last?.type, 'export_failed');
    return last.failure;
  };

  it('keep every value exactly, as our reader, avsc and BigQuery have it, with equal checksums', async () => {
    const exact: readonly (readonly [value: object, type: string, avro: unknown])[] = [
      [integer('9223372036854775807'), 'INTEGER', 9223372036854775807n],
      [integer('-9223372036854775808'), 'INTEGER', -9223372036854775808n],
      [{ doubleValue: 0.1 }, 'FLOAT', 0.1],
      [{ doubleValue: Number.NaN }, 'FLOAT', Number.NaN],
      [{ doubleValue: -Infinity }, 'FLOAT', -Infinity],
      [{ doubleValue: 5e-324 }, 'FLOAT', 5e-324],
      [{ booleanValue: false }, 'BOOLEAN', false],
      [string(''), 'STRING', ''],
      [{ stringValue: 'grüße 🙂', excludeFromIndexes: true }, 'STRING', 'grüße 🙂'],
      [{ stringValue: 'x'.repeat(900_000), excludeFromIndexes: true }, 'STRING', 'x'.repeat(900_000)],
      [{ blobValue: Buffer.from('00ff10', 'hex') }, 'BYTES', Buffer.from('00ff10', 'hex')],
      [{ timestampValue: { seconds: '1767225600', nanos: 123456000 } }, 'TIMESTAMP', 1767225600123456n],
      [{ timestampValue: { seconds: '-1', nanos: 999999000 } }, 'TIMESTAMP', -1n],
      [{ timestampValue: { seconds: '-62135596800', nanos: 0 } }, 'TIMESTAMP', -62135596800000000n],
      [{ timestampValue: { seconds: '253402300799', nanos: 999999000 } }, 'TIMESTAMP', 253402300799999999n],
      [{ geoPointValue: { latitude: 35.6, longitude: -139.7 } }, 'RECORD', { latitude: 35.6, longitude: -139.7 }],
      [
        {
          keyValue: {
            partitionId: { projectId: 'acme', namespaceId: 'ns' },
            path: [
              { kind: 'A', id: '9223372036854775807' },
              { kind: 'B', name: '5' },
            ],
          },
        },
        'RECORD',
        {
          project: 'acme',
          database: null,
          namespace: 'ns',
          path: '"A", 9223372036854775807, "B", "5"',
          kind: 'B',
          name: '5',
          id: null,
        },
      ],
      [
        {
          entityValue: {
            properties: {
              b: integer('9223372036854775807'),
              a: { doubleValue: 5 },
              c: array(nothing, { booleanValue: true }),
              d: { blobValue: Buffer.from('x') },
            },
          },
        },
        'JSON',
        '{"a":5.0,"b":9223372036854775807,"c":[null,true],"d":"eA=="}',
      ],
      [array(integer(1), nothing, string('a"b')), 'JSON', '[1,null,"a\\"b"]'],
    ];
    const letters = exact.map((_, i) => `c${String(i).padStart(2, '0')}`);
    await put('Exact', [[{ id: '42' }, Object.fromEntries(exact.map(([value], i) => [letters[i], value]))]]);
    const exported = await exports.export(ask({ kind: 'Exact' }));
    const { manifest, records, byAvsc } = exported;
    assert.deepEqual(manifest.losses, []);
    assert.deepEqual(
      manifest.columns.map(({ name }) => name),
      ['__key__', ...letters],
    );
    exact.forEach(([, type, avro], i) => {
      assert.equal(manifest.columns[i + 1]?.type, type, letters[i]);
      assert.deepEqual(records[0]?.[letters[i] ?? ''], avro, letters[i]);
    });
    assert.deepEqual(records[0]?.['__key__'], {
      project: 'acme',
      database: null,
      namespace: '',
      path: '"Exact", 42',
      kind: 'Exact',
      name: null,
      id: 42n,
    });
    assert.equal(byAvsc.length, 1);
    await assertInBigQuery(exports, exported);
  });

  it('take a hundred properties', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `p${i}`);
    await put('Wide', [[{ id: '1' }, Object.fromEntries(names.map((name, i) => [name, integer(i)]))]]);
    const exported = await exports.export(ask({ kind: 'Wide' }));
    assert.deepEqual(
      names.map(name => exported.records[0]?.[name]),
      names.map((_, i) => BigInt(i)),
    );
    await assertInBigQuery(exports, exported);
  });

  it('hold missing and null alike, and REPEATED columns where the configuration says what a NULL becomes', async () => {
    await put('Lists', [
      [{ id: '1' }, { list: array(integer(1), nothing, integer(3)), s: string('a') }],
      [{ id: '2' }, { list: nothing, s: nothing }],
      [{ id: '3' }, {}],
      [{ id: '4' }, { list: array() }],
    ]);
    const columns = { list: { onNullElement: 'drop' } } as const;
    const exported = await exports.export(ask({ kind: 'Lists' }, { columns }));
    assert.deepEqual(
      exported.records.map(({ list, s }) => [list, s]),
      [
        [[1n, 3n], 'a'],
        [[], null],
        [[], null],
        [[], null],
      ],
    );
    assert.deepEqual(exported.manifest.losses, [
      { column: 'list', loss: 'null-element', answer: 'drop', count: 1 },
      { column: 'list', loss: 'null-array', answer: 'empty', count: 1 },
    ]);
    await assertInBigQuery(exports, exported);
    const failure = await failureOf(ask({ kind: 'Lists' }, { columns: { list: { onNullElement: 'error' } } }));
    assert.equal(failure.code, 'EXPORT_VALUE_REFUSED');
  });

  it('have REPEATED columns of the declared type, whatever the elements are', async () => {
    const mixed = array(integer(1), nothing, string('a'), { doubleValue: 2 });
    await put('Typed', [[{ id: '1' }, { a: mixed, b: mixed, c: array(integer(1), nothing), d: mixed, e: array() }]]);
    const drop = { onNullElement: 'drop' } as const;
    const columns = {
      a: { ...drop, type: 'STRING' },
      b: { ...drop, type: 'JSON' },
      c: { ...drop, type: 'NUMERIC' },
      d: { ...drop, type: 'INT64', onOutOfRange: 'null' },
      e: { ...drop, type: 'INT64' },
    } as const;
    const exported = await exports.export(ask({ kind: 'Typed' }, { columns }));
    const { __key__: _, ...lists } = exported.records[0] ?? {};
    assert.deepEqual(lists, { a: ['1', 'a', '2'], b: ['1', '"a"', '2.0'], c: ['1'], d: [1n, 2n], e: [] });
    assert.deepEqual(
      exported.manifest.columns.slice(1).map(({ type, repeated }) => [type, repeated]),
      ['STRING', 'JSON', 'NUMERIC', 'INTEGER', 'INTEGER'].map(type => [type, true]),
    );
    assert.deepEqual(
      exported.manifest.losses.map(({ column, loss }) => `${column} ${loss}`),
      ['a null-element', 'b null-element', 'c null-element', 'd null-element', 'd other-type'],
    );
    const failure = await failureOf(ask({ kind: 'Typed' }, { columns: { ...columns, d: { ...drop, type: 'INT64' } } }));
    assert.match(failure.detail, /property d has a value of type string/);
  });

  it('refuse a property of mixed types with its name and the types, unless its type is declared', async () => {
    await put('Mixed', [
      [{ id: '1' }, { m: integer('9007199254740993') }],
      [{ id: '2' }, { m: string('two') }],
      [{ id: '3' }, { m: { doubleValue: 3 } }],
      [{ id: '4' }, { m: { timestampValue: { seconds: '0', nanos: 5000 } } }],
    ]);
    const failure = await failureOf(ask({ kind: 'Mixed' }));
    assert.equal(failure.code, 'EXPORT_TYPE_REFUSED');
    assert.match(failure.detail, /^m: values of types double, integer, string, timestamp;/);
    const of = async (policy: ExportRequest['columns'][string]) => {
      const { records, manifest } = await exports.export(ask({ kind: 'Mixed' }, { columns: { m: policy } }));
      return [records.map(({ m }) => m), manifest.losses.map(({ loss, count }) => [loss, count])];
    };
    assert.deepEqual(await of({ type: 'JSON' }), [
      ['9007199254740993', '"two"', '3.0', '"1970-01-01T00:00:00.000005Z"'],
      [],
    ]);
    assert.deepEqual(await of({ type: 'STRING' }), [
      ['9007199254740993', 'two', '3', '1970-01-01T00:00:00.000005Z'],
      [],
    ]);
    assert.deepEqual(await of({ type: 'INT64', onOutOfRange: 'null' }), [
      [9007199254740993n, null, 3n, null],
      [['other-type', 2]],
    ]);
    assert.deepEqual(await of({ type: 'FLOAT64', onOutOfRange: 'null' }), [
      [null, null, 3, null],
      [
        ['digits', 1],
        ['other-type', 2],
      ],
    ]);
    const declared = await failureOf(ask({ kind: 'Mixed' }, { columns: { m: { type: 'INT64' } } }));
    assert.equal(declared.code, 'EXPORT_VALUE_REFUSED');
    assert.match(declared.detail, /property m has a value of type string/);
  });

  it('refuse what the sample did not show, rather than leave it out', async () => {
    await numbered('Late', 0, 400);
    await put('Late', [[{ name: 'last' }, { n: integer(1), mail: string('ann@example.com') }]]);
    const failure = await failureOf(ask({ kind: 'Late' }));
    assert.equal(failure.code, 'EXPORT_VALUE_REFUSED');
    assert.match(failure.detail, /property mail, of type string, was not in the sample/);
    assert.doesNotMatch(failure.detail, /ann/);
    const { records, manifest } = await exports.export(
      ask({ kind: 'Late' }, { columns: { mail: { type: 'STRING' } } }),
    );
    assert.equal(manifest.rows, 401);
    assert.deepEqual(records.at(-1)?.['mail'], 'ann@example.com');
  });

  it('mask, and fail closed', async () => {
    await put('Person', [
      [
        { id: '1' },
        {
          mail: string('ann@example.com'),
          age: integer(42),
          face: { blobValue: Buffer.from('secret') },
          gone: string('x'),
        },
      ],
    ]);
    const columns = {
      __key__: { class: 'none' },
      mail: { mask: { method: 'hmac', key: keySecret } },
      age: { mask: { method: 'redact', text: '-' } },
      face: { mask: { method: 'keep_last', length: 2 } },
      gone: { mask: { method: 'drop' } },
      never: { mask: { method: 'redact', text: '-' } },
    } as const;
    const contract = { newColumns: 'evolve', unclassified: 'fail' } as const;
    const { records } = await exports.export(ask({ kind: 'Person' }, { columns, contract }));
    const { __key__: _key, ...others } = records[0] ?? {};
    const token = createMasker(7, maskingKey).hmac(Buffer.from('ann@example.com'));
    assert.deepEqual(others, { age: '-', face: '****et', mail: token, never: null });
    const { gone: _gone, ...fewer } = columns;
    const failure = await failureOf(ask({ kind: 'Person' }, { columns: fewer, contract }));
    assert.deepEqual([failure.code, failure.detail], ['MASK_UNCLASSIFIED_COLUMN', '"gone"']);
  });

  it('are cut by the mask of a class as the stream cuts', async () => {
    const at = { timestampValue: { seconds: '-1', nanos: 999999000 } };
    await put('Cuts', [
      [
        { id: '1' },
        { t: string('grüße'), b: { blobValue: Buffer.alloc(3, 0x80) }, at, n: integer(123), m: integer(123) },
      ],
      [{ id: '2' }, { m: string('123') }],
    ]);
    const otherwise = { method: 'hmac', key: keySecret } as const;
    const policy = { class: 'birthday', mask: { method: 'truncate', length: 2, otherwise } } as const;
    const columns = { t: policy, b: policy, at: policy, n: policy, m: policy, never: policy };
    const exported = await exports.export(ask({ kind: 'Cuts' }, { columns }));
    const token = createMasker(7, maskingKey).hmac(Buffer.from('123'));
    const [first, second] = exported.records.map(({ __key__: _, ...others }) => others);
    assert.deepEqual(first, {
      ...{ t: 'gr', b: Buffer.alloc(2, 0x80), at: -86_400_000_000n, n: token, m: token, never: null },
    });
    assert.deepEqual(second, { t: null, b: null, at: null, n: null, m: token, never: null });
    await assertInBigQuery(exports, exported);
  });

  it('read the same moment again in another attempt, on every page, while entities are written', async () => {
    await numbered('Busy', 0, 500);
    await numbered('Busy', 500, 1000);
    const end = new Date().toISOString();
    const writing = { goes: true };
    const writer = (async () => {
      for (let at = 1000; writing.goes; at += 20) await numbered('Busy', at, at + 20);
    })();
    const bounds = [200, 600, 'a'];
    const first = await exports.export(
      ask({ kind: 'Busy' }, { interval: interval(end), partitions: { by: '__key__', bounds } }),
    );
    const second = await exports.export(ask({ kind: 'Busy' }, { interval: interval(end), attempt: 2 }));
    writing.goes = false;
    await writer;
    assert.equal(first.manifest.readTime, end);
    assert.equal(first.manifest.snapshot['read'], 'at the end of the interval');
    assert.equal(first.manifest.snapshot['key_ranges'], '4');
    assert.equal(first.manifest.files.length, 4);
    assert.equal(first.manifest.rows, 1000);
    assert.deepEqual(second.manifest.checksums, first.manifest.checksums);
    const now = await exports.export(ask({ kind: 'Busy' }));
    assert.ok(now.manifest.rows > 1000);
    assert.match(now.manifest.snapshot['read'] ?? '', /has not ended/);
  });

  it('filter by properties and by key', async () => {
    await numbered('Filtered', 0, 30);
    await put('Filtered', [[{ name: 'x' }, { n: integer(100), at: { timestampValue: { seconds: '1767225600' } } }]]);
    const rows = async (...where: EntityFilter[]) => {
      const { records, manifest } = await exports.export(ask({ kind: 'Filtered', where }));
      return [records.length, manifest.snapshot['key_ranges']];
    };
    const none = 'none: the query is not of a kind with equality filters only';
    assert.deepEqual(await rows({ property: 'n', operator: '=', value: '5', type: 'integer' }), [1, '1']);
    const between: EntityFilter[] = [
      { property: 'n', operator: '>=', value: '5', type: 'integer' },
      { property: 'n', operator: '<', value: '9', type: 'integer' },
    ];
    assert.deepEqual(await rows(...between), [4, none]);
    assert.deepEqual(await rows({ property: 'at', operator: '>=', value: '2026-01-01 00:00:00', type: 'timestamp' }), [
      1,
      none,
    ]);
    assert.deepEqual(await rows({ property: 'at', operator: '<', value: '2026-01-01T00:00:00', type: 'timestamp' }), [
      0,
      none,
    ]);
    assert.deepEqual(await rows({ property: '__key__', operator: '>', value: '28', type: 'integer' }), [3, none]);
    const failure = await failureOf(
      ask({ kind: 'Filtered', where: [{ property: 'n', operator: '=', value: 'x', type: 'integer' }] }),
    );
    assert.equal(failure.code, 'EXPORT_QUERY_REFUSED');
  });

  it('read a namespace of its own, and a kind without entities', async () => {
    await put('Apart', [[{ id: '1' }, { n: integer(7) }]], 'tenant');
    const there = await exports.export(ask({ kind: 'Apart', namespace: 'tenant' }));
    assert.deepEqual(
      there.records.map(({ n }) => n),
      [7n],
    );
    const empty = await exports.export(
      ask({ kind: 'Apart' }, { columns: { n: { type: 'INT64' }, unknown: { class: 'none' } } }),
    );
    assert.deepEqual([empty.manifest.rows, empty.manifest.columns.map(({ name }) => name)], [0, ['__key__', 'n']]);
  });

  it('read GQL to its limit over all pages, and projections of timestamps', async () => {
    await numbered('Gql', 0, 499);
    await numbered('Gql', 499, 900);
    const all = await exports.export(ask('SELECT * FROM Gql WHERE n >= 100'));
    assert.equal(all.manifest.rows, 800);
    assert.equal(
      (await exports.export(ask('SELECT * FROM Gql WHERE n >= 100 LIMIT 650 OFFSET 20;'))).manifest.rows,
      650,
    );
    await put('Times', [[{ id: '1' }, { at: { timestampValue: { seconds: '-1', nanos: 999999000 } } }]]);
    const projected = await exports.export(ask('SELECT at FROM Times', { columns: { at: { type: 'TIMESTAMP' } } }));
    assert.deepEqual(
      projected.records.map(({ at }) => at),
      [-1n],
    );
    assert.equal((await failureOf(ask('SELEC'))).code, 'EXPORT_QUERY_REFUSED');
  });

  it('go on in another execution with the parts and the moment of the first, while entities are written', async () => {
    await numbered('Parted', 0, 450);
    const partitions = { by: '__key__', bounds: [100, 200, 300, 400] };
    const asked = exports.request(ask({ kind: 'Parted' }, { partitions }));
    const first = watchedParts(openDatastore, part => part > 1);
    const { end } = await exports.execute(asked, { openSource: first.openSource, executionSeconds: 7 });
    assert.equal(end, 'unfinished');
    await numbered('Parted', 1000, 1100);
    const second = watchedParts(openDatastore);
    assert.equal((await exports.execute(asked, { openSource: second.openSource }, 1)).end, 'told');
    assert.deepEqual(
      [first.read.toSorted(), second.read.toSorted()],
      [
        [0, 1],
        [2, 3, 4],
      ],
    );
    const { manifest, records } = await exports.exported(asked);
    assert.deepEqual(
      records.map(({ n }) => Number(n)).toSorted((a, b) => a - b),
      Array.from({ length: 450 }, (_, i) => i),
    );
    assert.equal(manifest.oneMoment, true);
    assert.equal(new Set(manifest.parts?.map(({ snapshot }) => JSON.stringify(snapshot))).size, 1);
  });

  it('fail, to be tried again, when the connection is gone while entities are read', async () => {
    await numbered('Cut', 0, 450);
    const way = await cuttable(emulator.port);
    process.env['DATASTORE_EMULATOR_HOST'] = `127.0.0.1:${way.port}`;
    try {
      const openSource: typeof openDatastore = async (request, context) => {
        const snapshot = await openDatastore(request, context);
        way.cut();
        return snapshot;
      };
      const last = (await exports.run(exports.request(ask({ kind: 'Cut' }, { timeoutSeconds: 8 })), { openSource })).at(
        -1,
      );
      assert.equal(last?.type === 'export_failed' && last.failure.retryable, true);
      assert.match(last?.type === 'export_failed' ? last.failure.code : '', /^EXPORT_(CONNECTION_LOST|DEADLINE)$/);
    } finally {
      process.env['DATASTORE_EMULATOR_HOST'] = `127.0.0.1:${emulator.port}`;
      way.cut();
    }
  });
});
