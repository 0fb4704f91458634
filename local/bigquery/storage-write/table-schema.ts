import { type Column, storageTypes } from '../types.ts';

/** A schema in the words of the Storage API (`TableSchema`). */
export const tableSchema = (columns: readonly Column[]): object => ({ fields: columns.map(tableField) });

const tableField = (column: Column): object => ({
  name: column.name,
  type: storageTypes[column.type],
  mode: column.mode,
  description: column.description ?? '',
  fields: (column.fields ?? []).map(tableField),
});
