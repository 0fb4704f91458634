import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startDate } from '../../../../infra/config/batch/start-date.ts';

describe('start_date', () => {
  const instants: readonly (readonly [text: string, zone: string, instant: string])[] = [
    ['2026-01-31', 'UTC', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31', 'Asia/Tokyo', '2026-01-30T15:00:00.000Z'],
    ['20260131', 'UTC', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T15:00', 'UTC', '2026-01-31T15:00:00.000Z'],
    ['2026-01-31 15:00:00', 'Asia/Tokyo', '2026-01-31T06:00:00.000Z'],
    ['2026-01-31T15:00:00Z', 'Asia/Tokyo', '2026-01-31T15:00:00.000Z'],
    ['2026-01-31T15:00:00.5z', 'UTC', '2026-01-31T15:00:00.500Z'],
    ['2026-01-31T15:00:00.123+09:00', 'UTC', '2026-01-31T06:00:00.123Z'],
    ['2026-01-31T15:00:00,123 +0900', 'UTC', '2026-01-31T06:00:00.123Z'],
    ['2026-01-31T15:00:00.000000+00:00', 'UTC', '2026-01-31T15:00:00.000Z'],
    ['20260131T150000-08', 'UTC', '2026-01-31T23:00:00.000Z'],
    ['2026-01-31T15', 'UTC', '2026-01-31T15:00:00.000Z'],
  ];
  for (const [text, zone, instant] of instants) {
    it(`${text} in ${zone} is ${instant}`, () => assert.deepEqual(startDate(text, zone), { instant }));
  }

  it('says how to mend what it does not take', () => {
    const mendOf = (text: string) => {
      const found = startDate(text, 'UTC');
      return 'mend' in found ? found.mend : found.instant;
    };
    const usual = 'write a date such as 2026-01-31, or a time such as 2026-01-31T15:00:00Z';
    for (const text of ['', 'yesterday', '2026-1-31', '31.01.2026', '2026-0131', '2026-01-31T15:0000', '1769871600']) {
      assert.equal(mendOf(text), usual, text);
    }
    for (const text of ['2026-02-30', '2026-13-01', '2026-01-31T24:00:00Z', '2026-01-31T15:60Z']) {
      assert.equal(mendOf(text), `there is no such day or time; ${usual}`, text);
    }
    assert.equal(
      mendOf('2026-01-31T15:00:00.123456+09:00'),
      'write no more than milliseconds: 2026-01-31T15:00:00.123+09:00',
    );
    assert.equal(mendOf('2026-01-31T15:00:00+25:00'), `there is no offset +25:00; ${usual}`);
  });
});
