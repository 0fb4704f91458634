import { cursorObject } from '../core/batch/batch-names.ts';
import type { ExportConfig } from '../core/batch/config.ts';
import type { BatchEvent } from '../core/batch/events.ts';
import { type ExportsCatalogue, findExport } from '../core/batch/exports-catalogue.ts';
import { instantOf } from '../core/batch/instant.ts';
import { nothingAdded, type RunToStart } from '../core/batch/nothing-added.ts';
import { type Change, effective, eventOf, type Operation, type Preview } from '../core/batch/operation.ts';
import { previewOperation } from '../core/batch/preview-operation.ts';
import type { Run } from '../core/batch/run.ts';
import { pausedBy, type ScheduleState, touchedFrom, withExport } from '../core/batch/schedule-state.ts';
import { OnrampError } from '../core/errors.ts';
import type { Documents } from './documents.ts';
import type { RunStore } from './run-store.ts';

/** What people do by hand, each first shown and then done. */
export interface Operations {
  /** @throws OnrampError EXPORT_UNKNOWN, RUN_UNKNOWN */
  preview(operation: Operation): Promise<Preview>;
  /**
   * Does what was shown, in the name of the person `by`, and tells of it, which has a tick of plan-runs follow at once.
   * @throws OnrampError EXPORT_UNKNOWN, RUN_UNKNOWN; OPERATION_OUTDATED when it would no longer do what was `seen`
   */
  apply(operation: Operation, seen: string, by: string): Promise<Applied>;
}

export interface Applied {
  readonly changed: readonly Change[];
  /** What somebody else changed at the same moment, and was left alone. */
  readonly missed: readonly Change[];
  /** Whether it could be told of it; if not, the schedule's next tick finds it. */
  readonly told: boolean;
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

/** Runs that are read, or changed, at once. A part takes far less than planning waits for (`holdMillis`). */
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
    return { service, config, ofExport, preview };
  }

  return {
    async preview(operation) {
      const { config, ofExport, preview } = await prepare(operation);
      const starting = effective(preview).filter(({ after }) => after === 'waiting');
      const notes = nothingAdded(config, await withLoads(config, starting, runs), ofExport);
      return { ...preview, notes: [...preview.notes, ...notes] };
    },

    async apply(operation, seen, by) {
      const { service, config, preview } = await prepare(operation);
      if (preview.seen !== seen) throw new OnrampError('OPERATION_OUTDATED', `${operation.type} ${operation.export}`);
      const remember = (change: Parameters<typeof withExport>[2]) =>
        documents.change<ScheduleState>(cursorObject(service.id), state => withExport(state, config.id, change));
      const changes = effective(preview);
      if (operation.type === 'pause' || operation.type === 'resume') {
        if (changes.length > 0) await remember(pausedBy(operation.type === 'pause', by, now()));
        return { changed: changes, missed: [], told: await tellOf(operation, changes, options) };
      }
      const changed: Change[] = [];
      const missed: Change[] = [];
      for (let first = 0; first < changes.length; first += sideBySide) {
        const part = changes.slice(first, first + sideBySide);
        // Before anything is changed that nobody would look for: if it breaks off here, planning looks back in vain.
        await remember(touchedFrom(part.find(({ after }) => after === 'waiting')?.interval?.start, now()));
        await Promise.all(
          part.map(async change => {
            const done = await applyChange(change, operation, config.schedule.retryCount, by, options);
            (done ? changed : missed).push(change);
          }),
        );
      }
      return { changed, missed, told: await tellOf(operation, changed, options) };
    },
  };
}

async function tellOf(
  operation: Operation,
  changed: readonly Change[],
  { tell, now }: OperationsOptions,
): Promise<boolean> {
  if (changed.length === 0) return false;
  const runs = changed.filter(({ what }) => what === 'run').length;
  const told = tell({
    export: operation.export,
    attempt: 0,
    occurredAt: instantOf(now().getTime()),
    event: { type: 'operation_done', operation: operation.type, runs },
  });
  return told.then(
    () => true,
    () => false,
  );
}

/** The runs that are about to be started, with what was loaded of those that were there before. */
async function withLoads(config: ExportConfig, starting: readonly Change[], runs: RunStore): Promise<RunToStart[]> {
  const isAppended = config.destinations.some(({ writeMode }) => writeMode === 'append');
  const found: RunToStart[] = [];
  for (let first = 0; first < starting.length; first += sideBySide) {
    const part = starting.slice(first, first + sideBySide).map(async ({ interval, attempt = 0 }) => {
      if (interval === undefined) return [];
      const run = isAppended && attempt > 0 ? await runs.read(config.address, interval.start) : undefined;
      return [{ interval, loaded: run?.attempts.flatMap(({ loaded }) => loaded) ?? [] }];
    });
    found.push(...(await Promise.all(part)).flat());
  }
  return found;
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
