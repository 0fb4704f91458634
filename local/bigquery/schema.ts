import { invalid, unsupported } from './errors.ts';
import { type TableName, tableId } from './names.ts';
import { textOf } from './properties.ts';
import { type Column, type ColumnMode, type ColumnType, columnType, digitsOf, unsupportedTypes } from './types.ts';
import { digitsProblem, isDecimal } from './values/decimal.ts';

/** https://cloud.google.com/bigquery/docs/schemas#column_names */
const namePattern = /^[A-Za-z_][A-Za-z0-9_]{0,299}$/;
const reservedPrefixes = [
  '_TABLE_',
  '_FILE_',
  '_PARTITION',
  '_ROW_TIMESTAMP',
  '__ROOT__',
  '_COLIDENTIFIER',
  '_CHANGE_SEQUENCE_NUMBER',
  '_CHANGE_TYPE',
  '_CHANGE_TIMESTAMP',
];

/** https://cloud.google.com/bigquery/quotas#standard_tables and #nested_columns */
const maxColumns = 10_000;
const maxDepth = 15;
const maxDescription = 1024;

/** Attributes of a column that change how values are stored: refused rather than ignored. */
const unsupportedAttributes = [
  'maxLength',
  'defaultValueExpression',
  'rangeElementType',
  'collation',
  'timestampPrecision',
  'foreignTypeDefinition',
];

/** Reads the `schema.fields` of a table. Throws an ApiError with BigQuery's own words. */
export function parseColumns(fields: unknown): Column[] {
  const columns = parseFields(fields, '', 0);
  const leaves = countLeaves(columns);
  if (leaves > maxColumns) {
    throw invalid(`Too many total leaf fields: ${leaves}, max allowed field count: ${maxColumns}`);
  }
  return columns;
}

function parseFields(fields: unknown, parent: string, depth: number): Column[] {
  if (!Array.isArray(fields)) throw invalid('The schema’s fields must be an array.', 'schema.fields');
  if (depth > maxDepth) throw invalid(`The field ${parent} is nested deeper than ${maxDepth} levels.`);
  const seen = new Set<string>();
  return fields.map(field => {
    const column = parseField(field as Record<string, unknown>, parent, depth);
    const key = column.name.toLowerCase();
    if (seen.has(key)) throw invalid(`Field ${parent}${column.name} already exists in schema.`);
    seen.add(key);
    return column;
  });
}

function parseField(field: Record<string, unknown>, parent: string, depth: number): Column {
  const { name, description, policyTags } = field;
  if (typeof name !== 'string' || !namePattern.test(name)) {
    throw invalid(
      `Invalid field name "${String(name)}". Fields must contain the allowed characters, and be at most 300 characters long. For allowed characters, please refer to https://cloud.google.com/bigquery/docs/schemas#column_names`,
    );
  }
  const path = `${parent}${name}`;
  const reserved = reservedPrefixes.find(prefix => name.toUpperCase().startsWith(prefix));
  if (reserved !== undefined) {
    throw invalid(
      `Invalid field name "${name}". Field names are not allowed to start with the (case-insensitive) prefixes ${reservedPrefixes.join(', ')}`,
    );
  }
  if (typeof description === 'string' && description.length > maxDescription) {
    throw invalid(`The description for field ${path} is too long. The maximum length is ${maxDescription} characters.`);
  }
  for (const attribute of unsupportedAttributes) {
    if (field[attribute] !== undefined && field[attribute] !== null) {
      throw unsupported(`The attribute ${attribute} of the field ${path}`);
    }
  }
  return {
    name,
    ...typeAndMode(field, path, depth),
    ...(typeof description === 'string' ? { description } : {}),
    ...(policyTags === undefined || policyTags === null ? {} : { policyTags }),
  };
}

