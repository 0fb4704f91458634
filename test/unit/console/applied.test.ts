import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { appliedText, didFields } from '../../../console/applied.ts';
import type { Change } from '../../../functions/core/batch/operation.ts';

const change: Change = { what: 'run', before: 'failed', after: 'waiting' };

describe('what was done', () => {
  it('is told on the next page', () => {
    const fields = didFields({ type: 'cancel' }, { changed: [change], missed: [] });
    assert.equal(appliedText(fields), 'Cancelled: 1 run.');
  });

  it('names what somebody else was faster to change', () => {
    const fields = didFields({ type: 'mark-done' }, { changed: [change, change], missed: [change] });
    assert.equal(appliedText(fields), 'Marked as done: 2 runs. 1 run changed at the same moment, and was left alone.');
  });

  it('is nothing for a query that was made up', () => {
    for (const fields of [
      {},
      { did: 'toString', changed: '1' },
      { did: 'cancel' },
      { did: 'cancel', changed: '<b>' },
    ]) {
      assert.equal(appliedText(fields), undefined);
    }
  });
});
