import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRunCache } from '../../../console/run-cache.ts';
import type { Instant } from '../../../functions/core/batch/instant.ts';
import type { ExportSchedule } from '../../../functions/core/batch/schedule-state.ts';
import { exampleExport, exampleRun } from '../../support/example-export.ts';

const config = exampleExport();
const at = (time: string) => new Date(`2026-03-10T${time}Z`);
const resting: ExportSchedule = {
  cursor: '2026-03-10T10:00:00.000Z',
  oldestOpen: '2026-03-10T10:00:00.000Z',
  atRest: true,
};
const { atRest: _atRest, ...moving } = resting;
const from: Instant = '2026-03-09T14:00:00.000Z';

function cacheUnderTest() {
  const cache = createRunCache();
  let listings = 0;
  return async (time: string, schedule: ExportSchedule = resting, since: Instant | undefined = from) => {
    const before = listings;
    const list = () => Promise.resolve([exampleRun('2026-03-10T10:00:00.000Z', { attempt: (listings += 1) })]);
    const runs = await cache.runsOf(config, schedule, since, at(time), list);
    return { isListed: listings > before, attempt: runs[0]?.attempt };
  };
}

describe('runs that a page remembers', () => {
  it('are listed once for an export at rest, and again after a while', async () => {
    const look = cacheUnderTest();
    assert.deepEqual(await look('11:20:00'), { isListed: true, attempt: 1 });
    assert.deepEqual(await look('11:24:59'), { isListed: false, attempt: 1 });
    assert.deepEqual(await look('11:25:00'), { isListed: true, attempt: 2 });
    assert.deepEqual(await look('11:26:00'), { isListed: false, attempt: 2 });
  });

  it('are listed each time while something may change', async () => {
    const look = cacheUnderTest();
    for (const time of ['11:20:00', '11:20:01']) assert.equal((await look(time, moving)).isListed, true);
    assert.equal((await look('11:20:02')).isListed, true);
    assert.equal((await look('11:20:03')).isListed, false);
    assert.equal((await look('11:20:04', moving)).isListed, true);
    assert.equal((await look('11:20:05')).isListed, true);
  });

  it('are listed again once an interval is over, and when the clock was put back', async () => {
    const look = cacheUnderTest();
    await look('11:58:00');
    assert.equal((await look('11:59:59')).isListed, false);
    assert.equal((await look('12:00:00')).isListed, true);
    const other = cacheUnderTest();
    await other('11:20:00');
    assert.equal((await other('11:19:59')).isListed, true);
  });

  it('are listed again when they do not reach back as far as asked for', async () => {
    const look = cacheUnderTest();
    await look('11:20:00');
    assert.equal((await look('11:20:01', resting, '2026-03-09T15:00:00.000Z')).isListed, false);
    assert.equal((await look('11:20:02', resting, '2026-03-09T13:00:00.000Z')).isListed, true);
  });
});
