import { createHash } from 'node:crypto';
import { OnrampError } from '../errors.ts';
import { manualRun, maxBackfill, planBackfill } from './backfill.ts';
import type { ExportConfig } from './config.ts';
import { isComplete } from './interval.ts';
import { type Change, effective, type Operation, type Preview, type RunSelection } from './operation.ts';
import { isFinished, isInFlight, type RunStatus } from './run-status.ts';
import type { ExportSchedule } from './schedule-state.ts';

/**
 * What an operation would do to an export with these runs. Changes nothing.
 * @throws OnrampError RUN_UNKNOWN when a run is named that there is not
 */
export function previewOperation(
  operation: Operation,
  config: ExportConfig,
  schedule: ExportSchedule,
  runs: readonly RunStatus[],
  now: Date,
): Preview {
  const { changes, notes } = changesOf(operation, config, schedule, runs, now);
  const held = schedule.paused === true && changes.some(({ after }) => after === 'waiting');
  return {
    changes,
    notes: held ? [...notes, 'The export is paused: what waits is started when it is resumed.'] : notes,
    seen: fingerprint(operation, changes),
  };
}

type Found = Pick<Preview, 'changes' | 'notes'>;

function changesOf(
  operation: Operation,
  config: ExportConfig,
  schedule: ExportSchedule,
  runs: readonly RunStatus[],
  now: Date,
): Found {
  switch (operation.type) {
    case 'pause':
    case 'resume':
      return { changes: [scheduleChange(operation.type, schedule)], notes: [] };
    case 'run':
      return { changes: [runByHand(operation, config, runs, now)], notes: [] };
    case 'backfill':
      return backfill(operation, config, runs, now);
    case 'rerun':
    case 'mark-done':
    case 'mark-failed':
    case 'cancel': {
      const selected = selectRuns(config, operation.runs, runs);
      const isNamed = (run: RunStatus) => operation.runs.starts.includes(run.interval.start);
      return { changes: selected.map(run => runChange(operation.type, run, isNamed(run))), notes: [] };
    }
  }
}

function scheduleChange(type: 'pause' | 'resume', { paused = false }: ExportSchedule): Change {
  const before = paused ? 'paused' : 'active';
  const after = type === 'pause' ? 'paused' : 'active';
  return { what: 'schedule', before, ...(after === before ? { why: `it is ${before} already` } : { after }) };
}

/** The selected runs, the earliest first. */
function selectRuns(
  { address }: ExportConfig,
  { starts, past, future, failed }: RunSelection,
  runs: readonly RunStatus[],
): RunStatus[] {
  const known = new Set(runs.map(({ interval }) => interval.start));
  for (const start of starts) {
    if (!known.has(start)) throw new OnrampError('RUN_UNKNOWN', `${address} has no run of ${start}`);
  }
  const [earliest, latest] = [starts.toSorted()[0], starts.toSorted().at(-1)];
  return runs
    .filter(
      ({ interval: { start }, state }) =>
        (earliest === undefined ||
          latest === undefined ||
          starts.includes(start) ||
          (past === true && start < earliest) ||
          (future === true && start > latest)) &&
        (failed !== true || state === 'failed'),
    )
    .toSorted((a, b) => (a.interval.start < b.interval.start ? -1 : 1));
}

function runChange(type: 'rerun' | 'mark-done' | 'mark-failed' | 'cancel', run: RunStatus, isNamed: boolean): Change {
  switch (type) {
    case 'rerun':
      if (run.state === 'waiting') return stays(run, 'it has not started yet');
      if (isInFlight(run) && !isNamed) return stays(run, 'it is under way');
      return changes(run, 'waiting');
    case 'mark-done':
      return run.state === 'done' ? stays(run, 'it is done already') : changes(run, 'done');
    case 'mark-failed':
      return run.state === 'failed' ? stays(run, 'it has failed already') : changes(run, 'failed');
    case 'cancel':
      return isFinished(run) ? stays(run, 'it is finished') : changes(run, 'cancelled');
  }
}

function runByHand(
  { at, ignorePast = false }: Extract<Operation, { type: 'run' }>,
  config: ExportConfig,
  runs: readonly RunStatus[],
  now: Date,
): Change {
  const run = manualRun(config, new Date(at), now);
  const { interval } = run;
  const existing = runs.find(candidate => candidate.interval.start === interval.start);
  if (existing !== undefined) {
    return isFinished(existing) ? changes(existing, 'waiting') : stays(existing, 'it is not finished yet');
  }
  if (!isComplete(interval, now)) return { what: 'run', interval, why: notOver };
  return { what: 'run', interval, after: 'waiting', create: { ...run, ignorePast } };
}

const notOver = 'its interval is not over yet';

function backfill(
  { from, to, rerun = false }: Extract<Operation, { type: 'backfill' }>,
  config: ExportConfig,
  runs: readonly RunStatus[],
  now: Date,
): Found {
  const plan = planBackfill(config, runs, new Date(from), new Date(to), now);
  const found: Change[] = [
    ...plan.create.map(run => ({
      what: 'run' as const,
      interval: run.interval,
      after: 'waiting' as const,
      create: run,
    })),
    ...plan.existing.map(run =>
      rerun ? changes(run, 'waiting') : stays(run, 'there is a run of it, and no rerun was asked for'),
    ),
    ...plan.open.map(run => stays(run, 'its run is not finished yet')),
    ...plan.notOver.map(interval => ({ what: 'run' as const, interval, why: notOver })),
  ];
  const startOf = ({ interval }: Change) => interval?.start ?? '';
  const notes = [
    ...(found.length === 0 ? ['The schedule has no interval that starts in this time.'] : []),
    ...(plan.cut ? [`These are the first ${maxBackfill} intervals; the rest takes another backfill.`] : []),
  ];
  return { changes: found.toSorted((a, b) => (startOf(a) < startOf(b) ? -1 : 1)), notes };
}

const stays = (run: RunStatus, why: string): Change => ({ ...facts(run), why });

const changes = (run: RunStatus, after: NonNullable<Change['after']>): Change => ({ ...facts(run), after });

const facts = ({ interval, state, attempt }: RunStatus) => ({
  what: 'run' as const,
  interval,
  before: state,
  attempt,
});

/** Of the operation and all that it would change; what stays as it is may become something else meanwhile. */
function fingerprint(operation: Operation, found: readonly Change[]): string {
  const touched = effective({ changes: found }).map(({ interval, before, after, attempt }) => [
    interval?.start,
    before,
    after,
    attempt,
  ]);
  return createHash('sha256')
    .update(JSON.stringify([operation, touched]))
    .digest('hex')
    .slice(0, 16);
}
