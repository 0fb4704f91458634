import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  isAtRest,
  isAtRestForGood,
  oldestOpen,
  statusesFrom,
} from '../../../../../functions/core/batch/status-window.ts';
import { exampleExport, exampleRun, exampleSchedule } from '../../../../support/example-export.ts';

const now = new Date('2026-01-02T12:00:00Z');
const hour = (number: number) => `2026-01-02T${String(number).padStart(2, '0')}:00:00.000Z`;

describe('the runs that planning looks at', () => {
  it('are all when nothing is known', () => {
    assert.equal(statusesFrom(exampleSchedule(), {}, now), undefined);
  });

  it('begin twenty intervals before the oldest that is open', () => {
    assert.equal(
      statusesFrom(exampleSchedule(), { cursor: hour(11), oldestOpen: hour(8) }, now),
      '2026-01-01T12:00:00.000Z',
    );
  });

  it('begin with the run that the oldest open one waits for, wherever it is', () => {
    const runs = [
      exampleRun(hour(9), { state: 'waiting' }),
      exampleRun('2025-11-01T00:00:00.000Z', { state: 'failed' }),
    ];
    assert.equal(oldestOpen(exampleExport({ dependsOnPast: true }), runs), '2025-11-01T00:00:00.000Z');
    assert.equal(oldestOpen(exampleExport(), runs), hour(9));
    assert.equal(oldestOpen(exampleExport(), [exampleRun(hour(9))]), undefined);
  });
});

describe('an export at rest', () => {
  const config = exampleExport();

  it('is left alone until its next interval is over', () => {
    const known = { atRest: true, cursor: hour(10) };
    assert.equal(isAtRest(config, known, new Date('2026-01-02T11:59:59Z')), true);
    assert.equal(isAtRest(config, known, now), false);
    assert.equal(isAtRest(config, { ...known, paused: true }, now), true);
    assert.equal(isAtRest(config, { cursor: hour(11) }, now), false);
  });

  it('has no run that is open, may be late, or shows that its pool moves', () => {
    const old = { changed: hour(9) };
    assert.equal(isAtRestForGood(config, exampleRun(hour(8), old), now), true);
    assert.equal(isAtRestForGood(config, exampleRun(hour(8), { changed: hour(12) }), now), false);
    assert.equal(isAtRestForGood(config, exampleRun(hour(8), { ...old, state: 'queued' }), now), false);
    const late = exampleExport({ slaMinutes: 600 });
    const failed = exampleRun(hour(8), { ...old, state: 'failed' });
    assert.equal(isAtRestForGood(late, failed, now), false);
    assert.equal(isAtRestForGood(late, { ...failed, slaMissed: true }, now), true);
  });
});
