import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  attemptPrefix,
  parseManifestObject,
  parseRunObject,
  runObject,
  taskKey,
} from '../../../../../functions/core/batch/batch-names.ts';
import { compactInstant, parseCompactInstant } from '../../../../../functions/core/batch/instant.ts';
import { applyEvent, newRun, type Run, type RunEvent, wantsAttempt } from '../../../../../functions/core/batch/run.ts';
import { statusOf } from '../../../../../functions/core/batch/run-status.ts';
import { exampleExport } from '../../../../support/example-export.ts';

const interval = { start: '2026-01-01T00:00:00.000Z', end: '2026-01-01T01:00:00.000Z' };
const now = (minute: number) => new Date(Date.UTC(2026, 0, 1, 1, minute));
const error = { code: 'EXPORT_FAILED', detail: 'away' };

const destinations = ['a', 'b'].map(table => ({
  project: 'acme',
  dataset: 'payment',
  table,
  writeMode: 'replace' as const,
  clusterBy: [],
  labels: {},
}));
const config = exampleExport({ retryCount: 1, retryDelayMinutes: 5 }, { destinations });
const fresh = () => newRun(config, interval, 'scheduled', now(0));

const after = (events: readonly RunEvent[], run: Run = fresh()) =>
  events.reduce((state, event, index) => applyEvent(state, event, now(index + 1)), run);

const complete: RunEvent = { type: 'export-complete', attempt: 1, manifest: 'm', rows: 7, bytes: 70 };
const loaded = (destination?: string): RunEvent => ({
  type: 'load-complete',
  attempt: 1,
  ...(destination && { destination }),
});

