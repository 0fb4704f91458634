import { type Instant, instantOf, minutes } from './instant.ts';

/** The object of a service's schedules in the state bucket; see `cursorObject`. Plain data. */
export interface ScheduleState {
  /** By the export's id. */
  readonly exports: Readonly<Record<string, ExportSchedule>>;
}

/** What is remembered of an export's schedule; all absent for one that was never planned. */
export interface ExportSchedule {
  /** Start of the last interval that the schedule made a run of, or passed over. */
  readonly cursor?: Instant;
  readonly paused?: boolean;
  /** Who paused it, and when. */
  readonly pausedBy?: { readonly by: string; readonly at: Instant };
  /** No run that starts before it is unfinished: planning looks no further back. Absent when nothing is known. */
  readonly oldestOpen?: Instant;
  /**
   * Before this moment `oldestOpen` is not raised, and the export not at rest: somebody changes runs by hand, which a
   * listing may not show yet.
   */
  readonly holdUntil?: Instant;
  /** Nothing of the export can change before its next interval is over: until then planning looks at none of its runs. */
  readonly atRest?: boolean;
}

/** How what is known of one export changes. */
export type ScheduleChange = (schedule: ExportSchedule) => ExportSchedule;

/** The state with some of what is known of one export changed; the same object when nothing changes. */
export const withExport = (
  state: ScheduleState | undefined,
  id: string,
  change: ScheduleChange,
): ScheduleState | undefined => withExports(state, [[id, change]]);

/** As `withExport`, of several exports, each named by its id. */
export function withExports(
  state: ScheduleState | undefined,
  changes: Iterable<readonly [id: string, change: ScheduleChange]>,
): ScheduleState | undefined {
  const changed: Record<string, ExportSchedule> = {};
  for (const [id, change] of changes) {
    const before = state?.exports[id] ?? {};
    const after = change(before);
    if (JSON.stringify(after) !== JSON.stringify(before)) changed[id] = after;
  }
  return Object.keys(changed).length === 0 ? state : { exports: { ...state?.exports, ...changed } };
}

/** Whoever changes runs by hand has done so in this time, or says again that he is about to. */
export const holdMillis = 10 * minutes;

/** Somebody is about to change runs of the export by hand; `start` is of the earliest that he makes or starts anew. */
export const touchedFrom =
  (start: Instant | undefined, now: Date) =>
  ({ atRest: _atRest, ...schedule }: ExportSchedule): ExportSchedule => ({
    ...schedule,
    ...(schedule.oldestOpen !== undefined &&
      start !== undefined && { oldestOpen: earlier(schedule.oldestOpen, start) }),
    holdUntil: instantOf(now.getTime() + holdMillis),
  });

const earlier = (a: Instant, b: Instant): Instant => (a < b ? a : b);

/** Pauses the export, or lets it go on. */
export const pausedBy =
  (paused: boolean, by: string, now: Date) =>
  (schedule: ExportSchedule): ExportSchedule => {
    const { paused: _paused, pausedBy: _by, ...rest } = schedule;
    if (paused === (schedule.paused ?? false)) return schedule;
    return paused ? { ...rest, paused, pausedBy: { by, at: instantOf(now.getTime()) } } : rest;
  };

/** What a tick has found out of an export. */
export interface TickFindings {
  readonly cursor: Instant | undefined;
  readonly oldestOpen: Instant | undefined;
  readonly atRest: boolean;
}

/** The schedule after a tick: `planned` as it read the state, `present` as it is now. */
export function afterTick(
  planned: ExportSchedule,
  present: ExportSchedule,
  found: TickFindings,
  now: Date,
): ExportSchedule {
  // Another tick was faster. All that this one did can be done again.
  if (present.cursor !== planned.cursor || present.oldestOpen !== planned.oldestOpen) return present;
  const { holdUntil, atRest: _atRest, ...rest } = present;
  const held = holdUntil !== undefined && holdUntil > instantOf(now.getTime());
  const oldestOpen = held
    ? present.oldestOpen && found.oldestOpen && earlier(present.oldestOpen, found.oldestOpen)
    : found.oldestOpen;
  return {
    ...rest,
    ...(found.cursor !== undefined && { cursor: found.cursor }),
    ...(oldestOpen !== undefined && { oldestOpen }),
    ...(held ? { holdUntil } : found.atRest && { atRest: true }),
  };
}
