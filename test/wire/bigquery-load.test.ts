import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import type { BigQuery } from '@google-cloud/bigquery';
import avro from 'avsc';
import { compressSync } from 'snappy';
import { startBigquery } from '../../local/bigquery/bigquery.ts';
import { printDecimal } from '../../local/bigquery/values/decimal.ts';
import { operator } from '../../local/stand-in.ts';
import {
  createTable,
  metadataOf,
  project,
  restClient,
  rowsOf,
  startFixture,
  temporaryFolder,
} from './support/bigquery-fixture.ts';

const codecs: Readonly<Record<string, (block: Buffer) => Buffer>> = {
  null: block => block,
  deflate: block => deflateRawSync(block),
  snappy: block => {
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc32(block));
    return Buffer.concat([compressSync(block), checksum]);
  },
};

/** Longs from numbers and bigints: avsc's own take 53 bits only. */
const long = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint | number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint' || typeof value === 'number',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : 1),
});

const encodeLong = (value: number) => avro.Type.forSchema('long').toBuffer(value);
const metadata = avro.Type.forSchema({ type: 'map', values: 'bytes' });

/** An Avro container file, its records encoded by avsc. Blocks are of 1,000 records. */
function avroFile(schema: object, records: readonly object[], codec = 'null'): Buffer {
  const type = avro.Type.forSchema(schema as avro.Schema, {
    wrapUnions: true,
    typeHook: (each: unknown) => (each === 'long' || (each as { type?: unknown }).type === 'long' ? long : undefined),
  });
  const sync = Buffer.alloc(16, 7);
  const header = metadata.toBuffer({
    'avro.schema': Buffer.from(JSON.stringify(schema)),
    'avro.codec': Buffer.from(codec),
  });
  const file = [Buffer.from('Obj\u0001'), header, sync];
  for (let start = 0; start < records.length; start += 1000) {
    const block = records.slice(start, start + 1000).map(record => type.toBuffer(record));
    const bytes = codecs[codec]!(Buffer.concat(block));
    file.push(encodeLong(block.length), encodeLong(bytes.length), bytes, sync);
  }
  return Buffer.concat(file);
}

/** A bucket `lake` of these objects, as the stand-in is given it. */
const bucket = (objects: Readonly<Record<string, Buffer>>) => ({
  readObject: (name: string, object: string) => Promise.resolve(name === 'lake' ? objects[object] : undefined),
  listObjects: (_name: string, prefix: string) =>
    Object.entries(objects)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, bytes]) => ({ name, size: bytes.length })),
});

/** Runs a load job; answers with its last state. */
async function load(client: BigQuery, source: string | string[], settings: object = {}, jobId?: string) {
  const [job] = await client.createJob({
    ...(jobId && { jobId }),
    configuration: {
      load: {
        sourceUris: [source].flat().map(name => `gs://lake/${name}`),
        sourceFormat: 'AVRO',
        useAvroLogicalTypes: true,
        destinationTable: { projectId: project, datasetId: 'events', tableId: 'loaded' },
        ...settings,
      },
    },
  });
  for (;;) {
    const metadata = await metadataOf(job);
    if (metadata.status.state === 'DONE') return metadata;
  }
}

const rows = (client: BigQuery) => rowsOf(client.dataset('events').table('loaded'));

const simple = (fields: object[]) => ({ type: 'record', name: 'Row', fields });
const idOnly = simple([{ name: 'id', type: 'string' }]);
const idAndNote = simple([
  { name: 'id', type: 'string' },
  { name: 'note', type: ['null', 'string'], default: null },
]);

async function fixture(t: TestContext, objects: Readonly<Record<string, Buffer>>) {
  const started = await startFixture(t, bucket(objects));
  await started.client.createDataset('events');
  return started;
}

