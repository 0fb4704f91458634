import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { containerFile, readContainer } from '../../../../../functions/core/codec/avro-container.ts';
import { avroRecordEncoder } from '../../../../../functions/core/codec/avro-record.ts';
import {
  deadLetterColumns,
  deadLetterRecordSchema,
  deadLetterRow,
  encodeDeadLetterRecord,
} from '../../../../../functions/core/codec/dead-letter-record.ts';
import { metadataRow } from '../../../../../functions/core/codec/metadata-row.ts';
import { encodeRawRecord, rawRecordSchema } from '../../../../../functions/core/codec/raw-record.ts';
import { rowEncoderOfColumns } from '../../../../../functions/core/codec/row-proto.ts';
import type { Event } from '../../../../../functions/core/envelope.ts';
import { metadataColumns } from '../../../../../functions/core/schema/metadata-columns.ts';
import { rowDescriptor } from '../../../../../functions/core/schema/row-descriptor.ts';
import { readWithAvsc } from '../../../../support/avsc-types.ts';
import { rowMessage } from '../../../../support/row-message.ts';
import { rowOfMessage } from '../../../../support/row-views.ts';

const event: Event = {
  ramp: 'flights/departures',
  eventId: 'flights/departures/17',
  publishTime: '2026-01-02T03:04:05.678Z',
  schema: undefined,
  schemaVersion: undefined,
  sha256: 'cafe',
  orderingKey: 'key',
  attributes: { zone: 'a', '': 'empty', Zone: 'b' },
  payload: Uint8Array.from({ length: 256 }, (_, byte) => byte),
};
const processingTime = new Date('2026-01-02T03:04:06Z');
const sync = new Uint8Array(16);

const metadata = {
  onramp_event_id: 'flights/departures/17',
  onramp_ramp: 'flights/departures',
  onramp_publish_time: 1767323045678000n,
  onramp_processing_time: 1767323046000000n,
  onramp_schema: null,
  onramp_schema_version: null,
  onramp_ordering_key: 'key',
  onramp_attributes: { '': 'empty', Zone: 'b', zone: 'a' },
  onramp_sha256: 'cafe',
};

describe('the values of the metadata columns', () => {
  it('are as many as the columns, attributes in the order of their names', () => {
    const row = metadataRow(event, processingTime);
    assert.equal(row.length, metadataColumns.length);
    assert.deepEqual(row[7], [
      ['', 'empty'],
      ['Zone', 'b'],
      ['zone', 'a'],
    ]);
  });

  it('are NULL for what an event does not have, and for a time that is none', () => {
    const row = metadataRow({ ...event, orderingKey: '', sha256: '', publishTime: 'yesterday' }, processingTime);
    assert.deepEqual([row[2], row[6], row[8]], [null, null, null]);
  });
});

describe('a record of the raw lake', () => {
  it('holds the facts of the event and its payload, byte for byte', async () => {
    const file = await containerFile({
      schema: rawRecordSchema,
      records: [encodeRawRecord(event, processingTime)],
      codec: 'snappy',
      sync,
    });
    const expected = { ...metadata, payload: Buffer.from(event.payload) };
    assert.deepEqual((await readContainer(file)).records, [expected]);
    const [record] = await readWithAvsc(file);
    assert.deepEqual(
      { ...(record as object), onramp_attributes: { ...(record as typeof metadata).onramp_attributes } },
      expected,
    );
  });

  it('may be as large as a message may be, and small again after', () => {
    const large = encodeRawRecord({ ...event, payload: Buffer.alloc(10_000_000, 7) }, processingTime);
    const small = encodeRawRecord(event, processingTime);
    assert.ok(large.length > 10_000_000);
    assert.equal(large.length - 10_000_000 - (small.length - 256), 2);
  });
});

describe('a dead letter', () => {
  const facts = {
    stage: 'hub-to-warehouse',
    reason: 'PAYLOAD_UNDECODABLE',
    detail: 't.M is cut',
    time: '2026-01-02T03:04:07.000001Z',
  };
  const row = deadLetterRow(event, facts, processingTime);

  it('holds the facts of the event, why it is one, and its payload', async () => {
    const file = await containerFile({
      schema: deadLetterRecordSchema,
      records: [encodeDeadLetterRecord(row)],
      codec: 'null',
      sync,
    });
    assert.deepEqual((await readContainer(file)).records, [
      {
        ...metadata,
        onramp_dead_letter_stage: 'hub-to-warehouse',
        onramp_dead_letter_reason: 'PAYLOAD_UNDECODABLE',
        onramp_dead_letter_detail: 't.M is cut',
        onramp_dead_letter_time: 1767323047000001n,
        payload: Buffer.from(event.payload),
      },
    ]);
  });

  it('is the same as a row of its table', () => {
    const message = rowMessage(rowDescriptor(deadLetterColumns));
    const encoded = rowEncoderOfColumns(deadLetterColumns).encode(row);
    assert.deepEqual(rowOfMessage(deadLetterColumns, message, fromBinary(message, encoded)), row);
  });
});

describe('an encoder', () => {
  it('goes on as if nothing had been after a value that it could not write', () => {
    const encode = avroRecordEncoder(metadataColumns);
    const good = encode(metadataRow(event, processingTime));
    assert.throws(() => encode(['a', 'b', 'no time', 0n, null, null, null, [], null]));
    assert.deepEqual(encode(metadataRow(event, processingTime)), good);
  });
});
