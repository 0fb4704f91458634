import { type DescEnum, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { OnrampError } from '../errors.ts';
import type { Column, ColumnType, Conversion } from './column.ts';
import { columnNames } from './column-names.ts';
import { commentOf, description } from './descriptions.ts';

/** https://cloud.google.com/bigquery/quotas#standard_tables: maximum depth of nested columns */
const maxDepth = 15;

/** https://cloud.google.com/bigquery/quotas#standard_tables: columns, nested ones counted */
const maxColumns = 10_000;

/** What a reviewer should know before a schema is published: where its columns cannot be what the proto says. */
export interface ColumnProblem {
  /** Dotted path of the field, from the message's root. */
  readonly field: string;
  readonly problem: string;
}

/**
 * The columns of a message, in the order of the field numbers. Throws SCHEMA_TOO_WIDE beyond BigQuery's 10,000.
 *
 * A message that contains itself, and one that would nest deeper than 15 levels, becomes a JSON column at that point.
 */
export function columnsOfMessage(desc: DescMessage): Column[] {
  return build(desc).columns;
}

/** All that a gate would refuse in a message; empty when it is fit for the lake and the warehouse. */
export function columnProblems(desc: DescMessage): ColumnProblem[] {
  try {
    return build(desc).problems;
  } catch (error) {
    if (error instanceof OnrampError) return [{ field: desc.typeName, problem: error.detail }];
    throw error;
  }
}

/** A wrapper such as google.protobuf.Int64Value: its one field, or undefined for any other message. */
export function wrappedField(desc: DescMessage): DescField | undefined {
  return /^google\.protobuf\.(Double|Float|U?Int(64|32)|Bool|String|Bytes)Value$/.test(desc.typeName)
    ? desc.fields.find(field => field.name === 'value')
    : undefined;
}

interface Building {
  readonly root: DescMessage;
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
}

type ValueColumn = Pick<Column, 'type' | 'conversion' | 'fields' | 'protoType'> & { readonly note?: string };

function build(desc: DescMessage) {
  const building: Building = { root: desc, problems: [], count: 0 };
  const columns = columnsOf(desc, { within: [], path: [], depth: 1 }, building);
  return { columns, problems: building.problems };
}

function columnsOf(desc: DescMessage, place: Place, building: Building): Column[] {
  const names = columnNames(desc.fields, place.depth === 1);
  const within = [...place.within, desc.typeName];
  return [...desc.fields]
    .sort((a, b) => a.number - b.number)
    .map(field => {
      const named = names.get(field.number) ?? { name: field.name };
      const path = [...place.path, field.name];
      if (named.problem !== undefined) {
        building.problems.push({ field: path.join('.'), problem: `${named.problem}; its column is ${named.name}` });
      }
      return columnOf(field, named.name, { within, path, depth: place.depth }, building);
    });
}

function columnOf(field: DescField, name: string, place: Place, building: Building): Column {
  countColumn(building);
  const { note, ...value } =
    field.fieldKind === 'map' ? mapColumn(field, place, building) : valueOf(field, place, building);
  const text = description(commentOf(field), note);
  return {
    name,
    mode: field.fieldKind === 'list' || value.conversion === 'map' ? 'REPEATED' : 'NULLABLE',
    ...value,
    ...(text === undefined ? {} : { description: text }),
    fieldNumber: field.number,
  };
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

/** The column of one value: of the field itself, of a list's element or of a map's value. */
function valueOf(field: DescField, place: Place, building: Building): ValueColumn {
  if (field.message !== undefined) return messageColumn(field.message, place, building);
  if (field.enum !== undefined) return enumColumn(field.enum);
  return scalarColumn(field.scalar);
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

function scalarColumn(scalar: ScalarType): ValueColumn {
  const [type, conversion] = scalars[scalar];
  return { type, conversion, protoType: scalarName(scalar) };
}

function enumColumn(desc: DescEnum): ValueColumn {
  const note = `One of ${desc.values.map(value => value.name).join(', ')}.`;
  return { type: 'STRING', conversion: 'enum', protoType: desc.typeName, note };
}

function messageColumn(desc: DescMessage, place: Place, building: Building): ValueColumn {
  const protoType = desc.typeName;
  const wrapped = wrappedField(desc);
  if (wrapped?.fieldKind === 'scalar') return { ...scalarColumn(wrapped.scalar), protoType };
  switch (protoType) {
    case 'google.protobuf.Timestamp':
      return { type: 'TIMESTAMP', conversion: 'timestamp', protoType };
    // Not INTERVAL: no Avro type loads into such a column, so a lake file could not be loaded into the table.
    case 'google.protobuf.Duration':
      return { type: 'INTEGER', conversion: 'duration', protoType, note: 'In microseconds.' };
    case 'google.protobuf.FieldMask':
      return { type: 'STRING', conversion: 'field-mask', protoType, note: 'Paths, separated by commas.' };
    case 'google.protobuf.Struct':
    case 'google.protobuf.Value':
    case 'google.protobuf.ListValue':
      return { type: 'JSON', conversion: 'json', protoType };
  }
  if (desc.fields.length === 0) {
    return { type: 'BOOLEAN', conversion: 'presence', protoType, note: 'True when it is set.' };
  }
  if (place.within.includes(protoType)) {
    return { type: 'JSON', conversion: 'json', protoType, note: `JSON of ${protoType}, which contains itself.` };
  }
  if (place.depth >= maxDepth) {
    return { type: 'JSON', conversion: 'json', protoType, note: `JSON of ${protoType}, nested too deep for columns.` };
  }
  const fields = columnsOf(desc, { ...place, depth: place.depth + 1 }, building);
  return { type: 'RECORD', conversion: 'record', protoType, fields };
}

function mapColumn(field: DescField & { fieldKind: 'map' }, place: Place, building: Building): ValueColumn {
  const value = valueOf(field, { ...place, depth: place.depth + 1 }, building);
  const protoType = `map<${scalarName(field.mapKey)}, ${value.protoType ?? ''}>`;
  if (place.depth >= maxDepth) {
    return { type: 'JSON', conversion: 'json', protoType, note: 'JSON of a map, nested too deep for columns.' };
  }
  countColumn(building);
  countColumn(building);
  const { note, ...valueColumn } = value;
  const text = description(note);
  return {
    type: 'RECORD',
    conversion: 'map',
    protoType,
    fields: [
      { name: 'key', mode: 'NULLABLE', ...scalarColumn(field.mapKey), fieldNumber: 1 },
      {
        name: 'value',
        mode: 'NULLABLE',
        ...valueColumn,
        ...(text === undefined ? {} : { description: text }),
        fieldNumber: 2,
      },
    ],
  };
}
