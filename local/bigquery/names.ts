import { invalid, unsupported } from './errors.ts';

export interface DatasetName {
  readonly project: string;
  readonly dataset: string;
}

export interface TableName extends DatasetName {
  readonly table: string;
}

/** `project:dataset`, as BigQuery's messages and ids have it. */
export const datasetId = (name: DatasetName) => `${name.project}:${name.dataset}`;

/** `project:dataset.table`, as BigQuery's messages and ids have it. */
export const tableId = (name: TableName) => `${datasetId(name)}.${name.table}`;

export const projectResource = (project: string) => `projects/${project}`;
export const datasetResource = (name: DatasetName) => `projects/${name.project}/datasets/${name.dataset}`;
export const tableResource = (name: TableName) => `${datasetResource(name)}/tables/${name.table}`;

/** Quotes an identifier for DuckDB. */
export const quoted = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`;

/** Where a table lives in DuckDB: one attached database per project, one schema per dataset. */
export const duckdbName = (name: TableName) => [name.project, name.dataset, name.table].map(quoted).join('.');
export const duckdbSchema = (name: DatasetName) => [name.project, name.dataset].map(quoted).join('.');

/** DuckDB keeps these for itself, whatever the case. */
const reservedProjects = new Set(['memory', 'system', 'temp', 'main']);
const reservedDatasets = new Set(['main', 'information_schema', 'pg_catalog', 'temp']);

/** Refuses a project id that cannot be a file name and a DuckDB database. */
export function checkProject(project: string): void {
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(project)) throw invalid(`Invalid project ID "${project}".`);
  if (reservedProjects.has(project)) throw unsupported(`A project named "${project}"`);
}

/** https://cloud.google.com/bigquery/docs/datasets#dataset-naming */
export function checkDataset(dataset: string): void {
  if (!/^[A-Za-z0-9_]{1,1024}$/.test(dataset)) {
    throw invalid(
      `Invalid dataset ID "${dataset}". Dataset IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long.`,
    );
  }
  if (reservedDatasets.has(dataset.toLowerCase())) throw unsupported(`A dataset named "${dataset}"`);
}

/** https://cloud.google.com/bigquery/docs/tables#table_naming */
export function checkTable(table: string): void {
  if (table.includes('$')) throw unsupported('A partition decorator', 'tableId');
  if (!/^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]+$/u.test(table) || Buffer.byteLength(table) > 1024) {
    throw invalid(
      `Invalid table ID "${table}". Table IDs must be letters, marks, numbers, connectors, dashes and spaces, and at most 1024 bytes long.`,
    );
  }
}
