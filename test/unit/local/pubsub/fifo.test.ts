import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Fifo } from '../../../../local/pubsub/delivery/fifo.ts';

describe('the queue', () => {
  it('behaves like an array', () => {
    const step = fc.oneof(
      fc.nat(2000).map(count => ({ kind: 'push' as const, count })),
      fc.nat(2000).map(count => ({ kind: 'shift' as const, count })),
      fc.nat(5).map(count => ({ kind: 'unshift' as const, count })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), steps => {
        const fifo = new Fifo<number>();
        const model: number[] = [];
        let next = 0;
        for (const { kind, count } of steps) {
          const items = Array.from({ length: count }, () => (next += 1));
          if (kind === 'unshift') {
            fifo.unshift(items);
            model.unshift(...items);
          }
          for (const item of kind === 'push' ? items : []) {
            fifo.push(item);
            model.push(item);
          }
          for (let turn = 0; kind === 'shift' && turn < count; turn += 1) assert.equal(fifo.shift(), model.shift());
          assert.equal(fifo.length, model.length);
        }
      }),
      { numRuns: 50 },
    );
  });
});
