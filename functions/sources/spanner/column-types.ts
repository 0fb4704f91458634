import type { WireField, WireType } from '../../clients/spanner.ts';
import {
  exportColumn,
  isDeclaredArray,
  maskedForType,
  type NaturalType,
  type PlannedColumn,
} from '../../core/batch/column-plan.ts';
import type { ExportColumn, ExportType } from '../../core/batch/export-column.ts';
import { OnrampError } from '../../core/errors.ts';
import { columnNames } from '../../core/schema/column-names.ts';

/** A column that is exported, and what Spanner sends of it. */
export interface ReadColumn {
  readonly planned: PlannedColumn;
  readonly column: ExportColumn;
  readonly type: WireType;
}

/** https://cloud.google.com/spanner/docs/reference/rpc/google.spanner.v1#typecode; UUID is newer than the client. */
const uuidCode = 17;

/** The name of a type's code. */
export const codeOf = ({ code }: WireType): string => (code === uuidCode ? 'UUID' : String(code));

export const isPgNumeric = ({ typeAnnotation }: WireType): boolean => typeAnnotation === 'PG_NUMERIC';

const scalars: Readonly<Record<string, ExportType>> = {
  BOOL: 'BOOLEAN',
  INT64: 'INTEGER',
  ENUM: 'INTEGER',
  FLOAT32: 'FLOAT',
  FLOAT64: 'FLOAT',
  NUMERIC: 'NUMERIC',
  STRING: 'STRING',
  BYTES: 'BYTES',
  PROTO: 'BYTES',
  DATE: 'DATE',
  TIMESTAMP: 'TIMESTAMP',
  JSON: 'JSON',
  UUID: 'STRING',
  INTERVAL: 'STRING',
};

/** What follows from Spanner's type alone. Undefined when no column can hold it. */
function naturalType(type: WireType, repeated: boolean): NaturalType | undefined {
  const code = codeOf(type);
  if (code === 'ARRAY') {
    if (!repeated) return { type: 'JSON' };
    const element = naturalType(type.arrayElementType ?? {}, true);
    return element === undefined ? undefined : { ...element, repeated: true };
  }
  if (code === 'STRUCT') return { type: 'RECORD', fields: structFields(type) };
  // 147,455 digits before the point: https://cloud.google.com/spanner/docs/reference/postgresql/data-types
  if (code === 'NUMERIC') return isPgNumeric(type) ? { type: 'STRING' } : { type: 'NUMERIC', precision: 38, scale: 9 };
  const scalar = scalars[code];
  return scalar === undefined ? undefined : { type: scalar };
}

function structFields({ structType }: WireType): ExportColumn[] {
  const fields = structType?.fields ?? [];
  const legal = fields.map(({ name }, i) => ({
    name: (name ?? '').replaceAll(/[^A-Za-z0-9_]/g, '_') || `field_${i + 1}`,
    number: i + 1,
  }));
  const names = columnNames(legal, false);
  return fields.map((field, i) => {
    const natural = naturalType(field.type ?? {}, true);
    const name = names.get(i + 1)?.name ?? `field_${i + 1}`;
    if (natural === undefined) throw refused(name, field.type ?? {}, 'a column');
    return { name, sourceType: typeText(field.type ?? {}), ...natural };
  });
}

/** The type in Spanner's own words, such as `ARRAY<INT64>`. */
export function typeText(type: WireType): string {
  const code = codeOf(type);
  const fields = type.structType?.fields ?? [];
  if (code === 'ARRAY') return `ARRAY<${typeText(type.arrayElementType ?? {})}>`;
  if (code === 'STRUCT')
    return `STRUCT<${fields.map(field => `${field.name ?? ''} ${typeText(field.type ?? {})}`.trim()).join(', ')}>`;
  if (code === 'PROTO' || code === 'ENUM') return `${code}<${type.protoTypeFqn ?? ''}>`;
  const annotation = type.typeAnnotation;
  return typeof annotation === 'string' && annotation.startsWith('PG_') ? annotation : code;
}

/** Throws EXPORT_TYPE_REFUSED where a value could be rounded or wrapped without a trace. */
export function readColumn(written: PlannedColumn, field: WireField): ReadColumn {
  const type = field.type ?? {};
  const natural = naturalType(type, isDeclaredArray(written));
  if (natural === undefined) throw refused(written.name, type, 'a column; leave it out of the query, or drop it');
  const planned = maskedForType(written, natural, typeText(type));
  const column = exportColumn(planned, natural, typeText(type));
  if (planned.mask === undefined && !converts(column, natural, type)) throw refused(planned.name, type, column.type);
  return { planned, column, type };
}

const refused = (name: string, type: WireType, as: string) =>
  new OnrampError('EXPORT_TYPE_REFUSED', `column ${name}: ${typeText(type)} as ${as}`);

function converts(column: ExportColumn, natural: NaturalType, type: WireType): boolean {
  const from = natural.type;
  const scalar = natural.repeated === true ? (type.arrayElementType ?? {}) : type;
  const textual = codeOf(scalar) === 'STRING';
  switch (column.type) {
    case from:
    case 'STRING':
      return true;
    case 'JSON':
      return textual || from === 'RECORD';
    case 'BYTES':
      return textual;
    case 'NUMERIC':
      return textual || from === 'INTEGER' || isPgNumeric(scalar);
    case 'INTEGER':
      return from === 'NUMERIC' || isPgNumeric(scalar);
    case 'DATETIME':
      return from === 'TIMESTAMP';
    default:
      return false;
  }
}
