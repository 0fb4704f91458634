import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Schedule } from '../../../../functions/core/batch/config.ts';
import { planRuns } from '../../../../functions/core/batch/plan.ts';
import type { RunStatus } from '../../../../functions/core/batch/run-status.ts';
import { nextTick, type PlanningState } from '../../../../local/time/next-tick.ts';
import { exampleExport, exampleRun } from '../../../support/example-export.ts';

const minute = 60_000;
const noon = Date.parse('2026-01-10T12:00:00Z');
const iso = (millis: number) => new Date(millis).toISOString();
const month = noon + 30 * 24 * 60 * minute;

const stateOf = (
  schedule: Partial<Schedule>,
  runs: readonly RunStatus[] = [],
  more: { cursor?: string; paused?: boolean } = {},
): PlanningState => ({
  exports: [{ config: exampleExport(schedule), state: { paused: more.paused ?? false, cursor: more.cursor, runs } }],
  pools: new Set(['payment']),
  stuck: { stuck: {} },
});
const at = (state: PlanningState, latest = month) => {
  const found = nextTick(state, noon, latest);
  return found === undefined ? undefined : iso(found);
};

describe('the next tick that has something to do', () => {
  const planned = [exampleRun('2026-01-10T11:00:00.000Z')];
  const cursor = '2026-01-10T11:00:00.000Z';

  it('is that of the end of the next interval, when all is done', () => {
    assert.equal(at(stateOf({}, planned, { cursor })), '2026-01-10T13:00:00.000Z');
    assert.equal(
      at(stateOf({ cron: '0 9 1 * *' }, [], { cursor: '2025-12-01T09:00:00.000Z' })),
      '2026-02-01T09:00:00.000Z',
    );
  });

  it('is the next minute when something is due already', () => {
    assert.equal(at(stateOf({})), '2026-01-10T12:01:00.000Z');
  });

  it('is none when nothing is due before the time it is asked for', () => {
    assert.equal(at(stateOf({}, planned, { cursor }), noon + 59 * minute), undefined);
    assert.equal(at(stateOf({}, planned, { cursor }), noon + 30_000), undefined);
    assert.equal(at(stateOf({}, planned, { cursor, paused: true })), undefined);
  });

  it('is that of the next attempt of a run that failed', () => {
    const due = '2026-01-10T12:20:30.000Z';
    const failed = [exampleRun('2026-01-10T11:00:00.000Z', { state: 'retrying', due, lastAttempt: 2 })];
    assert.equal(at(stateOf({}, failed, { cursor })), '2026-01-10T12:21:00.000Z');
  });

  it('is that at which a run has missed its SLA, or times out', () => {
    const loading = [exampleRun('2026-01-10T11:00:00.000Z', { state: 'loading', changed: '2026-01-10T12:00:00.000Z' })];
    assert.equal(at(stateOf({ slaMinutes: 25 }, loading, { cursor })), '2026-01-10T12:25:00.000Z');
    assert.equal(at(stateOf({ dagrunTimeoutMinutes: 40 }, loading, { cursor })), '2026-01-10T12:40:00.000Z');
  });

  it('is that at which the task of a run that is still queued is asked for again', () => {
    const changed = '2026-01-10T11:33:00.000Z';
    const queued = [exampleRun('2026-01-10T11:00:00.000Z', { state: 'queued', changed })];
    assert.equal(at(stateOf({}, queued, { cursor })), '2026-01-10T12:03:00.000Z');
  });

  it('is the next minute when a pool that was stuck moves again', () => {
    const state = { ...stateOf({}, planned, { cursor }), stuck: { stuck: { payment: '2026-01-10T11:40:00.000Z' } } };
    assert.equal(at(state), '2026-01-10T12:01:00.000Z');
  });

  it('is the first of all minutes whose tick would do anything', () => {
    const schedules = fc.record({
      cron: fc.constantFrom('* * * * *', '*/7 * * * *', '0 * * * *', '30 2 * * *', '0 0 1 * *', 'none'),
      timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata'),
      catchup: fc.boolean(),
      dependsOnPast: fc.boolean(),
      maxActiveRuns: fc.integer({ min: 1, max: 3 }),
      executionTimeoutMinutes: fc.integer({ min: 1, max: 120 }),
      startDate: fc.integer({ min: 0, max: 300 }).map(back => iso(noon - back * minute)),
    });
    const late = fc.record(
      { slaMinutes: fc.integer({ min: 0, max: 180 }), dagrunTimeoutMinutes: fc.integer({ min: 1, max: 180 }) },
      { requiredKeys: [] },
    );
    const run = fc
      .record({
        back: fc.integer({ min: 1, max: 5 }),
        state: fc.constantFrom('waiting', 'exporting', 'loading', 'done', 'retrying', 'failed', 'cancelled'),
        due: fc.integer({ min: -60, max: 240 }).map(ahead => iso(noon + ahead * minute)),
        changed: fc.integer({ min: 0, max: 90 }).map(ago => iso(noon - ago * minute)),
      })
      .map(({ back, ...changes }) => exampleRun(iso(noon - back * 60 * minute), changes));
    const runs = fc.uniqueArray(run, { selector: ({ interval }) => interval.start, maxLength: 4 });
    const cursors = fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined });

    fc.assert(
      fc.property(
        schedules,
        late,
        runs,
        cursors,
        fc.integer({ min: 0, max: 59_999 }),
        (schedule, more, some, back, past) => {
          const given = { ...(back !== undefined && { cursor: iso(noon - back * minute) }) };
          const state = stateOf({ ...schedule, ...more }, some, given);
          const [now, latest] = [noon + past, noon + 300 * minute];
          const [one] = state.exports;
          assert.ok(one);
          let first: number | undefined;
          for (let moment = noon + minute; moment <= latest && first === undefined; moment += minute) {
            if (planRuns(one.config, one.state, state.pools, new Date(moment + 1)).length > 0) first = moment;
          }
          assert.equal(nextTick(state, now, latest), first);
        },
      ),
      { numRuns: 300 },
    );
  });
});
