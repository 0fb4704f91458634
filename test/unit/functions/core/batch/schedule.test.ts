import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cronProblems, cronTimes, normaliseCron } from '../../../../../functions/core/batch/cron.ts';
import {
  intervalAt,
  intervalsBetween,
  latestComplete,
  manualInterval,
  ticksOf,
} from '../../../../../functions/core/batch/schedule.ts';
import { exampleSchedule } from '../../../../support/example-export.ts';
import { cronMinutes } from './naive-cron.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** Fields that fall due often enough for a search minute by minute. */
const field = (max: number, min = 0) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    fc.integer({ min, max }).map(String),
    fc.integer({ min: 2, max: 20 }).map(step => `*/${Math.min(step, max)}`),
    fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${a},${b}`),
  );
const crons = fc
  .tuple(
    field(59),
    field(23),
    fc.oneof(fc.constant('*'), field(28, 1)),
    fc.constant('*'),
    fc.oneof(fc.constant('*'), field(7)),
  )
  .map(fields => fields.join(' '));

describe('a cron', () => {
  it('falls due when each minute, tried alone, says so, forwards and backwards', () => {
    fc.assert(
      fc.property(crons, fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2028, 11) }), (cron, from) => {
        const times = cronTimes(cron);
        const minutes = cronMinutes(cron, from - 3 * day, from + 3 * day);
        const next = times.next(from);
        const previous = times.previous(from);
        const expectedNext = minutes.find(minute => minute > from);
        const expectedPrevious = minutes.findLast(minute => minute < from);
        if (expectedNext === undefined) assert.ok(next === undefined || next >= from + 3 * day);
        else assert.equal(next, expectedNext);
        if (expectedPrevious === undefined) assert.ok(previous === undefined || previous < from - 3 * day);
        else assert.equal(previous, expectedPrevious);
      }),
      { numRuns: 150 },
    );
  });

  it('knows ends of months, leap days, and both kinds of day', () => {
    const at = (cron: string, from: string) =>
      new Date(cronTimes(cron).next(Date.parse(from)) ?? NaN).toISOString().slice(0, 16);
    assert.equal(at('0 0 31 * *', '2026-01-31T00:00Z'), '2026-03-31T00:00');
    assert.equal(at('0 0 29 2 *', '2026-01-01T00:00Z'), '2028-02-29T00:00');
    assert.equal(at('0 0 29 2 *', '2097-01-01T00:00Z'), '2104-02-29T00:00');
    assert.equal(at('0 0 L * *', '2028-02-01T00:00Z'), '2028-02-29T00:00');
    assert.equal(at('0 0 13 * 5', '2026-02-01T00:00Z'), '2026-02-06T00:00');
    assert.equal(at('0 0 * * 1#2', '2026-02-01T00:00Z'), '2026-02-09T00:00');
    assert.equal(at('0 0 * * sun', '2026-02-01T00:00Z'), '2026-02-08T00:00');
  });

  it('may be a preset', () => {
    assert.equal(normaliseCron(' @Daily '), '0 0 * * *');
    assert.equal(normaliseCron('None'), 'none');
    assert.equal(normaliseCron('0  15 *\t* *'), '0 15 * * *');
    for (const cron of ['@once', 'none', '@hourly', '@weekly', '@monthly', '@quarterly', '@yearly'])
      assert.deepEqual(cronProblems(cron), []);
  });

  it('is told field by field what is wrong with it', () => {
    const fields = (cron: string) => cronProblems(cron).map(({ what }) => what);
    assert.deepEqual(fields('60 24 32 13 8'), [
      'field 1 of the cron, the minute, is "60"',
      'field 2 of the cron, the hour, is "24"',
      'field 3 of the cron, the day of the month, is "32"',
      'field 4 of the cron, the month, is "13"',
      'field 5 of the cron, the day of the week, is "8"',
    ]);
    for (const minute of ['', 'a', 'H', '?', '5-1', '*/0', '*/70', '1,,2', '1-', '-1', '1.5', '0/15']) {
      assert.ok(cronProblems(`${minute} * * * *`).length > 0, minute);
    }
    assert.deepEqual(fields('0 0 31 2 *'), ['the cron "0 0 31 2 *" never falls due']);
    assert.deepEqual(fields('0 0 0 15 * *'), ['the cron "0 0 0 15 * *" has 6 fields']);
    assert.deepEqual(fields('@dayly'), ['there is no preset "@dayly"']);
    assert.deepEqual(fields('*/15 0,12 1-7 jan-mar mon'), []);
  });
});

const zones = [
  'UTC',
  'Europe/London',
  'America/New_York',
  'Asia/Tokyo',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'Asia/Kathmandu',
];

/** Days on which clocks are changed somewhere, among others. */
const aroundChanges = fc
  .tuple(
    fc.constantFrom(
      '2026-03-08',
      '2026-03-29',
      '2026-04-05',
      '2026-10-04',
      '2026-10-25',
      '2026-11-01',
      '2026-12-31',
      '2028-02-29',
      '2018-11-04',
    ),
    fc.integer({ min: -2 * day, max: 2 * day }),
  )
  .map(([date, offset]) => Date.parse(date) + offset);

const moments = fc.oneof(aroundChanges, fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2035, 0) }));

describe('the moments of a schedule', () => {
  it('follow each other without end, and following and previous undo each other', () => {
    fc.assert(
      fc.property(crons, fc.constantFrom(...zones), moments, (cron, timezone, from) => {
        const ticks = ticksOf({ cron, timezone });
        const next = ticks.following(from);
        fc.pre(next !== undefined);
        assert.ok(next > from);
        const again = ticks.following(next);
        assert.ok(again !== undefined && again > next);
        assert.equal(ticks.previous(again), next);
        assert.equal(ticks.following(next - 1), next);
        assert.equal(ticks.previous(next + 1), next);
        // There is none in between, from wherever one looks.
        const middle = next + Math.floor((again - next) / 2);
        assert.equal(ticks.following(middle), again);
        if (middle > next) assert.equal(ticks.previous(middle), next);
      }),
      { numRuns: 400 },
    );
  });

  it('are those of the clock, where it is not changed', () => {
    fc.assert(
      fc.property(crons, fc.integer({ min: Date.UTC(2026, 5, 1), max: Date.UTC(2026, 7, 1) }), (cron, from) => {
        // From June to August these zones keep their clocks.
        for (const [timezone, offset] of [
          ['Europe/London', 1],
          ['America/New_York', -4],
          ['Asia/Tokyo', 9],
          ['Australia/Lord_Howe', 10.5],
        ] as const) {
          const expected = cronMinutes(cron, from + offset * hour, from + offset * hour + 3 * day).find(
            minute => minute > from + offset * hour,
          );
          const next = ticksOf({ cron, timezone }).following(from);
          if (expected !== undefined) assert.equal(next, expected - offset * hour, timezone);
        }
      }),
      { numRuns: 60 },
    );
  });

  const list = (cron: string, timezone: string, from: string, count: number): string[] => {
    const ticks = ticksOf({ cron, timezone });
    const found: string[] = [];
    let at: number | undefined = Date.parse(from);
    while (found.length < count) {
      at = ticks.following(at);
      if (at === undefined) break;
      found.push(new Date(at).toISOString().slice(5, 16));
    }
    return found;
  };

  it('keep the time of the clock when summer time begins, and come later where it is skipped', () => {
    assert.deepEqual(list('0 15 * * *', 'Europe/London', '2026-03-27T16:00Z', 3), [
      '03-28T15:00',
      '03-29T14:00',
      '03-30T14:00',
    ]);
    // 01:30 does not occur in London on 29 March: the clocks then show 02:30.
    assert.deepEqual(list('30 1 * * *', 'Europe/London', '2026-03-27T16:00Z', 3), [
      '03-28T01:30',
      '03-29T01:30',
      '03-30T00:30',
    ]);
    assert.deepEqual(list('30 2 * * *', 'America/New_York', '2026-03-07T06:00Z', 3), [
      '03-07T07:30',
      '03-08T07:30',
      '03-09T06:30',
    ]);
  });

  it('come the second time where the clocks show a time twice', () => {
    assert.deepEqual(list('30 1 * * *', 'Europe/London', '2026-10-24T12:00Z', 2), ['10-25T01:30', '10-26T01:30']);
    assert.deepEqual(list('30 1 * * *', 'America/New_York', '2026-10-31T12:00Z', 2), ['11-01T06:30', '11-02T06:30']);
  });

  it('come as often as time passes, when they come in every hour', () => {
    assert.deepEqual(list('0 * * * *', 'Europe/London', '2026-10-24T23:30Z', 4), [
      '10-25T00:00',
      '10-25T01:00',
      '10-25T02:00',
      '10-25T03:00',
    ]);
    assert.deepEqual(list('0 * * * *', 'America/New_York', '2026-03-08T05:30Z', 3), [
      '03-08T06:00',
      '03-08T07:00',
      '03-08T08:00',
    ]);
    assert.deepEqual(list('*/15 * * * *', 'Europe/London', '2026-03-29T00:40Z', 3), [
      '03-29T00:45',
      '03-29T01:00',
      '03-29T01:15',
    ]);
  });

  it('follow clocks that are changed by half an hour', () => {
    // On 5 April 2026 at 02:00 Lord Howe's clocks are put back to 01:30, which is 15:00 in UTC; on 4 October put forth.
    assert.deepEqual(list('45 1 * * *', 'Australia/Lord_Howe', '2026-04-03T16:00Z', 2), ['04-04T15:15', '04-05T15:15']);
    assert.deepEqual(list('15 2 * * *', 'Australia/Lord_Howe', '2026-10-02T16:00Z', 3), [
      '10-03T15:45',
      '10-04T15:15',
      '10-05T15:15',
    ]);
  });

  it('are always the same in a zone that keeps its clocks', () => {
    assert.deepEqual(list('0 0 * * *', 'Asia/Tokyo', '2026-03-28T00:00Z', 3), [
      '03-28T15:00',
      '03-29T15:00',
      '03-30T15:00',
    ]);
  });

  it('are none for @once and none', () => {
    for (const cron of ['@once', 'none']) {
      assert.equal(ticksOf({ cron, timezone: 'UTC' }).following(0), undefined);
      assert.equal(ticksOf({ cron, timezone: 'UTC' }).previous(0), undefined);
    }
  });
});

describe('intervals', () => {
  const daily = exampleSchedule({ cron: '0 15 * * *' });

  it('are over when they end', () => {
    const at = (now: string) => latestComplete(daily, new Date(now))?.start;
    assert.equal(at('2026-01-02T14:59:59.999Z'), '2025-12-31T15:00:00.000Z');
    assert.equal(at('2026-01-02T15:00:00Z'), '2026-01-01T15:00:00.000Z');
  });

  it('do not start before the start date', () => {
    const started = { ...daily, startDate: '2026-01-01T15:00:00.000Z' };
    assert.equal(latestComplete(started, new Date('2026-01-02T14:00Z')), undefined);
    assert.equal(latestComplete(started, new Date('2026-01-02T15:00Z'))?.start, '2026-01-01T15:00:00.000Z');
  });

  it('touch each other', () => {
    fc.assert(
      fc.property(crons, fc.constantFrom(...zones), moments, (cron, timezone, from) => {
        const intervals = intervalsBetween(
          exampleSchedule({ cron, timezone }),
          new Date(from),
          new Date(from + 40 * day),
          50,
        );
        for (const [index, { start, end }] of intervals.entries()) {
          assert.ok(start < end);
          const next = intervals[index + 1];
          if (next !== undefined) assert.equal(next.start, end);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('hold their start and not their end', () => {
    assert.deepEqual(intervalAt(daily, new Date('2026-01-02T15:00Z')), {
      start: '2026-01-02T15:00:00.000Z',
      end: '2026-01-03T15:00:00.000Z',
    });
    assert.equal(intervalAt(daily, new Date('2026-01-02T14:59Z'))?.start, '2026-01-01T15:00:00.000Z');
  });

  it('of runs by hand are the schedule’s own', () => {
    assert.deepEqual(manualInterval(daily, new Date('2026-01-02T16:30Z')), {
      start: '2026-01-01T15:00:00.000Z',
      end: '2026-01-02T15:00:00.000Z',
    });
    assert.deepEqual(manualInterval(exampleSchedule({ cron: 'none' }), new Date('2026-01-02T16:30:20Z')), {
      start: '2026-01-02T16:30:00.000Z',
      end: '2026-01-02T16:30:00.000Z',
    });
    const startDate = '2026-05-01T00:00:00.000Z';
    assert.deepEqual(manualInterval(exampleSchedule({ cron: '@once', startDate }), new Date('2026-01-02')), {
      start: startDate,
      end: startDate,
    });
  });
});
