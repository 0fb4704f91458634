import { OnrampError } from '../errors.ts';
import type { Column } from './column.ts';
import { description } from './descriptions.ts';
import { describe } from './table-difference.ts';
import type { TableField } from './table-schema.ts';

/** A column whose values go to another one, because the table has it with another type. */
export interface Recovery {
  /** Dotted path of the column in the rows, such as `customer.address.city`. */
  readonly path: string;
  /** Name of the column that takes the values, beside the one that cannot. */
  readonly column: string;
  readonly existing: string;
  readonly wanted: string;
}

/** https://cloud.google.com/bigquery/docs/schemas#column_names */
const maxNameLength = 300;
/** Columns that are tried for one that has been taken by other types. */
const maxRecoveries = 100;

/**
 * Finds a place for every column that the table has with another type or mode: `<column>_2`, or the next number at which
 * the table has no column, or one of the very type. All who look at the same table find the same place.
 * @throws OnrampError WAREHOUSE_COLUMN_MISMATCH when every place is taken
 */
export function recoveriesOf(existing: readonly TableField[], wanted: readonly TableField[], parent = ''): Recovery[] {
  const present = new Map(existing.map(field => [field.name.toLowerCase(), field]));
  const own = new Set(wanted.map(field => field.name.toLowerCase()));
  return wanted.flatMap(field => {
    const path = `${parent}${field.name}`;
    const other = present.get(field.name.toLowerCase());
    if (other === undefined) return [];
    if (describe(other) === describe(field)) return recoveriesOf(other.fields ?? [], field.fields ?? [], `${path}.`);
    const column = recoveryColumn(field, path, present, own);
    own.add(column.toLowerCase());
    const recovery = { path, column, existing: describe(other), wanted: describe(field) };
    const within = present.get(column.toLowerCase())?.fields ?? [];
    return [recovery, ...recoveriesOf(within, field.fields ?? [], `${path}.`)];
  });
}

function recoveryColumn(
  field: TableField,
  path: string,
  present: ReadonlyMap<string, TableField>,
  own: ReadonlySet<string>,
): string {
  for (let n = 2; n < 2 + maxRecoveries; n += 1) {
    const name = `${field.name.slice(0, maxNameLength - 4)}_${n}`;
    const there = present.get(name.toLowerCase());
    const free = there === undefined || describe(there) === describe(field);
    if (free && !own.has(name.toLowerCase())) return name;
  }
  throw new OnrampError('WAREHOUSE_COLUMN_MISMATCH', `column ${path}, and ${maxRecoveries} recovery columns of it`);
}

/** The columns under the names at which their values are kept. */
export const recoveredColumns = (columns: readonly Column[], recoveries: readonly Recovery[]): readonly Column[] =>
  recovered(columns, recoveries, (column, name) => ({ ...column, name }));

/** The same of a table's fields, where each that takes the place of another says so. */
export const recoveredFields = (fields: readonly TableField[], recoveries: readonly Recovery[]) =>
  recovered(fields, recoveries, (field, name, { path, existing, wanted }) => {
    const note = `(Recovery: the values of ${path} as ${wanted}, which is ${existing} in this table.)`;
    return { ...field, name, description: description(field.description, note) ?? note };
  });

function recovered<T extends { readonly name: string; readonly fields?: readonly T[] }>(
  columns: readonly T[],
  recoveries: readonly Recovery[],
  rename: (column: T, name: string, recovery: Recovery) => T,
  parent = '',
): readonly T[] {
  if (recoveries.length === 0) return columns;
  return columns.map(column => {
    const path = `${parent}${column.name}`;
    const recovery = recoveries.find(each => each.path === path);
    const named = recovery ? rename(column, recovery.column, recovery) : column;
    return column.fields ? { ...named, fields: recovered(column.fields, recoveries, rename, `${path}.`) } : named;
  });
}
