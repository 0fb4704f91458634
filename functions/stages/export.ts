import { randomUUID } from 'node:crypto';
import type { NewObjects, OpenNewObjects } from '../clients/object-stream.ts';
import { manifestName } from '../core/batch/batch-names.ts';
import { columnTally } from '../core/batch/column-writer.ts';
import type { BatchEvent, BatchEventBody } from '../core/batch/events.ts';
import { type ExportColumn, exportSchema } from '../core/batch/export-column.ts';
import type { ExportRequest } from '../core/batch/export-request.ts';
import { instantOf, millisOf } from '../core/batch/instant.ts';
import {
  type Manifest,
  type ManifestFile,
  parseManifest,
  schemaFingerprint,
  serialiseManifest,
} from '../core/batch/manifest.ts';
import { secretVersion } from '../core/batch/masks.ts';
import { OnrampError } from '../core/errors.ts';
import type { OpenSource, SourceContext, SourceSnapshot } from '../sources/source.ts';
import { exportFailure } from './export-failure.ts';
import { ExportFiles } from './export-files.ts';
import { watchProgress } from './export-progress.ts';

export interface ExportParts {
  readonly openSource: OpenSource;
  readonly openBucket: OpenNewObjects;
  /** Resolves when the event is durable in batch-events. */
  readonly publish: (event: BatchEvent) => Promise<void>;
  readonly secret: SourceContext['secret'];
  readonly now: () => Date;
  /** Told, once a second, how far an export is. */
  readonly progress?: (report: ProgressReport) => void;
  /** Compressed bytes at which a file is closed; 256 MB when absent. */
  readonly fileBytes?: number;
}

export interface ProgressReport {
  readonly export: ExportRequest['export'];
  readonly rows: number;
  readonly estimatedRows?: number;
  /** Seconds until the end at this speed, where the number of rows is known. */
  readonly secondsLeft?: number;
  /** Whether that is beyond the deadline. */
  readonly late: boolean;
}

const defaultFileBytes = 256_000_000;
/** Parts that are read side by side: each is a connection to the service's database. */
const maxSideBySide = 4;
/** Kept of the deadline for closing the files and telling of it. */
const closingMillis = 5_000;

/**
 * Exports one attempt: files below the attempt's own prefix, then the manifest, then the event. Resolves when the outcome,
 * good or bad, is told on batch-events, and rejects only when it could not be told, so that the task is sent again. An
 * attempt that has its manifest already is not exported again, only told of.
 */
export function createExport(parts: ExportParts): (request: ExportRequest) => Promise<void> {
  return async request => {
    const tell = (event: BatchEventBody) =>
      parts.publish({
        export: request.export,
        interval: request.interval,
        attempt: request.attempt,
        occurredAt: instantOf(parts.now().getTime()),
        event,
      });
    const bucket = parts.openBucket(request.bucket);
    const manifestObject = `${request.prefix}${manifestName}`;
    try {
      const existing = await bucket.read(manifestObject);
      if (existing === undefined) {
        await tell({ type: 'export_started' });
        await exportAttempt(parts, request, bucket, manifestObject);
      }
    } catch (error) {
      await tell({ type: 'export_failed', failure: exportFailure(error) });
      return;
    }
    // Of another execution of the same attempt, when that was first: its manifest counts, and this one's files do not.
    const content = await bucket.read(manifestObject);
    if (content === undefined) throw new Error(`${manifestObject} was written and is gone`);
    const manifest = parseManifest(content);
    await tell({
      type: 'export_complete',
      manifest: `gs://${request.bucket}/${manifestObject}`,
      rows: manifest.rows,
      bytes: manifest.bytes,
      losses: manifest.losses.reduce((sum, { count }) => sum + count, 0),
    });
  };
}

