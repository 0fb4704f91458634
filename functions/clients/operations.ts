import { cursorObject } from '../core/batch/batch-names.ts';
import type { BatchEvent } from '../core/batch/events.ts';
import { type ExportsCatalogue, findExport } from '../core/batch/exports-catalogue.ts';
import { instantOf } from '../core/batch/instant.ts';
import { type Change, effective, eventOf, type Operation, type Preview } from '../core/batch/operation.ts';
import { previewOperation } from '../core/batch/preview-operation.ts';
import type { Run } from '../core/batch/run.ts';
import { openFrom, pausedBy, type ScheduleState, withExport } from '../core/batch/schedule-state.ts';
import { OnrampError } from '../core/errors.ts';
import type { Documents } from './documents.ts';
import type { RunStore } from './run-store.ts';

/** What people do by hand, each first shown and then done. */
export interface Operations {
  /** @throws OnrampError EXPORT_UNKNOWN, RUN_UNKNOWN */
  preview(operation: Operation): Promise<Preview>;
  /**
   * Does what was shown, in the name of the person `by`. Runs that it makes, or starts anew, are dispatched by the next
   * tick of plan-runs.
   * @throws OnrampError EXPORT_UNKNOWN, RUN_UNKNOWN; OPERATION_OUTDATED when it would no longer do what was `seen`
   */
  apply(operation: Operation, seen: string, by: string): Promise<Applied>;
}

export interface Applied {
  readonly changed: readonly Change[];
  /** What somebody else changed at the same moment, and was left alone. */
  readonly missed: readonly Change[];
}

export interface OperationsOptions {
  readonly catalogue: () => Promise<ExportsCatalogue>;
  /** Of the state bucket. */
  readonly documents: Documents;
  readonly runs: RunStore;
  /** Publishes on batch-events; rejects when it could not. */
  readonly tell: (event: BatchEvent) => Promise<void>;
  readonly now: () => Date;
}

/** Runs that are changed at once. A part takes far less than planning waits for (`holdMillis`). */
const sideBySide = 32;

export function createOperations(options: OperationsOptions): Operations {
  const { catalogue, documents, runs, now } = options;

  async function prepare(operation: Operation) {
    const found = findExport(await catalogue(), operation.export);
    if (found === undefined) throw new OnrampError('EXPORT_UNKNOWN', operation.export);
    const { service, config } = found;
    const state = await documents.read<ScheduleState>(cursorObject(service.id));
    const ofExport = await runs.statuses(config.address);
    const preview = previewOperation(operation, config, state?.exports[config.id] ?? {}, ofExport, now());
    return { service, config, preview };
  }

  return {
    preview: async operation => (await prepare(operation)).preview,

    async apply(operation, seen, by) {
      const { service, config, preview } = await prepare(operation);
      if (preview.seen !== seen) throw new OnrampError('OPERATION_OUTDATED', `${operation.type} ${operation.export}`);
      const remember = (change: Parameters<typeof withExport>[2]) =>
        documents.change<ScheduleState>(cursorObject(service.id), state => withExport(state, config.id, change));
      const changes = effective(preview);
      if (operation.type === 'pause' || operation.type === 'resume') {
        if (changes.length > 0) await remember(pausedBy(operation.type === 'pause', by, now()));
        return { changed: changes, missed: [] };
      }
      const changed: Change[] = [];
      const missed: Change[] = [];
      for (let first = 0; first < changes.length; first += sideBySide) {
        const part = changes.slice(first, first + sideBySide);
        // Before there is a run that planning does not look for: if it breaks off here, planning looks back in vain.
        const start = part.find(({ after }) => after === 'waiting')?.interval?.start;
        if (start !== undefined) await remember(openFrom(start, now()));
        await Promise.all(
          part.map(async change => {
            const done = await applyChange(change, operation, config.schedule.retryCount, by, options);
            (done ? changed : missed).push(change);
          }),
        );
      }
      return { changed, missed };
    },
  };
}

/** False when the run is no longer as it was seen. */
async function applyChange(
  { interval, before, attempt, create }: Change,
  operation: Operation,
  retryCount: number,
  by: string,
  { runs, tell, now }: OperationsOptions,
): Promise<boolean> {
  if (create !== undefined) {
    const what = operation.type === 'backfill' ? 'made it by a backfill' : 'ran it by hand';
    return runs.create({ ...create, operations: [{ at: instantOf(now().getTime()), by, what }] });
  }
  if (interval === undefined) return false;
  const event = eventOf(operation, retryCount, by);
  const isAsSeen = (run: Run) => run.state === before && run.attempt === attempt;
  const run = await runs.apply(operation.export, interval.start, event, isAsSeen);
  // Whoever was told of a failure, or of a missed SLA, is told that it is over.
  if (run?.state === 'done') {
    await tell({
      export: run.export,
      interval: run.interval,
      attempt: run.attempt,
      occurredAt: instantOf(now().getTime()),
      event: { type: 'run_done', rows: run.attempts[0]?.rows ?? 0 },
    });
  }
  return run !== undefined;
}
