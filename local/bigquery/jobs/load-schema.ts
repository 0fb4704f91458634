import { invalid } from '../errors.ts';
import { tableId } from '../names.ts';
import type { TableRecord } from '../store/records.ts';
import type { Column } from '../types.ts';
import type { LoadConfiguration } from './load-configuration.ts';

/**
 * The columns that the table shall have after the load. They are the files' own for a new table and with
 * WRITE_TRUNCATE; else the table's, with those that the files add when the job allows it. Throws BigQuery's error when
 * the files do not go with the table.
 */
export function wantedColumns(
  load: LoadConfiguration,
  table: TableRecord | undefined,
  files: readonly (readonly Column[])[],
): readonly Column[] {
  const given = load.schema ?? union(load, files);
  const keepsTable = table !== undefined && load.writeDisposition !== 'WRITE_TRUNCATE';
  const name = tableId(load.destination);
  if (!keepsTable) {
    for (const file of files) fit(name, given, file, { addition: false, relaxation: true });
    return given;
  }
  const options = { addition: load.allowFieldAddition, relaxation: load.allowFieldRelaxation };
  return [given, ...files].reduce((columns, next) => fit(name, columns, next, options), table.columns);
}

/** The columns of all files together; a file may lack columns that another one has. */
function union(load: LoadConfiguration, files: readonly (readonly Column[])[]): readonly Column[] {
  const [first = [], ...rest] = files;
  return rest.reduce(
    (columns, file) => fit(tableId(load.destination), columns, file, { addition: true, relaxation: true }),
    first,
  );
}

interface Options {
  readonly addition: boolean;
  readonly relaxation: boolean;
}

/** `columns` with what `next` adds to them. A column that `next` lacks, or does not require, may hold NULL. */
function fit(
  table: string,
  columns: readonly Column[],
  next: readonly Column[],
  options: Options,
  path = '',
): Column[] {
  function refuse(why: string): never {
    throw invalid(`Provided Schema does not match Table ${table}. ${why}`);
  }
  const others = new Map(next.map(column => [column.name.toLowerCase(), column]));
  const kept = columns.map(column => {
    const name = `${path}${column.name}`;
    const other = others.get(column.name.toLowerCase());
    others.delete(column.name.toLowerCase());
    if (other === undefined) {
      if (column.mode !== 'REQUIRED') return column;
      return options.relaxation
        ? { ...column, mode: 'NULLABLE' as const }
        : refuse(`Field ${name} is missing in new schema`);
    }
    if (other.type !== column.type) refuse(`Field ${name} has changed type from ${column.type} to ${other.type}`);
    if ((other.mode === 'REPEATED') !== (column.mode === 'REPEATED')) {
      refuse(`Field ${name} has changed mode from ${column.mode} to ${other.mode}`);
    }
    const relaxes = column.mode === 'REQUIRED' && other.mode === 'NULLABLE';
    if (relaxes && !options.relaxation) refuse(`Field ${name} has changed mode from REQUIRED to NULLABLE`);
    const fields = column.fields && { fields: fit(table, column.fields, other.fields ?? [], options, `${name}.`) };
    return { ...column, ...fields, mode: relaxes ? ('NULLABLE' as const) : column.mode };
  });
  const added = [...others.values()].map(column => {
    if (!options.addition) refuse(`Cannot add fields (field: ${path}${column.name})`);
    return column.mode === 'REQUIRED' ? { ...column, mode: 'NULLABLE' as const } : column;
  });
  return [...kept, ...added];
}
