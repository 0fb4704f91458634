/** The record of which dead letters were sent through their stage again, in Onramp's own dataset. */
import type { Row } from './codec/row.ts';
import { deadLetterAttribute, type Event } from './envelope.ts';
import { datasets, tables } from './names.ts';
import type { Column } from './schema/column.ts';
import { metadataColumn, stringColumn, timestampColumn } from './schema/metadata-columns.ts';
import { tableFields } from './schema/table-schema.ts';
import type { TableDefinition, ViewDefinition } from './warehouse-table.ts';

const healedTime = 'onramp_healed_time';

export const healedColumns: readonly Column[] = [
  stringColumn(metadataColumn.eventId, 'The event of the dead letter.'),
  stringColumn(metadataColumn.ramp, 'The ramp that the event was published on, as <service>/<ramp>.'),
  stringColumn(metadataColumn.schema, 'Full name of the payload’s message type.'),
  stringColumn(metadataColumn.schemaVersion, 'The version that the event waited for; NULL when it named none.'),
  stringColumn(
    deadLetterAttribute.stage,
    'The stage that had set the event aside, and that it was sent through again.',
  ),
  timestampColumn(healedTime, 'When it was sent.'),
];

export const healedTable: TableDefinition = {
  dataset: datasets.onramp,
  table: tables.healedDeadLetters,
  fields: tableFields(healedColumns),
  partitionBy: healedTime,
  clusterBy: [metadataColumn.ramp, metadataColumn.eventId],
  description: 'Dead letters that were sent through their stage again once the version of their schema was published',
  labels: {},
};

/** The values of `healedColumns`. */
export const healedRow = (event: Event, stage: string, time: Date): Row => [
  event.eventId,
  event.ramp,
  event.schema ?? null,
  event.schemaVersion ?? null,
  stage,
  BigInt(time.getTime()) * 1000n,
];

/** The view of the dead letters that still need somebody: all but those that were sent on after they were set aside. */
export function openDeadLettersView(project: string): ViewDefinition {
  const { eventId } = metadataColumn;
  const { stage, time } = deadLetterAttribute;
  const table = (name: string) => `\`${project}.${datasets.onramp}.${name}\``;
  return {
    dataset: datasets.onramp,
    view: tables.openDeadLetters,
    query:
      `SELECT letter.* FROM ${table(tables.deadLetters)} AS letter LEFT JOIN (` +
      `SELECT ${eventId} AS event, ${stage} AS stage, MAX(${healedTime}) AS last ` +
      `FROM ${table(tables.healedDeadLetters)} GROUP BY event, stage` +
      `) AS healed ON healed.event = letter.${eventId} AND healed.stage = letter.${stage} ` +
      `WHERE healed.last IS NULL OR healed.last < letter.${time}`,
    description: 'Dead letters that were not healed since: those that need somebody',
  };
}
