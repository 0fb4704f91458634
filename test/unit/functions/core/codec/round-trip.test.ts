import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { containerFile, readContainer } from '../../../../../functions/core/codec/avro-container.ts';
import type { AvroValue } from '../../../../../functions/core/codec/avro-reader.ts';
import { avroEncoder } from '../../../../../functions/core/codec/avro-record.ts';
import { readPayload } from '../../../../../functions/core/codec/decode.ts';
import { metadataRow } from '../../../../../functions/core/codec/metadata-row.ts';
import type { Row } from '../../../../../functions/core/codec/row.ts';
import { rowEncoder } from '../../../../../functions/core/codec/row-proto.ts';
import { recordColumns } from '../../../../../functions/core/schema/metadata-columns.ts';
import { rowDescriptor } from '../../../../../functions/core/schema/row-descriptor.ts';
import { avscType } from '../../../../support/avsc-types.ts';
import { everyType } from '../../../../support/every-type.ts';
import { randomMessage } from '../../../../support/random-message.ts';
import { rowMessage } from '../../../../support/row-message.ts';
import { rowOfAvro, rowOfMessage, withSortedMaps } from '../../../../support/row-views.ts';

const columns = recordColumns(everyType);
const avro = avroEncoder(everyType);
const avsc = avscType(JSON.parse(avro.schema));
const proto = rowEncoder(everyType);
const message = rowMessage(rowDescriptor(columns));

const metadata = metadataRow(
  {
    ramp: 'flights/departures',
    eventId: 'flights/departures/1',
    publishTime: '2026-01-02T03:04:05.123456789Z',
    schema: everyType.name,
    schemaVersion: everyType.version,
    sha256: 'ab',
    orderingKey: '',
    attributes: { b: '1', a: '' },
    payload: new Uint8Array(),
  },
  new Date(1_767_323_046_000),
);

const rows = randomMessage(everyType.message).map((random): Row => {
  const payload = toBinary(everyType.message, random);
  return [...metadata, ...readPayload(everyType, payload).row];
});

/** Objects cannot have this key by assignment, which is how avsc fills them. */
const avscCanRead = (row: Row) =>
  !JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? 0 : value)).includes('["__proto__",');

describe('a random message', () => {
  it('reads back from the lake’s files as it was decoded', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rows, { maxLength: 5 }), async batch => {
        const file = await containerFile({
          schema: avro.schema,
          records: batch.map(row => avro.encode(row)),
          codec: 'snappy',
          sync: new Uint8Array(16),
        });
        const { records } = await readContainer(file);
        assert.deepEqual(
          records.map(record => withSortedMaps(columns, rowOfAvro(columns, record))),
          batch.map(row => withSortedMaps(columns, row)),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('reads the same by an Avro library, which also writes the same bytes', () => {
    fc.assert(
      fc.property(rows.filter(avscCanRead), row => {
        const bytes = avro.encode(row);
        const record = avsc.fromBuffer(bytes) as AvroValue;
        assert.deepEqual(withSortedMaps(columns, rowOfAvro(columns, record)), withSortedMaps(columns, row));
        // Objects have an order of keys of their own, so both write what was read.
        assert.deepEqual(avsc.toBuffer(record), avro.encode(rowOfAvro(columns, record)));
      }),
      { numRuns: 300 },
    );
  });

  it('reads back from the warehouse’s rows as it was decoded', () => {
    fc.assert(
      fc.property(rows, row => {
        assert.deepEqual(rowOfMessage(columns, message, fromBinary(message, proto.encode(row))), row);
      }),
      { numRuns: 300 },
    );
  });
});
