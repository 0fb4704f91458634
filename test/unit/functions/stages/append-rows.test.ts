import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Appender } from '../../../../functions/clients/appender.ts';
import { done } from '../../../../functions/core/stage.ts';
import { appendRows } from '../../../../functions/stages/append-rows.ts';

const row = (text: string) => Buffer.from(text);

/** A table that refuses certain rows, and, as BigQuery does, writes nothing of an append that has one of them. */
function table(refuses: (row: string) => string | undefined, listed = Number.POSITIVE_INFINITY) {
  const written: string[] = [];
  const appends: string[][] = [];
  const appender: Appender = {
    append(rows) {
      const texts = rows.map(each => Buffer.from(each).toString());
      appends.push(texts);
      const errors = texts.flatMap((text, index) => {
        const message = refuses(text);
        return message === undefined ? [] : [{ index, message }];
      });
      if (errors.length === 0) written.push(...texts);
      return Promise.resolve(errors.slice(0, listed));
    },
  };
  return { appender, written, appends };
}

describe('appending rows', () => {
  it('writes the neighbours of a refused row, and sets that one aside with BigQuery’s reason', async () => {
    const { appender, written } = table(text => (text === 'bad' ? 'column x is no number' : undefined));
    const outcomes = await appendRows(appender, ['a', 'bad', 'b'].map(row));
    assert.deepEqual(written, ['a', 'b']);
    assert.deepEqual(outcomes, [
      done,
      { kind: 'dead-letter', reason: 'WAREHOUSE_ROW_REFUSED', detail: 'column x is no number' },
      done,
    ]);
  });

  it('goes on when BigQuery lists only some of the refused rows', async () => {
    const { appender, written } = table(text => (text.startsWith('bad') ? 'no' : undefined), 1);
    const outcomes = await appendRows(appender, ['bad1', 'a', 'bad2'].map(row));
    assert.deepEqual(written, ['a']);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['dead-letter', 'done', 'dead-letter'],
    );
  });

  it('cuts rows into appends that BigQuery takes, and sets a row aside that fits into none', async () => {
    const { appender, appends } = table(() => undefined);
    const outcomes = await appendRows(appender, ['aaaa', 'bbbb', 'c'.repeat(50), 'd'].map(row), 20);
    assert.deepEqual(appends, [['aaaa', 'bbbb'], ['d']]);
    assert.equal(outcomes[2]?.kind, 'dead-letter');
    assert.deepEqual([outcomes[0], outcomes[1], outcomes[3]], [done, done, done]);
  });

  it('leaves the rows of a failed append to be delivered again, and those of the others done', async () => {
    let appends = 0;
    const failure = new Error('connection lost');
    const appender: Appender = {
      append: () => (++appends === 1 ? Promise.reject(failure) : Promise.resolve([])),
    };
    const outcomes = await appendRows(appender, ['aaaa', 'bbbb', 'cccc'].map(row), 20);
    assert.deepEqual(outcomes, [{ kind: 'retry', error: failure }, { kind: 'retry', error: failure }, done]);
  });

  it('does not take an answer for success that refuses rows which were not sent', async () => {
    const appender: Appender = { append: () => Promise.resolve([{ index: 7, message: 'who?' }]) };
    const [outcome] = await appendRows(appender, [row('a')]);
    assert.equal(outcome?.kind, 'retry');
  });
});
