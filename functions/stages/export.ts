import { manifestName } from '../core/batch/batch-names.ts';
import type { BatchEventBody } from '../core/batch/events.ts';
import type { ExportRequest } from '../core/batch/export-request.ts';
import { instantOf } from '../core/batch/instant.ts';
import { parseManifest } from '../core/batch/manifest.ts';
import { exportAttempt } from './export-attempt.ts';
import { exportFailure } from './export-failure.ts';
import { partStore } from './export-part-store.ts';
import type { ExportParts } from './export-parts.ts';

export type ExportAttempts = (request: ExportRequest, retries?: number) => Promise<'told' | 'unfinished' | 'unwanted'>;

/**
 * Executes an export's attempt: files below the attempt's own prefix, then the manifest, then the event. Resolves with
 * `told` when the outcome, good or bad, is told on batch-events; with `unfinished` when the task has to be sent again, for
 * an execution that goes on; with `unwanted`, having told of no end and written no manifest, when the run has no use for
 * it any more; and rejects when the outcome could not be told, or the run not be seen, so that it is sent again too. An
 * attempt that has its manifest already is not exported again, only told of. `retries` is how often the task was sent
 * before: its timeout is counted from the first execution that may know of it, however often others die.
 */
export function createExport(parts: ExportParts): ExportAttempts {
  return async (request, retries = 0) => {
    // Before the database is asked for anything.
    if (!(await parts.isWanted(request))) return 'unwanted';
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
    let failure: unknown;
    try {
      if ((await bucket.read(manifestObject)) === undefined) {
        const store = partStore(bucket, request.prefix);
        const plan = request.partitions === undefined ? undefined : await store.plan();
        const now = instantOf(parts.now().getTime());
        const began = plan?.started ?? (retries > 0 ? await store.began(now) : now);
        if (plan === undefined) await tell({ type: 'export_started' });
        const end = await exportAttempt(parts, { request, bucket, manifestObject, store, plan, began });
        if (end !== 'exported') return end;
      }
    } catch (error) {
      failure = error;
    }
    // Maybe of another execution of the same attempt: its manifest counts, whatever became of this one.
    const content = await bucket.read(manifestObject).catch((error: unknown) => {
      failure ??= error;
      return undefined;
    });
    if (content === undefined) {
      if (failure === undefined) throw new Error(`${manifestObject} was written and is gone`);
      await tell({ type: 'export_failed', failure: exportFailure(failure) });
      return 'told';
    }
    const manifest = parseManifest(content);
    await tell({
      type: 'export_complete',
      manifest: `gs://${request.bucket}/${manifestObject}`,
      rows: manifest.rows,
      bytes: manifest.bytes,
      losses: manifest.losses.reduce((sum, { count }) => sum + count, 0),
    });
    return 'told';
  };
}
