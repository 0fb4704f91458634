import type { DescField, DescMessage } from '@bufbuild/protobuf';
import type { Column } from './column.ts';
import { columnChangeFindings, unreservedField } from './column-compatibility.ts';
import type { SchemaFinding } from './compatibility-rules.ts';
import type { Schema } from './descriptor-set.ts';
import { enumFindings } from './enum-compatibility.ts';
import { nameFindings } from './name-compatibility.ts';
import { fieldOptions } from './options.ts';
import { pinnedColumns, pinsWith, typeClass } from './pins.ts';
import type { ColumnPins } from './schema-index.ts';

/** A schema with the columns that it would have by itself, and the pins of all that were published. */
export interface PublishedSchema {
  readonly schema: Schema;
  readonly pins: ColumnPins;
}

/**
 * What the rules of the warehouse say of a newer version of a schema, each finding once. Without `before` only those
 * count that need no older version. The bytes and the JSON form of events are buf's to compare.
 */
export function compareSchemas(before: PublishedSchema | undefined, after: Schema): SchemaFinding[] {
  const findings = new Map<string, SchemaFinding>();
  const add: Report = finding => findings.set(`${finding.rule} ${finding.at} ${finding.what}`, finding);
  const pins = before?.pins ?? {};
  const pinned = pinnedColumns(after.columns, pinsWith(pins, after.columns));
  compareMessages(
    before && { message: before.schema.message, columns: before.schema.columns },
    { message: after.message, columns: after.columns },
    { pinned, pins, path: '', depth: 1 },
    add,
  );
  return [...findings.values()];
}

type Report = (finding: SchemaFinding) => void;

/** A message at one place of the tree; columns are there where it is a RECORD, or the table itself. */
interface Side {
  readonly message: DescMessage;
  readonly columns: readonly Column[];
}

interface Place {
  /** The newer columns under the names that they get. */
  readonly pinned: readonly Column[];
  readonly pins: ColumnPins;
  /** Path of field numbers, with a dot at its end where it is not empty. */
  readonly path: string;
  readonly depth: number;
}

function compareMessages(before: Side | undefined, after: Side, place: Place, add: Report): void {
  for (const finding of nameFindings(before?.message, after.message, place.depth === 1)) add(finding);
  const fields = new Map(after.message.fields.map(field => [field.number, field]));
  for (const old of before?.message.fields ?? []) {
    if (!fields.has(old.number)) add(unreservedField(old, after.message));
  }
  for (const field of after.message.fields) {
    const old = before?.message.fields.find(({ number }) => number === field.number);
    compareFields(before && old && { field: old, columns: before.columns }, field, after, place, add);
  }
}

function compareFields(
  before: { readonly field: DescField; readonly columns: readonly Column[] } | undefined,
  field: DescField,
  { columns }: Side,
  place: Place,
  add: Report,
): void {
  const ofField = ({ fieldNumber }: Column) => fieldNumber === field.number;
  const old = before?.columns.find(ofField);
  const column = columns.find(ofField);
  const pinned = place.pinned.find(ofField);
  if (before?.field.enum !== undefined && field.enum !== undefined) {
    for (const finding of enumFindings(before.field.enum, field.enum)) add(finding);
  }
  const at = `${field.parent.typeName}.${field.name}`;
  if (before !== undefined) {
    for (const finding of columnChangeFindings(
      { field: before.field, column: old },
      { field, column },
      { at, kept: pinned?.name },
    )) {
      add(finding);
    }
  }
  if (column === undefined || pinned === undefined) return;
  if (isCut(field, column) && !(old !== undefined && before !== undefined && isCut(before.field, old))) {
    add({
      rule: 'NESTED_AS_JSON',
      at,
      what: `the column of ${at} holds JSON from here on: ${column.protoType ?? 'it'} contains itself or is nested too deep`,
      mend: 'nothing needs to be done; flatten the message if its parts are to be columns',
    });
  }
  const path = `${place.path}${field.number}`;
  if (!(path in place.pins) && pinned.name !== column.name) {
    add({
      rule: 'COLUMN_TAKEN',
      at,
      what: `the column ${column.name} belongs to another field that had it first; the column of ${at} is ${pinned.name}`,
      mend: 'choose another name for the field, or take back the change of the field that had it',
    });
  }
  const inner = nested(column);
  if (inner === undefined || field.message === undefined) return;
  const oldInner = old !== undefined && typeClass(old) === typeClass(column) ? nested(old) : undefined;
  compareMessages(
    oldInner && before?.field.message && { message: before.field.message, columns: oldInner },
    { message: field.message, columns: inner },
    {
      pinned: nested(pinned) ?? [],
      pins: place.pins,
      path: column.conversion === 'map' ? `${path}.2.` : `${path}.`,
      depth: place.depth + (column.conversion === 'map' ? 2 : 1),
    },
    add,
  );
}

/** The columns of a RECORD that is a message, or of a map's values where these are messages. */
function nested(column: Column): readonly Column[] | undefined {
  return column.conversion === 'map' ? column.fields?.[1]?.fields : column.fields;
}

const wellKnownJson = ['google.protobuf.Struct', 'google.protobuf.Value', 'google.protobuf.ListValue'];

/** Whether a column is JSON only because columns could not nest any further. */
const isCut = (field: DescField, { conversion }: Column) =>
  conversion === 'json' &&
  fieldOptions(field).type !== 'JSON' &&
  !wellKnownJson.includes(field.message?.typeName ?? '');
