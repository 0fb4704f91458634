import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { manualRun, planBackfill } from '../../../../../functions/core/batch/backfill.ts';
import { planRuns } from '../../../../../functions/core/batch/plan.ts';
import { whyNotRunning } from '../../../../../functions/core/batch/why-not-running.ts';
import { exampleExport, exampleRun } from '../../../../support/example-export.ts';
import { SimulatedExport } from './simulated-export.ts';

const at = (text: string) => new Date(`2026-01-${text}:00Z`);
const start = (text: string) => `2026-01-${text}:00.000Z`;
const startDate = '2026-01-01T00:00:00.000Z';

describe('without catchup', () => {
  it('the first tick runs the latest interval that is over, and no other', () => {
    const it = new SimulatedExport(exampleExport());
    it.tick(at('02T10:30'));
    assert.deepEqual(it.grid, ['02T09 queued']);
    assert.equal(it.cursor, start('02T09:00'));
    assert.equal(it.run(start('02T09:00')).kind, 'scheduled');
    assert.deepEqual(it.tick(at('02T10:31')), []);
  });

  it('intervals that nobody planned are skipped for ever', () => {
    const it = new SimulatedExport(exampleExport({ startDate }));
    it.tick(at('01T01:00'));
    it.finish(start('01T00:00'), at('01T01:05'));
    it.tick(at('01T05:10'));
    assert.deepEqual(it.grid, ['01T00 done', '01T04 queued']);
    it.finish(start('01T04:00'), at('01T05:15'));
    it.tick(at('01T05:59'));
    assert.deepEqual(it.grid, ['01T00 done', '01T04 done']);
  });

  it('nothing runs before the start date', () => {
    const it = new SimulatedExport(exampleExport({ startDate: start('02T00:00') }));
    assert.deepEqual(it.tick(at('02T00:59')), []);
    it.tick(at('02T01:00'));
    assert.deepEqual(it.grid, ['02T00 queued']);
  });
});

describe('with catchup', () => {
  it('every interval runs since the start date, as many at once as max_active_runs allows, the earliest first', () => {
    const it = new SimulatedExport(exampleExport({ catchup: true, startDate, maxActiveRuns: 2 }));
    it.tick(at('01T04:30'));
    assert.deepEqual(it.grid, ['01T00 queued', '01T01 queued']);
    assert.deepEqual(it.tick(at('01T04:31')), []);
    it.finish(start('01T00:00'), at('01T04:32'));
    it.tick(at('01T04:33'));
    it.finish(start('01T02:00'), at('01T04:34'));
    it.finish(start('01T01:00'), at('01T04:34'));
    it.tick(at('01T04:35'));
    assert.deepEqual(it.grid, ['01T00 done', '01T01 done', '01T02 done', '01T03 queued']);
    assert.equal(it.run(start('01T00:00')).kind, 'catchup');
    assert.equal(it.run(start('01T03:00')).kind, 'scheduled');
  });

  it('a start that is not on the schedule is the next that is', () => {
    const it = new SimulatedExport(exampleExport({ catchup: true, startDate: start('01T00:20') }));
    it.tick(at('01T02:59'));
    assert.deepEqual(it.grid, ['01T01 queued']);
  });

  it('what a backfill has run already is left out, and only that', () => {
    const it = new SimulatedExport(exampleExport({ catchup: true, startDate }));
    const { create } = planBackfill(it.config, [], at('01T01:00'), at('01T02:00'), at('01T04:00'));
    for (const run of create) it.runs.set(run.interval.start, run);
    it.tick(at('01T04:00'));
    assert.deepEqual(it.grid, ['01T00 queued', '01T01 queued', '01T02 queued', '01T03 queued']);
    assert.equal(it.run(start('01T01:00')).kind, 'backfill');
  });
});

