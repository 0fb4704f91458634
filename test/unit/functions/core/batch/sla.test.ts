import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { predictedEnd, slaDeadline, slaFinding, usualDuration } from '../../../../../functions/core/batch/sla.ts';
import { exampleExport, exampleRun } from '../../../../support/example-export.ts';
import { SimulatedExport } from './simulated-export.ts';

const at = (text: string) => new Date(`2026-01-${text}:00Z`);
const start = (text: string) => `2026-01-${text}:00.000Z`;
const config = exampleExport({ slaMinutes: 30 });
const run = exampleRun(start('01T00:00'), { state: 'exporting', dispatched: start('01T01:05') });

describe('an SLA', () => {
  it('counts from the end of the interval', () => {
    assert.equal(slaDeadline(config, run), start('01T01:30'));
    assert.equal(slaDeadline(exampleExport(), run), undefined);
  });

  it('is of runs in time alone, unless backfills are to have one', () => {
    const of = (slaOfBackfills: boolean) => {
      const kinds = ['scheduled', 'catchup', 'backfill', 'manual'] as const;
      const wanted = exampleExport({ slaMinutes: 30, slaOfBackfills });
      return kinds.filter(kind => slaDeadline(wanted, { ...run, kind }) !== undefined);
    };
    assert.deepEqual(of(false), ['scheduled']);
    assert.deepEqual(of(true), ['scheduled', 'catchup', 'backfill']);
  });

  it('is missed once, by the first run too, whether it waits, runs or has failed', () => {
    for (const state of ['waiting', 'queued', 'loading', 'retrying', 'failed'] as const) {
      assert.equal(slaFinding(config, { ...run, state }, undefined, at('01T01:30')), undefined);
      assert.equal(slaFinding(config, { ...run, state }, undefined, at('01T01:31')), 'sla-missed');
      assert.equal(slaFinding(config, { ...run, state, slaMissed: true }, undefined, at('01T09:31')), undefined);
    }
    for (const state of ['done', 'cancelled'] as const) {
      assert.equal(slaFinding(config, { ...run, state }, undefined, at('01T02:00')), undefined);
    }
  });

  it('is at risk when runs of late took longer than is left', () => {
    const usual = 26 * 60_000;
    assert.equal(slaFinding(config, run, usual, at('01T01:10')), 'sla-at-risk');
    assert.equal(slaFinding(config, run, 25 * 60_000, at('01T01:10')), undefined);
    assert.equal(slaFinding(config, { ...run, slaAtRisk: true }, usual, at('01T01:10')), undefined);
    // One that has not begun has all of it before it.
    const waiting = exampleRun(start('01T00:00'), { state: 'retrying', due: start('01T01:20') });
    assert.equal(slaFinding(config, waiting, 11 * 60_000, at('01T01:10')), 'sla-at-risk');
    assert.equal(slaFinding(config, run, undefined, at('01T01:10')), undefined);
  });

  it('is at risk by the pace of the export itself, where that is known', () => {
    // Five minutes for a tenth: the rest takes 45.
    assert.equal(predictedEnd(run, undefined, at('01T01:10'), 0.1), start('01T01:55'));
    assert.equal(slaFinding(config, run, undefined, at('01T01:10'), 0.1), 'sla-at-risk');
    assert.equal(slaFinding(config, run, 60 * 60_000, at('01T01:10'), 0.9), undefined);
  });

  it('takes as usual what nine of ten runs of late did not exceed', () => {
    const runs = (seconds: readonly number[]) =>
      seconds.map((each, index) => exampleRun(new Date(Date.UTC(2026, 0, 1, index)).toISOString(), { seconds: each }));
    assert.equal(usualDuration(runs([60, 60])), undefined);
    assert.equal(usualDuration(runs([1, 2, 3, 4, 5, 6, 7, 8, 9, 1000])), 9000);
    // Of many runs the last twenty count.
    assert.equal(usualDuration(runs([...Array<number>(50).fill(900), ...Array<number>(20).fill(10)])), 10_000);
    assert.equal(usualDuration(runs([1, 2, 3]).map(each => ({ ...each, state: 'failed' as const }))), undefined);
  });

  it('is told once by ticks, at risk first and then missed', () => {
    const simulated = new SimulatedExport(exampleExport({ slaMinutes: 30, maxActiveRuns: 4 }));
    for (const [index, hour] of ['01', '02', '03'].entries()) {
      simulated.tick(at(`01T${hour}:00`));
      simulated.finish(start(`01T0${index}:00`), at(`01T${hour}:25`));
    }
    const told: string[] = [];
    for (let minute = 0; minute < 60; minute++) {
      for (const decision of simulated.tick(at(`01T04:${String(minute).padStart(2, '0')}`))) {
        if (decision.type === 'apply' && decision.event.type.startsWith('sla'))
          told.push(`${decision.event.type} ${minute}`);
      }
      if (minute === 1) simulated.fail(start('01T03:00'), at('01T04:01'));
    }
    assert.deepEqual(told, ['sla-missed 31']);

    const retrying = new SimulatedExport(exampleExport({ slaMinutes: 30, retryCount: 9, retryDelayMinutes: 8 }));
    for (const [index, hour] of ['01', '02', '03'].entries()) {
      retrying.tick(at(`01T${hour}:00`));
      retrying.finish(start(`01T0${index}:00`), at(`01T${hour}:25`));
    }
    const found: string[] = [];
    for (let minute = 0; minute < 60; minute++) {
      for (const decision of retrying.tick(at(`01T04:${String(minute).padStart(2, '0')}`))) {
        if (decision.type === 'apply' && decision.event.type.startsWith('sla'))
          found.push(`${decision.event.type} ${minute}`);
      }
      if (minute === 1) retrying.fail(start('01T03:00'), at('01T04:01'));
    }
    assert.deepEqual(found, ['sla-at-risk 2', 'sla-missed 31']);
  });
});
