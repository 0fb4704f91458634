import type { BigQuery, TableSchema } from '@google-cloud/bigquery';
import { OnrampError } from '../core/errors.ts';
import { type Recovery, recoveredFields, recoveriesOf } from '../core/schema/recovery.ts';
import { mergedFields, missingColumns } from '../core/schema/table-difference.ts';
import { leafCount, maxColumns, type TableField } from '../core/schema/table-schema.ts';
import type { TableDefinition, ViewDefinition } from '../core/warehouse-table.ts';
import { messageOfError } from '../log.ts';
import { type Clock, hostClock } from './clock.ts';
import { statusOf } from './objects.ts';

/** Makes BigQuery's tables and views fit for rows. */
export interface Tables {
  /**
   * Makes the table when it is missing and adds the columns that it lacks. Safe to call from many instances at once.
   * @returns the columns that it has with another type, each with the one that takes the values instead
   * @throws OnrampError WAREHOUSE_TOO_MANY_COLUMNS, or WAREHOUSE_COLUMN_MISMATCH when no column can take them
   */
  ensure(table: TableDefinition): Promise<readonly Recovery[]>;
  /** Makes the view when it is missing. */
  ensureView(view: ViewDefinition): Promise<void>;
}

/** Attempts at a change that others may be making at the same time, or that exceeds BigQuery's rate. */
const attempts = 8;

/**
 * The pause before the second attempt; each further one is twice as long, up to the time that BigQuery counts over: 5
 * changes of a table in 10 seconds. https://cloud.google.com/bigquery/quotas#standard_tables
 */
const firstPauseMillis = 250;
const longestPauseMillis = 10_000;

export async function createTables(project: string, clock: Clock = hostClock): Promise<Tables> {
  const { BigQuery } = await import('@google-cloud/bigquery');
  return tablesOf(new BigQuery({ projectId: project }), clock);
}

/** The same with a client that is there already. */
export function tablesOf(bigquery: BigQuery, clock: Clock = hostClock): Tables {
  const turns = new Map<string, Promise<unknown>>();

  const ensure = async (definition: TableDefinition): Promise<readonly Recovery[]> => {
    const dataset = bigquery.dataset(definition.dataset);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const existing = await metadataOf(() => dataset.table(definition.table).getMetadata());
        if (!existing) {
          await dataset.createTable(definition.table, resourceOf(definition));
          return [];
        }
        const { fields, recoveries } = evolved(existing.schema?.fields ?? [], definition);
        if (fields) {
          // Somebody else's change in the meantime makes this fail, and the difference is taken anew.
          await dataset
            .table(definition.table)
            .setMetadata({ schema: clientSchema(fields), etag: existing.etag ?? '' });
        }
        return recoveries;
      } catch (error) {
        if (isTooWide(error)) throw tooManyColumns(definition, 'BigQuery says so', error);
        if (!isPassing(error) || attempt === attempts) throw error;
        const pause = Math.min(firstPauseMillis * 2 ** (attempt - 1), longestPauseMillis);
        // Not in step with the other instances that failed on the same change.
        await clock.sleep(pause * (0.5 + Math.random()));
      }
    }
  };

  return {
    ensure(definition) {
      // One after the other, so that the schema versions that one instance meets do not race each other.
      const key = `${definition.dataset}.${definition.table}`;
      const before = turns.get(key) ?? Promise.resolve();
      const turn = before.then(() => ensure(definition));
      const settled = turn.then(
        () => undefined,
        () => undefined,
      );
      turns.set(key, settled);
      void settled.then(() => turns.get(key) === settled && turns.delete(key));
      return turn;
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

/** The fields that the table should have, undefined when it has them, and where values go that it has no place for. */
function evolved(existing: readonly TableField[], definition: TableDefinition) {
  const recoveries = recoveriesOf(existing, definition.fields);
  const wanted = recoveredFields(definition.fields, recoveries);
  const { missing, required } = missingColumns(existing, wanted);
  if (missing.length + required.length === 0) return { recoveries };
  const fields = mergedFields(existing, wanted);
  const columns = leafCount(fields);
  if (columns > maxColumns) throw tooManyColumns(definition, `it would have ${columns}`);
  return { fields, recoveries };
}

const tooManyColumns = ({ dataset, table }: TableDefinition, why: string, cause?: unknown) =>
  new OnrampError('WAREHOUSE_TOO_MANY_COLUMNS', `${dataset}.${table}: ${why}; the limit is ${maxColumns}`, { cause });

/** BigQuery counts deleted columns too, for a while, and is the judge. */
const isTooWide = (error: unknown): boolean =>
  statusOf(error) === 400 && /too many (total leaf fields|columns)/i.test(messageOfError(error));

/** Somebody else has changed the table, or too many changes came in a short time. */
function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  return (
    status === 409 || status === 412 || status === 429 || (status === 403 && reasonOf(error) === 'rateLimitExceeded')
  );
}

const reasonOf = (error: unknown) => (error as { errors?: { reason?: string }[] }).errors?.[0]?.reason;

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
