import type { RunStore } from '../clients/run-store.ts';
import type { TaskQueues } from '../clients/tasks.ts';
import { taskKey } from '../core/batch/batch-names.ts';
import type { BatchService, ExportConfig } from '../core/batch/config.ts';
import type { BatchEvent, BatchEventBody } from '../core/batch/events.ts';
import { taskSeconds } from '../core/batch/export-deadline.ts';
import type { Interval } from '../core/batch/interval.ts';
import { type Decision, planRuns } from '../core/batch/plan.ts';
import { exportRequest } from '../core/batch/rendered-export.ts';
import { applyEvent, type Run, type RunEvent } from '../core/batch/run.ts';
import { isFinished, type RunStatus } from '../core/batch/run-status.ts';
import { afterTick, type ExportSchedule, type ScheduleChange } from '../core/batch/schedule-state.ts';
import { predictedEnd, slaDeadline, usualDuration } from '../core/batch/sla.ts';
import { isAtRestForGood, oldestOpen, statusesFrom } from '../core/batch/status-window.ts';
import { TemplateError } from '../core/batch/template/template-error.ts';
import { queues } from '../core/names.ts';

/** What planning one export needs. */
export interface ExportPlanning {
  readonly runs: RunStore;
  readonly tasks: TaskQueues;
  /** Where the exports of a service are run. */
  readonly exportUrl: (service: BatchService) => string;
  /** Name of the bucket that exports write to. */
  readonly exportsBucket: string;
  /** Publishes on batch-events; rejects when it could not. */
  readonly tell: (event: BatchEvent) => Promise<void>;
}

/** One export, and what is known of it at a tick. */
export interface Planning {
  readonly service: BatchService;
  readonly config: ExportConfig;
  readonly schedule: ExportSchedule;
  /** Whether a listing of this tick showed that there is no run of it. */
  readonly isWithoutRuns: boolean;
  readonly pools: ReadonlySet<string>;
  readonly now: Date;
}

export interface PlannedExport {
  readonly config: ExportConfig;
  readonly runs: readonly RunStatus[];
  readonly created: number;
  readonly dispatched: number;
  /** Brings what was found out into the export's schedule, as it then is. */
  readonly remember: ScheduleChange;
}

/** Does all that is to be done for one export at a moment; again and again to the same end. */
export async function planExport(planning: Planning, options: ExportPlanning): Promise<PlannedExport> {
  const { config, schedule, isWithoutRuns, now } = planning;
  // Of what was at rest there is nothing to know, unless its runs depend on each other. That saves most of the listings.
  const { dependsOnPast, slaMinutes } = config.schedule;
  const isToBeSeen = !isWithoutRuns && (schedule.atRest !== true || dependsOnPast || slaMinutes !== undefined);
  const blind = isToBeSeen ? undefined : await planWith([], planning, options);
  if (blind?.missed === 0) return blind;
  const runs = await options.runs.statuses(config.address, statusesFrom(config.schedule, schedule, now));
  const planned = await planWith(runs, planning, options);
  const { created, dispatched } = planned;
  return { ...planned, created: created + (blind?.created ?? 0), dispatched: dispatched + (blind?.dispatched ?? 0) };
}

async function planWith(
  runs: readonly RunStatus[],
  planning: Planning,
  options: ExportPlanning,
): Promise<PlannedExport & Pick<Made, 'missed'>> {
  const { config, schedule, pools, now } = planning;
  const state = { paused: schedule.paused ?? false, cursor: schedule.cursor, runs };
  const decisions = planRuns(config, state, pools, now);
  const made = await createRuns(decisions, planning, options);
  let { dispatched } = made;
  for (const decision of decisions) {
    if (decision.type !== 'apply' || made.settled.has(decision)) continue;
    if (await applyDecision(decision, runs, planning, options)) dispatched += 1;
  }
  const cursor = decisions.find(decision => decision.type === 'advance')?.cursor;
  const creations = decisions.flatMap(decision => (decision.type === 'create' ? [decision.run] : []));
  const found = {
    cursor,
    oldestOpen: oldestOpen(config, [...runs, ...creations]) ?? cursor ?? schedule.cursor,
    atRest: decisions.length === 0 && runs.every(run => isAtRestForGood(config, run, now)),
  };
  return {
    config,
    runs,
    created: made.created,
    missed: made.missed,
    dispatched,
    remember: present => afterTick(schedule, present, found, now),
  };
}

