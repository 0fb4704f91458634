import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deadlineMend, exportDeadlines, taskSeconds } from '../../../../../functions/core/batch/export-deadline.ts';
import { instantOf, minutes } from '../../../../../functions/core/batch/instant.ts';

const began = Date.parse('2026-01-01T00:00:00.000Z');
const after = (now: number, timeoutSeconds: number, deadline?: number) => {
  const request = { timeoutSeconds, ...(deadline === undefined ? {} : { deadline: instantOf(began + deadline) }) };
  const { execution, attempt } = exportDeadlines(request, instantOf(began), instantOf(began + now));
  return [(execution - began) / 1000, (attempt - began) / 1000];
};

describe('the time of an export', () => {
  it('is that of its attempt, of which each execution has what a task may take', () => {
    assert.deepEqual(after(0, 600), [595, 595]);
    assert.deepEqual(after(0, 7200), [1765, 7195]);
    assert.deepEqual(after(30 * minutes, 7200), [1800 + 1765, 7195]);
    assert.deepEqual(after(110 * minutes, 7200), [7195, 7195]);
    assert.deepEqual(after(30 * minutes, 7200, 40 * minutes), [2395, 2395]);
  });

  it('ends before Cloud Tasks gives the answer up', () => {
    assert.equal(taskSeconds({ timeoutSeconds: 600 }), 630);
    assert.equal(taskSeconds({ timeoutSeconds: 7200 }), 1800);
  });
});

describe('an export that will not finish', () => {
  const columns = {};
  const partitions = { by: 'id', count: 8 };

  it('is to be cut into parts where it is in one', () => {
    assert.equal(
      deadlineMend({ columns, timeoutSeconds: 3600 }, 1, 4.2),
      'cut it by partitions, into 5 parts at least, since an export that is read in one go has 29 minutes at most; ' +
        'or narrow the query',
    );
    assert.match(
      deadlineMend({ columns, timeoutSeconds: 600 }, 1),
      /^cut it by partitions, since .*, or allow more time by execution_timeout \(10 minutes now\); or narrow the query$/,
    );
  });

  it('is to be given more time where it has parts', () => {
    assert.equal(
      deadlineMend({ columns, partitions, timeoutSeconds: 3600 }, 8, 2.5),
      'allow more time by execution_timeout (60 minutes now), to 150 minutes at least, or narrow the query',
    );
  });

  it('says why its partitions are of no use', () => {
    const masked = { id: { mask: { method: 'truncate', length: 2 } } } as const;
    assert.match(
      deadlineMend({ columns: masked, partitions, timeoutSeconds: 3600 }, 8),
      /^its partitions are counted by id/,
    );
    assert.match(deadlineMend({ columns, partitions, timeoutSeconds: 3600 }, 1), /^the source reads it in one part/);
  });
});
