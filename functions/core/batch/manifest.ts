import { createHash } from 'node:crypto';
import type { AvroRecordSchema } from '../schema/avro-schema.ts';
import type { ColumnSums } from './column-checksum.ts';
import type { ExportAddress } from './config.ts';
import type { ExportColumn } from './export-column.ts';
import type { ExportRequest } from './export-request.ts';
import type { Instant } from './instant.ts';
import type { Interval } from './interval.ts';
import type { LossCount } from './loss-ledger.ts';

/**
 * What an attempt has exported: the last object that it writes, and the only one that readers trust. Written once; a
 * second execution of the same attempt takes the first one's.
 */
export interface Manifest {
  readonly version: 1;
  readonly export: ExportAddress;
  readonly interval: Interval;
  readonly attempt: number;
  readonly incremental: boolean;
  readonly destinations: ExportRequest['destinations'];
  /** In the order of the parts. There is at least one, also without rows. */
  readonly files: readonly ManifestFile[];
  readonly rows: number;
  readonly bytes: number;
  readonly columns: readonly ExportColumn[];
  /** Of all rows together; docs/batch-types.md says how BigQuery computes the same. */
  readonly checksums: readonly ColumnSums[];
  /** Of the Avro files. */
  readonly schema: AvroRecordSchema;
  /** 16 hexadecimal digits of the schema's SHA-256: the same columns of the same types have the same. */
  readonly schemaFingerprint: string;
  /** What identifies the state of the source that was read; the earliest, when there are several. */
  readonly snapshot: Readonly<Record<string, string>>;
  /** The moment of that state. */
  readonly readTime: Instant;
  /** Whether all rows are of one state of the source. Where they are not, `parts` says of which each part is. */
  readonly oneMoment: boolean;
  /** In their order; absent where parts are not written down one by one. */
  readonly parts?: readonly ManifestPart[];
  /** What is masked and how; the version is that of the key. */
  readonly masks: readonly ManifestMask[];
  /** What was not exported as it was. Empty when everything was. */
  readonly losses: readonly LossCount[];
  /** The source as it was rendered. */
  readonly source: ExportRequest['source'];
  readonly started: Instant;
  readonly ended: Instant;
}

export interface ManifestFile {
  /** Name in the bucket of the manifest. */
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  /** CRC-32C in base64. */
  readonly crc32c: string;
}

export interface ManifestPart {
  /** Which execution of the attempt read it. */
  readonly execution: string;
  /** How many of the manifest's files are the part's: they follow those of the part before. */
  readonly files: number;
  readonly rows: number;
  /** What identifies the state that it was read from, and the moment of that state. */
  readonly snapshot: Readonly<Record<string, string>>;
  readonly readTime: Instant;
  readonly started: Instant;
  readonly ended: Instant;
}

export interface ManifestMask {
  readonly column: string;
  /** Of `Mask`; a column that is dropped is named only here. */
  readonly method: string;
  readonly keyVersion?: string;
}

export const schemaFingerprint = (schema: AvroRecordSchema): string =>
  createHash('sha256').update(JSON.stringify(schema)).digest('hex').slice(0, 16);

export const serialiseManifest = (manifest: Manifest): Buffer => Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);

/** Reads a manifest. An export wrote it, so only its outline is checked. Throws an Error. */
export function parseManifest(bytes: Uint8Array): Manifest {
  const value = JSON.parse(Buffer.from(bytes).toString()) as Partial<Manifest>;
  if (value.version !== 1 || !Array.isArray(value.files)) {
    throw new Error(`the manifest has version ${String(value.version)}; this build reads version 1`);
  }
  return value as Manifest;
}
