import { createHash } from 'node:crypto';
import type { TableField } from '../schema/table-schema.ts';
import type { ColumnSums } from './column-checksum.ts';
import type { Destination } from './config.ts';
import type { ExportColumn } from './export-column.ts';
import type { Manifest } from './manifest.ts';

/** Where a table is. */
export type TableReference = Pick<Destination, 'project' | 'dataset' | 'table'>;

/** A table's name in a query. */
export const quotedTable = ({ project, dataset, table }: TableReference): string =>
  `\`${project}.${dataset}.${table}\``;

/** The fields of a table that holds these columns. */
export const fieldsOf = (columns: readonly ExportColumn[]): TableField[] =>
  columns.map(column => ({
    name: column.name,
    type: typeOf(column),
    mode: column.repeated === true ? 'REPEATED' : 'NULLABLE',
    ...(column.description !== undefined && { description: column.description }),
    ...(column.policyTag !== undefined && { policyTags: { names: [column.policyTag] } }),
    ...(column.fields !== undefined && { fields: fieldsOf(column.fields) }),
  }));

/** Those of a staging table: without policy tags, behind which the load could not read what it has just written. */
export const stagingFieldsOf = (columns: readonly ExportColumn[]): TableField[] =>
  fieldsOf(columns).map(({ policyTags: _, ...field }) => field);

/**
 * The one of the two decimal types that holds so many digits, as a load job chooses it too.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#decimal_types
 */
function typeOf({ type, precision = 38, scale = 9 }: ExportColumn): string {
  return type === 'NUMERIC' && (precision - scale > 29 || scale > 9) ? 'BIGNUMERIC' : type;
}

/** What a load does with a staging table, in one statement: all of it happens, or nothing. */
export type Apply =
  /** The rows of the table become those of the staging table. */
  | 'replace'
  /** The rows of the staging table are added. */
  | 'append';

/**
 * A MERGE whose condition is constant is made for this: the table keeps its partitions, descriptions and access, which a
 * job that truncates it would not leave alone.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#on_clause
 */
export function applyQuery(
  apply: Apply,
  target: TableReference,
  staging: TableReference,
  columns: readonly string[],
): string {
  const names = columns.map(name => `\`${name}\``).join(', ');
  if (apply === 'append') {
    return `INSERT INTO ${quotedTable(target)} (${names})\nSELECT ${names} FROM ${quotedTable(staging)}`;
  }
  return [
    `MERGE ${quotedTable(target)} T`,
    `USING ${quotedTable(staging)} S`,
    'ON FALSE',
    'WHEN NOT MATCHED BY SOURCE THEN DELETE',
    `WHEN NOT MATCHED BY TARGET THEN INSERT (${names}) VALUES (${names})`,
  ].join('\n');
}

/**
 * The id of a load's job: the same for the same work, so that a repetition finds the job of before instead of doing it
 * twice. `failures` is how many of these jobs have ended in an error; BigQuery never runs an id again.
 */
export function jobId(kind: 'load' | 'apply', manifest: string, target: TableReference, failures: number): string {
  const work = createHash('sha256')
    .update(`${manifest}\n${quotedTable(target)}`)
    .digest('hex')
    .slice(0, 32);
  return `onramp_${kind}_${work}_${failures}`;
}

/** What `checksumQuery` answers: numbers as text, or whatever prints as them. */
export type ChecksumRow = Readonly<Record<string, unknown>>;

/** How a staging table differs from what was exported, in words; empty when it does not. */
export function differences({ rows, checksums }: Pick<Manifest, 'rows' | 'checksums'>, row: ChecksumRow): string[] {
  const problems = checksums.flatMap((sums, index) => columnDifferences(sums, index, row));
  const loaded = text(row['rows']);
  return loaded === String(rows) ? problems : [`${loaded} rows were loaded, ${rows} were exported`, ...problems];
}

function columnDifferences({ column, values, sum, xor }: ColumnSums, index: number, row: ChecksumRow): string[] {
  const found: string[] = [];
  const compare = (what: string, name: string, exported: string) => {
    const loaded = text(row[`${name}_${index}`] ?? 0);
    if (loaded !== exported) found.push(`column ${column}: ${what} ${loaded} was loaded, ${exported} was exported`);
  };
  compare('number of values', 'values', String(values));
  if (sum !== undefined) compare('sum', 'sum', sum);
  if (xor !== undefined) compare('exclusive or', 'xor', xor);
  return found;
}

/** The client gives integers as objects with their text, and NUMERIC as numbers of a library, which has `toFixed`. */
function text(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if ('toFixed' in value && typeof value.toFixed === 'function') return (value as { toFixed(): string }).toFixed();
  return (value as { readonly value?: string }).value ?? '';
}