describe('a run', () => {
  it('goes from waiting to done', () => {
    const states: string[] = [];
    const events: RunEvent[] = [
      { type: 'dispatch', attempt: 1 },
      { type: 'export-started', attempt: 1 },
      complete,
      { type: 'load-started', attempt: 1 },
      loaded('acme.payment.a'),
      loaded('acme.payment.b'),
    ];
    const run = events.reduce((state, event, index) => {
      const next = applyEvent(state, event, now(index + 1));
      states.push(next.state);
      return next;
    }, fresh());
    assert.deepEqual(states, ['queued', 'exporting', 'exported', 'loading', 'loading', 'done']);
    assert.equal(run.seconds, 300);
    assert.deepEqual(run.attempts, [
      {
        number: 1,
        queued: '2026-01-01T01:01:00.000Z',
        exportStarted: '2026-01-01T01:02:00.000Z',
        exportEnded: '2026-01-01T01:03:00.000Z',
        manifest: 'm',
        rows: 7,
        bytes: 70,
        loadStarted: '2026-01-01T01:04:00.000Z',
        loaded: ['acme.payment.a', 'acme.payment.b'],
        ended: '2026-01-01T01:06:00.000Z',
        outcome: 'done',
      },
    ]);
  });

  it('ends alike however its events are ordered and repeated', () => {
    const events: RunEvent[] = [
      { type: 'dispatch', attempt: 1 },
      { type: 'export-started', attempt: 1 },
      complete,
      { type: 'load-started', attempt: 1 },
      loaded('acme.payment.a'),
      loaded('acme.payment.b'),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray([...events, ...events], { minLength: 12, maxLength: 12 }), shuffled => {
        const run = after(shuffled);
        assert.equal(run.state, 'done');
        assert.equal(run.attempts.length, 1);
        assert.deepEqual(run.attempts[0]?.loaded.toSorted(), ['acme.payment.a', 'acme.payment.b']);
      }),
    );
  });

  it('is not changed by an event that is known', () => {
    const run = after([{ type: 'dispatch', attempt: 1 }, { type: 'export-started', attempt: 1 }, complete]);
    for (const event of [{ type: 'dispatch', attempt: 1 }, { type: 'export-started', attempt: 1 }, complete] as const) {
      assert.equal(applyEvent(run, event, now(30)), run);
    }
    const waiting = after([{ type: 'hold', reasons: ['paused'] }]);
    assert.equal(applyEvent(waiting, { type: 'hold', reasons: ['paused'] }, now(30)), waiting);
  });

  it('is done at once when all of its destinations are loaded in one', () => {
    assert.equal(after([{ type: 'dispatch', attempt: 1 }, complete, loaded()]).state, 'done');
  });

  it('keeps since when each reason has held it back', () => {
    const run = after([
      { type: 'hold', reasons: ['paused'] },
      { type: 'hold', reasons: ['paused', 'depends-on-past'] },
    ]);
    assert.deepEqual(run.waitingFor, [
      { code: 'paused', since: '2026-01-01T01:01:00.000Z' },
      { code: 'depends-on-past', since: '2026-01-01T01:02:00.000Z' },
    ]);
    assert.deepEqual(after([{ type: 'dispatch', attempt: 1 }], run).waitingFor, []);
  });

  it('ignores an attempt that is not the present or the next', () => {
    const run = after([
      { type: 'dispatch', attempt: 1 },
      { type: 'attempt-failed', attempt: 1, error, retryable: true },
    ]);
    assert.equal(run.state, 'retrying');
    assert.equal(applyEvent(run, complete, now(9)), run);
    assert.equal(applyEvent(run, { type: 'dispatch', attempt: 3 }, now(9)), run);
    // The next one may report before its dispatch was written down.
    const started = applyEvent(run, { type: 'export-started', attempt: 2 }, now(9));
    assert.deepEqual([started.state, started.attempt, started.attempts.length], ['exporting', 2, 2]);
  });

  it('fails with its last attempt, and a rerun gives it as many again', () => {
    const failed = after([
      { type: 'dispatch', attempt: 1 },
      { type: 'attempt-failed', attempt: 1, error, retryable: true },
      { type: 'dispatch', attempt: 2 },
      { type: 'attempt-failed', attempt: 2, error, retryable: true },
    ]);
    assert.equal(failed.state, 'failed');
    assert.deepEqual(failed.attempts[0]?.error, error);
    const again = applyEvent(failed, { type: 'rerun', by: 'kim', retryCount: 1 }, now(20));
    assert.deepEqual([again.state, again.attempt, again.lastAttempt], ['waiting', 2, 4]);
    assert.equal(again.started, '2026-01-01T01:20:00.000Z');
    assert.equal(again.attempts.length, 2);
    assert.deepEqual(again.operations, [{ at: '2026-01-01T01:20:00.000Z', by: 'kim', what: 'started it anew' }]);
    assert.equal(applyEvent(again, { type: 'dispatch', attempt: 3 }, now(21)).attempt, 3);
  });

  it('is not brought back by what a cancelled, marked or timed out attempt does later', () => {
    const exporting = after([
      { type: 'dispatch', attempt: 1 },
      { type: 'export-started', attempt: 1 },
    ]);
    const ends: RunEvent[] = [
      { type: 'cancel', by: 'kim' },
      { type: 'mark', by: 'kim', state: 'failed' },
      { type: 'run-timed-out' },
    ];
    for (const event of ends) {
      const ended = applyEvent(exporting, event, now(9));
      assert.ok(ended.attempts[0]?.ended !== undefined);
      assert.equal(after([complete, loaded()], ended), ended);
    }
    // A rerun gives up what is under way, and its late events are of a past attempt.
    const rerun = applyEvent(exporting, { type: 'rerun', by: 'kim', retryCount: 0 }, now(9));
    assert.equal(rerun.attempts[0]?.outcome, 'cancelled');
    assert.equal(after([complete], rerun), rerun);
  });

  it('wants the attempt under way and the one that may start next, and no other', () => {
    const wanted = (run: Run) => [1, 2, 3].filter(attempt => wantsAttempt(run, attempt));
    const exporting = after([
      { type: 'dispatch', attempt: 1 },
      { type: 'export-started', attempt: 1 },
    ]);
    // A task may be there before it is written down that it was made.
    assert.deepEqual(wanted(fresh()), [1]);
    assert.deepEqual(wanted(exporting), [1]);
    assert.deepEqual(wanted(after([complete], exporting)), [1]);
    const timedOut = after([{ type: 'attempt-timed-out', attempt: 1 }], exporting);
    assert.deepEqual(wanted(timedOut), [2]);
    assert.deepEqual(wanted(after([{ type: 'dispatch', attempt: 2 }], timedOut)), [2]);
    assert.deepEqual(wanted(after([{ type: 'rerun', by: 'ann', retryCount: 1 }], exporting)), [2]);
    const ends: RunEvent[] = [
      { type: 'cancel', by: 'ann' },
      { type: 'mark', by: 'ann', state: 'done' },
      { type: 'mark', by: 'ann', state: 'failed' },
      { type: 'run-timed-out' },
      { type: 'attempt-failed', attempt: 1, error, retryable: false },
    ];
    for (const event of ends) assert.deepEqual(wanted(after([event], exporting)), [], event.type);
    assert.deepEqual(wanted(after([{ type: 'cancel', by: 'ann' }])), []);
    assert.equal(wantsAttempt(undefined, 1), true);
  });

  it('never leaves its rules, whatever happens', () => {
    const attempt = fc.integer({ min: 1, max: 4 });
    const events: fc.Arbitrary<RunEvent> = fc.oneof(
      attempt.map(number => ({ type: 'dispatch', attempt: number }) as const),
      attempt.map(number => ({ type: 'export-started', attempt: number }) as const),
      attempt.map(number => ({ ...complete, attempt: number })),
      attempt.map(number => ({ type: 'load-started', attempt: number }) as const),
      fc
        .tuple(attempt, fc.constantFrom('acme.payment.a', 'acme.payment.b'))
        .map(([number, destination]) => ({ type: 'load-complete', attempt: number, destination }) as const),
      fc
        .tuple(attempt, fc.boolean())
        .map(([number, retryable]) => ({ type: 'attempt-failed', attempt: number, error, retryable }) as const),
      attempt.map(number => ({ type: 'attempt-timed-out', attempt: number }) as const),
      fc.constantFrom<RunEvent>(
        { type: 'run-timed-out' },
        { type: 'sla-missed' },
        { type: 'cancel', by: 'k' },
        { type: 'mark', by: 'k', state: 'done' },
        { type: 'rerun', by: 'k', retryCount: 1 },
        { type: 'hold', reasons: ['paused'] },
      ),
    );
    fc.assert(
      fc.property(fc.array(events, { maxLength: 30 }), list => {
        let run = fresh();
        for (const [index, event] of list.entries()) {
          const before = JSON.stringify(run);
          const next = applyEvent(run, event, now(index));
          assert.equal(JSON.stringify(run), before, 'a run is never changed in place');
          assert.ok(next.attempt >= run.attempt && next.attempt <= run.attempt + 1);
          assert.ok(next.attempt <= next.lastAttempt);
          if ('attempt' in event && !wantsAttempt(run, event.attempt)) assert.equal(next, run);
          assert.equal(next.attempts.length, next.attempt);
          assert.ok(next.attempts.slice(1).every(({ ended }) => ended !== undefined));
          const inFlight = ['queued', 'exporting', 'exported', 'loading'].includes(next.state);
          assert.equal(next.attempts[0] !== undefined && next.attempts[0].ended === undefined, inFlight);
          if (next.waitingFor.length > 0) assert.equal(next.state, 'waiting');
          assert.deepEqual(applyEvent(next, event, now(index)).state, event.type === 'rerun' ? 'waiting' : next.state);
          run = next;
        }
        assert.deepEqual(JSON.parse(JSON.stringify(statusOf(run))), statusOf(run));
      }),
      { numRuns: 500 },
    );
  });
});

describe('names', () => {
  it('of objects are read back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('payment/transfers', 'a/b_c', 'a-b/c-d' as const),
        fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }),
        fc.integer({ min: 1, max: 99 }),
        (text, date, attempt) => {
          const address = text as `${string}/${string}`;
          const start = new Date(Math.floor(date.getTime() / 1000) * 1000).toISOString();
          assert.equal(parseCompactInstant(compactInstant(start)), start);
          assert.deepEqual(parseRunObject(runObject(address, { start })), { address, start });
          assert.deepEqual(parseManifestObject(`${attemptPrefix(address, { start }, attempt)}manifest.json`), {
            address,
            start,
            attempt,
          });
        },
      ),
    );
    assert.equal(parseManifestObject('export=a.b/interval=2026-01-01T000000Z/attempt=1/x-00000.avro'), undefined);
    assert.equal(parseRunObject('runs/a/b/2026-13-01T000000Z.json'), undefined);
    assert.equal(taskKey('a/b', interval, 2), 'a-b-2026-01-01T000000Z-2');
  });
});
