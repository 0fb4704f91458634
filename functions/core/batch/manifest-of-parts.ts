import type { ExportColumn } from './export-column.ts';
import { exportSchema } from './export-column.ts';
import type { ExportRequest } from './export-request.ts';
import type { Instant } from './instant.ts';
import { type Manifest, type ManifestPart, schemaFingerprint } from './manifest.ts';
import { keyedMask, secretVersion } from './masks.ts';
import { mergeParts, type PartRecord, rowsOf } from './part-record.ts';

export interface ExportedParts {
  readonly columns: readonly ExportColumn[];
  /** Each part once, in their order. */
  readonly records: readonly PartRecord[];
  /** Whether every execution read the same state. */
  readonly pinned: boolean;
  /** Whether the parts were written down one by one. */
  readonly continuable: boolean;
  readonly started: Instant;
  readonly ended: Instant;
}

/** The manifest of an attempt whose parts are all there. */
export function manifestOfParts(request: ExportRequest, parts: ExportedParts): Manifest {
  const { columns, records, pinned, continuable, started, ended } = parts;
  const [earliest] = records.toSorted((a, b) => (a.readTime < b.readTime ? -1 : 1));
  if (earliest === undefined) throw new Error('an export has one part at least');
  const schema = exportSchema(request.export, columns);
  return {
    version: 1,
    export: request.export,
    interval: request.interval,
    attempt: request.attempt,
    incremental: request.incremental,
    destinations: request.destinations,
    columns,
    ...mergeParts(records),
    schema,
    schemaFingerprint: schemaFingerprint(schema),
    snapshot: earliest.snapshot,
    readTime: earliest.readTime,
    oneMoment: pinned || new Set(records.map(({ execution }) => execution)).size === 1,
    ...(continuable ? { parts: records.map(partOf) } : {}),
    masks: masksOf(request),
    source: request.source,
    started,
    ended,
  };
}

const partOf = (record: PartRecord): ManifestPart => ({
  execution: record.execution,
  files: record.files.length,
  rows: rowsOf(record),
  snapshot: record.snapshot,
  readTime: record.readTime,
  started: record.started,
  ended: record.ended,
});

const masksOf = ({ columns }: ExportRequest): Manifest['masks'] =>
  Object.entries(columns).flatMap(([column, { mask }]) => {
    if (mask === undefined) return [];
    const keyed = keyedMask(mask);
    const keyVersion = keyed && secretVersion(keyed.key);
    return [{ column, method: mask.method, ...(keyVersion === undefined ? {} : { keyVersion }) }];
  });
