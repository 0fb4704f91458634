import type { DuckDBConnection } from '@duckdb/node-api';
import { duckdbName, quoted, type TableName } from '../names.ts';
import type { SchemaStep } from '../schema.ts';
import { duckdbType } from '../types.ts';

/** Makes one step of a schema change on the table's rows. */
export async function alterTable(connection: DuckDBConnection, name: TableName, step: SchemaStep): Promise<void> {
  const table = `ALTER TABLE ${duckdbName(name)}`;
  const path = step.path.map(quoted).join('.');
  const isTopLevel = step.path.length === 1;
  if (step.kind === 'relax') {
    // DuckDB knows no constraint inside a STRUCT; there the record alone says REQUIRED.
    if (isTopLevel) await connection.run(`${table} ALTER COLUMN ${path} DROP NOT NULL`);
    return;
  }
  const type = duckdbType(step.column);
  await connection.run(`${table} ADD COLUMN ${path} ${type}`);
  if (isTopLevel && step.column.mode === 'REPEATED') {
    // DuckDB 1.5 fails an assertion on ADD COLUMN ... DEFAULT [], and does not UPDATE a table that this transaction has
    // altered: so the NULLs of the rows that exist become empty arrays by a change of type that changes none.
    await connection.run(`${table} ALTER COLUMN ${path} TYPE ${type} USING coalesce(${path}, [])`);
    await connection.run(`${table} ALTER COLUMN ${path} SET DEFAULT []`);
  }
}
