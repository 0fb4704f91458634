import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient } from '../rpc-failure.ts';
import type { PartialResult } from './partial-result.ts';

type OpenStream = (resumeToken: Uint8Array) => AsyncIterable<PartialResult>;

/** Held back at most until a token comes from which the stream can go on; beyond it a break is final. */
const maxHeld = 8;
const tries = 5;
const firstPauseMillis = 100;

/**
 * A stream that goes on after a broken connection where it was, so that nothing comes twice: what came since the last
 * token is held back. https://cloud.google.com/spanner/docs/reference/rpc/google.spanner.v1#partialresultset
 */
export async function* resumable(open: OpenStream, signal: AbortSignal): AsyncGenerator<PartialResult> {
  let token: Uint8Array = new Uint8Array();
  let held: PartialResult[] = [];
  let givenOut = false;
  for (let failures = 0; ; ) {
    try {
      const results: AsyncIterable<PartialResult> = open(token);
      for await (const result of results) {
        held.push(result);
        const next = result.resumeToken;
        if (next.length > 0) {
          token = next;
          failures = 0;
        }
        if (next.length === 0 && held.length < maxHeld && !givenOut) continue;
        // Without a token there is no way back behind what is given out now.
        givenOut = next.length === 0;
        const complete = held;
        held = [];
        yield* complete;
      }
      yield* held;
      return;
    } catch (error) {
      signal.throwIfAborted();
      failures += 1;
      if (givenOut || failures >= tries || !isTransient(error)) throw error;
      held = [];
      await sleep(firstPauseMillis * 2 ** (failures - 1), undefined, { signal });
    }
  }
}
