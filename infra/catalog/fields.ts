import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import type { MaskName, PiiClasses } from '../../functions/core/catalogue.ts';
import type { Column } from '../../functions/core/schema/column.ts';
import { commentOf } from '../../functions/core/schema/descriptions.ts';
import type { Schema } from '../../functions/core/schema/descriptor-set.ts';
import { type Masking, maskingOf, maskingWithin } from '../../functions/core/schema/masking.ts';
import { fieldOptions } from '../../functions/core/schema/options.ts';

/** A field of a ramp's messages, and what it is in the structured lake and the warehouse. */
export interface CatalogField {
  /** Dotted path of the names in the proto file; of a map's message it goes on after `value`. */
  readonly field: string;
  /** As the schema declares it, such as `fixed64` or `map<string, int32>`. */
  readonly protoType: string;
  /** Dotted path of the column; null when there is none. */
  readonly column: string | null;
  /** BigQuery's type, such as `STRING` or `REPEATED RECORD`; null without column. */
  readonly type: string | null;
  /** Empty when nothing is written about it. */
  readonly description: string;
  /** Class of personal data; null for what is not personal. */
  readonly pii: string | null;
  /** What is done with personal data; null for what is not personal. */
  readonly mask: MaskName | null;
  /** Characters or bytes that are kept; null unless it is truncated, and for a time, which is its day. */
  readonly truncate: number | null;
  /** Resource name of its policy tag; null without. */
  readonly policyTag: string | null;
}

interface Place {
  readonly path: string;
  readonly columnPath: string;
  readonly masking: Masking;
}

/** Every field of a schema that has a column, and those that have none because they are dropped or ignored. */
export function fieldsOf({ message, columns }: Schema, classes: PiiClasses): CatalogField[] {
  return walk(message, columns, { path: '', columnPath: '', masking: {} }, classes);
}

function walk(message: DescMessage, columns: readonly Column[], place: Place, classes: PiiClasses): CatalogField[] {
  return message.fields
    .toSorted((a, b) => a.number - b.number)
    .flatMap(field => {
      const column = columns.find(({ fieldNumber }) => fieldNumber === field.number);
      const options = fieldOptions(field);
      const masking = maskingWithin(place.masking, maskingOf(options, classes));
      const inside: Place = {
        path: `${place.path}${field.name}`,
        columnPath: `${place.columnPath}${column?.name ?? ''}`,
        masking,
      };
      return [
        catalogField(field, column, inside),
        ...(column === undefined ? [] : fieldsWithin(field, column, inside, classes)),
      ];
    });
}

/** The fields of the message that a field holds, as far as they have columns of their own. */
function fieldsWithin(field: DescField, column: Column, place: Place, classes: PiiClasses): CatalogField[] {
  const isMap = column.conversion === 'map';
  const columns = isMap ? column.fields?.find(({ name }) => name === 'value')?.fields : column.fields;
  if (field.message === undefined || columns === undefined) return [];
  const step = isMap ? '.value.' : '.';
  const path = `${place.path}${step}`;
  return walk(field.message, columns, { ...place, path, columnPath: `${place.columnPath}${step}` }, classes);
}

function catalogField(
  field: DescField,
  column: Column | undefined,
  { path, columnPath, masking }: Place,
): CatalogField {
  const ignored = fieldOptions(field).ignore === true;
  const repeated = column?.mode === 'REPEATED' ? 'REPEATED ' : '';
  // A message that becomes one JSON text is masked by what it holds: its column says so.
  const pii = column?.pii ?? masking.pii;
  const mask = column?.mask ?? (column === undefined && ignored ? undefined : masking.mask);
  return {
    field: path,
    protoType: column?.protoType ?? protoTypeOf(field),
    column: column === undefined ? null : columnPath,
    type: column === undefined ? null : `${repeated}${column.type}`,
    description: column?.description ?? fieldOptions(field).description ?? commentOf(field) ?? '',
    pii: pii ?? null,
    mask: mask ?? null,
    truncate: column?.truncate ?? null,
    policyTag: column?.policyTag ?? null,
  };
}

/** Of a field without column, which could have said it. */
function protoTypeOf(field: DescField): string {
  const value = field.message?.typeName ?? field.enum?.typeName ?? scalarName(field.scalar);
  return field.fieldKind === 'map' ? `map<${scalarName(field.mapKey)}, ${value}>` : value;
}

const scalarName = (scalar: ScalarType | undefined) => (scalar === undefined ? '' : ScalarType[scalar].toLowerCase());
