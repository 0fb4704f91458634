import { tableId, tableResource } from '../names.ts';
import type { TableRecord } from '../store/records.ts';
import type { Column } from '../types.ts';
import { defaultLocation } from './datasets.ts';

/** A table as `tables.get` answers. */
export function tableResourceJson(record: TableRecord, rows: number): object {
  const { timePartitioning, viewQuery } = record;
  return {
    kind: 'bigquery#table',
    etag: record.etag,
    id: tableId(record),
    selfLink: `https://bigquery.googleapis.com/bigquery/v2/${tableResource(record)}`,
    tableReference: tableReference(record),
    schema: schemaJson(record.columns),
    type: record.kind,
    location: defaultLocation,
    ...record.properties,
    ...(timePartitioning && { timePartitioning }),
    ...(viewQuery !== undefined && { view: { query: viewQuery, useLegacySql: false } }),
    numRows: String(rows),
    creationTime: String(record.creationTime),
    lastModifiedTime: String(record.lastModifiedTime),
    ...expiration(record),
  };
}

/** A table as `tables.list` answers. */
export function tableListItem(record: TableRecord): object {
  const { timePartitioning, properties, kind } = record;
  return {
    kind: 'bigquery#table',
    id: tableId(record),
    tableReference: tableReference(record),
    type: kind,
    ...(properties['friendlyName'] !== undefined && { friendlyName: properties['friendlyName'] }),
    ...(properties['labels'] !== undefined && { labels: properties['labels'] }),
    ...(properties['clustering'] !== undefined && { clustering: properties['clustering'] }),
    ...(timePartitioning && { timePartitioning }),
    ...(kind === 'VIEW' && { view: { useLegacySql: false } }),
    creationTime: String(record.creationTime),
    ...expiration(record),
  };
}

export const schemaJson = (columns: readonly Column[]) => ({ fields: columns });

const expiration = ({ expirationTime }: TableRecord) =>
  expirationTime === undefined ? {} : { expirationTime: String(expirationTime) };

const tableReference = ({ project, dataset, table }: TableRecord) => ({
  projectId: project,
  datasetId: dataset,
  tableId: table,
});
