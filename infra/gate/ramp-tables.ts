import type { RampAddress } from '../../functions/core/names.ts';
import type { PublishedSchema } from '../../functions/core/schema/compatibility.ts';
import { type RampTable, rampTable } from '../plan/snapshot.ts';
import { type TableChange, tableChanges } from '../plan/table-changes.ts';
import type { CompiledSchemas } from '../schemas.ts';
import type { Baseline, RampWithSchema } from './baseline.ts';

type Tables = Readonly<Record<RampAddress, RampTable>>;

export interface RampTables {
  readonly before: Tables;
  readonly after: Tables;
  readonly changes: readonly TableChange[];
}

/** The tables that ramps had and would have, their columns under the names that their fields are pinned to. */
export function rampTables(
  ramps: ReadonlyMap<RampAddress, RampWithSchema>,
  baseline: Baseline,
  schemas: CompiledSchemas,
): RampTables {
  const before = tablesOf(baseline.ramps, name => baseline.schema(name));
  const after = tablesOf(ramps, name => {
    const schema = schemas.get(name)?.schema;
    return schema && { schema, pins: baseline.schema(name)?.pins ?? {} };
  });
  return { before, after, changes: tableChanges({ tables: before }, { tables: after }) };
}

function tablesOf(
  ramps: ReadonlyMap<RampAddress, RampWithSchema>,
  find: (name: string) => PublishedSchema | undefined,
): Tables {
  return Object.fromEntries(
    [...ramps].flatMap(([address, { schema: name, table }]) => {
      const found = find(name);
      if (found === undefined) return [];
      return [[address, rampTable(table, found.schema, found.pins)]];
    }),
  );
}
