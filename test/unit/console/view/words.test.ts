import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytesText, durationText, timeText, withTimes } from '../../../../console/view/words.ts';

describe('words', () => {
  it('write a moment without what is zero at its end', () => {
    assert.equal(timeText('2026-01-31T15:00:00.000Z'), '2026-01-31 15:00 UTC');
    assert.equal(timeText('2026-01-31T15:00:05.250Z'), '2026-01-31 15:00:05 UTC');
  });

  it('write the moments in a sentence alike', () => {
    assert.equal(
      withTimes('its interval ends at 2026-01-31T15:00:00.000Z'),
      'its interval ends at 2026-01-31 15:00 UTC',
    );
  });

  it('write a duration in two units at most', () => {
    const durations = [0, 0.4, 59, 60, 185, 3600, 3725, 90_061, -5].map(durationText);
    assert.deepEqual(durations, ['0 s', '0 s', '59 s', '1 min', '3 min 5 s', '1 h', '1 h 2 min', '1 d 1 h', '0 s']);
  });

  it('write bytes with the unit that fits', () => {
    const sizes = [0, 1023, 1024, 1536, 150 * 1024 ** 2, 3 * 1024 ** 4].map(bytesText);
    assert.deepEqual(sizes, ['0 B', '1023 B', '1.0 KiB', '1.5 KiB', '150 MiB', '3.0 TiB']);
  });
});
