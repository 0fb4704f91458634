import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { isDate } from 'node:util/types';
import { shiftDate } from '../../../../local/functions/shifted-date.ts';

const day = 86_400_000;

/** Shifts the time of this process until the test ends. */
function shifted(t: TestContext, offset: number) {
  const real = Date;
  t.after(() => {
    globalThis.Date = real;
    Object.defineProperty(real.prototype, 'constructor', { value: real });
  });
  return { shift: shiftDate(offset), real };
}

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1000, `${actual - expected}`);

describe('the time of a function’s process that is driven', () => {
  it('is seen by everybody who asks for the time, in every way', t => {
    const { real } = shifted(t, 10 * day);
    near(Date.now(), real.now() + 10 * day);
    near(new Date().getTime(), real.now() + 10 * day);
    near(Date.parse(Date()), real.now() + 10 * day);
  });

  it('can be put forward', t => {
    const { shift, real } = shifted(t, 0);
    near(Date.now(), real.now());
    shift(-3 * day);
    near(Date.now(), real.now() - 3 * day);
  });

  it('leaves dates that are named as they are', t => {
    shifted(t, 10 * day);
    assert.equal(new Date(0).toISOString(), '1970-01-01T00:00:00.000Z');
    assert.equal(new Date('2026-01-01').getTime(), Date.UTC(2026, 0, 1));
    assert.equal(new Date(2026, 0, 31, 15).getDate(), 31);
    assert.ok(Number.isNaN(new Date(Number.NaN).getTime()));
  });

  it('makes dates that pass for dates, of before and of after', t => {
    const before = new Date(5);
    const { real } = shifted(t, day);
    assert.ok(before instanceof Date);
    assert.ok(new Date() instanceof real);
    assert.ok(isDate(new Date()));
    assert.equal(new Date().constructor, Date);
    assert.equal(before.constructor, Date);
    assert.deepEqual(structuredClone(new Date(5)), before);
  });

  it('holds for what is derived from Date', t => {
    const { real } = shifted(t, day);
    class PreciseDate extends Date {
      readonly precise = true;
    }
    const date = new PreciseDate();
    near(date.getTime(), real.now() + day);
    assert.ok(date instanceof PreciseDate && date instanceof Date);
    assert.equal(date.precise, true);
    assert.equal(Date.name, 'Date');
  });
});
