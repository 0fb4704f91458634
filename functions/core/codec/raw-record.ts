import type { Event } from '../envelope.ts';
import { type AvroRecordSchema, avroRecord } from '../schema/avro-schema.ts';
import type { Column } from '../schema/column.ts';
import { bytesColumn, metadataColumns } from '../schema/metadata-columns.ts';
import { avroRecordEncoder } from './avro-record.ts';
import { metadataRow } from './metadata-row.ts';

/** The payload, byte for byte as it was published. */
export const payloadColumn: Column = bytesColumn('payload', 'The payload, byte for byte as it was published.');

/** The schema of the files of the raw lake. */
export const rawRecordSchema: AvroRecordSchema = avroRecord('onramp_raw', [...metadataColumns, payloadColumn]);

const encode = avroRecordEncoder([...metadataColumns, payloadColumn]);

/** The bytes of an event's record in the raw lake. */
export const encodeRawRecord = (event: Event, processingTime: Date): Buffer =>
  encode([...metadataRow(event, processingTime), event.payload]);