function typeAndMode(
  field: Record<string, unknown>,
  path: string,
  depth: number,
): Pick<Column, 'type' | 'mode' | 'fields' | 'precision' | 'scale'> {
  const typeName = typeof field['type'] === 'string' ? field['type'] : '';
  if (unsupportedTypes.has(typeName.toUpperCase())) throw unsupported(`The type ${typeName} of the field ${path}`);
  const type = columnType(typeName);
  if (type === undefined) throw invalid(`Invalid value for type: ${typeName} is not a valid value`, path);
  const mode = parseMode(field['mode'], path);
  const digits = parseDigits(field, type, path);
  if (type !== 'RECORD') return { type, mode, ...digits };
  const fields = field['fields'];
  if (!Array.isArray(fields) || fields.length === 0) throw invalid(`Field ${path} is type RECORD but has no schema`);
  return { type, mode, fields: parseFields(fields, `${path}.`, depth + 1) };
}

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema */
function parseDigits(
  { precision, scale }: Record<string, unknown>,
  type: ColumnType,
  path: string,
): Pick<Column, 'precision' | 'scale'> {
  const isGiven = (value: unknown) => value !== undefined && value !== null;
  if (!isGiven(precision) && !isGiven(scale)) return {};
  if (!isDecimal(type)) throw invalid(`Field ${path} of type ${type} has neither precision nor scale.`, path);
  if (!isGiven(precision)) throw invalid(`Field ${path} has a scale without precision.`, path);
  const problem = digitsProblem(type, { precision: Number(precision), scale: Number(scale ?? 0) });
  if (problem !== undefined) throw invalid(`Field ${path}: ${problem}`, path);
  return { precision: textOf(precision), ...(isGiven(scale) && { scale: textOf(scale) }) };
}

function parseMode(mode: unknown, path: string): ColumnMode {
  const name = typeof mode === 'string' && mode !== '' ? mode.toUpperCase() : 'NULLABLE';
  if (name === 'NULLABLE' || name === 'REQUIRED' || name === 'REPEATED') return name;
  throw invalid(`Invalid value for mode: ${name} is not a valid value`, path);
}

/** Digits of a column may only become more, before and after the point. */
function isNoNarrower(old: Column, next: Column): boolean {
  const [from, to] = [digitsOf(old), digitsOf(next)];
  if (to === undefined) return true;
  if (from === undefined) return false;
  return to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale;
}

const countLeaves = (columns: readonly Column[]): number =>
  columns.reduce((sum, column) => sum + (column.fields ? countLeaves(column.fields) : 1), 0);

/** One step from a table's schema to the next. The path is that of DuckDB: `element` goes inside a list. */
export type SchemaStep =
  | { readonly kind: 'add'; readonly path: readonly string[]; readonly column: Column }
  | { readonly kind: 'relax'; readonly path: readonly string[] };

export interface SchemaChange {
  /** The old columns in their order, then the new ones. */
  readonly columns: Column[];
  readonly steps: SchemaStep[];
}

/**
 * The way from a table's schema to the one that is asked for, when BigQuery allows it: NULLABLE and REPEATED columns may
 * be added, also inside records, and REQUIRED may become NULLABLE. Throws an ApiError with BigQuery's words otherwise.
 * https://cloud.google.com/bigquery/docs/managing-table-schemas
 */
export function schemaChange(table: TableName, from: readonly Column[], to: readonly Column[]): SchemaChange {
  const steps: SchemaStep[] = [];
  return { columns: merge(from, to, [], ''), steps };

  function refuse(why: string): never {
    throw invalid(`Provided Schema does not match Table ${tableId(table)}. ${why}`);
  }

  function merge(old: readonly Column[], next: readonly Column[], path: readonly string[], name: string): Column[] {
    const wanted = new Map(next.map(column => [column.name.toLowerCase(), column]));
    const kept = old.map(column => {
      const other = wanted.get(column.name.toLowerCase());
      wanted.delete(column.name.toLowerCase());
      return other === undefined
        ? refuse(`Field ${name}${column.name} is missing in new schema`)
        : mergeColumn(column, other, [...path, column.name], `${name}${column.name}`);
    });
    for (const column of wanted.values()) {
      if (column.mode === 'REQUIRED') {
        refuse(`Cannot add required fields to an existing schema. (field: ${name}${column.name})`);
      }
      steps.push({ kind: 'add', path: [...path, column.name], column });
    }
    return [...kept, ...wanted.values()];
  }

  function mergeColumn(old: Column, next: Column, path: readonly string[], name: string): Column {
    if (old.type !== next.type) refuse(`Field ${name} has changed type from ${old.type} to ${next.type}`);
    if (!isNoNarrower(old, next)) refuse(`Field ${name} has changed its precision or scale to a narrower one`);
    if (old.mode !== next.mode) {
      if (old.mode !== 'REQUIRED' || next.mode !== 'NULLABLE') {
        refuse(`Field ${name} has changed mode from ${old.mode} to ${next.mode}`);
      }
      steps.push({ kind: 'relax', path });
    }
    if (old.fields === undefined || next.fields === undefined) return { ...next, name: old.name };
    const inside = old.mode === 'REPEATED' ? [...path, 'element'] : path;
    return { ...next, name: old.name, fields: merge(old.fields, next.fields, inside, `${name}.`) };
  }
}
