import type { TableField } from './table-schema.ts';

/** A field at its dotted path, such as `customer.address.city`. */
export interface FieldAt {
  readonly path: string;
  readonly field: TableField;
}

/** A column that the table has in another type or mode, which no change in place can mend. */
export interface Mismatch {
  readonly path: string;
  readonly existing: string;
  readonly wanted: string;
}

/** What a table lacks to take rows of other columns. All three empty: nothing. */
export interface TableDifference {
  /** To be added, nested ones by themselves where their RECORD exists. */
  readonly missing: readonly FieldAt[];
  /** REQUIRED in the table, where rows may come without, or do not know it at all. */
  readonly required: readonly FieldAt[];
  readonly mismatches: readonly Mismatch[];
}

/**
 * Compares a table's fields with those that rows will have. The order of the fields and the case of their names do not
 * count, and what only the table has is no difference.
 */
export function missingColumns(existing: readonly TableField[], wanted: readonly TableField[]): TableDifference {
  const difference = { missing: [] as FieldAt[], required: [] as FieldAt[], mismatches: [] as Mismatch[] };
  compare(existing, wanted, '', difference);
  return difference;
}

/**
 * The table's fields with all added that can be: the fields for tables.patch. Existing ones keep their place, their type
 * and their properties but for the description, and REQUIRED ones that rows may lack become NULLABLE.
 */
export function mergedFields(existing: readonly TableField[], wanted: readonly TableField[]): TableField[] {
  const byName = fieldsByName(wanted);
  const merged = existing.map(field => {
    const relaxed = field.mode === 'REQUIRED' ? { ...field, mode: 'NULLABLE' } : field;
    const other = byName.get(field.name.toLowerCase());
    if (other === undefined || describe(other) !== describe(field)) return relaxed;
    return {
      ...relaxed,
      ...(other.description === undefined ? {} : { description: other.description }),
      ...(other.fields === undefined ? {} : { fields: mergedFields(field.fields ?? [], other.fields) }),
    };
  });
  const present = fieldsByName(existing);
  return [...merged, ...wanted.filter(field => !present.has(field.name.toLowerCase()))];
}

function compare(
  existing: readonly TableField[],
  wanted: readonly TableField[],
  parent: string,
  found: { missing: FieldAt[]; required: FieldAt[]; mismatches: Mismatch[] },
): void {
  const byName = fieldsByName(existing);
  for (const field of wanted) {
    const path = `${parent}${field.name}`;
    const other = byName.get(field.name.toLowerCase());
    if (other === undefined) {
      found.missing.push({ path, field });
    } else if (describe(other) !== describe(field)) {
      found.mismatches.push({ path, existing: describe(other), wanted: describe(field) });
    } else {
      if (other.mode === 'REQUIRED') found.required.push({ path, field });
      compare(other.fields ?? [], field.fields ?? [], `${path}.`, found);
    }
  }
  const known = fieldsByName(wanted);
  for (const field of existing) {
    const required = field.mode === 'REQUIRED' && !known.has(field.name.toLowerCase());
    if (required) found.required.push({ path: `${parent}${field.name}`, field });
  }
}

const fieldsByName = (fields: readonly TableField[]) => new Map(fields.map(field => [field.name.toLowerCase(), field]));

/** BigQuery has two names for these types, and tables.get may answer with either. */
const legacyName: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
  DECIMAL: 'NUMERIC',
};

/** A column's type and mode, by the names that BigQuery's REST API gives them. */
export function describe({ type, mode }: TableField): string {
  const name = type.toUpperCase();
  return `${mode === 'REPEATED' ? 'REPEATED ' : ''}${legacyName[name] ?? name}`;
}
