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
  readonly fields?: readonly TableField[];
}

/** The fields of a table that holds these columns, for tables.insert. */
export function tableFields(columns: readonly Column[]): TableField[] {
  return columns.map(({ name, type, mode, description, fields }) => ({
    name,
    type: type satisfies ColumnType,
    mode,
    ...(description === undefined ? {} : { description }),
    ...(fields === undefined ? {} : { fields: tableFields(fields) }),
  }));
}
