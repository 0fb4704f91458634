import { OnrampError } from '../errors.ts';
import { columnNames } from '../schema/column-names.ts';
import type { ColumnPolicy } from './config.ts';
import type { ExportColumn, ExportType } from './export-column.ts';
import type { ExportRequest } from './export-request.ts';
import type { ColumnMask } from './masks.ts';

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
export type NaturalType = Pick<ExportColumn, 'type' | 'precision' | 'scale' | 'repeated'>;

/**
 * The column that is exported in the place of the natural one, by what the configuration says: a masked column is text,
 * save that a shortened BYTES stays one; so is one whose values that do not fit shall be text.
 */
export function exportColumn(
  { name, policy, mask }: PlannedColumn,
  natural: NaturalType,
  sourceType: string,
): ExportColumn {
  const about = {
    name,
    sourceType,
    ...(policy.description === undefined ? {} : { description: policy.description }),
  };
  if (mask !== undefined) {
    const bytes = natural.type === 'BYTES' && mask.method === 'truncate';
    return { ...about, type: bytes ? 'BYTES' : 'STRING', masked: mask.method };
  }
  if (policy.onOutOfRange === 'string' && rangedTypes.has(natural.type)) return { ...about, type: 'STRING' };
  const wanted = policy.decimal === undefined ? policy.type : (policy.type ?? 'NUMERIC');
  if (wanted === undefined) return { ...about, ...natural };
  if (wanted === 'NUMERIC' || wanted === 'BIGNUMERIC') {
    const decimal = policy.decimal ?? (natural.type === 'NUMERIC' ? natural : undefined);
    const { precision = 38, scale = 9 } = decimal ?? (wanted === 'NUMERIC' ? {} : { precision: 76, scale: 38 });
    return { ...about, type: 'NUMERIC', precision, scale };
  }
  return { ...about, type: exportTypes[wanted] };
}

/** Types that the source has values beyond. */
const rangedTypes: ReadonlySet<ExportType> = new Set(['NUMERIC', 'DATE', 'TIME', 'DATETIME', 'TIMESTAMP', 'INTEGER']);

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
