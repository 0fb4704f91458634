import type { Documents } from '../functions/clients/documents.ts';
import type { RunStore } from '../functions/clients/run-store.ts';
import { attemptPrefix, cursorObject, manifestName } from '../functions/core/batch/batch-names.ts';
import type { ExportAddress, Schedule } from '../functions/core/batch/config.ts';
import { none, once } from '../functions/core/batch/cron.ts';
import type { ExportsCatalogue } from '../functions/core/batch/exports-catalogue.ts';
import { type Instant, instantOf, millisOf } from '../functions/core/batch/instant.ts';
import { parseManifest } from '../functions/core/batch/manifest.ts';
import { type PoolsState, poolsObject } from '../functions/core/batch/pool-watch.ts';
import type { Run } from '../functions/core/batch/run.ts';
import { ticksOf } from '../functions/core/batch/schedule.ts';
import type { ExportSchedule, ScheduleState } from '../functions/core/batch/schedule-state.ts';
import { statusesFrom } from '../functions/core/batch/status-window.ts';
import type { RunCache } from './run-cache.ts';
import type { ExportHistory, KnownExport } from './view/history.ts';
import type { ManifestView } from './view/run.ts';

/** Where the state of the batch layer is. */
export interface StateParts {
  /** Of the state bucket. */
  readonly documents: Documents;
  readonly runs: RunStore;
  /** The bucket that exports write to; undefined when there is no such object. */
  readonly exportsBucket: { readonly name: string; read(object: string): Promise<Buffer | undefined> };
  readonly now: () => Date;
}

/** Exports that are asked for side by side; each that is not at rest takes one listing. */
const sideBySide = 32;

/** The history of every export of the catalogue, over at least so many intervals back, and its stuck pools. */
export async function readAll(
  { services }: ExportsCatalogue,
  intervals: number,
  parts: StateParts,
  cache: RunCache,
): Promise<{ histories: ReadonlyMap<ExportAddress, ExportHistory>; stuck: PoolsState['stuck'] }> {
  const known = services.flatMap(service => service.exports.map(config => ({ service, config })));
  const now = parts.now();
  const [pools, ...states] = await Promise.all([
    parts.documents.read<PoolsState>(poolsObject),
    ...services.map(({ id }) => parts.documents.read<ScheduleState>(cursorObject(id))),
  ]);
  const stateOf = new Map(services.map(({ id }, index) => [id, states[index]]));
  const histories = new Map<ExportAddress, ExportHistory>();
  const rest = known.values();
  const worker = async () => {
    for (const each of rest) {
      const { config } = each;
      const schedule = scheduleOf(each, stateOf.get(each.service.id));
      const from = neededFrom(config, schedule, intervals, now.getTime(), now);
      const list = () => parts.runs.statuses(config.address, from);
      histories.set(config.address, { schedule, runs: await cache.runsOf(config, schedule, from, now, list) });
    }
  };
  await Promise.all(Array.from({ length: Math.min(sideBySide, known.length) }, worker));
  return { histories, stuck: pools?.stuck ?? {} };
}

/** The history of one export, over at least so many intervals before a moment, and all since. */
export async function readHistory(
  known: KnownExport,
  intervals: number,
  before: Instant | undefined,
  parts: StateParts,
): Promise<ExportHistory> {
  const schedule = scheduleOf(known, await parts.documents.read<ScheduleState>(cursorObject(known.service.id)));
  const now = parts.now();
  const from = neededFrom(
    known.config,
    schedule,
    intervals,
    before === undefined ? now.getTime() : millisOf(before),
    now,
  );
  return { schedule, runs: await parts.runs.statuses(known.config.address, from) };
}

const scheduleOf = ({ config }: KnownExport, state: ScheduleState | undefined): ExportSchedule =>
  state?.exports[config.id] ?? {};

/** From which interval on runs are needed to show so many before a moment, and how the export stands. Undefined for all. */
function neededFrom(
  { schedule: of }: KnownExport['config'],
  schedule: ExportSchedule,
  intervals: number,
  before: number,
  now: Date,
): Instant | undefined {
  const planning = statusesFrom(of, schedule, now);
  const shown = back(of, before, intervals);
  return planning === undefined || shown === undefined ? undefined : [planning, shown].toSorted()[0];
}

/** So many ticks before a moment; undefined when the schedule has none, and runs may be of any time. */
function back(schedule: Schedule, from: number, ticks: number): Instant | undefined {
  if (schedule.cron === none || schedule.cron === once) return undefined;
  const { previous } = ticksOf(schedule);
  let moment = from;
  for (let tick = 0; tick < ticks; tick += 1) moment = previous(moment) ?? moment;
  return instantOf(moment);
}

/** The manifest of the run's last attempt that wrote one. */
export async function readManifest(run: Run, { exportsBucket }: StateParts): Promise<ManifestView | undefined> {
  const attempt = run.attempts.find(({ manifest }) => manifest !== undefined);
  if (attempt === undefined) return undefined;
  const object = `${attemptPrefix(run.export, run.interval, attempt.number)}${manifestName}`;
  const content = await exportsBucket.read(object);
  if (content === undefined) return undefined;
  return { object: `gs://${exportsBucket.name}/${object}`, manifest: parseManifest(content) };
}
