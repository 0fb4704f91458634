import type { CatalogueTable } from './catalogue.ts';
import { type Schema } from './schema/descriptor-set.ts';
import { metadataColumn, recordColumns } from './schema/metadata-columns.ts';
import { type TableField, tableFields } from './schema/table-schema.ts';

/** A table as the warehouse should have it. */
export interface TableDefinition {
  readonly dataset: string;
  readonly table: string;
  readonly fields: readonly TableField[];
  /** Column to partition by, by day. */
  readonly partitionBy: string;
  readonly clusterBy: readonly string[];
  readonly expirationDays?: number;
  readonly description?: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ViewDefinition {
  readonly dataset: string;
  readonly view: string;
  readonly query: string;
  readonly description: string;
}

/** The table of a ramp's rows at one version of its schema. */
export function tableDefinition(layout: CatalogueTable, schema: Schema): TableDefinition {
  return {
    dataset: layout.dataset,
    table: layout.table,
    fields: tableFields(recordColumns(schema)),
    partitionBy: layout.partitionBy,
    clusterBy: layout.clusterBy,
    ...(layout.expirationDays === undefined ? {} : { expirationDays: layout.expirationDays }),
    ...(schema.description === undefined ? {} : { description: schema.description }),
    labels: layout.labels,
  };
}

/** The view that shows each event once, though delivery is at least once. */
export function deduplicatedView(project: string, { dataset, table }: CatalogueTable): ViewDefinition {
  const { eventId, processingTime } = metadataColumn;
  return {
    dataset,
    view: `${table}_deduplicated`,
    query:
      `SELECT * FROM \`${project}.${dataset}.${table}\` WHERE TRUE ` +
      `QUALIFY ROW_NUMBER() OVER (PARTITION BY ${eventId} ORDER BY ${processingTime}) = 1`,
    description: `${table} with each event once: delivery is at least once, and a replay may write an event again`,
  };
}
