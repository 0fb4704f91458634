import { type CatalogueTable } from '../../functions/core/catalogue.ts';
import type { RampAddress } from '../../functions/core/names.ts';
import { type AvroRecordSchema, avroSchema } from '../../functions/core/schema/avro-schema.ts';
import { type TableDefinition, tableDefinition } from '../../functions/core/warehouse-table.ts';
import type { Declaration } from '../declare.ts';
import type { Inventory, Resource } from '../record.ts';

/** What a deployment is: everything that two of them can differ in. Plain data, the same on every machine. */
export interface Snapshot {
  readonly version: 1;
  /** What the provider makes; components are left out, for they are nothing in Google Cloud. */
  readonly resources: readonly SnapshotResource[];
  /** What the ramps with a schema have at rest. */
  readonly tables: Readonly<Record<RampAddress, RampTable>>;
}

export type SnapshotResource = Pick<Resource, 'type' | 'name' | 'protect' | 'retainOnDelete' | 'inputs'>;

/** A ramp's table and the schema of its files in the structured lake. */
export interface RampTable {
  readonly table: TableDefinition;
  readonly files: AvroRecordSchema;
}

/** The snapshot of a declaration and of what it was rendered to. */
export function snapshotOf(inventory: Inventory, declaration: Omit<Declaration, 'bundle'>): Snapshot {
  const { schemas, services } = declaration;
  return {
    version: 1,
    resources: inventory.resources
      .filter(({ type }) => type.startsWith('gcp:'))
      .map(({ type, name, protect, retainOnDelete, inputs }) => ({
        type,
        name,
        protect,
        ...(retainOnDelete && { retainOnDelete }),
        inputs,
      })),
    tables: Object.fromEntries(
      services
        .flatMap(service => service.ramps)
        .flatMap(({ address, schema, table }) => {
          const compiled = schema === undefined ? undefined : schemas.get(schema);
          return table === undefined || compiled === undefined
            ? []
            : [[address, rampTable(table, compiled.schema)] as const];
        }),
    ),
  };
}

/** What a ramp of that layout has at rest. */
export const rampTable = (layout: CatalogueTable, schema: Parameters<typeof avroSchema>[0]): RampTable => ({
  table: tableDefinition(layout, schema),
  files: avroSchema(schema),
});

/** Reads a snapshot that was saved. Throws when the text is none, or of another version. */
export function parseSnapshot(text: string): Snapshot {
  const value = JSON.parse(text) as Partial<Snapshot> | null;
  if (value?.version !== 1 || !Array.isArray(value.resources) || typeof value.tables !== 'object') {
    throw new Error('it is no inventory that `onramp plan --save` of this version wrote');
  }
  return value as Snapshot;
}
