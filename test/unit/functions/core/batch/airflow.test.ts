import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { exampleExport } from '../../../../support/example-export.ts';
import { cronMinutes } from './naive-cron.ts';
import { SimulatedExport } from './simulated-export.ts';

const day = 86_400_000;
const from = Date.UTC(2026, 0, 1);

/** The ticks of a cron around `from`. */
const known = new Map<string, readonly number[]>();

interface Rules {
  readonly cron: string;
  readonly startDate: number;
  readonly catchup: boolean;
  readonly maxActiveRuns: number;
}

/**
 * How Airflow 1.10's scheduler makes runs, step for step, with its own words: following_schedule and previous_schedule,
 * one run for each pass, and `catchup=False` by moving the start date.
 */
class AirflowScheduler {
  readonly executionDates: number[] = [];
  readonly rules: Rules;
  readonly ticks: readonly number[];

  constructor(rules: Rules) {
    this.rules = rules;
    let ticks = known.get(rules.cron);
    if (ticks === undefined) known.set(rules.cron, (ticks = cronMinutes(rules.cron, from - 40 * day, from + 20 * day)));
    this.ticks = ticks;
  }

  following(date: number): number {
    return this.ticks.find(tick => tick > date) ?? Infinity;
  }

  previous(date: number): number {
    return this.ticks.findLast(tick => tick < date) ?? -Infinity;
  }

  normalise(date: number): number {
    const following = this.following(date);
    const previousOfFollowing = this.previous(following);
    return previousOfFollowing >= date ? previousOfFollowing : following;
  }

  /** One pass: at most one run. */
  pass(now: number, active: number): boolean {
    if (active >= this.rules.maxActiveRuns) return false;
    let startDate = this.rules.startDate;
    if (!this.rules.catchup) {
      const nextStart = this.following(now);
      const lastStart = this.previous(now);
      const newStart = nextStart <= now ? lastStart : this.previous(lastStart);
      if (newStart >= startDate) startDate = newStart;
    }
    const last = this.executionDates.at(-1);
    let next = last === undefined ? this.normalise(startDate) : this.following(last);
    if (next < startDate) next = this.normalise(startDate);
    if (next > now || this.following(next) > now) return false;
    this.executionDates.push(next);
    return true;
  }
}

const crons = fc.constantFrom(
  '0 * * * *',
  '*/20 * * * *',
  '0 15 * * *',
  '30 3,15 * * *',
  '0 0 * * 1',
  '15 */5 * * *',
  '0 12 1-5 * *',
  '0 6 10 * 3',
);

describe('planning', () => {
  it('makes runs of the same intervals as Airflow, in the same passes', () => {
    fc.assert(
      fc.property(
        crons,
        fc.integer({ min: -10 * 24 * 60, max: 3 * 24 * 60 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 5 }),
        // Passes at odd moments, with more and less than an interval between them, and how many runs end before each.
        fc.array(fc.tuple(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 0, max: 3 })), {
          minLength: 1,
          maxLength: 12,
        }),
        (cron, startMinute, catchup, maxActiveRuns, steps) => {
          const startDate = from + startMinute * 60_000;
          const airflow = new AirflowScheduler({ cron, startDate, catchup, maxActiveRuns });
          const ours = new SimulatedExport(
            exampleExport({ cron, catchup, maxActiveRuns, startDate: new Date(startDate).toISOString() }),
          );
          const open: number[] = [];
          let now = from + 12_345;
          for (const [minutes, ended] of steps) {
            now += minutes * 60_000;
            for (const date of open.splice(0, ended)) ours.finish(new Date(date).toISOString(), new Date(now));
            // Airflow's scheduler passes again and again within the time of one of our ticks.
            while (airflow.pass(now, open.length)) open.push(airflow.executionDates.at(-1) ?? 0);
            ours.tick(new Date(now));
            assert.deepEqual(
              [...ours.runs.keys()].toSorted(),
              airflow.executionDates.map(date => new Date(date).toISOString()).toSorted(),
            );
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
