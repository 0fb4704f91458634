import { type DescEnum, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import type { PiiClasses } from '../catalogue.ts';
import { OnrampError } from '../errors.ts';
import type { Column, ColumnType, Conversion } from './column.ts';
import { columnNames } from './column-names.ts';
import { commentOf, description } from './descriptions.ts';
import { maskedColumn, type ValueColumn } from './masked-column.ts';
import { type Masking, maskingOf, maskingOfJson, maskingWithin } from './masking.ts';
import { type FieldOptions, fieldOptions } from './options.ts';
import { maxColumns } from './table-schema.ts';
import { typeOverridesOf } from './type-overrides.ts';
import { wrappedField } from './well-known.ts';

/** https://cloud.google.com/bigquery/quotas#standard_tables: maximum depth of nested columns */
const maxDepth = 15;

/** What a reviewer should know before a schema is published: where its columns cannot be what the proto says. */
export interface ColumnProblem {
  /** Dotted path of the field, from the message's root. */
  readonly field: string;
  readonly problem: string;
}

/**
 * The columns of a message, in the order of the field numbers, as its options and the classes of personal data want
 * them. Throws SCHEMA_TOO_WIDE beyond BigQuery's 10,000.
 *
 * A message that contains itself, and one that would nest deeper than 15 levels, becomes a JSON column at that point.
 */
export function columnsOfMessage(desc: DescMessage, classes: PiiClasses = {}): Column[] {
  return build(desc, classes).columns;
}

/** All that a gate would refuse in a message's columns; empty when it is fit for the lake and the warehouse. */
export function columnProblems(desc: DescMessage): ColumnProblem[] {
  try {
    return build(desc, {}).problems;
  } catch (error) {
    if (error instanceof OnrampError) return [{ field: desc.typeName, problem: error.detail }];
    throw error;
  }
}

interface Building {
  readonly root: DescMessage;
  readonly classes: PiiClasses;
  readonly problems: ColumnProblem[];
  count: number;
}

/** Where in the tree a column is made. */
interface Place {
  /** The messages that contain it, by name. */
  readonly within: readonly string[];
  readonly path: readonly string[];
  /** 1 for a column of the table itself. */
  readonly depth: number;
  /** Of the field itself, and of what contains it. */
  readonly masking: Masking;
}

function build(desc: DescMessage, classes: PiiClasses) {
  const building: Building = { root: desc, classes, problems: [], count: 0 };
  const columns = columnsOf(desc, { within: [], path: [], depth: 1, masking: {} }, building);
  return { columns, problems: building.problems };
}

function columnsOf(desc: DescMessage, place: Place, building: Building): Column[] {
  const fields = desc.fields
    .filter(field => fieldOptions(field).ignore !== true)
    .sort((a, b) => a.number - b.number)
    .map(field => ({ field, number: field.number, name: fieldOptions(field).column ?? field.name }));
  const names = columnNames(fields, place.depth === 1);
  const within = [...place.within, desc.typeName];
  return fields.flatMap(({ field, name, number }) => {
    const named = names.get(number) ?? { name };
    const path = [...place.path, field.name];
    if (named.problem !== undefined) {
      building.problems.push({ field: path.join('.'), problem: `${named.problem}; its column is ${named.name}` });
    }
    const options = fieldOptions(field);
    const masking = maskingWithin(place.masking, maskingOf(options, building.classes));
    return columnOf(field, named.name, options, { within, path, depth: place.depth, masking }, building);
  });
}

/** The column of a field; none for one that is dropped. */
function columnOf(field: DescField, name: string, options: FieldOptions, place: Place, building: Building): Column[] {
  if (place.masking.mask === 'drop') return [];
  countColumn(building);
  const made =
    overriddenColumn(field, options, place, building) ??
    (field.fieldKind === 'map' ? mapColumn(field, place, building) : valueOf(field, place, building));
  if (made === 'dropped') return [];
  const { note, ...value } = made;
  const text = description(options.description ?? commentOf(field), note);
  return [
    {
      name,
      mode: field.fieldKind === 'list' || value.conversion === 'map' ? 'REPEATED' : 'NULLABLE',
      ...value,
      ...(text === undefined ? {} : { description: text }),
      fieldNumber: field.number,
    },
  ];
}

function countColumn(building: Building): void {
  building.count += 1;
  if (building.count > maxColumns) {
    throw new OnrampError(
      'SCHEMA_TOO_WIDE',
      `${building.root.typeName} has more than ${maxColumns} columns, nested ones counted`,
    );
  }
}

type Made = ValueColumn | 'dropped';

/** The column with the type that the field's option asks for; undefined when it asks for none that the field can have. */
function overriddenColumn(
  field: DescField,
  { type: wanted }: FieldOptions,
  place: Place,
  building: Building,
): Made | undefined {
  const overridden = wanted === undefined ? undefined : typeOverridesOf(field)[wanted];
  if (overridden === undefined) return undefined;
  const [type, conversion] = overridden;
  const protoType = field.fieldKind === 'map' ? mapType(field) : valueType(field);
  return conversion === 'json'
    ? jsonColumn({ protoType, note: `JSON of ${protoType}.` }, field.message, place, building)
    : maskedColumn({ type, conversion, protoType }, place.masking);
}

/** The column of one value: of the field itself, of a list's element or of a map's value. */
function valueOf(field: DescField, place: Place, building: Building): Made {
  if (field.message !== undefined) return messageColumn(field.message, place, building);
  const value = field.enum === undefined ? scalarColumn(field.scalar) : enumColumn(field.enum);
  return maskedColumn(value, place.masking);
}

const scalars: Record<ScalarType, readonly [ColumnType, Conversion]> = {
  [ScalarType.INT32]: ['INTEGER', 'int32'],
  [ScalarType.SINT32]: ['INTEGER', 'int32'],
  [ScalarType.SFIXED32]: ['INTEGER', 'int32'],
  [ScalarType.UINT32]: ['INTEGER', 'uint32'],
  [ScalarType.FIXED32]: ['INTEGER', 'uint32'],
  [ScalarType.INT64]: ['INTEGER', 'int64'],
  [ScalarType.SINT64]: ['INTEGER', 'int64'],
  [ScalarType.SFIXED64]: ['INTEGER', 'int64'],
  // BigQuery's INTEGER ends at 2^63 - 1.
  [ScalarType.UINT64]: ['NUMERIC', 'uint64'],
  [ScalarType.FIXED64]: ['NUMERIC', 'uint64'],
  [ScalarType.FLOAT]: ['FLOAT', 'float'],
  [ScalarType.DOUBLE]: ['FLOAT', 'double'],
  [ScalarType.BOOL]: ['BOOLEAN', 'bool'],
  [ScalarType.STRING]: ['STRING', 'string'],
  [ScalarType.BYTES]: ['BYTES', 'bytes'],
};

const scalarName = (scalar: ScalarType) => ScalarType[scalar].toLowerCase();

const valueType = (field: DescField) =>
  field.message?.typeName ?? field.enum?.typeName ?? scalarName(field.scalar ?? ScalarType.BYTES);

const mapType = (field: DescField & { fieldKind: 'map' }) => `map<${scalarName(field.mapKey)}, ${valueType(field)}>`;

function scalarColumn(scalar: ScalarType): ValueColumn {
  const [type, conversion] = scalars[scalar];
  return { type, conversion, protoType: scalarName(scalar) };
}

function enumColumn(desc: DescEnum): ValueColumn {
  const note = `One of ${desc.values.map(value => value.name).join(', ')}.`;
  return { type: 'STRING', conversion: 'enum', protoType: desc.typeName, note };
}

function messageColumn(desc: DescMessage, place: Place, building: Building): Made {
  const protoType = desc.typeName;
  const masked = (value: Omit<ValueColumn, 'protoType'>) => maskedColumn({ ...value, protoType }, place.masking);
  const json = (note?: string) => jsonColumn({ protoType, note }, desc, place, building);
  const wrapped = wrappedField(desc);
  if (wrapped?.fieldKind === 'scalar') return masked(scalarColumn(wrapped.scalar));
  switch (protoType) {
    case 'google.protobuf.Timestamp':
      return masked({ type: 'TIMESTAMP', conversion: 'timestamp' });
    // Not INTERVAL: no Avro type loads into such a column, so a lake file could not be loaded into the table.
    case 'google.protobuf.Duration':
      return masked({ type: 'INTEGER', conversion: 'duration', note: 'In microseconds.' });
    case 'google.protobuf.FieldMask':
      return masked({ type: 'STRING', conversion: 'field-mask', note: 'Paths, separated by commas.' });
    case 'google.protobuf.Struct':
    case 'google.protobuf.Value':
    case 'google.protobuf.ListValue':
      return json();
  }
  if (place.within.includes(protoType)) return json(`JSON of ${protoType}, which contains itself.`);
  if (desc.fields.length > 0 && place.depth >= maxDepth) {
    return json(`JSON of ${protoType}, nested too deep for columns.`);
  }
  const fields = columnsOf(desc, { ...place, depth: place.depth + 1 }, building);
  // BigQuery has no RECORD without columns.
  return fields.length === 0
    ? masked({ type: 'BOOLEAN', conversion: 'presence', note: 'True when it is set.' })
    : { type: 'RECORD', conversion: 'record', protoType, fields };
}

/** A column that holds protobuf's JSON form of a message, or of a map of such. */
function jsonColumn(
  { protoType, note }: { protoType: string; note?: string | undefined },
  desc: DescMessage | undefined,
  place: Place,
  { classes }: Building,
): Made {
  const value: ValueColumn = { type: 'JSON', conversion: 'json', protoType, ...(note === undefined ? {} : { note }) };
  return maskedColumn(value, maskingOfJson(place.masking, desc, classes));
}

function mapColumn(field: DescField & { fieldKind: 'map' }, place: Place, building: Building): Made {
  if (place.depth >= maxDepth) {
    const note = 'JSON of a map, nested too deep for columns.';
    return jsonColumn({ protoType: mapType(field), note }, field.message, place, building);
  }
  const value = valueOf(field, { ...place, depth: place.depth + 1 }, building);
  const key = maskedColumn(scalarColumn(field.mapKey), place.masking);
  if (value === 'dropped' || key === 'dropped') return 'dropped';
  countColumn(building);
  countColumn(building);
  return {
    type: 'RECORD',
    conversion: 'map',
    protoType: mapType(field),
    fields: [entryColumn('key', key, 1), entryColumn('value', value, 2)],
  };
}

function entryColumn(name: string, { note, ...value }: ValueColumn, fieldNumber: number): Column {
  const text = description(note);
  return { name, mode: 'NULLABLE', ...value, ...(text === undefined ? {} : { description: text }), fieldNumber };
}
