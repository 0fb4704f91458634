import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ExportColumn } from './export-column.ts';
import type { ExportRequest } from './export-request.ts';
import type { Instant } from './instant.ts';

/** What a source decides once for an attempt, in its own words: whoever is given it again reads the same parts. */
export interface SourcePlan {
  /** What each part reads, such as a condition of SQL: together they hold of every row exactly once. One at least. */
  readonly parts: readonly string[];
  /** The state that is read, where the source can come back to it; absent where each execution has a state of its own. */
  readonly moment?: string;
}

/** What the first execution of an attempt has decided, for those that go on with it. An object below the attempt's prefix. */
export interface PartPlan extends SourcePlan {
  readonly version: 1;
  /** When the first execution began: execution_timeout is counted from then. */
  readonly started: Instant;
  /** Of the request: all executions read and mask alike. */
  readonly request: string;
  readonly columns: readonly ExportColumn[];
}

export const partPlanName = 'parts.json';

/** Name of the object that says when an attempt began of which an execution died before it could write down a plan. */
export const beganName = 'began.json';

/** Name of the record of one part, below the attempt's prefix. */
export const partRecordName = (part: number): string => `part-${String(part).padStart(5, '0')}.json`;

/** Whether it is one of the names above. */
export const isPartObject = (name: string): boolean =>
  name === partPlanName || name === beganName || /^part-\d{5,}\.json$/.test(name);

/**
 * Why the parts of an export are not written down one by one, so that it has to be read in one go; undefined when they
 * are. Bounds that are not in the configuration come from the data, and those of a masked column must not get out.
 */
export function whyInOneGo(
  { partitions, columns }: Pick<ExportRequest, 'partitions' | 'columns'>,
  parts: number,
): string | undefined {
  if (partitions === undefined) return 'it has no partitions';
  if (parts < 2) return 'the source reads it in one part';
  if ('count' in partitions && columns[partitions.by]?.mask !== undefined)
    return `its partitions are counted by ${partitions.by}, which is masked: bounds must be written for it, or another column named`;
  return undefined;
}

export const planOf = (
  request: ExportRequest,
  source: SourcePlan,
  columns: readonly ExportColumn[],
  started: Instant,
): PartPlan => ({
  version: 1,
  started,
  request: fingerprintOf(request),
  columns,
  parts: source.parts,
  ...(source.moment === undefined ? {} : { moment: source.moment }),
});

/** In what an execution differs from the one that made the plan, so that their parts do not fit; undefined when they do. */
export function planDifference(
  plan: PartPlan,
  request: ExportRequest,
  columns: readonly ExportColumn[],
): string | undefined {
  if (plan.request !== fingerprintOf(request)) return 'the request is another one';
  const known = new Map(plan.columns.map(column => [column.name, column]));
  const differing = columns.filter(column => !isDeepStrictEqual(plainOf(known.get(column.name)), plainOf(column)));
  const present = new Set(columns.map(({ name }) => name));
  const gone = plan.columns.filter(({ name }) => !present.has(name));
  const names = [...differing, ...gone].map(({ name }) => name);
  if (names.length > 0) return `columns that came, went or changed: ${names.join(', ')}`;
  return columns.every(({ name }, i) => plan.columns[i]?.name === name) ? undefined : 'the columns have another order';
}

/** Without what is undefined, as it is once it was written down. */
const plainOf = (column: ExportColumn | undefined): unknown =>
  column === undefined ? undefined : JSON.parse(JSON.stringify(column));

const fingerprintOf = (request: ExportRequest): string =>
  createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, 16);

export function parsePartPlan(bytes: Uint8Array): PartPlan {
  const value = JSON.parse(Buffer.from(bytes).toString()) as Partial<PartPlan>;
  if (value.version !== 1 || !Array.isArray(value.parts)) {
    throw new Error(`the plan of parts has version ${String(value.version)}; this build reads version 1`);
  }
  return value as PartPlan;
}