describe('@once', () => {
  it('runs once, when the start date has come', () => {
    const it = new SimulatedExport(exampleExport({ cron: '@once', startDate: start('02T00:00') }));
    assert.deepEqual(it.tick(at('01T23:59')), []);
    it.tick(at('02T00:00'));
    assert.deepEqual(it.grid, ['02T00 queued']);
    it.finish(start('02T00:00'), at('02T00:01'));
    assert.deepEqual(it.tick(at('05T00:00')), []);
  });

  it('none runs by hand only', () => {
    const it = new SimulatedExport(exampleExport({ cron: 'none' }));
    assert.deepEqual(it.tick(at('02T00:00')), []);
    const run = manualRun(it.config, at('02T00:00'), at('02T00:00'));
    it.runs.set(run.interval.start, run);
    it.tick(at('02T00:01'));
    assert.deepEqual(it.grid, ['02T00 queued']);
  });
});

describe('depends_on_past', () => {
  const config = exampleExport({ dependsOnPast: true, catchup: true, startDate });

  it('lets the first run start, and the others one by one, each after the last was done', () => {
    const it = new SimulatedExport(config);
    it.tick(at('01T03:00'));
    assert.deepEqual(it.grid, ['01T00 queued', '01T01 waiting', '01T02 waiting']);
    assert.deepEqual(
      it.run(start('01T01:00')).waitingFor.map(({ code }) => code),
      ['depends-on-past'],
    );
    // It is written down once.
    assert.deepEqual(it.tick(at('01T03:01')), []);
    it.finish(start('01T00:00'), at('01T03:02'));
    it.tick(at('01T03:03'));
    assert.deepEqual(it.grid, ['01T00 done', '01T01 queued', '01T02 waiting']);
  });

  it('waits, rather than fails, after a failure, until a person marks it as done', () => {
    const it = new SimulatedExport(config);
    it.tick(at('01T02:00'));
    it.fail(start('01T00:00'), at('01T02:01'));
    it.tick(at('01T02:02'));
    assert.deepEqual(it.grid, ['01T00 failed', '01T01 waiting']);
    assert.match(
      whyNotRunning(config, it.state, it.pools, it.run(start('01T01:00')).interval, at('01T02:02'))[0]?.detail ?? '',
      /the run of 2026-01-01T00:00:00.000Z before it is failed, and has to be done/,
    );
    it.apply(start('01T00:00'), { type: 'mark', by: 'kim@example.com', state: 'done' }, at('01T02:03'));
    it.tick(at('01T02:04'));
    assert.deepEqual(it.grid, ['01T00 done', '01T01 queued']);
  });

  it('does not hold back a run that a person started regardless', () => {
    const it = new SimulatedExport(config);
    it.tick(at('01T02:00'));
    it.apply(start('01T01:00'), { type: 'rerun', by: 'kim', retryCount: 0, ignorePast: true }, at('01T02:01'));
    it.tick(at('01T02:02'));
    assert.deepEqual(it.grid, ['01T00 queued', '01T01 queued']);
  });

  it('looks at the last run there is when the schedule was changed in between', () => {
    const run = exampleRun(start('01T00:20'), { state: 'done' });
    const decisions = planRuns(
      config,
      { paused: false, cursor: start('01T00:20'), runs: [run] },
      new Set(['payment']),
      at('01T02:00'),
    );
    assert.ok(decisions.some(decision => decision.type === 'apply' && decision.event.type === 'dispatch'));
  });
});

describe('attempts', () => {
  it('are repeated after retry_delay as often as retry_count says', () => {
    const it = new SimulatedExport(exampleExport({ retryCount: 2, retryDelayMinutes: 5 }));
    const first = start('01T00:00');
    it.tick(at('01T01:00'));
    it.fail(first, at('01T01:10'));
    assert.deepEqual([it.run(first).state, it.run(first).due], ['retrying', start('01T01:15')]);
    assert.deepEqual(it.tick(at('01T01:14')), []);
    it.tick(at('01T01:15'));
    assert.equal(it.run(first).attempt, 2);
    it.fail(first, at('01T01:20'));
    it.tick(at('01T01:25'));
    it.fail(first, at('01T01:30'));
    assert.equal(it.run(first).state, 'failed');
    assert.deepEqual(it.tick(at('01T01:59')), []);
    assert.equal(it.run(first).attempts.length, 3);
  });

  it('that no retry can help end the run', () => {
    const it = new SimulatedExport(exampleExport({ retryCount: 2 }));
    it.tick(at('01T01:00'));
    it.fail(start('01T00:00'), at('01T01:10'), false);
    assert.deepEqual(it.grid, ['01T00 failed']);
  });

  it('are given up when execution_timeout has passed, with some minutes to tell so themselves', () => {
    const it = new SimulatedExport(exampleExport({ executionTimeoutMinutes: 10, retryCount: 1, maxActiveRuns: 1 }));
    const first = start('01T00:00');
    it.tick(at('01T01:00'));
    // Waiting in the pool does not count.
    assert.deepEqual(it.tick(at('01T01:30')), []);
    it.apply(first, { type: 'export-started', attempt: 1 }, at('01T01:31'));
    assert.deepEqual(it.tick(at('01T01:46')), []);
    it.tick(at('01T01:47'));
    assert.equal(it.run(first).state, 'retrying');
    assert.equal(it.run(first).attempts[0]?.outcome, 'timed-out');
    // What the lost attempt says later changes nothing.
    it.finish(first, at('01T01:48'));
    assert.equal(it.run(first).state, 'retrying');
  });
});

