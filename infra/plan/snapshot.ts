import { type CatalogueTable } from '../../functions/core/catalogue.ts';
import type { RampAddress } from '../../functions/core/names.ts';
import { type AvroRecordSchema, avroSchema } from '../../functions/core/schema/avro-schema.ts';
import type { Column } from '../../functions/core/schema/column.ts';
import type { Schema } from '../../functions/core/schema/descriptor-set.ts';
import { pinnedColumns, pinsWith } from '../../functions/core/schema/pins.ts';
import type { ColumnPins } from '../../functions/core/schema/schema-index.ts';
import { type TableDefinition, tableDefinition } from '../../functions/core/warehouse-table.ts';
import type { Declaration } from '../declare.ts';
import type { Inventory, Resource } from '../record.ts';

/** What a deployment is: everything that two of them can differ in. Plain data, the same on every machine. */
export interface Snapshot {
  readonly version: 2;
  /** What the provider makes; components are left out, for they are nothing in Google Cloud. */
  readonly resources: readonly SnapshotResource[];
  /** The columns that the fields of each schema were ever given, by its full name. */
  readonly pins: Readonly<Record<string, ColumnPins>>;
  /** What the ramps with a schema have at rest. */
  readonly tables: Readonly<Record<RampAddress, RampTable>>;
}

export type SnapshotResource = Pick<Resource, 'type' | 'name' | 'protect' | 'retainOnDelete' | 'inputs'>;

/** A ramp's table and the schema of its files in the structured lake, with columns as their fields are pinned to them. */
export interface RampTable {
  /** Full name of the message. */
  readonly schema: string;
  /** The dotted path of each field's column, by the field's path of field numbers, such as `4.2`. */
  readonly columns: Readonly<Record<string, string>>;
  readonly table: TableDefinition;
  readonly files: AvroRecordSchema;
}

/**
 * The snapshot of a declaration and of what it was rendered to. Columns that fields had before they keep; without
 * `before` the names are those of a first publication.
 */
export function snapshotOf(
  inventory: Inventory,
  declaration: Omit<Declaration, 'bundle'>,
  before?: Pick<Snapshot, 'pins'>,
): Snapshot {
  const { schemas, services } = declaration;
  const pins: Record<string, ColumnPins> = { ...before?.pins };
  const tables = services
    .flatMap(service => service.ramps)
    .flatMap(({ address, schema: name, table }) => {
      const schema = name === undefined ? undefined : schemas.get(name)?.schema;
      if (table === undefined || schema === undefined) return [];
      const pinned = (pins[schema.name] = pinsWith(pins[schema.name] ?? {}, schema.columns));
      return [[address, rampTable(table, schema, pinned)] as const];
    });
  return {
    version: 2,
    resources: inventory.resources
      .filter(({ type }) => type.startsWith('gcp:'))
      .map(({ type, name, protect, retainOnDelete, inputs }) => ({
        type,
        name,
        protect,
        ...(retainOnDelete && { retainOnDelete }),
        inputs,
      })),
    pins,
    tables: Object.fromEntries(tables),
  };
}

/** What a ramp of that layout has at rest, where these pins are in force; fields that they lack are pinned first. */
export function rampTable(layout: CatalogueTable, schema: Schema, pins: ColumnPins): RampTable {
  const columns = pinnedColumns(schema.columns, pins);
  const atRest = { ...schema, columns };
  return {
    schema: schema.name,
    columns: Object.fromEntries(columnPaths(columns, '', '')),
    table: tableDefinition(layout, atRest),
    files: avroSchema(atRest),
  };
}

/** The columns' dotted paths by the paths of their field numbers; the key of a map is number 1, its value number 2. */
function columnPaths(columns: readonly Column[], numbers: string, names: string, inMap = false): [string, string][] {
  return columns.flatMap(({ name, fieldNumber, fields = [], conversion }, index) => {
    const number = inMap ? index + 1 : fieldNumber;
    if (number === undefined) return [];
    const path: [string, string] = [`${numbers}${number}`, `${names}${name}`];
    return [path, ...columnPaths(fields, `${path[0]}.`, `${path[1]}.`, conversion === 'map')];
  });
}

/** Reads a snapshot that was saved. Throws when the text is none, or of another version. */
export function parseSnapshot(text: string): Snapshot {
  const value = JSON.parse(text) as Partial<Snapshot> | null;
  if (value?.version !== 2 || !Array.isArray(value.resources) || typeof value.tables !== 'object' || !value.pins) {
    throw new Error('it is no inventory that `onramp plan --save` of this version wrote');
  }
  return value as Snapshot;
}
