import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { CivilTime } from '../../../../../functions/sources/mysql/civil-time.ts';

const civil = new CivilTime();
const bytes = (text: string) => Buffer.from(text);

it('dates and times are those of the calendar, over all years', () => {
  const first = Date.parse('0001-01-01T00:00:00Z');
  fc.assert(
    fc.property(fc.integer({ min: first, max: 253_402_300_799_999 }), millis => {
      const text = new Date(millis).toISOString();
      assert.equal(civil.date(bytes(text), 0), undefined);
      civil.time(bytes(text.slice(11, 23)), 0, 12);
      assert.equal(civil.days * 86_400_000 + civil.micros / 1000, millis);
    }),
  );
});

it('what is no day is told', () => {
  assert.equal(civil.date(bytes('0000-00-00'), 0), 'zero-date');
  assert.equal(civil.date(bytes('2024-00-10'), 0), 'zero-date');
  assert.equal(civil.date(bytes('2023-02-29'), 0), 'out-of-range');
  assert.equal(civil.date(bytes('2024-02-29'), 0), undefined);
  assert.equal(civil.date(bytes('2024-13-01'), 0), 'out-of-range');
});

it('times of many hours and short fractions are read', () => {
  civil.time(bytes('838:59:59.5'), 0, 11);
  assert.equal(civil.micros, 3_020_399_500_000);
});
