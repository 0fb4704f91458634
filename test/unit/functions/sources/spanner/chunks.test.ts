import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { WireValue } from '../../../../../functions/clients/spanner.ts';
import { Chunks } from '../../../../../functions/sources/spanner/chunks.ts';

const text = (stringValue: string): WireValue => ({ kind: 'stringValue', stringValue });
const list = (values: readonly WireValue[]): WireValue => ({ kind: 'listValue', listValue: { values } });
const { value } = fc.letrec<{ value: WireValue }>(tie => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string().map(text),
    fc.constant<WireValue>({ kind: 'nullValue' }),
    fc.boolean().map((boolValue): WireValue => ({ kind: 'boolValue', boolValue })),
    fc.array(tie('value'), { maxLength: 4 }).map(list),
  ),
}));

/** Cuts a value in two as Spanner may: a text anywhere; a list between elements, or in its last one. */
function cut(whole: WireValue, place: number): [WireValue, WireValue] | undefined {
  if (whole.kind === 'stringValue') {
    const at = place % ((whole.stringValue?.length ?? 0) + 1);
    return [text(whole.stringValue?.slice(0, at) ?? ''), text(whole.stringValue?.slice(at) ?? '')];
  }
  const elements = whole.listValue?.values ?? [];
  const at = place % (elements.length || 1);
  const inner = elements[at] === undefined ? undefined : cut(elements[at], place >> 1);
  if (whole.kind !== 'listValue' || inner === undefined) return undefined;
  return [list([...elements.slice(0, at), inner[0]]), list([inner[1], ...elements.slice(at + 1)])];
}

describe('the chunks of a stream', () => {
  it('give every value whole, wherever the stream was cut', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(value, fc.option(fc.nat(1000), { nil: undefined })), { maxLength: 12 }), values => {
        const results: Parameters<Chunks['take']>[0][] = [];
        let waiting: WireValue[] = [];
        for (const [whole, place] of values) {
          const halves = place === undefined ? undefined : cut(whole, place);
          if (halves === undefined) waiting.push(whole);
          else {
            const cutOff = [...waiting, halves[0]];
            results.push({ values: () => cutOff, chunkedValue: true }, { values: () => [], chunkedValue: false });
            waiting = [halves[1]];
          }
        }
        results.push({ values: () => waiting, chunkedValue: false });
        const chunks = new Chunks();
        assert.deepEqual(
          results.flatMap(result => [...chunks.take(result)]),
          values.map(([whole]) => whole),
        );
        assert.equal(chunks.cut, false);
      }),
    );
  });

  it('tell of a stream that ended in the middle of a value', () => {
    const chunks = new Chunks();
    assert.deepEqual([...chunks.take({ values: () => [text('a'), text('b')], chunkedValue: true })], [text('a')]);
    assert.equal(chunks.cut, true);
  });
});