async function exportAttempt(
  parts: ExportParts,
  request: ExportRequest,
  bucket: NewObjects,
  manifestObject: string,
): Promise<void> {
  const started = parts.now();
  const end = started.getTime() + request.timeoutSeconds * 1000;
  const deadline = new Date(
    Math.min(end, request.deadline === undefined ? Infinity : millisOf(request.deadline)) - closingMillis,
  );
  const abort = new AbortController();
  const late = () => abort.abort(new OnrampError('EXPORT_DEADLINE', `not finished at ${deadline.toISOString()}`));
  const timer = setTimeout(late, Math.max(0, deadline.getTime() - parts.now().getTime()));
  try {
    const snapshot = await parts.openSource(request, { signal: abort.signal, deadline, secret: parts.secret });
    try {
      const columns = snapshot.columns.map(({ column }) => column);
      const tallies = snapshot.columns.map(({ column, policy }) => columnTally(column, policy));
      const schema = exportSchema(request.export, columns);
      const dispatch = randomUUID();
      let count = 0;
      const files = Array.from(
        { length: snapshot.parts },
        () =>
          new ExportFiles({
            bucket,
            nextName: () => `${request.prefix}${dispatch}-${String(count++).padStart(5, '0')}.avro`,
            schema,
            columns,
            tallies,
            fileBytes: parts.fileBytes ?? defaultFileBytes,
            metadata: { 'onramp.export': request.export, 'onramp.interval': request.interval.start },
          }),
      );
      const progress = watchProgress({ parts, request, snapshot, files, started, deadline, abort });
      let written: readonly ManifestFile[];
      try {
        written = await readParts(snapshot, files, abort);
      } finally {
        progress.stop();
      }
      const manifest: Manifest = {
        version: 1,
        export: request.export,
        interval: request.interval,
        attempt: request.attempt,
        incremental: request.incremental,
        destinations: request.destinations,
        files: written,
        rows: written.reduce((sum, { rows }) => sum + rows, 0),
        bytes: written.reduce((sum, { bytes }) => sum + bytes, 0),
        columns,
        checksums: tallies.map(({ checksum }, i) => checksum.sums(columns[i] as ExportColumn)),
        schema,
        schemaFingerprint: schemaFingerprint(schema),
        snapshot: snapshot.identity,
        readTime: instantOf(snapshot.readTime.getTime()),
        masks: masksOf(request),
        losses: tallies.flatMap(({ losses }) => losses.counts()),
        source: request.source,
        started: instantOf(started.getTime()),
        ended: instantOf(parts.now().getTime()),
      };
      await bucket.create(manifestObject, serialiseManifest(manifest), 'application/json');
    } finally {
      await snapshot.close();
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Reads the parts side by side; the first that fails ends them all. */
async function readParts(
  snapshot: SourceSnapshot,
  files: readonly ExportFiles[],
  abort: AbortController,
): Promise<readonly ManifestFile[]> {
  const written: (readonly ManifestFile[])[] = [];
  let next = 0;
  const worker = async () => {
    for (let part = next++; part < files.length; part = next++) {
      const file = files[part];
      if (file === undefined) return;
      await snapshot.read(part, file);
      abort.signal.throwIfAborted();
      written[part] = await file.finish();
    }
  };
  try {
    const workers = await Promise.allSettled(
      Array.from({ length: Math.min(files.length, maxSideBySide) }, () =>
        worker().catch((error: unknown) => {
          abort.abort(error);
          throw error;
        }),
      ),
    );
    const failed = workers.find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw abort.signal.reason;
    return written.flat();
  } catch (error) {
    for (const file of files) file.abort();
    throw error;
  }
}

const masksOf = ({ columns }: ExportRequest): Manifest['masks'] =>
  Object.entries(columns).flatMap(([column, { mask }]) => {
    if (mask === undefined) return [];
    const keyVersion = mask.method === 'hmac' ? secretVersion(mask.key) : undefined;
    return [{ column, method: mask.method, ...(keyVersion === undefined ? {} : { keyVersion }) }];
  });
