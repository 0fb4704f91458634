import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refreshOf } from '../../../console/refresh.ts';
import type { RunState, RunStatus } from '../../../functions/core/batch/run-status.ts';
import type { WaitCode } from '../../../functions/core/batch/wait-reason.ts';
import { exampleRun } from '../../support/example-export.ts';

const start = '2026-03-10T10:00:00.000Z';
const run = (state: RunState, ...codes: WaitCode[]): RunStatus =>
  exampleRun(start, { state, waitingFor: codes.map(code => ({ code, since: start })) });

describe('a page’s refresh', () => {
  const secondsOf = (...runs: RunStatus[]) => refreshOf('/', {}, runs)?.seconds;

  it('comes soon while an attempt is under way, later while a run waits, and never when nothing moves', () => {
    for (const state of ['queued', 'exporting', 'exported', 'loading'] as const) {
      assert.equal(secondsOf(run('done'), run(state), run('waiting')), 10, state);
    }
    for (const waiting of [run('waiting'), run('waiting', 'depends-on-past'), run('retrying')]) {
      assert.equal(secondsOf(run('failed'), waiting), 30);
    }
    for (const still of [run('done'), run('failed'), run('cancelled')]) assert.equal(secondsOf(still), undefined);
    assert.equal(secondsOf(), undefined);
  });

  it('does not come for what a person has to end', () => {
    assert.equal(secondsOf(run('waiting', 'paused'), run('waiting', 'retry-delay', 'pool-unknown')), undefined);
    assert.equal(secondsOf(run('waiting', 'paused'), run('loading')), 10);
  });

  it('asks for the same page, without what was told once', () => {
    const query = { q: 'a&b', state: 'failed', did: 'rerun', changed: '1' };
    assert.deepEqual(refreshOf('/', query, [run('loading')]), {
      seconds: 10,
      isStopped: false,
      again: '/?q=a%26b&state=failed',
      still: '/?q=a%26b&state=failed&refresh=off',
    });
    assert.equal(refreshOf('/exports/a/b', { did: 'run', changed: '1' }, [run('queued')])?.again, '/exports/a/b');
  });

  it('is stopped by a person, and while there is something to read that is told once', () => {
    const stopped = refreshOf('/', { refresh: 'off' }, [run('loading')]);
    assert.deepEqual([stopped?.isStopped, stopped?.again, stopped?.still], [true, '/', '/?refresh=off']);
    const missed = { did: 'cancel', changed: '1', missed: '2' };
    assert.equal(refreshOf('/', missed, [run('loading')])?.isStopped, true);
  });
});
