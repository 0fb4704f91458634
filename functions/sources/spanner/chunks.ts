import type { WireValue } from '../../clients/spanner.ts';
import type { PartialResult } from './partial-result.ts';

/**
 * Puts together the values of a stream that Spanner has cut:
 * https://cloud.google.com/spanner/docs/reference/rpc/google.spanner.v1#partialresultset
 */
export class Chunks {
  #pending: WireValue | undefined;

  /** The values that are complete with this part of the stream, row after row without a break between them. */
  *take({ values, chunkedValue }: Pick<PartialResult, 'values' | 'chunkedValue'>): Generator<WireValue> {
    let last: WireValue | undefined;
    for (const value of values()) {
      if (last !== undefined) yield last;
      last = this.#pending === undefined ? value : join(this.#pending, value);
      this.#pending = undefined;
    }
    // A part without values continues nothing, and what is pending stays so.
    if (last === undefined) return;
    if (chunkedValue) this.#pending = last;
    else yield last;
  }

  /** Whether the stream ended in the middle of a value. */
  get cut(): boolean {
    return this.#pending !== undefined;
  }
}

/** Texts are joined; of lists, the last element of the first one goes on in the first of the second. */
function join(before: WireValue, after: WireValue): WireValue {
  if (before.kind === 'stringValue') {
    return { kind: 'stringValue', stringValue: (before.stringValue ?? '') + (after.stringValue ?? '') };
  }
  if (before.kind !== 'listValue') throw new Error(`Spanner cut a value of kind ${String(before.kind)}`);
  const head = [...(before.listValue?.values ?? [])];
  const tail = [...(after.listValue?.values ?? [])];
  const last = head.at(-1);
  const [next] = tail;
  if (last !== undefined && next !== undefined && (last.kind === 'stringValue' || last.kind === 'listValue')) {
    head[head.length - 1] = join(last, next);
    tail.shift();
  }
  return { kind: 'listValue', listValue: { values: head.concat(tail) } };
}
