import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type GridFilter, gridView } from '../../../../console/view/grid.ts';
import type { KnownExport } from '../../../../console/view/history.ts';
import { standingOf } from '../../../../console/view/standing.ts';
import { consoleExample } from '../../../support/console-example.ts';
import { exampleExport, exampleRun } from '../../../support/example-export.ts';

const { catalogue, runs, schedules } = consoleExample;
const now = consoleExample.now();

const history = ({ service, config }: KnownExport) => ({
  schedule: schedules[service.id]?.exports[config.id] ?? {},
  runs: runs.filter(run => run.export === config.address),
});
const grid = (filter: GridFilter = { text: '' }, columns = 20) =>
  gridView(catalogue, history, { identity: '2026-03-10T12:30:10.000Z' }, { columns, filter, now });

const addresses = (filter: GridFilter) => grid(filter).services.flatMap(({ rows }) => rows.map(row => row.config.id));

describe('the grid', () => {
  it('has a row for each export, by service and name, the latest run first', () => {
    const { services } = grid();
    assert.deepEqual(
      services.map(({ id, rows }) => [id, rows.map(row => row.config.id)]),
      [
        ['identity', ['devices', 'sessions', 'users']],
        ['payment', ['chargebacks', 'refunds', 'transfers']],
      ],
    );
    const transfers = services[1]?.rows[2];
    assert.deepEqual(
      transfers?.runs.slice(0, 3).map(({ state }) => state),
      ['retrying', 'failed', 'done'],
    );
  });

  it('shows so many runs of each and no more', () => {
    assert.equal(
      Math.max(...grid({ text: '' }, 5).services.flatMap(({ rows }) => rows.map(row => row.runs.length))),
      5,
    );
  });

  it('finds exports by a part of their address, or by the state of a run', () => {
    assert.deepEqual(addresses({ text: ' USERS ' }), ['users']);
    assert.deepEqual(addresses({ text: '', state: 'failed' }), ['transfers']);
    assert.deepEqual(addresses({ text: '', state: 'late' }), ['sessions', 'transfers']);
    assert.deepEqual(addresses({ text: 'identity', state: 'failed' }), []);
    assert.equal(grid({ text: 'users' }).exports, 6);
  });

  it('counts the slots of pools that are used, and the runs that wait for one', () => {
    assert.deepEqual(
      grid().pools.map(({ id, used, slots, waiting, stuckSince }) => ({ id, used, slots, waiting, stuckSince })),
      [
        { id: 'payment', used: 1, slots: 4, waiting: 0, stuckSince: undefined },
        { id: 'identity', used: 0, slots: 2, waiting: 1, stuckSince: '2026-03-10T12:30:10.000Z' },
      ],
    );
  });
});

describe('how an export stands', () => {
  const pools = new Set(['payment']);
  const at = new Date('2026-03-10T12:34:00.000Z');

  it('is why its earliest open run does not go on', () => {
    const waiting = exampleRun('2026-03-10T11:00:00.000Z', { state: 'waiting', attempt: 0 });
    const later = exampleRun('2026-03-10T10:00:00.000Z', { state: 'failed' });
    const standing = standingOf(
      exampleExport({ dependsOnPast: true }),
      { schedule: {}, runs: [waiting, later] },
      pools,
      at,
    );
    assert.ok(standing.kind === 'open');
    assert.match(standing.reason ?? '', /before it is failed/);
  });

  it('is paused, whatever else', () => {
    const waiting = exampleRun('2026-03-10T11:00:00.000Z', { state: 'waiting' });
    const history = { schedule: { paused: true }, runs: [waiting] };
    assert.equal(standingOf(exampleExport(), history, pools, at).kind, 'paused');
  });

  it('is its last failure when nothing is open', () => {
    const failed = exampleRun('2026-03-10T11:00:00.000Z', { state: 'failed' });
    assert.equal(standingOf(exampleExport(), { schedule: {}, runs: [failed] }, pools, at).kind, 'ended-badly');
  });

  it('is when the next run falls due when all is done', () => {
    const done = exampleRun('2026-03-10T11:00:00.000Z');
    assert.deepEqual(standingOf(exampleExport(), { schedule: {}, runs: [done] }, pools, at), {
      kind: 'idle',
      next: '2026-03-10T13:00:00.000Z',
    });
  });

  it('is why no run was made of an interval that is over', () => {
    const done = exampleRun('2026-03-10T10:00:00.000Z');
    const standing = standingOf(exampleExport(), { schedule: {}, runs: [done] }, pools, at);
    assert.equal(standing.kind, 'not-planned');
  });
});
