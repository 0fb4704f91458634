import type { ColumnSums } from './column-checksum.ts';
import type { Instant } from './instant.ts';
import type { LossCount } from './loss-ledger.ts';
import type { ManifestFile } from './manifest.ts';

/** What one part has come to. Where an attempt may take several executions, an object below its prefix, written once. */
export interface PartRecord {
  readonly version: 1;
  /** From 0. */
  readonly part: number;
  /** Which execution of the attempt read it: the beginning of its files' names. */
  readonly execution: string;
  /** There is at least one, also without rows. */
  readonly files: readonly ManifestFile[];
  /** In the order of the columns. */
  readonly checksums: readonly ColumnSums[];
  readonly losses: readonly LossCount[];
  /** What identifies the state that it was read from. */
  readonly snapshot: Readonly<Record<string, string>>;
  readonly readTime: Instant;
  readonly started: Instant;
  readonly ended: Instant;
}

/** What parts add up to. */
interface PartTotals {
  readonly files: readonly ManifestFile[];
  readonly rows: number;
  readonly bytes: number;
  readonly checksums: readonly ColumnSums[];
  readonly losses: readonly LossCount[];
}

export const rowsOf = ({ files }: Pick<PartRecord, 'files'>): number => files.reduce((sum, { rows }) => sum + rows, 0);

/** Adds up the parts of an export, each of which is there once, in their order. */
export function mergeParts(records: readonly PartRecord[]): PartTotals {
  const files = records.flatMap(record => record.files);
  const [first, ...others] = records.map(({ checksums }) => checksums);
  return {
    files,
    rows: rowsOf({ files }),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    checksums: others.reduce((sums, more) => sums.map((column, i) => addSums(column, more[i])), first ?? []),
    losses: addLosses(records.flatMap(({ losses }) => losses)),
  };
}

function addSums(a: ColumnSums, b: ColumnSums | undefined): ColumnSums {
  if (b?.column !== a.column) throw new Error(`a part has ${b?.column ?? 'no column'} in the place of ${a.column}`);
  const values = a.values + b.values;
  if (a.sum === undefined || a.xor === undefined) return { column: a.column, values };
  const sum = BigInt(a.sum) + BigInt(b.sum ?? 0);
  const xor = BigInt.asIntN(64, BigInt(a.xor) ^ BigInt(b.xor ?? 0));
  return { column: a.column, values, sum: String(sum), xor: String(xor) };
}

/** One count for each column, loss and answer, in the order in which they are met first. */
function addLosses(losses: readonly LossCount[]): LossCount[] {
  const byKind = Map.groupBy(losses, ({ column, loss, answer }) => JSON.stringify([column, loss, answer]));
  return [...byKind.values()].flatMap(same => {
    const [first] = same;
    return first === undefined ? [] : [{ ...first, count: same.reduce((sum, { count }) => sum + count, 0) }];
  });
}

export function parsePartRecord(bytes: Uint8Array): PartRecord {
  const value = JSON.parse(Buffer.from(bytes).toString()) as Partial<PartRecord>;
  if (value.version !== 1 || !Array.isArray(value.files)) {
    throw new Error(`the record of a part has version ${String(value.version)}; this build reads version 1`);
  }
  return value as PartRecord;
}