describe('a task', () => {
  it('is asked for once more while the run stays queued, without changing it', () => {
    const it = new SimulatedExport(exampleExport());
    it.tick(at('01T01:00'));
    const before = it.state;
    const asked: number[] = [];
    for (let minute = 0; minute < 25; minute++) {
      const now = at(`01T01:${String(minute).padStart(2, '0')}`);
      const decisions = it.plan(now);
      if (decisions.length > 0) asked.push(minute);
      it.carryOut(decisions, now);
    }
    assert.deepEqual(asked, [1, 2, 3, 4, 5, 10, 15, 20]);
    assert.deepEqual(it.state, before);
  });
});

describe('dagrun_timeout', () => {
  it('ends a run of the schedule, counted from when it was made, and makes room for the next', () => {
    const it = new SimulatedExport(exampleExport({ dagrunTimeoutMinutes: 60, maxActiveRuns: 1, dependsOnPast: false }));
    it.tick(at('01T01:30'));
    it.tick(at('01T02:29'));
    assert.deepEqual(it.grid, ['01T00 queued']);
    it.tick(at('01T02:30'));
    assert.deepEqual(it.grid, ['01T00 failed', '01T01 queued']);
    assert.equal(it.run(start('01T00:00')).attempts[0]?.outcome, 'timed-out');
  });

  it('starts anew with a rerun, and leaves runs by hand alone', () => {
    const it = new SimulatedExport(exampleExport({ dagrunTimeoutMinutes: 60 }));
    it.tick(at('01T01:30'));
    it.tick(at('01T02:30'));
    it.apply(start('01T00:00'), { type: 'rerun', by: 'kim', retryCount: 0 }, at('01T02:31'));
    it.tick(at('01T02:32'));
    assert.equal(it.run(start('01T00:00')).state, 'queued');
    const byHand = manualRun(it.config, at('01T00:30'), at('01T02:33'));
    it.runs.set(byHand.interval.start, byHand);
    it.tick(at('01T08:33'));
    assert.equal(it.run(byHand.interval.start).state, 'queued');
  });
});

describe('a pause', () => {
  it('makes no runs and dispatches none, and what is under way goes on', () => {
    const it = new SimulatedExport(exampleExport({ retryCount: 3, catchup: true, startDate }));
    it.tick(at('01T01:00'));
    it.paused = true;
    it.fail(start('01T00:00'), at('01T01:01'));
    assert.deepEqual(it.tick(at('01T03:00')), []);
    it.paused = false;
    it.tick(at('01T03:01'));
    assert.deepEqual(it.grid, ['01T00 queued', '01T01 queued', '01T02 queued']);
  });
});

