import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createDrivenClock } from '../../../../local/time/driven-clock.ts';

const start = Date.parse('2026-01-01T00:00:00Z');
const day = 86_400_000;

/** A clock over a real time that the test lets pass. */
function clockUnderTest(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.parse('2031-05-05T05:05:05Z') });
  return { clock: createDrivenClock(start), pass: (millis: number) => t.mock.timers.tick(millis) };
}

describe('a clock that is driven', () => {
  it('runs on from its start as fast as the real one', t => {
    const { clock, pass } = clockUnderTest(t);
    assert.equal(clock.now(), start);
    pass(1500);
    assert.equal(clock.now(), start + 1500);
  });

  it('fires a timer when its time has come by itself', t => {
    const { clock, pass } = clockUnderTest(t);
    const fired: number[] = [];
    clock.setTimeout(() => fired.push(clock.now() - start), 1000);
    pass(999);
    assert.deepEqual(fired, []);
    pass(1);
    assert.deepEqual(fired, [1000]);
  });

  it('fires what is due when it is put forward, the earliest first and each once', t => {
    const { clock, pass } = clockUnderTest(t);
    const fired: string[] = [];
    clock.setTimeout(() => fired.push('late'), 2 * day);
    clock.setTimeout(() => fired.push('early'), 1000);
    clock.setTimeout(() => fired.push('too late'), 40 * day);
    clock.putForward(30 * day);
    assert.deepEqual(fired, ['early', 'late']);
    assert.equal(clock.now(), start + 30 * day);
    pass(10_000);
    assert.deepEqual(fired, ['early', 'late']);
  });

  it('waits the rest of a timer’s time after it was put forward', t => {
    const { clock, pass } = clockUnderTest(t);
    let fired = false;
    clock.setTimeout(() => (fired = true), day);
    clock.putForward(day - 500);
    pass(499);
    assert.equal(fired, false);
    pass(1);
    assert.equal(fired, true);
  });

  it('fires no timer that was cancelled, also by one before it', t => {
    const { clock, pass } = clockUnderTest(t);
    const fired: string[] = [];
    const later = clock.setTimeout(() => fired.push('later'), 2000);
    clock.setTimeout(() => {
      fired.push('first');
      later.cancel();
    }, 1000);
    clock.putForward(day);
    pass(day);
    assert.deepEqual(fired, ['first']);
  });

  it('keeps a timer that is too far off for a real one', t => {
    const { clock, pass } = clockUnderTest(t);
    let fired = false;
    clock.setTimeout(() => (fired = true), 60 * day);
    pass(59 * day);
    assert.equal(fired, false);
    pass(day);
    assert.equal(fired, true);
  });

  it('says when the next timer is due, apart from those set aside', t => {
    const { clock } = clockUnderTest(t);
    assert.equal(clock.nextTimer(), undefined);
    let fired = false;
    clock.aside.setTimeout(() => (fired = true), 1000);
    assert.equal(clock.nextTimer(), undefined);
    const first = clock.setTimeout(() => undefined, 3000);
    clock.setTimeout(() => undefined, 5000);
    assert.equal(clock.nextTimer(), start + 3000);
    first.cancel();
    assert.equal(clock.nextTimer(), start + 5000);
    clock.putForward(1000);
    assert.equal(fired, true);
  });
});
