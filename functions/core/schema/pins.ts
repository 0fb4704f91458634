import type { Column } from './column.ts';
import type { ColumnPins, PinnedColumn } from './schema-index.ts';

/** https://cloud.google.com/bigquery/docs/schemas#column_names */
const maxLength = 300;

/**
 * What BigQuery cannot change in a column that exists: its type, and whether it is REPEATED. The columns within a RECORD
 * are pinned by themselves; a map's are not, for an Avro map is always loaded as `key` and `value`, so that a map of
 * other types is another column.
 * See https://cloud.google.com/bigquery/docs/managing-table-schemas
 */
export function typeClass({ type, mode, conversion, fields = [] }: Column): string {
  const own = mode === 'REPEATED' ? `REPEATED ${type}` : type;
  return conversion === 'map' ? `${own}<${fields.map(({ type }) => type).join(', ')}>` : own;
}

/**
 * The pins with those added that these columns lack. What is pinned stays for ever, so that a field that is renamed keeps
 * its column. A field of a new number is pinned to its own name; where another field had that name first, and for
 * another type class of a field that has a column already, to a recovery column, `<column>_2` or the next that is free.
 */
export function pinsWith(pins: ColumnPins, columns: readonly Column[]): ColumnPins {
  const pinning: Pinning = { pins: new Map(Object.entries(pins)), taken: namesByLevel(pins) };
  extend(pinning, columns, '');
  return Object.fromEntries(pinning.pins);
}

/**
 * The columns under the names that their fields are pinned to. Names and descriptions apart nothing changes. What is not
 * pinned is named as `pinsWith` would, so that no two fields ever share a column.
 */
export function pinnedColumns(columns: readonly Column[], pins: ColumnPins): Column[] {
  return rename(columns, pinsWith(pins, columns), '');
}

function rename(columns: readonly Column[], pins: ColumnPins, parent: string): Column[] {
  return columns.map(column => {
    if (column.fieldNumber === undefined) return column;
    const path = `${parent}${column.fieldNumber}`;
    const name = pinOf(pins, path, column) ?? column.name;
    const { fields } = column;
    if (fields === undefined) return { ...column, name };
    const inner = column.conversion === 'map' ? renameInMap(fields, pins, path) : rename(fields, pins, `${path}.`);
    return { ...column, name, fields: inner };
  });
}

const renameInMap = (fields: readonly Column[], pins: ColumnPins, path: string) =>
  fields.map((field, index) =>
    field.fields === undefined ? field : { ...field, fields: rename(field.fields, pins, `${path}.${index + 1}.`) },
  );

const pinOf = (pins: ColumnPins, path: string, column: Column) => {
  const wanted = typeClass(column);
  return pins[path]?.find(({ type }) => type === wanted)?.column;
};

interface Pinning {
  readonly pins: Map<string, readonly PinnedColumn[]>;
  /** The names in lower case of all columns ever pinned at one level, by the level's path, such as `4.`. */
  readonly taken: Map<string, Set<string>>;
}

/** Pins the columns of one level, then those within. */
function extend(pinning: Pinning, columns: readonly Column[], level: string): void {
  const { pins } = pinning;
  const taken = pinning.taken.get(level) ?? new Set();
  const numbered = columns.flatMap(column =>
    column.fieldNumber === undefined ? [] : [{ column, path: `${level}${column.fieldNumber}` }],
  );
  for (const { name, fieldNumber } of columns) if (fieldNumber === undefined) taken.add(name.toLowerCase());
  const pin = (path: string, column: Column, name: string) => {
    taken.add(name.toLowerCase());
    pins.set(path, [...(pins.get(path) ?? []), { type: typeClass(column), column: name }]);
  };
  // Own names first: no recovery column may take the name that another field comes with.
  for (const { column, path } of numbered) {
    if (!pins.has(path) && !taken.has(column.name.toLowerCase())) pin(path, column, column.name);
  }
  for (const { column, path } of numbered) {
    const pinned = pins.get(path) ?? [];
    if (!pinned.some(({ type }) => type === typeClass(column))) {
      pin(path, column, recoveryName(pinned[0]?.column ?? column.name, taken));
    }
  }
  for (const { column, path } of numbered) {
    for (const [inner, fields] of levelsWithin(column, path)) extend(pinning, fields, inner);
  }
}

/** The levels right below a column, with their paths: its members, or the members of a map's values. */
function levelsWithin({ conversion, fields }: Column, path: string): [level: string, fields: readonly Column[]][] {
  if (fields === undefined) return [];
  if (conversion !== 'map') return [[`${path}.`, fields]];
  return fields.flatMap((field, index) => levelsWithin(field, `${path}.${index + 1}`));
}

function namesByLevel(pins: ColumnPins): Map<string, Set<string>> {
  const levels = new Map<string, Set<string>>();
  for (const [path, pinned] of Object.entries(pins)) {
    const level = path.slice(0, path.lastIndexOf('.') + 1);
    const names = levels.get(level) ?? new Set();
    for (const { column } of pinned) names.add(column.toLowerCase());
    levels.set(level, names);
  }
  return levels;
}

function recoveryName(column: string, taken: ReadonlySet<string>): string {
  for (let n = 2; ; n += 1) {
    const name = `${column.slice(0, maxLength - 10)}_${n}`;
    if (!taken.has(name.toLowerCase())) return name;
  }
}
