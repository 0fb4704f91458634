import { OnrampError } from '../errors.ts';
import { columnNames } from '../schema/column-names.ts';
import { description } from '../schema/descriptions.ts';
import type { ColumnPolicy } from './config.ts';
import type { ExportColumn, ExportType } from './export-column.ts';
import type { ExportRequest } from './export-request.ts';
import { type ColumnMask, maskNote, maskOfType } from './masks.ts';

/** A column of the source's result that is exported. */
export interface PlannedColumn {
  /** Its place in the source's result, from 0. */
  readonly index: number;
  /** Its name in the source. */
  readonly sourceName: string;
  /** Its name in the files and in BigQuery. */
  readonly name: string;
  readonly policy: Partial<ColumnPolicy>;
  readonly mask?: ColumnMask;
  /** Whether its times are cut to their day: its writer does that, so that they are read as what they are. */
  readonly day?: true;
}

type Ask = Pick<ExportRequest, 'columns' | 'contract'>;

/**
 * Which columns of a result are exported, and how they are masked. Fails closed: throws MASK_UNCLASSIFIED_COLUMN with all
 * columns that nobody has classified, where the contract demands it, and EXPORT_COLUMN_MISSING with all that the
 * configuration names and the result has not.
 */
export function planColumns(sourceNames: readonly string[], { columns, contract }: Ask): PlannedColumn[] {
  const duplicates = sourceNames.filter((name, index) => sourceNames.indexOf(name) !== index);
  if (duplicates.length > 0) {
    throw new OnrampError('EXPORT_QUERY_REFUSED', `the query has more than one column ${list(duplicates)}`);
  }
  const missing = Object.keys(columns).filter(name => !sourceNames.includes(name));
  if (missing.length > 0) throw new OnrampError('EXPORT_COLUMN_MISSING', list(missing));
  const policyOf = (name: string): Partial<ColumnPolicy> => (Object.hasOwn(columns, name) ? (columns[name] ?? {}) : {});
  const unclassified = sourceNames.filter(name => {
    const policy = policyOf(name);
    return policy.class === undefined && policy.mask === undefined;
  });
  if (contract.unclassified === 'fail' && unclassified.length > 0) {
    throw new OnrampError('MASK_UNCLASSIFIED_COLUMN', list(unclassified));
  }
  const names = columnNames(
    sourceNames.map((name, index) => ({ name: legalName(name), number: index + 1 })),
    true,
  );
  const planned: PlannedColumn[] = [];
  sourceNames.forEach((sourceName, index) => {
    const { mask, ...policy } = policyOf(sourceName);
    if (mask?.method === 'drop') return;
    const name = names.get(index + 1)?.name ?? sourceName;
    planned.push({ index, sourceName, name, policy, ...(mask === undefined ? {} : { mask }) });
  });
  if (planned.length === 0) throw new OnrampError('EXPORT_QUERY_REFUSED', 'no column is left to export');
  return planned;
}

/** Avro knows letters, digits and underscores only. */
const legalName = (name: string) => name.replaceAll(/[^A-Za-z0-9_]/g, '_') || 'column';

const list = (names: readonly string[]) => names.map(name => JSON.stringify(name)).join(', ');

/** What a source knows of a column's type by itself. */
export type NaturalType = Pick<ExportColumn, 'type' | 'precision' | 'scale' | 'repeated' | 'fields'>;

/** The column with the mask that values of its type get. */
export function maskedForType(planned: PlannedColumn, { type }: NaturalType, sourceType: string): PlannedColumn {
  const { mask: written, ...column } = planned;
  if (written === undefined) return planned;
  const mask = maskOfType(written, type, sourceType);
  return mask === 'day' ? { ...column, day: true } : { ...column, mask };
}

/** Whether an array is exported as a REPEATED column: what a NULL in it becomes was written, and no mask hides it. */
export const isDeclaredArray = ({ policy, mask }: PlannedColumn): boolean =>
  (policy.onNullElement === 'error' || policy.onNullElement === 'drop') && mask === undefined;

/**
 * The column that is exported in the place of the natural one, by what the configuration says: a masked column is text,
 * save that a shortened BYTES stays one; so is one whose values that do not fit shall be text. An array stays one, of
 * elements of another type, unless it was not declared to be one, and shall be text as a whole.
 */
export function exportColumn(planned: PlannedColumn, natural: NaturalType, sourceType: string): ExportColumn {
  const { name, policy, mask, day } = planned;
  const bytes = natural.type === 'BYTES' && mask?.method === 'truncate';
  const hidden = day === true ? 'day' : mask;
  const text = description(policy.description, hidden && maskNote(hidden, bytes));
  const about = {
    name,
    sourceType,
    ...(text === undefined ? {} : { description: text }),
    ...(policy.class === undefined || policy.class === 'none' ? {} : { pii: policy.class }),
    ...(policy.policyTag === undefined ? {} : { policyTag: policy.policyTag }),
  };
  if (mask !== undefined) return { ...about, type: bytes ? 'BYTES' : 'STRING', masked: mask.method };
  if (day === true) return { ...about, ...natural, masked: 'truncate' };
  const array = natural.repeated === true && isDeclaredArray(planned) ? { repeated: true } : {};
  const type = typeOf(policy, natural);
  const ranged = rangedTypes.has(natural.type) || rangedTypes.has(type.type);
  if (policy.onOutOfRange === 'string' && ranged) return { ...about, type: 'STRING', ...array };
  return type === natural ? { ...about, ...natural } : { ...about, ...type, ...array };
}

/** The type that was written, or else the natural one. */
function typeOf(policy: Partial<ColumnPolicy>, natural: NaturalType): NaturalType {
  const wanted = policy.decimal === undefined ? policy.type : (policy.type ?? 'NUMERIC');
  if (wanted === undefined) return natural;
  if (wanted !== 'NUMERIC' && wanted !== 'BIGNUMERIC') {
    const type = exportTypes[wanted];
    return type === natural.type ? natural : { type };
  }
  const decimal = policy.decimal ?? (wanted === 'NUMERIC' && natural.type === 'NUMERIC' ? natural : undefined);
  const { precision = 38, scale = 9 } = decimal ?? (wanted === 'NUMERIC' ? {} : { precision: 76, scale: 38 });
  return { type: 'NUMERIC', precision, scale };
}

/** Types that the source has values beyond. */
const rangedTypes: ReadonlySet<ExportType> = new Set<ExportType>([
  'NUMERIC',
  'DATE',
  'TIME',
  'DATETIME',
  'TIMESTAMP',
  'INTEGER',
  'JSON',
]);

/** A GEOGRAPHY is loaded from its WKT. */
const exportTypes = {
  STRING: 'STRING',
  BYTES: 'BYTES',
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'DATETIME',
  TIMESTAMP: 'TIMESTAMP',
  JSON: 'JSON',
  GEOGRAPHY: 'STRING',
} as const;