describe('a load job', () => {
  it('makes a table of an Avro file’s schema, with BigQuery’s types', async t => {
    const schema = simple([
      { name: 'text', type: 'string', doc: 'some text' },
      { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
      { name: 'big', type: 'long' },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } },
      { name: 'day', type: ['null', { type: 'int', logicalType: 'date' }] },
      { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 20, scale: 2 } },
      { name: 'json', type: { type: 'string', sqlType: 'JSON' } },
      { name: 'counts', type: { type: 'map', values: 'long' } },
      { name: 'tags', type: ['null', { type: 'array', items: 'string' }] },
      { name: 'inner', type: ['null', { type: 'record', name: 'Inner', fields: [{ name: 'x', type: 'double' }] }] },
      { name: 'either', type: ['null', 'string', 'boolean'] },
      { name: 'raw', type: 'bytes' },
    ]);
    const record = {
      text: 'é',
      kind: 'B',
      big: 2n ** 63n - 1n,
      at: 1_700_000_000_123_456,
      day: { int: 19_000 },
      price: Buffer.from('ff85', 'hex'),
      json: '{"b": 1}',
      counts: { one: 1 },
      tags: { array: ['p', 'q'] },
      inner: { Inner: { x: 1.5 } },
      either: { boolean: true },
      raw: Buffer.from([0, 255]),
    };
    const { client, restPort } = await fixture(t, { 'a.avro': avroFile(schema, [record]) });
    const { status, statistics } = await load(client, 'a.avro');
    assert.equal(status.errorResult, undefined);
    assert.equal(statistics.load.outputRows, '1');
    const metadata = await metadataOf(client.dataset('events').table('loaded'));
    const columns = metadata.schema.fields;
    assert.deepEqual(
      columns.map(({ name, type, mode }) => `${name} ${type} ${mode}`),
      [
        'text STRING REQUIRED',
        'kind STRING REQUIRED',
        'big INTEGER REQUIRED',
        'at TIMESTAMP REQUIRED',
        'day DATE NULLABLE',
        'price NUMERIC REQUIRED',
        'json JSON REQUIRED',
        'counts RECORD REPEATED',
        'tags STRING REPEATED',
        'inner RECORD NULLABLE',
        'either RECORD NULLABLE',
        'raw BYTES REQUIRED',
      ],
    );
    assert.equal(columns[0]!.description, 'some text');
    const url = `http://127.0.0.1:${restPort}/projects/${project}/datasets/events/tables/loaded/data`;
    const answer = await fetch(`${url}?formatOptions.useInt64Timestamp=true`);
    const page = (await answer.json()) as { rows: { f: { v: unknown }[] }[] };
    assert.deepEqual(
      page.rows[0]!.f.map(({ v }) => v),
      [
        'é',
        'B',
        '9223372036854775807',
        '1700000000123456',
        '2022-01-08',
        '-1.23',
        '{"b":1}',
        [{ v: { f: [{ v: 'one' }, { v: '1' }] } }],
        [{ v: 'p' }, { v: 'q' }],
        { f: [{ v: '1.5' }] },
        { f: [{ v: null }, { v: 'true' }] },
        'AP8=',
      ],
    );
  });

  const targets: [wanted: string[] | undefined, precision: number, scale: number, type: string][] = [
    [undefined, 38, 9, 'NUMERIC'],
    [['NUMERIC', 'BIGNUMERIC'], 38, 9, 'NUMERIC'],
    [['BIGNUMERIC', 'NUMERIC'], 38, 9, 'NUMERIC'],
    [['NUMERIC', 'BIGNUMERIC'], 39, 9, 'BIGNUMERIC'],
    [['NUMERIC', 'BIGNUMERIC'], 38, 10, 'BIGNUMERIC'],
    [['NUMERIC', 'BIGNUMERIC', 'STRING'], 76, 38, 'BIGNUMERIC'],
    [['NUMERIC', 'BIGNUMERIC'], 77, 38, 'BIGNUMERIC'],
    [['NUMERIC', 'BIGNUMERIC', 'STRING'], 77, 38, 'STRING'],
    [['STRING', 'NUMERIC'], 39, 9, 'STRING'],
    [['BIGNUMERIC'], 10, 2, 'BIGNUMERIC'],
    [['STRING'], 10, 2, 'STRING'],
  ];
  for (const [wanted, precision, scale, type] of targets) {
    it(`makes ${type} of decimals (${precision}, ${scale}) for ${wanted?.join(', ') ?? 'no target types'}`, async t => {
      const price = { type: 'bytes', logicalType: 'decimal', precision, scale };
      const file = avroFile(simple([{ name: 'price', type: price }]), [{ price: Buffer.from('ff85', 'hex') }]);
      const { client } = await fixture(t, { 'a.avro': file });
      const { status } = await load(client, 'a.avro', wanted && { decimalTargetTypes: wanted });
      assert.equal(status.errorResult, undefined);
      const { schema } = await metadataOf(client.dataset('events').table('loaded'));
      assert.equal(schema.fields[0]?.type, type);
      const [[row]] = (await client.query('SELECT CAST(price AS STRING) AS price FROM events.loaded')) as [object[]];
      assert.deepEqual(row, { price: printDecimal(-123n, scale) });
    });
  }

  it('fails for a decimal beyond the widest type that is wanted, and for target types that are none', async t => {
    const price = { type: 'bytes', logicalType: 'decimal', precision: 77, scale: 38 };
    const beyond = Buffer.from(`7f${'ff'.repeat(32)}`, 'hex');
    const file = avroFile(simple([{ name: 'price', type: price }]), [{ price: beyond }]);
    const { client } = await fixture(t, { 'a.avro': file });
    const { status } = await load(client, 'a.avro', { decimalTargetTypes: ['NUMERIC', 'BIGNUMERIC'] });
    assert.match(status.errorResult?.message ?? '', /price: the value is out of the range of BIGNUMERIC/);
    await assert.rejects(load(client, 'a.avro', { decimalTargetTypes: ['FLOAT64'] }), /decimalTargetTypes/);
    await assert.rejects(load(client, 'a.avro', { decimalTargetTypes: ['STRING', 'STRING'] }), /decimalTargetTypes/);
  });

  it('ignores logical types unless it is told to use them', async t => {
    const schema = simple([{ name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } }]);
    const { client } = await fixture(t, { 'a.avro': avroFile(schema, [{ at: 5 }]) });
    await load(client, 'a.avro', { useAvroLogicalTypes: false });
    assert.deepEqual(await rows(client), [{ at: 5 }]);
  });

  for (const codec of ['null', 'deflate', 'snappy']) {
    it(`reads files of the codec ${codec}, many by one wildcard`, async t => {
      const many = Array.from({ length: 3000 }, (_, i) => ({ id: `${codec}-${i}` }));
      const { client } = await fixture(t, {
        'day/1.avro': avroFile(idOnly, many, codec),
        'day/2.avro': avroFile(idAndNote, [{ id: 'x', note: { string: 'y' } }], codec),
        'day/other.txt': Buffer.from('no'),
      });
      const { statistics, status } = await load(client, 'day/*.avro');
      assert.equal(status.errorResult, undefined);
      assert.deepEqual([statistics.load.inputFiles, statistics.load.outputRows], ['2', '3001']);
      const metadata = await metadataOf(client.dataset('events').table('loaded'));
      assert.equal(metadata.numRows, '3001');
    });
  }

  it('appends, truncates, or insists on an empty table', async t => {
    const { client } = await fixture(t, {
      'a.avro': avroFile(idOnly, [{ id: 'a' }]),
      'b.avro': avroFile(idAndNote, [{ id: 'b', note: null }]),
    });
    await load(client, 'a.avro');
    await load(client, 'a.avro');
    assert.deepEqual(await rows(client), [{ id: 'a' }, { id: 'a' }]);
    const full = await load(client, 'a.avro', { writeDisposition: 'WRITE_EMPTY' });
    assert.equal(full.status.errorResult?.reason, 'duplicate');
    await load(client, 'a.avro', { writeDisposition: 'WRITE_TRUNCATE' });
    assert.deepEqual(await rows(client), [{ id: 'a' }]);
    await load(client, 'b.avro', { writeDisposition: 'WRITE_TRUNCATE' });
    assert.deepEqual(await rows(client), [{ id: 'b', note: null }]);
  });

  it('adds and relaxes columns only when it may', async t => {
    const { client } = await fixture(t, {
      'note.avro': avroFile(idAndNote, [{ id: 'b', note: { string: 'n' } }]),
      'none.avro': avroFile(simple([{ name: 'note', type: ['null', 'string'] }]), [{ note: { string: 'm' } }]),
    });
    await createTable(client, 'loaded', [{ name: 'id', type: 'STRING', mode: 'REQUIRED' }]);
    const refused = await load(client, 'note.avro');
    assert.match(refused.status.errorResult?.message ?? '', /Cannot add fields \(field: note\)/);
    await load(client, 'note.avro', { schemaUpdateOptions: ['ALLOW_FIELD_ADDITION'] });
    const strict = await load(client, 'none.avro');
    assert.match(strict.status.errorResult?.message ?? '', /Field id is missing in new schema/);
    await load(client, 'none.avro', { schemaUpdateOptions: ['ALLOW_FIELD_RELAXATION'] });
    assert.deepEqual(await rows(client), [
      { id: 'b', note: 'n' },
      { id: null, note: 'm' },
    ]);
  });

  it('writes nothing when a file is damaged, missing or of another type', async t => {
    const good = avroFile(idOnly, [{ id: 'a' }]);
    const { client } = await fixture(t, {
      'good.avro': good,
      'cut.avro': good.subarray(0, -5),
      'text.avro': Buffer.from('hello'),
      'number.avro': avroFile(simple([{ name: 'id', type: 'long' }]), [{ id: 1 }]),
    });
    await createTable(client, 'loaded', [{ name: 'id', type: 'STRING' }]);
    const outcomes = [];
    for (const bad of ['cut.avro', 'text.avro', 'none.avro', 'none/*', 'number.avro']) {
      const { status } = await load(client, ['good.avro', bad]);
      outcomes.push(`${status.errorResult?.reason}: ${status.errorResult?.message}`);
    }
    assert.deepEqual(outcomes, [
      'invalid: Error while reading data, error message: the file ends too early. File: gs://lake/cut.avro',
      'invalid: Error while reading data, error message: the file does not begin with Avro’s magic bytes. File: gs://lake/text.avro',
      'notFound: Not found: URI gs://lake/none.avro',
      'notFound: Not found: URI gs://lake/none/*',
      'invalid: Provided Schema does not match Table acme-data:events.loaded. Field id has changed type from STRING to INTEGER',
    ]);
    assert.deepEqual(await rows(client), []);
  });

  it('is done once per job id, also over a restart', async t => {
    const folder = temporaryFolder(t);
    const options = { folder, ...bucket({ 'a.avro': avroFile(idOnly, [{ id: 'a' }]) }) };
    const first = await startBigquery(options);
    const client = restClient(await first.listen(operator));
    await client.createDataset('events');
    await load(client, 'a.avro', {}, 'load-1');
    await assert.rejects(load(client, 'a.avro', {}, 'load-1'), { code: 409 });
    await first.close();
    const { client: again } = await startFixture(t, options);
    await assert.rejects(load(again, 'a.avro', {}, 'load-1'), { code: 409 });
    const metadata = await metadataOf(again.job('load-1'));
    assert.deepEqual([metadata.status.state, metadata.statistics.load.outputRows], ['DONE', '1']);
    assert.deepEqual(await rows(again), [{ id: 'a' }]);
  });

  it('fails for a dataset that does not exist', async t => {
    const { client } = await startFixture(t, bucket({ 'a.avro': avroFile(idOnly, [{ id: 'a' }]) }));
    const { status } = await load(client, 'a.avro');
    assert.equal(status.errorResult?.reason, 'notFound');
  });
});
