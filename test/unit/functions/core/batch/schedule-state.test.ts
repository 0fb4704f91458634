import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  afterTick,
  type ExportSchedule,
  pausedBy,
  touchedFrom,
  withExport,
} from '../../../../../functions/core/batch/schedule-state.ts';

const now = new Date('2026-01-10T12:00:00Z');
const soon = '2026-01-10T12:10:00.000Z';
const day = (number: number) => `2026-01-${String(number).padStart(2, '0')}T00:00:00.000Z`;
const known: ExportSchedule = { cursor: day(9), oldestOpen: day(9) };
const found = { cursor: day(10), oldestOpen: day(10), atRest: false };

describe('what is known of an export’s schedule', () => {
  it('is what the tick found out', () => {
    assert.deepEqual(afterTick(known, known, found, now), { cursor: day(10), oldestOpen: day(10) });
  });

  it('stays as it is when another tick was faster', () => {
    const present = { ...known, cursor: day(10) };
    assert.equal(afterTick(known, present, { ...found, atRest: true }, now), present);
  });

  it('goes on looking as far back as somebody has just made runs', () => {
    const held = touchedFrom(day(3), now)({ ...known, atRest: true });
    assert.deepEqual(held, { cursor: day(9), oldestOpen: day(3), holdUntil: soon });
    assert.deepEqual(afterTick(held, held, { ...found, atRest: true }, now), {
      cursor: day(10),
      oldestOpen: day(3),
      holdUntil: soon,
    });
    const later = new Date('2026-01-10T12:11:00Z');
    assert.deepEqual(afterTick(held, held, found, later), { cursor: day(10), oldestOpen: day(10) });
  });

  it('is not at rest for a while after somebody changed runs, though he started none', () => {
    const held = touchedFrom(undefined, now)({ ...known, atRest: true });
    assert.deepEqual(held, { ...known, holdUntil: soon });
    assert.deepEqual(afterTick(held, held, { ...known, ...found, atRest: true }, now).atRest, undefined);
    const later = new Date('2026-01-10T12:10:01Z');
    assert.equal(afterTick(held, held, { ...known, ...found, atRest: true }, later).atRest, true);
  });

  it('keeps that nothing is known, since everything is looked at then', () => {
    assert.deepEqual(touchedFrom(day(3), now)({}), { holdUntil: soon });
  });

  it('says who paused it, until it goes on', () => {
    const paused = pausedBy(true, 'ada', now)(known);
    assert.deepEqual(paused, { ...known, paused: true, pausedBy: { by: 'ada', at: now.toISOString() } });
    assert.equal(pausedBy(true, 'bob', now)(paused), paused);
    assert.deepEqual(pausedBy(false, 'bob', now)(paused), known);
  });

  it('is the same object when nothing changes', () => {
    const state = { exports: { a: known } };
    assert.equal(
      withExport(state, 'a', schedule => ({ ...schedule })),
      state,
    );
    assert.deepEqual(
      withExport(undefined, 'b', () => known),
      { exports: { b: known } },
    );
  });
});
