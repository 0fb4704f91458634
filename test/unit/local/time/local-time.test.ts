import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createDrivenClock } from '../../../../local/time/driven-clock.ts';
import { createLocalTime } from '../../../../local/time/local-time.ts';

const start = Date.parse('2026-01-01T00:00:00Z');
const hour = 3_600_000;

/** A time with ticks at given hours, of which it is told what happens at which hour. */
function timeUnderTest(
  t: TestContext,
  hours: readonly number[] = [],
  work: () => Promise<void> = () => Promise.resolve(),
) {
  const clock = createDrivenClock(start);
  const stopped = new AbortController();
  const happened: string[] = [];
  const hourNow = () => Math.floor((clock.now() - start) / hour);
  let busy = 0;
  const begin = (what: string) => {
    busy += 1;
    happened.push(`${what} begins ${hourNow()}`);
    void work().finally(() => {
      busy -= 1;
      happened.push(`${what} ends ${hourNow()}`);
    });
  };
  for (const [index, at] of hours.entries()) {
    const tick = clock.aside.setTimeout(() => begin(`tick ${index + 1}`), at * hour);
    t.after(() => tick.cancel());
  }
  const time = createLocalTime({
    clock,
    stopped: stopped.signal,
    isBusy: () => busy > 0,
    tellOffset(offset) {
      happened.push(`told ${Math.round((Date.now() + offset - start) / hour)}`);
      return Promise.resolve();
    },
    nextTick: latest =>
      Promise.resolve(hours.map(at => start + at * hour).find(at => at > clock.now() && at <= latest)),
  });
  const advance = (hours: number, signal?: AbortSignal) =>
    time.advanceTo(new Date(start + hours * hour), signal && { signal });
  return { clock, time, stopped, happened, begin, advance, hourNow };
}

describe('advancing the time of a local cloud', () => {
  it('goes from tick to tick, and on when what began has ended', async t => {
    const { advance, happened, hourNow } = timeUnderTest(t, [3, 7, 30], async () => {
      for (let turns = 0; turns < 20; turns += 1) await turn();
    });
    await advance(24);
    assert.equal(hourNow(), 24);
    assert.deepEqual(happened, [
      'told 3',
      'tick 1 begins 3',
      'tick 1 ends 3',
      'told 7',
      'tick 2 begins 7',
      'tick 2 ends 7',
      'told 24',
    ]);
  });

  it('stops at timers, which may set others', async t => {
    const { advance, clock, happened, begin } = timeUnderTest(t, [5]);
    clock.setTimeout(() => {
      begin('first');
      clock.setTimeout(() => begin('second'), hour);
    }, 2 * hour);
    await advance(6);
    assert.deepEqual(
      happened.filter(line => line.includes('begins')),
      ['first begins 2', 'second begins 3', 'tick 1 begins 5'],
    );
  });

  it('stays where it is when that time has passed', async t => {
    const { advance, happened, hourNow } = timeUnderTest(t);
    await advance(-5);
    assert.equal(hourNow(), 0);
    assert.deepEqual(happened, []);
  });

  it('does one after the other, though the first was broken off', async t => {
    const { advance, hourNow } = timeUnderTest(t, [1]);
    const gone = AbortSignal.abort(new Error('gone'));
    const [first, second] = await Promise.allSettled([advance(2, gone), advance(4)]);
    assert.match(String((first as PromiseRejectedResult).reason), /gone/);
    assert.equal(second.status, 'fulfilled');
    assert.equal(hourNow(), 4);
  });

  it('ends with the local cloud, though something never ends', async t => {
    const never = Promise.withResolvers<undefined>();
    const { advance, stopped, hourNow } = timeUnderTest(t, [1], async () => {
      await never.promise;
    });
    const advancing = assert.rejects(advance(2), /stopped/);
    while (hourNow() < 1) await turn();
    stopped.abort(new Error('stopped'));
    await advancing;
    assert.equal(hourNow(), 1);
  });
});