describe('a clock', () => {
  it('that is put back makes nothing twice', () => {
    const it = new SimulatedExport(exampleExport());
    it.tick(at('01T03:00'));
    it.finish(start('01T02:00'), at('01T03:01'));
    assert.deepEqual(it.tick(at('01T02:59')), []);
    it.tick(at('01T01:30'));
    assert.equal(it.runs.size, 2);
    it.tick(at('01T04:00'));
    assert.equal([...it.runs.values()].filter(run => run.interval.start === start('01T02:00')).length, 1);
    assert.equal(it.runs.has(start('01T03:00')), true);
  });

  for (const catchup of [true, false]) {
    it(`that had jumped ahead does not stop the schedule when it is mended, catchup ${catchup ? 'on' : 'off'}`, () => {
      const it = new SimulatedExport(exampleExport({ catchup, startDate, maxActiveRuns: 3 }));
      it.tick(at('01T01:00'));
      it.finish(start('01T00:00'), at('01T01:01'));
      it.tick(new Date('2027-01-01T00:00:00Z'));
      for (const hour of ['02', '03', '04', '05']) {
        for (const run of it.runs.values())
          if (run.state === 'queued') it.finish(run.interval.start, at(`01T${hour}:00`));
        it.tick(at(`01T${hour}:00`));
      }
      for (const hour of ['01', '02', '03', '04']) assert.ok(it.runs.has(start(`01T${hour}:00`)), hour);
    });
  }

  it('holds a run back whose interval is not over', () => {
    const it = new SimulatedExport(exampleExport());
    const run = manualRun(it.config, at('01T05:00'), at('01T03:00'));
    it.runs.set(run.interval.start, run);
    it.tick(at('01T04:30'));
    assert.deepEqual(it.run(run.interval.start).waitingFor, [{ code: 'interval-not-over', since: start('01T04:30') }]);
  });
});

