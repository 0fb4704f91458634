import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fieldsIn } from '../../../../console/fields.ts';
import { backOf, fieldsOf, operationOf, operationView } from '../../../../console/view/operation.ts';
import type { Operation } from '../../../../functions/core/batch/operation.ts';

const address = fc.constantFrom('payment/transfers', 'a/b', 'identity/user_devices') as fc.Arbitrary<
  Operation['export']
>;
const instant = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map(date => `${date.toISOString().slice(0, 19)}.000Z`);
const tick = (name: string) => fc.constantFrom({}, { [name]: true });
const all = (...parts: fc.Arbitrary<object>[]) => fc.tuple(...parts).map(each => Object.assign({}, ...each) as object);
const selection = all(
  fc.array(instant, { minLength: 1, maxLength: 4 }).map(starts => ({ starts })),
  tick('past'),
  tick('future'),
  tick('failed'),
).map(runs => ({ runs }));
const ofType = (...types: string[]) =>
  all(
    fc.constantFrom(...types).map(type => ({ type })),
    address.map(of => ({ export: of })),
  );

const operations = fc.oneof(
  ofType('pause', 'resume'),
  all(ofType('mark-done', 'mark-failed', 'cancel'), selection),
  all(ofType('rerun'), selection, tick('ignorePast')),
  all(
    ofType('run'),
    instant.map(at => ({ at })),
    tick('ignorePast'),
  ),
  all(
    ofType('backfill'),
    instant.map(from => ({ from })),
    instant.map(to => ({ to })),
    tick('rerun'),
  ),
) as fc.Arbitrary<Operation>;

describe('an operation', () => {
  it('comes back from the fields of its form', () => {
    fc.assert(
      fc.property(operations, operation => {
        assert.deepEqual(operationOf(fieldsOf(operation)), operation);
      }),
    );
  });

  it('is none for fields that somebody made up, and reading them throws nothing', () => {
    const made = fc.dictionary(
      fc.constantFrom('operation', 'export', 'starts', 'from', 'to', 'at', 'past', '__proto__'),
      fc.oneof(fc.string(), fc.constantFrom('rerun', 'backfill', 'run', 'payment/transfers'), fc.array(fc.string())),
    );
    fc.assert(fc.property(made, fields => void operationOf(fieldsIn(fields))));
    assert.equal(
      operationOf({ operation: 'rerun', export: 'payment/transfers', starts: '2026-13-01T000000Z' }),
      undefined,
    );
    assert.equal(operationOf({ operation: 'rerun', export: 'payment/transfers' }), undefined, 'not every run there is');
    assert.equal(operationOf({ operation: 'rerun', export: '../secrets', starts: '2026-03-01T000000Z' }), undefined);
    assert.equal(operationOf({ operation: 'drop', export: 'payment/transfers' }), undefined);
  });

  it('takes the times of a form as UTC', () => {
    const fields = { operation: 'backfill', export: 'a/b', from: '2026-03-01T05:00', to: '2026-03-01T09:00+09:00' };
    assert.deepEqual(operationOf(fields), {
      type: 'backfill',
      export: 'a/b',
      from: '2026-03-01T05:00:00.000Z',
      to: '2026-03-01T00:00:00.000Z',
    });
  });

  it('leads back to its run when it is of one, else to its export', () => {
    const starts = ['2026-03-01T05:00:00.000Z'];
    assert.equal(backOf({ type: 'cancel', export: 'a/b', runs: { starts } }), '/exports/a/b/runs/2026-03-01T050000Z');
    assert.equal(backOf({ type: 'cancel', export: 'a/b', runs: { starts: [...starts, ...starts] } }), '/exports/a/b');
    assert.equal(backOf({ type: 'pause', export: 'a/b' }), '/exports/a/b');
  });

  it('is asked for with what was seen, and says how much it touches', () => {
    const interval = { start: '2026-03-01T05:00:00.000Z', end: '2026-03-01T06:00:00.000Z' };
    const view = operationView(
      { type: 'rerun', export: 'a/b', runs: { starts: [interval.start], past: true } },
      {
        changes: [
          { what: 'run', interval, before: 'failed', after: 'waiting' },
          { what: 'run', interval, before: 'exporting', why: 'it is under way' },
        ],
        notes: [],
        seen: 'abc',
      },
    );
    assert.equal(view.title, 'Run a/b of 2026-03-01 05:00 UTC again');
    assert.equal(view.touched, 1);
    assert.equal(view.verb, 'Run it again');
    assert.equal(view.fields['seen'], 'abc');
    assert.equal(view.fields['past'], 'yes');
  });
});
