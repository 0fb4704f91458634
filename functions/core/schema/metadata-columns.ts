import { attribute } from '../envelope.ts';
import type { Column, ColumnType, Conversion } from './column.ts';
import type { Schema } from './descriptor-set.ts';

/** The names of the metadata columns, which begin every record of the lakes and every row of the warehouse. */
export const metadataColumn = {
  eventId: attribute.eventId,
  ramp: attribute.ramp,
  publishTime: attribute.publishTime,
  /** When the stage that wrote the record took it in hand. */
  processingTime: 'onramp_processing_time',
  schema: attribute.schema,
  schemaVersion: attribute.schemaVersion,
  orderingKey: 'onramp_ordering_key',
  attributes: 'onramp_attributes',
  sha256: attribute.sha256,
} as const;

const ownColumn =
  (type: ColumnType, conversion: Conversion) =>
  (name: string, description: string): Column => ({ name, type, mode: 'NULLABLE', conversion, description });

/** Make a column of Onramp's own, which no protobuf field is behind. */
export const stringColumn = ownColumn('STRING', 'string');
export const timestampColumn = ownColumn('TIMESTAMP', 'timestamp');
export const bytesColumn = ownColumn('BYTES', 'bytes');

/** Onramp's facts of an event as columns; `core/codec/metadata-row.ts` makes their values. */
export const metadataColumns: readonly Column[] = [
  stringColumn(metadataColumn.eventId, 'Stable across redelivery and replay: what duplicates are recognised by.'),
  stringColumn(metadataColumn.ramp, 'The ramp that the event was published on, as <service>/<ramp>.'),
  timestampColumn(metadataColumn.publishTime, 'When the ramp took the message.'),
  timestampColumn(metadataColumn.processingTime, 'When Onramp wrote this record.'),
  stringColumn(metadataColumn.schema, 'Full name of the payload’s message type; NULL when it has none.'),
  stringColumn(metadataColumn.schemaVersion, 'Version of the schema that the payload was published with.'),
  stringColumn(metadataColumn.orderingKey, 'The message’s ordering key; NULL when it has none.'),
  {
    name: metadataColumn.attributes,
    type: 'RECORD',
    mode: 'REPEATED',
    conversion: 'map',
    description: 'The publisher’s own attributes.',
    fields: [
      { name: 'key', type: 'STRING', mode: 'NULLABLE', conversion: 'string' },
      { name: 'value', type: 'STRING', mode: 'NULLABLE', conversion: 'string' },
    ],
  },
  stringColumn(metadataColumn.sha256, 'SHA-256 of the payload, in hexadecimal.'),
];

/** All columns of a schema's records, Onramp's first: those of its Avro files and of its table. */
export const recordColumns = (schema: Pick<Schema, 'columns'>): readonly Column[] => [
  ...metadataColumns,
  ...schema.columns,
];
