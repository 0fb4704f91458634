import type { Column, ColumnType } from './column.ts';

/**
 * A column as BigQuery's REST API writes it. An existing table may hold other types and the mode REQUIRED.
 * See https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema
 */
export interface TableField {
  readonly name: string;
  readonly type: string;
  /** NULLABLE when absent. */
  readonly mode?: string;
  readonly description?: string;
  /** At most one. See https://cloud.google.com/bigquery/docs/column-level-security-intro */
  readonly policyTags?: { readonly names: readonly string[] };
  readonly fields?: readonly TableField[];
}

/** Columns that a table may have, those in RECORDs counted: https://cloud.google.com/bigquery/quotas#standard_tables */
export const maxColumns = 10_000;

/** The columns of a table that hold values: what BigQuery counts. */
export const leafCount = (fields: readonly TableField[]): number =>
  fields.reduce((sum, { fields: inner }) => sum + (inner === undefined ? 1 : leafCount(inner)), 0);

/** The fields of a table that holds these columns, for tables.insert. */
export function tableFields(columns: readonly Column[]): TableField[] {
  return columns.map(({ name, type, mode, description, policyTag, fields }) => ({
    name,
    type: type satisfies ColumnType,
    mode,
    ...(description === undefined ? {} : { description }),
    ...(policyTag === undefined ? {} : { policyTags: { names: [policyTag] } }),
    ...(fields === undefined ? {} : { fields: tableFields(fields) }),
  }));
}
