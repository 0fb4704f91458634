import type { OpenAppender } from '../clients/appender.ts';
import type { Tables } from '../clients/tables.ts';
import type { CatalogueTable } from '../core/catalogue.ts';
import { metadataRow } from '../core/codec/metadata-row.ts';
import type { Row } from '../core/codec/row.ts';
import type { Schema } from '../core/schema/descriptor-set.ts';
import { recordColumns } from '../core/schema/metadata-columns.ts';
import { done, type Outcome, type Stage } from '../core/stage.ts';
import { deduplicatedView, tableDefinition } from '../core/warehouse-table.ts';
import { type Decoding, decodeEvents } from './decoded-events.ts';
import { createTableWriter, type OnRecovered, type TableWriter } from './table-writer.ts';
import { createWaitingRoom } from './waiting-room.ts';

export interface HubToWarehouse extends Decoding {
  readonly project: string;
  readonly tables: Tables;
  readonly openAppender: OpenAppender;
  readonly onRecovered: OnRecovered;
  readonly now: () => Date;
}

/**
 * Decodes the payloads of the hub by their schemas and appends the rows to BigQuery, one table per ramp. Each schema
 * version of a table is written by itself, so that rows which wait for a new column hold up no others.
 */
export function createHubToWarehouse(dependencies: HubToWarehouse): Stage {
  const { project, tables, openAppender, onRecovered, now } = dependencies;
  const waitingRoom = createWaitingRoom('hub-to-warehouse');
  // A schema that the registry has let go of takes its writers with it.
  const writers = new WeakMap<Schema, Map<string, TableWriter>>();
  const keys = new WeakMap<CatalogueTable, string>();

  /** One writer for each schema version; the layout is in the key, so that a change of the catalogue gets another. */
  const writerOf = (layout: CatalogueTable, schema: Schema): TableWriter => {
    let key = keys.get(layout);
    if (key === undefined) keys.set(layout, (key = JSON.stringify(layout)));
    let ofSchema = writers.get(schema);
    if (!ofSchema) writers.set(schema, (ofSchema = new Map<string, TableWriter>()));
    let writer = ofSchema.get(key);
    if (!writer) {
      writer = createTableWriter({
        project,
        table: tableDefinition(layout, schema),
        view: deduplicatedView(project, layout),
        columns: recordColumns(schema),
        tables,
        openAppender,
        waitingRoom,
        onRecovered,
      });
      ofSchema.set(key, writer);
    }
    return writer;
  };

  return {
    async handle(messages) {
      const time = now();
      const outcomes: (Outcome | Promise<Outcome>)[] = [];
      const groups = new Map<TableWriter, { indexes: number[]; rows: Row[] }>();
      for (const { index, event, ramp, schema, row } of await decodeEvents(messages, outcomes, dependencies)) {
        if (!ramp.warehouse) {
          outcomes[index] = done;
          continue;
        }
        const writer = writerOf(ramp.warehouse, schema);
        let group = groups.get(writer);
        if (!group) groups.set(writer, (group = { indexes: [], rows: [] }));
        group.indexes.push(index);
        group.rows.push([...metadataRow(event, time), ...row]);
      }
      for (const [writer, { indexes, rows }] of groups) {
        const written = writer.write(rows, time);
        indexes.forEach((index, place) => {
          outcomes[index] = written.then(all => all[place] ?? done);
        });
      }
      return outcomes;
    },
  };
}
