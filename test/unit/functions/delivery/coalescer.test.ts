import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Message } from '../../../../functions/core/stage.ts';
import { Coalescer, type Settle } from '../../../../functions/delivery/coalescer.ts';

const bounds = { records: 3, bytes: 1000, millis: 50, heldBytes: 2000 };

const message = (id: string, bytes = 1): Message => ({
  id,
  publishTime: '2026-01-01T00:00:00Z',
  data: new Uint8Array(bytes),
  attributes: {},
  orderingKey: '',
  source: 'flights/departures',
});

/** A timer whose moment the test chooses. */
function manualTimer() {
  const pending = new Map<number, () => void>();
  let next = 0;
  return {
    set(callback: () => void, millis: number) {
      assert.equal(millis, bounds.millis);
      pending.set(++next, callback);
      return next;
    },
    clear: (handle: unknown) => void pending.delete(handle as number),
    fire: () => {
      for (const [handle, callback] of [...pending]) {
        pending.delete(handle);
        callback();
      }
    },
    get size() {
      return pending.size;
    },
  };
}

/** A settle whose batches the test answers one by one. */
function manualSettle() {
  const batches: { ids: string[]; answer: (acknowledged: boolean[]) => void }[] = [];
  const settle: Settle = messages => {
    const { promise, resolve } = Promise.withResolvers<boolean[]>();
    batches.push({ ids: messages.map(({ id }) => id), answer: resolve });
    return messages.map(async (_, index) => (await promise)[index] ?? false);
  };
  return { batches, settle };
}

describe('Coalescer', () => {
  it('flushes when the batch has its records, and answers each offer with its own outcome', async () => {
    const { batches, settle } = manualSettle();
    const timer = manualTimer();
    const coalescer = new Coalescer(settle, bounds, timer);
    const offers = ['a', 'b', 'c', 'd'].map(id => coalescer.offer(message(id)));
    assert.deepEqual(
      batches.map(({ ids }) => ids),
      [['a', 'b', 'c']],
    );
    batches[0]!.answer([true, false, true]);
    assert.deepEqual(await Promise.all(offers.slice(0, 3).map(async offer => offer)), [true, false, true]);
    assert.equal(timer.size, 1, 'the fourth waits for the timer');
    timer.fire();
    batches[1]!.answer([true]);
    assert.equal(await offers[3], true);
  });

  it('flushes when the batch has its bytes', () => {
    const { batches, settle } = manualSettle();
    const coalescer = new Coalescer(settle, bounds, manualTimer());
    void coalescer.offer(message('a', 600));
    void coalescer.offer(message('b', 400));
    assert.deepEqual(
      batches.map(({ ids }) => ids),
      [['a', 'b']],
    );
  });

  it('flushes a lone message when its time is up', () => {
    const { batches, settle } = manualSettle();
    const timer = manualTimer();
    void new Coalescer(settle, bounds, timer).offer(message('a'));
    assert.equal(batches.length, 0);
    timer.fire();
    assert.deepEqual(
      batches.map(({ ids }) => ids),
      [['a']],
    );
  });

  it('turns messages away over the budget of held bytes, and takes them again once a batch is settled', async () => {
    const { batches, settle } = manualSettle();
    const coalescer = new Coalescer(settle, bounds, manualTimer());
    const first = coalescer.offer(message('a', 1500));
    assert.equal(coalescer.offer(message('b', 600)), undefined);
    batches[0]!.answer([true]);
    await first;
    assert.notEqual(coalescer.offer(message('b', 600)), undefined);
  });

  it('answers each message of a batch at its own time, and holds the bytes of those that wait', async () => {
    const late = Promise.withResolvers<boolean>();
    const settle: Settle = messages => messages.map(({ id }) => (id === 'late' ? late.promise : Promise.resolve(true)));
    const coalescer = new Coalescer(settle, { ...bounds, records: 2, bytes: 5000 }, manualTimer());
    const offers = [coalescer.offer(message('late', 1500)), coalescer.offer(message('a', 400))];
    assert.equal(await offers[1], true, 'its neighbour is still waiting');
    assert.equal(coalescer.offer(message('b', 600)), undefined, '1500 bytes are held');
    let drained = false;
    const draining = coalescer.drain().then(() => {
      drained = true;
    });
    await Promise.resolve();
    assert.equal(drained, false);
    late.resolve(false);
    assert.equal(await offers[0], false);
    await draining;
    assert.notEqual(coalescer.offer(message('b', 600)), undefined);
  });

  it('takes a message that alone exceeds the budget', () => {
    const { batches, settle } = manualSettle();
    const coalescer = new Coalescer(settle, bounds, manualTimer());
    assert.notEqual(coalescer.offer(message('huge', 5000)), undefined);
    assert.equal(batches.length, 1);
  });

  it('flushes and waits for every batch when it drains', async () => {
    const { batches, settle } = manualSettle();
    const coalescer = new Coalescer(settle, bounds, manualTimer());
    const offers = ['a', 'b', 'c', 'd'].map(id => coalescer.offer(message(id)));
    let drained = false;
    const draining = coalescer.drain().then(() => {
      drained = true;
    });
    assert.equal(batches.length, 2);
    batches[0]!.answer([true, true, true]);
    await offers[0];
    assert.equal(drained, false);
    batches[1]!.answer([true]);
    await draining;
    assert.equal(await offers[3], true);
  });
});
