import type { NewObjects } from '../clients/object-stream.ts';
import { deadlineMend, type ExportDeadlines, exportDeadlines, partMend } from '../core/batch/export-deadline.ts';
import type { ExportRequest } from '../core/batch/export-request.ts';
import { type Instant, instantOf, millisOf } from '../core/batch/instant.ts';
import { serialiseManifest } from '../core/batch/manifest.ts';
import { manifestOfParts } from '../core/batch/manifest-of-parts.ts';
import { type PartPlan, planDifference, planOf, whyInOneGo } from '../core/batch/part-plan.ts';
import { OnrampError } from '../core/errors.ts';
import type { SourceContext, SourceSnapshot } from '../sources/source.ts';
import type { PartStore } from './export-part-store.ts';
import type { ExportParts } from './export-parts.ts';
import { watchProgress } from './export-progress.ts';
import { Interrupted } from './interrupted.ts';
import { PartsReading } from './read-parts.ts';
import { watchWanted } from './watch-wanted.ts';

export interface Attempt {
  readonly request: ExportRequest;
  readonly bucket: NewObjects;
  readonly manifestObject: string;
  readonly store: PartStore;
  /** What the attempt's first execution has decided; absent when this is the first, or the export is read in one go. */
  readonly plan: PartPlan | undefined;
  /** When the attempt's first execution began, as far as it is known. */
  readonly began: Instant;
}

const defaultFileBytes = 256_000_000;
/** A database may work for so long after the execution's own end, so that it never takes its own limit for a failure. */
const graceMillis = 2_000;

/** What one execution has come to. */
export type ExecutionEnd = 'exported' | 'unfinished' | 'unwanted';

/**
 * One execution of an attempt: reads what is missing of it, and writes the manifest when nothing is. Answers `unfinished`
 * when another execution has to go on: after the time of a task, if parts are written down, or when the instance stops;
 * and `unwanted` when the run has no use for the attempt any more.
 */
