import type { OpenAppender } from '../clients/appender.ts';
import type { Objects } from '../clients/objects.ts';
import type { Registry } from '../clients/registry.ts';
import type { Tables } from '../clients/tables.ts';
import type { CatalogueTable } from '../core/catalogue.ts';
import { metadataRow } from '../core/codec/metadata-row.ts';
import type { Row } from '../core/codec/row.ts';
import type { Schema } from '../core/schema/descriptor-set.ts';
import { recordColumns } from '../core/schema/metadata-columns.ts';
import { done, type Outcome, type Stage } from '../core/stage.ts';
import { deduplicatedView, tableDefinition } from '../core/warehouse-table.ts';
import { decodeEvents } from './decoded-events.ts';
import { createTableWriter, type TableWriter } from './table-writer.ts';

export interface HubToWarehouse {
  readonly project: string;
  readonly overflow: Objects;
  readonly registry: Registry;
  readonly tables: Tables;
  readonly openAppender: OpenAppender;
  readonly now: () => Date;
}

/** Decodes the payloads of the hub by their schemas and appends the rows to BigQuery, one table per ramp. */
export function createHubToWarehouse(dependencies: HubToWarehouse): Stage {
  const { project, tables, openAppender, now } = dependencies;
  const writers = new Map<string, TableWriter>();

  /** One writer for each schema version; the layout is in the key, so that a change of the catalogue gets another. */
  const writerOf = (layout: CatalogueTable, schema: Schema): TableWriter => {
    const key = JSON.stringify([layout, schema.name, schema.version]);
    let writer = writers.get(key);
    if (!writer) {
      writer = createTableWriter({
        project,
        table: tableDefinition(layout, schema),
        view: deduplicatedView(project, layout),
        columns: recordColumns(schema),
        tables,
        openAppender,
      });
      writers.set(key, writer);
    }
    return writer;
  };

  return {
    async handle(messages) {
      const time = now();
      const outcomes: Outcome[] = [];
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
      await Promise.all(
        [...groups].map(async ([writer, { indexes, rows }]) => {
          const written = await writer.write(rows, time);
          indexes.forEach((index, place) => {
            outcomes[index] = written[place] ?? done;
          });
        }),
      );
      return outcomes;
    },
  };
}