describe('ticks', () => {
  it('that overlap decide the same, and doing it twice is doing it once', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.constantFrom('finish', 'fail', 'nothing')), {
          maxLength: 12,
        }),
        (catchup, dependsOnPast, maxActiveRuns, steps) => {
          const config = exampleExport({ catchup, dependsOnPast, maxActiveRuns, startDate, retryCount: 1 });
          const [once, twice] = [new SimulatedExport(config), new SimulatedExport(config)];
          let now = Date.parse(startDate);
          for (const [minutes, what] of steps) {
            now += minutes * 60_000;
            const date = new Date(now);
            const decisions = once.plan(date);
            once.carryOut(decisions, date);
            // Two ticks plan by the same state, and both carry out what they decided, the one after the other.
            const [first, second] = [twice.plan(date), twice.plan(date)];
            assert.deepEqual(first, decisions);
            twice.carryOut(first, date);
            twice.carryOut(second, date);
            assert.deepEqual(twice.state, once.state);
            assert.ok(
              [...once.runs.values()].filter(run => !['done', 'failed', 'cancelled'].includes(run.state)).length <=
                maxActiveRuns,
            );
            for (const simulated of [once, twice]) {
              const open = [...simulated.runs.values()].find(run => run.state === 'queued');
              if (open === undefined || what === 'nothing') continue;
              if (what === 'finish') simulated.finish(open.interval.start, date);
              else simulated.fail(open.interval.start, date);
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('that are cut short anywhere are made good by the next', () => {
    const config = exampleExport({ catchup: true, startDate, maxActiveRuns: 3 });
    const whole = new SimulatedExport(config);
    whole.tick(at('01T04:00'));
    const decisions = new SimulatedExport(config).plan(at('01T04:00'));
    for (let cut = 0; cut <= decisions.length; cut++) {
      const it = new SimulatedExport(config);
      it.carryOut(decisions.slice(0, cut), at('01T04:00'));
      it.tick(at('01T04:00'));
      assert.deepEqual(it.state, whole.state);
    }
  });

  it('plan 1,000 exports in well under two seconds', () => {
    const configs = Array.from({ length: 1000 }, (_, index) => {
      const cron = ['0 15 * * *', '*/5 * * * *', `${index % 60} * * * *`, '0 3 1 * *'][index % 4] ?? '';
      const timezone = ['UTC', 'Asia/Tokyo', 'Europe/London'][index % 3] ?? 'UTC';
      return exampleExport({ cron, timezone, slaMinutes: 60, dependsOnPast: true }, { address: `payment/t${index}` });
    });
    const now = at('20T10:00');
    const runs = Array.from({ length: 50 }, (_, index) =>
      exampleRun(new Date(now.getTime() - (60 - index) * 3_600_000).toISOString(), { seconds: 60 + index }),
    );
    const before = performance.now();
    const decisions = configs.flatMap(config =>
      planRuns(config, { paused: false, cursor: undefined, runs }, new Set(['payment']), now),
    );
    const millis = performance.now() - before;
    assert.ok(decisions.length >= 1000);
    assert.ok(millis < 2000, `${millis} ms`);
  });
});

describe('runs by hand', () => {
  it('have room of their own, which max_active_runs limits too', () => {
    const it = new SimulatedExport(exampleExport({ maxActiveRuns: 2 }));
    const { create, notOver, cut } = planBackfill(it.config, [], at('01T00:00'), at('01T12:00'), at('01T06:00'));
    assert.deepEqual([create.length, notOver.length, cut], [6, 6, false]);
    for (const run of create) it.runs.set(run.interval.start, run);
    it.tick(at('01T06:30'));
    assert.deepEqual(it.grid, [
      '01T00 queued',
      '01T01 queued',
      '01T02 waiting',
      '01T03 waiting',
      '01T04 waiting',
      '01T05 waiting',
    ]);
  });

  it('are shown before they are made: what is there, what is open, what is cut', () => {
    const config = exampleExport();
    const runs = [exampleRun(start('01T00:00')), exampleRun(start('01T01:00'), { state: 'queued' })];
    const plan = planBackfill(config, runs, at('01T00:00'), at('01T03:00'), at('02T00:00'));
    assert.deepEqual(
      plan.create.map(run => run.interval.start),
      [start('01T02:00')],
    );
    assert.deepEqual(
      plan.existing.map(run => run.interval.start),
      [start('01T00:00')],
    );
    assert.deepEqual(
      plan.open.map(run => run.interval.start),
      [start('01T01:00')],
    );
    const long = planBackfill(config, [], new Date('2020-01-01'), new Date('2026-01-01'), at('01T00:00'));
    assert.deepEqual([long.create.length, long.cut], [1000, true]);
  });
});

describe('why a run does not start', () => {
  const config = exampleExport({ startDate, maxActiveRuns: 1, catchup: true });
  const why = (it: SimulatedExport, from: string, now: string) =>
    whyNotRunning(
      it.config,
      it.state,
      it.pools,
      { start: start(from), end: new Date(at(from).getTime() + 3_600_000).toISOString() },
      at(now),
    ).map(({ code }) => code);

  it('is told of intervals that have no run', () => {
    const it = new SimulatedExport(config);
    assert.deepEqual(why(it, '01T00:00', '01T02:00'), ['not-planned-yet']);
    assert.deepEqual(why(it, '01T05:00', '01T02:00'), ['interval-not-over']);
    it.tick(at('01T02:00'));
    assert.deepEqual(why(it, '01T01:00', '01T02:00'), ['max-active-runs']);
    it.paused = true;
    assert.deepEqual(why(it, '01T01:00', '01T02:00'), ['paused', 'max-active-runs']);
    it.config = exampleExport({ startDate: start('02T00:00') });
    assert.deepEqual(why(it, '01T05:00', '02T02:00'), ['before-start-date']);
    it.config = exampleExport();
    assert.deepEqual(why(it, '01T05:00', '02T02:00'), ['skipped']);
    it.config = exampleExport({ cron: 'none' });
    assert.deepEqual(why(it, '01T05:00', '02T02:00'), ['no-schedule']);
  });

  it('is told of runs', () => {
    const it = new SimulatedExport(exampleExport({ retryCount: 1 }));
    it.tick(at('01T01:00'));
    assert.deepEqual(why(it, '01T00:00', '01T01:00'), ['pool-full']);
    it.fail(start('01T00:00'), at('01T01:01'));
    assert.deepEqual(why(it, '01T00:00', '01T01:02'), ['retry-delay']);
    it.pools = new Set();
    it.tick(at('01T01:06'));
    assert.deepEqual(why(it, '01T00:00', '01T01:06'), ['pool-unknown']);
    it.pools = new Set(['payment']);
    it.tick(at('01T01:07'));
    it.finish(start('01T00:00'), at('01T01:08'));
    assert.deepEqual(why(it, '01T00:00', '01T01:09'), []);
  });
});
