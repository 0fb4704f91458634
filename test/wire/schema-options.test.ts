import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fromJson, toBinary } from '@bufbuild/protobuf';
import { containerFile } from '../../functions/core/codec/avro-container.ts';
import { avroEncoder } from '../../functions/core/codec/avro-record.ts';
import { readPayload } from '../../functions/core/codec/decode.ts';
import { createMasker } from '../../functions/core/codec/masker.ts';
import type { Row } from '../../functions/core/codec/row.ts';
import { rowEncoder } from '../../functions/core/codec/row-proto.ts';
import { recordColumns } from '../../functions/core/schema/metadata-columns.ts';
import { rowDescriptor } from '../../functions/core/schema/row-descriptor.ts';
import { tableFields } from '../../functions/core/schema/table-schema.ts';
import { schemaWithOptions } from '../support/with-options.ts';
import {
  createTable,
  metadataOf,
  project,
  rowsOf,
  rowWriter,
  startFixture,
  writerClient,
} from './support/bigquery-fixture.ts';

const schema = schemaWithOptions(
  `message M {
    string id = 1;
    string day = 2 [(onramp.field).type = TYPE_DATE];
    repeated int32 days = 3 [(onramp.field).type = TYPE_DATE];
    int64 at = 4 [(onramp.field) = { type: TYPE_TIMESTAMP_MILLIS column: "happened_at" }];
    string price = 5 [(onramp.field).type = TYPE_NUMERIC];
    string json = 6 [(onramp.field).type = TYPE_JSON];
    M nested = 7 [(onramp.field).type = TYPE_JSON];
    google.protobuf.Duration took = 8 [(onramp.field).type = TYPE_DURATION_SECONDS];
    Colour colour = 9 [(onramp.field).type = TYPE_INTEGER];
    int64 account = 10 [(onramp.field) = { pii: "account" mask: MASK_HMAC }];
    map<string, string> names = 11 [(onramp.field) = { pii: "name" mask: MASK_TRUNCATE truncate: 1 }];
    map<int32, string> mails = 12 [(onramp.field).pii = "email"];
    google.protobuf.Timestamp born = 13 [(onramp.field) = { pii: "birth" mask: MASK_TRUNCATE }];
    string gone = 14 [(onramp.field) = { pii: "secret" mask: MASK_DROP }];
  }
  enum Colour { COLOUR_UNSPECIFIED = 0; COLOUR_RED = 7; }`,
);

const events = [
  {
    id: 'full',
    day: '2024-02-29',
    days: [-1, 0],
    at: '1767323045678',
    price: '12.50',
    json: '{"b": 1}',
    took: '1.5s',
    colour: 'COLOUR_RED',
    account: '42',
    names: { anna: 'x1', arno: 'x2' },
    mails: { 1: 'a@example.com' },
    born: '1990-05-06T07:08:09Z',
    gone: 'gone',
  },
  { id: 'empty' },
];

it('columns with other types and masks are the same in a table that was streamed to and in one loaded from the lake', async t => {
  const masker = createMasker(1, Buffer.alloc(32));
  const rows = events.map((event): Row => {
    const payload = toBinary(schema.message, fromJson(schema.message, event));
    return [null, null, null, null, null, null, null, [], null, ...readPayload(schema, payload, masker).row];
  });
  const avro = avroEncoder(schema);
  const records = rows.map(row => avro.encode(row));
  const file = await containerFile({ schema: avro.schema, records, codec: 'snappy', sync: new Uint8Array(16) });
  const { client, storagePort } = await startFixture(t, {
    readObject: () => Promise.resolve(file),
    listObjects: () => [{ name: 'file.avro', size: file.length }],
  });

  const columns = recordColumns(schema);
  await createTable(client, 'streamed', tableFields(columns));
  const append = await rowWriter(writerClient(t, storagePort), 'streamed', rowDescriptor(columns) as never);
  const { rowErrors } = await append(rows.map(row => rowEncoder(schema).encode(row)));
  assert.deepEqual(rowErrors, []);

  await createTable(client, 'loaded', tableFields(columns));
  const [job] = await client.createJob({
    configuration: {
      load: {
        sourceUris: ['gs://lake/file.avro'],
        sourceFormat: 'AVRO',
        useAvroLogicalTypes: true,
        destinationTable: { projectId: project, datasetId: 'events', tableId: 'loaded' },
      },
    },
  });
  for (;;) {
    const { status } = await metadataOf(job);
    if (status.state !== 'DONE') continue;
    assert.equal(status.errorResult, undefined);
    break;
  }

  const textsOf = async (table: string) => {
    const found = await rowsOf(client.dataset('events').table(table));
    return found.map(row => JSON.stringify(row)).toSorted();
  };
  const streamed = await textsOf('streamed');
  assert.deepEqual(await textsOf('loaded'), streamed);
  const full = streamed.find(text => text.includes('"full"')) ?? '';
  const token = (text: string) => masker.hmac(Buffer.from(text));
  assert.partialDeepStrictEqual(JSON.parse(full), {
    day: { value: '2024-02-29' },
    days: [{ value: '1969-12-31' }, { value: '1970-01-01' }],
    happened_at: { value: '2026-01-02T03:04:05.678Z' },
    took: 1.5,
    colour: 7,
    account: token('42'),
    names: [
      { key: 'a', value: 'x' },
      { key: 'a', value: 'x' },
    ],
    mails: [{ key: token('1'), value: token('a@example.com') }],
    born: { value: '1990-05-06T00:00:00.000Z' },
  });
});