interface Made {
  readonly created: number;
  /** Runs that were there already. */
  readonly missed: number;
  readonly dispatched: number;
  /** Decisions that the new runs were written with. */
  readonly settled: ReadonlySet<Decision>;
}

/** Writes the new runs, each at once with what else is decided of it. */
async function createRuns(decisions: readonly Decision[], planning: Planning, options: ExportPlanning): Promise<Made> {
  const { now } = planning;
  const settled = new Set<Decision>();
  let [created, missed, dispatched] = [0, 0, 0];
  for (const decision of decisions) {
    if (decision.type !== 'create') continue;
    const { start } = decision.run.interval;
    const its = decisions.filter(
      (other): other is Application =>
        other.type === 'apply' &&
        other.interval.start === start &&
        (other.event.type === 'dispatch' || other.event.type === 'hold'),
    );
    const run = its.reduce((before, { event }) => applyEvent(before, event, now), decision.run);
    if (!(await options.runs.create(run))) {
      missed += 1;
      continue;
    }
    created += 1;
    for (const one of its) settled.add(one);
    if (run.state === 'queued' && (await addTask(run, planning, options))) dispatched += 1;
  }
  return { created, missed, dispatched, settled };
}

type Application = Extract<Decision, { readonly type: 'apply' }>;

/** True when it started an attempt. */
async function applyDecision(
  { interval, event }: Application,
  known: readonly RunStatus[],
  planning: Planning,
  options: ExportPlanning,
): Promise<boolean> {
  const { config, now } = planning;
  const apply = (change: RunEvent) => options.runs.apply(config.address, interval.start, change);
  switch (event.type) {
    case 'dispatch': {
      const run = await apply(event);
      // Somebody may have cancelled it since it was listed.
      const isQueued = run?.state === 'queued' && run.attempt === event.attempt;
      return isQueued && (await addTask(run, planning, options));
    }
    case 'sla-missed':
    case 'sla-at-risk':
      // Told first: if it breaks off here it is told again, which is known as one.
      await tellLate(event.type, interval, known, planning, options);
      await apply(event);
      return false;
    default: {
      const run = await options.runs.read(config.address, interval.start);
      if (run && !isFinished(run)) await tellFailure(applyEvent(run, event, now), planning, options);
      await apply(event);
      return false;
    }
  }
}

/**
 * Makes the task of a run that is written down as queued. When it breaks off before, a later tick asks for the task
 * again; its name keeps it from being there twice. False when there is nothing to export.
 */
async function addTask(run: Run, planning: Planning, options: ExportPlanning): Promise<boolean> {
  const { service, config, now } = planning;
  const { interval, attempt } = run;
  try {
    const body = exportRequest(service, config, run, attempt, options.exportsBucket);
    await options.tasks.add({
      queue: queues.pool(config.pool),
      key: taskKey(config.address, interval, attempt),
      url: options.exportUrl(service),
      body,
      deadlineSeconds: taskSeconds(body),
    });
    return true;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const failure: RunEvent = {
      type: 'attempt-failed',
      attempt,
      error: { code: 'EXPORT_TEMPLATE_INVALID', detail: `${config.source.written.file}: ${error.message}` },
      retryable: false,
    };
    await tellFailure(applyEvent(run, failure, now), planning, options);
    await options.runs.apply(config.address, interval.start, failure);
    return false;
  }
}

async function tellFailure(run: Run, { config, now }: Planning, options: ExportPlanning): Promise<void> {
  const [attempt] = run.attempts;
  if (run.state !== 'failed' || attempt?.error === undefined) return;
  await options.tell({
    export: config.address,
    interval: run.interval,
    attempt: attempt.number,
    occurredAt: now.toISOString(),
    event: { type: 'run_failed', failure: { ...attempt.error, retryable: false } },
  });
}

async function tellLate(
  type: 'sla-missed' | 'sla-at-risk',
  interval: Interval,
  known: readonly RunStatus[],
  { config, now }: Planning,
  options: ExportPlanning,
): Promise<void> {
  const run = known.find(candidate => candidate.interval.start === interval.start);
  const deadline = slaDeadline(config, run ?? { kind: 'scheduled', interval });
  if (deadline === undefined) return;
  const expected = (run && predictedEnd(run, usualDuration(known), now)) ?? deadline;
  const event: BatchEventBody =
    type === 'sla-missed' ? { type: 'sla_missed', deadline } : { type: 'sla_at_risk', deadline, expected };
  await options.tell({
    export: config.address,
    interval,
    attempt: run?.attempt ?? 0,
    occurredAt: now.toISOString(),
    event,
  });
}
