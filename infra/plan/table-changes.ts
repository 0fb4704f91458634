import type { RampAddress } from '../../functions/core/names.ts';
import type { AvroField, AvroSchema } from '../../functions/core/schema/avro-schema.ts';
import { recoveriesOf } from '../../functions/core/schema/recovery.ts';
import { describe, type FieldAt, missingColumns } from '../../functions/core/schema/table-difference.ts';
import type { TableField } from '../../functions/core/schema/table-schema.ts';
import { type ChangedValue, changedValues } from './changed-values.ts';
import type { RampTable, Snapshot } from './snapshot.ts';

/** What happens to one column, at its dotted path. Types are BigQuery's, such as `REPEATED STRING`. */
export type ColumnChange =
  | { readonly action: 'add'; readonly path: string; readonly after: string }
  /** It stays in the table, and is NULL in new rows. */
  | { readonly action: 'remove'; readonly path: string; readonly before: string }
  /** No table can change like that: new values go to another column, at the dotted path `column`. */
  | {
      readonly action: 'retype';
      readonly path: string;
      readonly before: string;
      readonly after: string;
      readonly column: string;
    };

/** What happens to what a ramp has at rest. */
export interface TableChange {
  /** `remove`: no more rows are written; the table and its rows stay for as long as its dataset does. */
  readonly action: 'add' | 'change' | 'remove';
  readonly ramp: RampAddress;
  /** `<dataset>.<table>` */
  readonly table: string;
  readonly columns: readonly ColumnChange[];
  /** Fields of the structured lake's files whose Avro type differs though the column's does not. */
  readonly files: readonly ChangedValue[];
  /** Partitioning, clustering and expiration, which count only when a table is made. */
  readonly layout: readonly ChangedValue[];
}

/** How the tables of two snapshots differ, by ramp. The later one has the pins of the earlier one. */
export function tableChanges(before: Pick<Snapshot, 'tables'>, after: Pick<Snapshot, 'tables'>): TableChange[] {
  const ramps = new Set([...Object.keys(before.tables), ...Object.keys(after.tables)] as RampAddress[]);
  return [...ramps].toSorted().flatMap(ramp => {
    const change = tableChange(ramp, before.tables[ramp], after.tables[ramp]);
    return change === undefined ? [] : [change];
  });
}

function tableChange(ramp: RampAddress, before?: RampTable, after?: RampTable): TableChange | undefined {
  const nothing = { columns: [], files: [], layout: [] };
  if (before === undefined) return after && { ...nothing, action: 'add', ramp, table: nameOf(after) };
  if (after === undefined) return { ...nothing, action: 'remove', ramp, table: nameOf(before) };
  const columns = columnChanges(before, after);
  const retyped = new Set(columns.map(({ path }) => path));
  const files = fileChanges(before, after).filter(({ path }) => !retyped.has(path));
  const layout = changedValues(layoutOf(before), layoutOf(after));
  if (columns.length + files.length + layout.length === 0) return undefined;
  return { action: 'change', ramp, table: nameOf(after), columns, files, layout };
}

const nameOf = ({ table }: RampTable) => `${table.dataset}.${table.table}`;

function layoutOf({ table: { partitionBy, clusterBy, expirationDays } }: RampTable) {
  // As one value: a list of columns is read as a whole.
  return { partitionBy, clusterBy: clusterBy.join(', '), ...(expirationDays !== undefined && { expirationDays }) };
}

function columnChanges(before: RampTable, after: RampTable): ColumnChange[] {
  const come = byPath(missingColumns(before.table.fields, after.table.fields).missing);
  const gone = byPath(missingColumns(after.table.fields, before.table.fields).missing);
  const retyped = [
    ...movedColumns(before, after).flatMap(({ path, column }) => {
      const [old, field] = [gone.get(path), come.get(column)];
      if (old === undefined || field === undefined) return [];
      const typeOf = describe(old) === describe(field) ? withMembers : describe;
      return [{ path, before: typeOf(old), after: typeOf(field), column }];
    }),
    // Another message's fields, which happen to have the names of columns that are there.
    ...recoveriesOf(before.table.fields, after.table.fields).map(({ path, column, existing, wanted }) => {
      const level = path.slice(0, path.lastIndexOf('.') + 1);
      return { path, before: existing, after: wanted, column: `${level}${column}` };
    }),
  ];
  for (const { path, column } of retyped) {
    gone.delete(path);
    come.delete(column);
  }
  return [
    ...[...come].map(([path, field]) => ({ action: 'add' as const, path, after: describe(field) })),
    ...retyped.map(change => ({ action: 'retype' as const, ...change })),
    ...[...gone].map(([path, field]) => ({ action: 'remove' as const, path, before: describe(field) })),
  ];
}

const byPath = (fields: readonly FieldAt[]) => new Map(fields.map(({ path, field }) => [path, field]));

/** A map's type, such as `REPEATED RECORD<STRING, INTEGER>`: a map of other types is another column. */
const withMembers = (field: TableField) => `${describe(field)}<${(field.fields ?? []).map(describe).join(', ')}>`;

/** The fields whose values go to another column than before, as only those of another type do. */
function movedColumns(before: RampTable, after: RampTable): { readonly path: string; readonly column: string }[] {
  if (before.schema !== after.schema) return [];
  return Object.entries(before.columns).flatMap(([numbers, path]) => {
    const column = after.columns[numbers];
    return column === undefined || column === path ? [] : [{ path, column }];
  });
}

/** The fields that both files have and that are of different Avro types, such as int and long. */
function fileChanges(before: RampTable, after: RampTable): ChangedValue[] {
  const later = avroTypes(after.files.fields);
  return [...avroTypes(before.files.fields)].flatMap(([path, type]) => {
    const other = later.get(path);
    return other === undefined || other === type ? [] : [{ path, before: type, after: other }];
  });
}

/** The Avro type of each field that is no record, by dotted path. */
function avroTypes(fields: readonly AvroField[], parent = ''): Map<string, string> {
  return new Map(
    fields.flatMap(({ name, type }) => {
      const nested = recordIn(type);
      const path = `${parent}${name}`;
      return nested === undefined ? [[path, typeName(type)] as const] : [...avroTypes(nested, `${path}.`)];
    }),
  );
}

/** The fields of the record that a type is, holds or lists. */
function recordIn(type: AvroSchema): readonly AvroField[] | undefined {
  if (typeof type === 'string') return undefined;
  if (isUnion(type)) return type.map(recordIn).find(fields => fields !== undefined);
  if (type.type === 'record') return type['fields'] as readonly AvroField[];
  const inner = (type['items'] ?? type['values']) as AvroSchema | undefined;
  return inner === undefined ? undefined : recordIn(inner);
}

/** A type in a few words, such as `long timestamp-micros`; every field may be null, which is not said. */
function typeName(type: AvroSchema): string {
  if (typeof type === 'string') return type;
  if (isUnion(type))
    return type
      .filter(item => item !== 'null')
      .map(typeName)
      .join(' or ');
  const inner = (type['items'] ?? type['values']) as AvroSchema | undefined;
  const { type: name, logicalType, sqlType } = type as Readonly<Record<string, string | undefined>>;
  return [name, logicalType ?? sqlType, inner && `of ${typeName(inner)}`].filter(word => word !== undefined).join(' ');
}

const isUnion = (type: AvroSchema): type is readonly AvroSchema[] => Array.isArray(type);
