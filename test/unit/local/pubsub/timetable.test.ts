import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Timetable } from '../../../../local/pubsub/delivery/timetable.ts';
import { ManualClock } from '../manual-clock.ts';

describe('the timetable', () => {
  it('runs every entry that was not withdrawn once, never early and a tenth of a second late at most', () => {
    const entry = fc.record({ delay: fc.nat(20_000), cancelled: fc.boolean(), moved: fc.option(fc.nat(20_000)) });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 30 }), entries => {
        const clock = new ManualClock();
        const start = clock.now();
        const ran = new Map<number, number>();
        const timetable = new Timetable<number>(clock, index => {
          assert.ok(!ran.has(index));
          ran.set(index, clock.now() - start);
        });
        entries.forEach(({ delay }, index) => timetable.schedule(index, delay));
        entries.forEach(({ cancelled, moved }, index) => {
          if (moved !== null) timetable.schedule(index, moved);
          if (cancelled) timetable.cancel(index);
        });
        clock.advance(30_000);
        entries.forEach(({ delay, cancelled, moved }, index) => {
          const at = ran.get(index);
          if (cancelled) assert.equal(at, undefined);
          else assert.ok(at !== undefined && at >= (moved ?? delay) && at <= (moved ?? delay) + 100);
        });
      }),
    );
  });

  it('lets an entry schedule itself again while it runs', () => {
    const clock = new ManualClock();
    const ran: number[] = [];
    const timetable = new Timetable<string>(clock, entry => {
      ran.push(clock.now());
      if (ran.length < 3) timetable.schedule(entry, 1000);
    });
    timetable.schedule('entry', 1000);
    clock.advance(10_000);
    assert.equal(ran.length, 3);
  });
});
