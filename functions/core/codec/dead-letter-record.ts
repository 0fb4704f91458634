import { deadLetterAttribute, type Event } from '../envelope.ts';
import { type AvroRecordSchema, avroRecord } from '../schema/avro-schema.ts';
import type { Column } from '../schema/column.ts';
import { metadataColumns, stringColumn, timestampColumn } from '../schema/metadata-columns.ts';
import { avroRecordEncoder } from './avro-record.ts';
import { metadataRow } from './metadata-row.ts';
import { payloadColumn } from './raw-record.ts';
import type { Row } from './row.ts';
import { microsOfRfc3339 } from './timestamp.ts';

/** Why and where a message was set aside, as its attributes say. */
export interface DeadLetterFacts {
  readonly stage: string;
  readonly reason: string;
  readonly detail: string;
  /** RFC 3339, UTC. */
  readonly time: string;
}

/** The columns of a dead letter, in the files and in the table alike. */
export const deadLetterColumns: readonly Column[] = [
  ...metadataColumns,
  stringColumn(deadLetterAttribute.stage, 'The stage that set the message aside.'),
  stringColumn(deadLetterAttribute.reason, 'The error code that says why; docs/errors.md explains each.'),
  stringColumn(deadLetterAttribute.detail, 'What exactly was wrong, and where.'),
  timestampColumn(deadLetterAttribute.time, 'When the message was set aside.'),
  payloadColumn,
];

/** The values of a dead letter's columns. `processingTime` is that of the stage that stores it. */
export const deadLetterRow = (event: Event, facts: DeadLetterFacts, processingTime: Date): Row => [
  ...metadataRow(event, processingTime),
  facts.stage,
  facts.reason,
  facts.detail,
  microsOfRfc3339(facts.time) ?? null,
  event.payload,
];

/** The schema of the files of dead letters. */
export const deadLetterRecordSchema: AvroRecordSchema = avroRecord('onramp_dead_letter', deadLetterColumns);

/** The bytes of a dead letter's record, from what `deadLetterRow` made. */
export const encodeDeadLetterRecord: (row: Row) => Buffer = avroRecordEncoder(deadLetterColumns);
