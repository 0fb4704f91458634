import type { BigQuery, TableSchema } from '@google-cloud/bigquery';
import { OnrampError } from '../core/errors.ts';
import { mergedFields, missingColumns } from '../core/schema/table-difference.ts';
import type { TableField } from '../core/schema/table-schema.ts';
import type { TableDefinition, ViewDefinition } from '../core/warehouse-table.ts';
import { statusOf } from './objects.ts';

/** Makes BigQuery's tables and views fit for rows. */
export interface Tables {
  /**
   * Makes the table when it is missing and adds the columns that it lacks. Safe to call from many instances at once.
   * @throws OnrampError WAREHOUSE_COLUMN_MISMATCH when a column is there with another type
   */
  ensure(table: TableDefinition): Promise<void>;
  /** Makes the view when it is missing. */
  ensureView(view: ViewDefinition): Promise<void>;
}

/** Attempts at a change that others may be making at the same time. */
const attempts = 5;

export async function createTables(project: string): Promise<Tables> {
  const { BigQuery } = await import('@google-cloud/bigquery');
  return tablesOf(new BigQuery({ projectId: project }));
}

function tablesOf(bigquery: BigQuery): Tables {
  return {
    async ensure(definition) {
      const dataset = bigquery.dataset(definition.dataset);
      for (let attempt = 1; ; attempt += 1) {
        try {
          const existing = await metadataOf(() => dataset.table(definition.table).getMetadata());
          if (!existing) {
            await dataset.createTable(definition.table, resourceOf(definition));
            return;
          }
          const fields = additions(existing.schema?.fields ?? [], definition);
          if (fields) {
            // Somebody else's change in the meantime makes this fail, and the difference is taken anew.
            await dataset
              .table(definition.table)
              .setMetadata({ schema: clientSchema(fields), etag: existing.etag ?? '' });
          }
          return;
        } catch (error) {
          const raced = statusOf(error) === 409 || statusOf(error) === 412;
          if (!raced || attempt === attempts) throw error;
        }
      }
    },
    async ensureView({ dataset, view, query, description }) {
      const existing = await metadataOf(() => bigquery.dataset(dataset).table(view).getMetadata());
      if (existing) return;
      try {
        await bigquery.dataset(dataset).createTable(view, { view: { query, useLegacySql: false }, description });
      } catch (error) {
        if (statusOf(error) !== 409) throw error;
      }
    },
  };
}

interface TableMetadata {
  readonly etag?: string;
  readonly schema?: { readonly fields?: readonly TableField[] };
}

async function metadataOf(read: () => Promise<unknown[]>): Promise<TableMetadata | undefined> {
  try {
    const [metadata] = await read();
    return metadata as TableMetadata;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** The fields that the table should have; undefined when it has them. */
function additions(existing: readonly TableField[], definition: TableDefinition): TableField[] | undefined {
  const { missing, required, mismatches } = missingColumns(existing, definition.fields);
  const [mismatch] = mismatches;
  if (mismatch) {
    throw new OnrampError(
      'WAREHOUSE_COLUMN_MISMATCH',
      `column ${mismatch.path} of ${definition.dataset}.${definition.table} is ${mismatch.existing}, not ${mismatch.wanted}`,
    );
  }
  return missing.length + required.length > 0 ? mergedFields(existing, definition.fields) : undefined;
}

function resourceOf({ fields, partitionBy, clusterBy, expirationDays, description, labels }: TableDefinition) {
  const millisPerDay = 86_400_000;
  return {
    schema: clientSchema(fields),
    timePartitioning: {
      type: 'DAY',
      field: partitionBy,
      ...(expirationDays === undefined ? {} : { expirationMs: String(expirationDays * millisPerDay) }),
    },
    ...(clusterBy.length === 0 ? {} : { clustering: { fields: [...clusterBy] } }),
    ...(description === undefined ? {} : { description }),
    labels: { ...labels },
  };
}

/** The client's own types allow it to change what it is given, which it does not. */
const clientSchema = (fields: readonly TableField[]): TableSchema => ({ fields: fields as TableSchema['fields'] & {} });
