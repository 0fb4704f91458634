import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { protos } from '@google-cloud/bigquery-storage';
import {
  change,
  createTable,
  descriptorOf,
  jsonWriter,
  metadataOf,
  project,
  rowsOf,
  rowWriter,
  startFixture,
  streamName,
  writerClient,
} from './support/bigquery-fixture.ts';

const { StorageError } = protos.google.cloud.bigquery.storage.v1;
const { Type, Label } = protos.google.protobuf.FieldDescriptorProto;
const invalidArgument = 3;

const fields = [
  { name: 'id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'n', type: 'INTEGER' },
  { name: 'at', type: 'TIMESTAMP' },
];

/** A field of the writer's message. */
const field = (
  name: string,
  number: number,
  type: keyof typeof Type,
  label: keyof typeof Label = 'LABEL_OPTIONAL',
) => ({
  name,
  number,
  type: Type[type],
  label: Label[label],
});

/** `id` is field 1, a string. */
const rowOfId = (id: string) => Buffer.concat([Buffer.from([0x0a, id.length]), Buffer.from(id)]);

describe('appending to a default stream', () => {
  it('makes rows visible when it is answered, many in flight at once', async t => {
    const { client, storagePort } = await startFixture(t);
    const table = await createTable(client, 'orders', fields);
    const writer = await jsonWriter(writerClient(t, storagePort), 'orders');
    const first = await writer.appendRows([{ id: 'a', n: 1 }]).getResult();
    assert.ok(first.appendResult);
    assert.equal(first.updatedSchema, null);
    assert.equal((await rowsOf(table)).length, 1);
    const appends = Array.from({ length: 20 }, (_, i) =>
      writer.appendRows([{ id: `b${i}` }, { id: `c${i}` }]).getResult(),
    );
    await Promise.all(appends);
    assert.equal((await metadataOf(table)).numRows, '41');
  });

  it('writes nothing of a request with a bad row, and goes on with the next', async t => {
    const { client, storagePort } = await startFixture(t);
    const table = await createTable(client, 'orders', fields);
    const writer = await jsonWriter(writerClient(t, storagePort), 'orders');
    const response = await writer.appendRows([{ id: 'a' }, { n: 1 }, { id: 'b', at: 253402300800000000 }]).getResult();
    assert.equal(response.error?.code, invalidArgument);
    assert.match(response.error.message ?? '', /Errors found while processing rows/);
    assert.deepEqual(
      response.rowErrors?.map(({ index, code, message }) => [Number(index), code, message]),
      [
        [1, 'FIELDS_ERROR', 'Field id: the field is required and has no value.'],
        [2, 'FIELDS_ERROR', 'Field at: the value is no TIMESTAMP or is out of its range.'],
      ],
    );
    assert.ok((await writer.appendRows([{ id: 'c' }]).getResult()).appendResult);
    assert.deepEqual(
      (await rowsOf(table)).map(row => row['id']),
      ['c'],
    );
  });

  it('refuses partition values too far from today', async t => {
    const clock = { now: () => Date.parse('2026-05-01T00:00:00Z') };
    const { client, storagePort } = await startFixture(t, { clock });
    await createTable(client, 'orders', fields, { timePartitioning: { type: 'DAY', field: 'at' } });
    const writer = await jsonWriter(writerClient(t, storagePort), 'orders');
    const append = (at: string) => writer.appendRows([{ id: 'a', at: Date.parse(at) * 1000 }]).getResult();
    assert.ok((await append('2016-05-04T00:00:00Z')).appendResult);
    assert.ok((await append('2027-05-02T00:00:00Z')).appendResult);
    for (const at of ['2016-05-02T00:00:00Z', '2027-05-03T00:00:00Z']) {
      assert.match((await append(at)).rowErrors?.[0]?.message ?? '', /outside the allowed bounds/);
    }
  });

  it('tells of a field that the table does not have, with BigQuery’s own error code', async t => {
    const { client, storagePort } = await startFixture(t);
    await createTable(client, 'orders', fields);
    const descriptor = { name: 'Row', field: [field('id', 1, 'TYPE_STRING'), field('extra', 2, 'TYPE_STRING')] };
    const append = await rowWriter(writerClient(t, storagePort), 'orders', descriptor);
    const { error } = await append([rowOfId('a')]);
    assert.equal(error?.code, invalidArgument);
    assert.match(error.message ?? '', /Input schema has more fields than BigQuery schema, extra fields: 'extra'/);
    const detail = error.details?.[0];
    assert.equal(detail?.type_url, 'type.googleapis.com/google.cloud.bigquery.storage.v1.StorageError');
    const decoded = StorageError.decode(detail.value as Uint8Array);
    assert.equal(decoded.code, StorageError.StorageErrorCode.SCHEMA_MISMATCH_EXTRA_FIELDS);
    assert.equal(decoded.entity, streamName('orders'));
  });

  it('refuses a writer whose types do not go into the columns', async t => {
    const { client, storagePort } = await startFixture(t);
    await createTable(client, 'orders', fields);
    const writer = writerClient(t, storagePort);
    const cases: [object[], RegExp][] = [
      [
        [field('id', 1, 'TYPE_STRING'), field('n', 2, 'TYPE_UINT64')],
        /mismatched with BigQuery field at Row.n, the proto field type uint64, BigQuery field type INTEGER/,
      ],
      [
        [field('id', 1, 'TYPE_STRING'), field('n', 2, 'TYPE_INT64', 'LABEL_REPEATED')],
        /the proto field type repeated int64/,
      ],
      [[field('n', 2, 'TYPE_INT64')], /missing fields that are required in the BigQuery schema: 'id'/],
    ];
    for (const [writerFields, message] of cases) {
      const append = await rowWriter(writer, 'orders', { name: 'Row', field: writerFields });
      assert.match((await append([rowOfId('a')])).error?.message ?? '', message);
    }
  });

  it('reports rows that are no protobuf, or hold text that is not UTF-8', async t => {
    const { client, storagePort } = await startFixture(t);
    await createTable(client, 'orders', fields);
    const append = await rowWriter(writerClient(t, storagePort), 'orders', {
      name: 'Row',
      field: [field('id', 1, 'TYPE_STRING')],
    });
    const { rowErrors } = await append([
      rowOfId('a'),
      Buffer.from([0x0a, 0x05, 0x61]),
      Buffer.from([0x0a, 0x01, 0xff]),
    ]);
    assert.deepEqual(
      rowErrors?.map(({ message }) => message),
      [
        'The row is no valid protocol buffer: the message ends inside a field.',
        'Field id: the string is not valid UTF-8.',
      ],
    );
  });

  it('knows a new table after a while only', async t => {
    const clock = { time: Date.parse('2026-05-01T00:00:00Z'), now: () => clock.time };
    const { client, storagePort } = await startFixture(t, { clock, schemaDelayMillis: 60_000 });
    await createTable(client, 'orders', fields);
    const writers = writerClient(t, storagePort);
    const descriptor = { name: 'Row', field: [field('id', 1, 'TYPE_STRING')] };
    const early = await rowWriter(writers, 'orders', descriptor);
    await assert.rejects(early([rowOfId('a')]), { code: 5, message: /Not found: Table/ });
    await assert.rejects(descriptorOf(writers, 'orders'), { code: 5 });
    clock.time += 60_000;
    const append = await rowWriter(writers, 'orders', descriptor);
    assert.ok((await append([rowOfId('a')])).appendResult);
  });

  it('hands out a new schema once the write path has heard of it', async t => {
    const clock = { time: Date.parse('2026-05-01T00:00:00Z'), now: () => clock.time };
    const { client, storagePort } = await startFixture(t, { clock, schemaDelayMillis: 60_000 });
    const table = await createTable(client, 'orders', fields);
    clock.time += 60_000;
    const writers = writerClient(t, storagePort);
    const old = await jsonWriter(writers, 'orders');
    await old.appendRows([{ id: 'a' }]).getResult();
    await change(table, { schema: { fields: [...fields, { name: 'late', type: 'STRING' }] } });
    const descriptor = { name: 'Row', field: [field('id', 1, 'TYPE_STRING'), field('late', 2, 'TYPE_STRING')] };
    const append = await rowWriter(writers, 'orders', descriptor);
    const row = Buffer.concat([rowOfId('b'), Buffer.from([0x12, 0x01, 0x78])]);
    const columns = async () => (await descriptorOf(writers, 'orders')).field?.map(({ name }) => name);
    assert.deepEqual(await columns(), ['id', 'n', 'at'], 'the stream shows what writers know');
    assert.match((await append([row])).error?.message ?? '', /extra fields: 'late'/);
    const early = await old.appendRows([{ id: 'c' }]).getResult();
    assert.equal(early.updatedSchema, null);
    clock.time += 60_000;
    assert.deepEqual(await columns(), ['id', 'n', 'at', 'late']);
    const told = await old.appendRows([{ id: 'd' }]).getResult();
    assert.deepEqual(
      told.updatedSchema?.fields?.map(({ name }) => name),
      ['id', 'n', 'at', 'late'],
    );
    assert.equal((await old.appendRows([{ id: 'e' }]).getResult()).updatedSchema, null);
    assert.match(
      (await append([row])).error?.message ?? '',
      /extra fields: 'late'/,
      'a connection learns by its appends',
    );
    const reopened = await rowWriter(writers, 'orders', descriptor);
    assert.ok((await reopened([row])).appendResult);
    const rows = await rowsOf(table);
    assert.deepEqual(
      rows.map(each => [each['id'], each['late']]),
      [
        ['a', null],
        ['c', null],
        ['d', null],
        ['e', null],
        ['b', 'x'],
      ],
    );
  });

  it('ends the connection for a table that does not exist, and for a request over 10 MB', async t => {
    const { client, storagePort } = await startFixture(t);
    await createTable(client, 'orders', fields);
    const writers = writerClient(t, storagePort);
    const descriptor = await descriptorOf(writers, 'orders');
    const missing = await rowWriter(writers, 'none', descriptor);
    await assert.rejects(missing([rowOfId('a')]), { code: 5, message: /Not found: Table acme-data:events.none/ });
    const huge = await rowWriter(writers, 'orders', descriptor);
    const rows = Array.from({ length: 11 }, () =>
      Buffer.concat([Buffer.from([0x0a, 0x80, 0x80, 0x40]), Buffer.alloc(1 << 20, 0x61)]),
    );
    await assert.rejects(huge(rows), { code: invalidArgument, message: /AppendRows request too large/ });
  });

  it('needs the permission to change the table’s rows', async t => {
    const { client, storagePort } = await startFixture(t, {
      caller: 'writer@example.com',
      authorize: (_caller, permission) => permission !== 'bigquery.tables.updateData',
    });
    await createTable(client, 'orders', fields);
    const append = await rowWriter(writerClient(t, storagePort), 'orders', {
      name: 'Row',
      field: [field('id', 1, 'TYPE_STRING')],
    });
    await assert.rejects(append([rowOfId('a')]), {
      code: 7,
      message: new RegExp(
        `Permission 'TABLES_UPDATE_DATA' denied on resource 'projects/${project}/datasets/events/tables/orders'`,
      ),
    });
  });

  it('is all that there is: streams of other types are refused', async t => {
    const { client, storagePort } = await startFixture(t);
    await createTable(client, 'orders', fields);
    const create = writerClient(t, storagePort).createWriteStream({
      streamType: 'PENDING',
      destinationTable: `projects/${project}/datasets/events/tables/orders`,
    } as never);
    await assert.rejects(create, { code: 12, message: /default streams only/ });
  });
});
