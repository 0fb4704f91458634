import { invalid } from './errors.ts';
import { isObject, type Json } from './properties.ts';
import type { Draft } from './store/catalogue.ts';
import type { TableRecord, TimePartitioning } from './store/records.ts';

const partitionTypes = ['HOUR', 'DAY', 'MONTH', 'YEAR'];
const partitionColumns = ['TIMESTAMP', 'DATE', 'DATETIME'];
/** https://cloud.google.com/bigquery/docs/clustered-tables#cluster_column_types */
const clusterColumns = ['BIGNUMERIC', 'BOOLEAN', 'DATE', 'DATETIME', 'INTEGER', 'NUMERIC', 'STRING', 'TIMESTAMP'];
const maxClusterColumns = 4;

/** Reads `timePartitioning`; undefined when the table has none. */
export function parsePartitioning(body: Json): TimePartitioning | undefined {
  const partitioning = body['timePartitioning'];
  if (partitioning === undefined || partitioning === null) return undefined;
  if (!isObject(partitioning)) throw invalid('timePartitioning must be an object.', 'timePartitioning');
  const { type, field, expirationMs } = partitioning;
  if (typeof type !== 'string' || !partitionTypes.includes(type)) {
    throw invalid(`Invalid value for timePartitioning.type: ${String(type)}`, 'timePartitioning.type');
  }
  return {
    type,
    ...(typeof field === 'string' && field !== '' ? { field } : {}),
    ...(typeof expirationMs === 'string' || typeof expirationMs === 'number'
      ? { expirationMs: String(expirationMs) }
      : {}),
  };
}

/** Checks that a table's partitioning and clustering go with its columns. */
export function checkLayout({ columns, timePartitioning, properties }: Draft<TableRecord>): void {
  const find = (name: string) => columns.find(column => column.name.toLowerCase() === name.toLowerCase());
  if (timePartitioning?.field !== undefined) {
    const column = find(timePartitioning.field);
    if (!column) throw invalid('The field specified for partitioning cannot be found in the schema.');
    if (!partitionColumns.includes(column.type) || column.mode === 'REPEATED') {
      throw invalid(
        `The field specified for time partitioning can only be of type TIMESTAMP, DATE or DATETIME. The type found is: ${column.type}.`,
      );
    }
    if (column.type === 'DATE' && timePartitioning.type === 'HOUR') {
      throw invalid('The field specified for hourly partitioning can only be of type TIMESTAMP or DATETIME.');
    }
  }
  const { clustering } = properties;
  if (!isObject(clustering)) return;
  const fields: unknown[] = Array.isArray(clustering['fields']) ? clustering['fields'] : [];
  if (fields.length === 0 || fields.length > maxClusterColumns) {
    throw invalid(
      `A table is clustered by one to ${maxClusterColumns} columns, not ${fields.length}.`,
      'clustering.fields',
    );
  }
  for (const field of fields) {
    const column = find(String(field));
    if (!column)
      throw invalid('The field specified for clustering cannot be found in the schema.', 'clustering.fields');
    if (!clusterColumns.includes(column.type) || column.mode === 'REPEATED') {
      throw invalid(
        `Field ${column.name} has type ${column.type}, which cannot be used for clustering.`,
        'clustering.fields',
      );
    }
  }
}
