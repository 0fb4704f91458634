import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { poolChanges } from '../../../../../functions/core/batch/pool-watch.ts';
import type { RunState } from '../../../../../functions/core/batch/run-status.ts';
import { exampleRun } from '../../../../support/example-export.ts';

const now = new Date('2026-01-01T12:00:00Z');
const run = (state: RunState, changed: string) => ({
  pool: 'payment',
  run: exampleRun('2026-01-01T00:00:00.000Z', { state, changed: `2026-01-01T${changed}:00.000Z` }),
});
const stuck = { stuck: { payment: '2026-01-01T11:50:00.000Z' } };

describe('a pool', () => {
  it('is stuck when runs wait and nothing has moved for half an hour', () => {
    const { state, events } = poolChanges({ stuck: {} }, [run('queued', '11:30'), run('done', '11:20')], now);
    assert.deepEqual(events, [{ type: 'pool_stuck', pool: 'payment', waiting: 1 }]);
    assert.deepEqual(Object.keys(state.stuck), ['payment']);
  });

  for (const [why, other] of [
    ['another run was done a while ago', run('done', '11:31')],
    ['a long export keeps its slot', run('exporting', '10:00')],
  ] as const) {
    it(`is not stuck when ${why}`, () => {
      assert.deepEqual(poolChanges({ stuck: {} }, [run('queued', '11:00'), other], now).events, []);
    });
  }

  it('is told to be stuck once', () => {
    assert.deepEqual(poolChanges(stuck, [run('queued', '11:00')], now), { state: stuck, events: [] });
  });

  it('moves again when a run has started, and when none waits any longer', () => {
    const moving = { state: { stuck: {} }, events: [{ type: 'pool_moving', pool: 'payment' }] };
    assert.deepEqual(poolChanges(stuck, [run('exporting', '11:59')], now), moving);
    assert.deepEqual(poolChanges(stuck, [], now), moving);
  });
});
