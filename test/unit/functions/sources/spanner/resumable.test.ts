import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { PartialResult } from '../../../../../functions/sources/spanner/partial-result.ts';
import { resumable } from '../../../../../functions/sources/spanner/resumable.ts';

const unavailable = () => Object.assign(new Error('14 UNAVAILABLE'), { code: 14 });
const result = (number: number, token: boolean): PartialResult => ({
  values: () => [{ kind: 'stringValue', stringValue: String(number) }],
  chunkedValue: false,
  resumeToken: token ? Buffer.from(String(number)) : new Uint8Array(),
});

/** A stream of results, some with tokens, that breaks so often, each time after so many results. */
function breaking(tokens: readonly boolean[], breaks: readonly number[]) {
  const opened: string[] = [];
  const left = [...breaks];
  async function* open(token: Uint8Array) {
    opened.push(Buffer.from(token).toString());
    const until = left.shift();
    const from = token.length === 0 ? 0 : Number(Buffer.from(token).toString()) + 1;
    for (let i = from; i < tokens.length; i += 1) {
      await Promise.resolve();
      if (until !== undefined && i - from >= until) throw unavailable();
      yield result(i, tokens[i] ?? false);
    }
    if (until !== undefined) throw unavailable();
  }
  return { open, opened };
}

async function numbersOf(stream: AsyncIterable<PartialResult>): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { values } of stream) for (const value of values()) numbers.push(Number(value.stringValue));
  return numbers;
}

const never = new AbortController().signal;

describe('a resumable stream', () => {
  it('gives everything once and in order, wherever it breaks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 8 }),
        fc.array(fc.nat(6), { maxLength: 2 }),
        async (tokens, breaks) => {
          const { open } = breaking(tokens, breaks);
          assert.deepEqual(await numbersOf(resumable(open, never)), [...tokens.keys()]);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('goes on from the last token', async () => {
    const { open, opened } = breaking([false, true, false, false], [3]);
    assert.deepEqual(await numbersOf(resumable(open, never)), [0, 1, 2, 3]);
    assert.deepEqual(opened, ['', '1']);
  });

  it('gives up when it would have to repeat what was given out', async () => {
    const { open, opened } = breaking(Array<boolean>(20).fill(false), [12]);
    await assert.rejects(numbersOf(resumable(open, never)), /UNAVAILABLE/);
    assert.equal(opened.length, 1);
  });

  it('gives up at once on what another try would not mend', async () => {
    let opened = 0;
    const refused = resumable(() => {
      opened += 1;
      throw Object.assign(new Error('9 FAILED_PRECONDITION'), { code: 9 });
    }, never);
    await assert.rejects(numbersOf(refused), /FAILED_PRECONDITION/);
    assert.equal(opened, 1);
  });

  it('ends with the reason of its signal', async () => {
    const abort = new AbortController();
    const stream = resumable(() => {
      abort.abort(new Error('too late'));
      throw unavailable();
    }, abort.signal);
    await assert.rejects(numbersOf(stream), /too late/);
  });
});