export async function exportAttempt(parts: ExportParts, attempt: Attempt): Promise<ExecutionEnd> {
  const { request, plan, began } = attempt;
  const started = instantOf(parts.now().getTime());
  const deadlines = exportDeadlines(request, began, started, parts.executionSeconds);
  const abort = new AbortController();
  const release = interruptAt(deadlines.execution, abort, parts);
  const wanted = watchWanted(() => parts.isWanted(request), abort, parts.lookMillis);
  const execution: Execution = { parts, attempt, started, deadlines, abort };
  try {
    const opened = await openPlanned(parts.openSource, attempt, {
      signal: abort.signal,
      deadline: new Date(deadlines.execution + graceMillis),
      secret: parts.secret,
    });
    let goesOn = false;
    try {
      const end = await exportOpened(opened, execution);
      goesOn = end === 'unfinished' && opened.plan !== undefined;
      return end;
    } finally {
      await opened.snapshot.close(goesOn);
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    // While the source was opened.
    return afterInterruption(execution, {
      by: error.by,
      finished: 0,
      count: plan?.parts.length ?? askedParts(request),
    });
  } finally {
    wanted.stop();
    release();
  }
}

interface Execution {
  readonly parts: ExportParts;
  readonly attempt: Attempt;
  readonly started: Instant;
  readonly deadlines: ExportDeadlines;
  readonly abort: AbortController;
}

/** Interrupts at that time, and when the instance is being stopped; until it is released. */
function interruptAt(millis: number, abort: AbortController, { now, stopping }: ExportParts): () => void {
  const timer = setTimeout(() => abort.abort(new Interrupted('time')), Math.max(0, millis - now().getTime()));
  const stop = () => abort.abort(new Interrupted('stop'));
  stopping?.addEventListener('abort', stop);
  if (stopping?.aborted === true) stop();
  return () => {
    clearTimeout(timer);
    stopping?.removeEventListener('abort', stop);
  };
}

async function exportOpened({ snapshot, plan }: Planned, execution: Execution): Promise<ExecutionEnd> {
  const { parts, attempt, started, deadlines, abort } = execution;
  const { request, bucket, manifestObject, store, began } = attempt;
  const count = snapshot.plan.parts.length;
  const reading = new PartsReading({
    request,
    bucket,
    snapshot,
    store: plan && store,
    isExported: async () => (await bucket.read(manifestObject)) !== undefined,
    abort,
    fileBytes: parts.fileBytes ?? defaultFileBytes,
    now: parts.now,
    // In the last of the attempt's time it may be tried.
    hasTimeFor: millis =>
      deadlines.execution === deadlines.attempt || parts.now().getTime() + millis <= deadlines.execution,
  });
  const progress = watchProgress({
    request,
    parts: count,
    estimatedRows: snapshot.estimatedRows,
    rows: () => reading.rows(),
    started: millisOf(started),
    deadline: plan === undefined ? deadlines.execution : deadlines.attempt,
    now: parts.now,
    tell: parts.progress,
    abort,
  });
  const read = await reading.read().finally(() => progress.stop());
  if (read.end === 'interrupted') return afterInterruption(execution, { ...read, count });
  const manifest = manifestOfParts(request, {
    columns: snapshot.columns.map(({ column }) => column),
    records: read.records,
    pinned: snapshot.plan.moment !== undefined,
    continuable: plan !== undefined,
    started: began,
    ended: instantOf(parts.now().getTime()),
  });
  await bucket.create(manifestObject, serialiseManifest(manifest), 'application/json');
  return 'exported';
}

interface Interruption {
  readonly by: Interrupted['by'];
  /** Parts that the execution has read, of so many. */
  readonly finished: number;
  readonly count: number;
}

/** Throws EXPORT_DEADLINE where another execution would come no further, or has no time. */
function afterInterruption(
  { attempt: { request }, deadlines }: Execution,
  { by, finished, count }: Interruption,
): ExecutionEnd {
  if (by === 'other') return 'exported';
  if (by === 'run') return 'unwanted';
  const goesOn = deadlines.execution < deadlines.attempt && whyInOneGo(request, count) === undefined;
  if (by === 'stop' || (goesOn && finished > 0)) return 'unfinished';
  const mend = goesOn ? partMend(count) : deadlineMend(request, count);
  throw new OnrampError('EXPORT_DEADLINE', `not finished at ${instantOf(deadlines.execution)}; ${mend}`);
}

interface Planned {
  readonly snapshot: SourceSnapshot;
  /** Absent where the export is read in one go. */
  readonly plan: PartPlan | undefined;
}

/** Opens the source, as the attempt's plan says; the first execution makes it, if the parts are to be written down. */
async function openPlanned(
  openSource: ExportParts['openSource'],
  attempt: Attempt,
  context: SourceContext,
): Promise<Planned> {
  const { request, store, plan } = attempt;
  const snapshot = await openSource(request, plan === undefined ? context : { ...context, plan });
  try {
    const columns = snapshot.columns.map(({ column }) => column);
    if (plan === undefined) {
      if (whyInOneGo(request, snapshot.plan.parts.length) !== undefined) return { snapshot, plan };
      const made = planOf(request, snapshot.plan, columns, attempt.began);
      const kept = await store.keepPlan(made);
      if (kept === made) return { snapshot, plan: made };
      // Another execution of the attempt, at the same time, was first.
      await snapshot.close(false);
      return await openPlanned(openSource, { ...attempt, plan: kept }, context);
    }
    const difference = planDifference(plan, request, columns);
    if (difference !== undefined) throw new OnrampError('EXPORT_CHANGED', difference);
    return { snapshot, plan };
  } catch (error) {
    await snapshot.close(false);
    throw error;
  }
}

const askedParts = ({ partitions }: ExportRequest): number => {
  if (partitions === undefined) return 1;
  return 'count' in partitions ? partitions.count : partitions.bounds.length + 1;
};
