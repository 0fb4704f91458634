import { type StageId, wiring } from '../core/wiring.ts';

/**
 * Counts what waits for its table in an instance, so that it leaves room for what need not wait: each waiting row holds a
 * request open, and its bytes.
 */
export interface WaitingRoom {
  /** Takes rows in, or answers false when there is no room for them. */
  enter(rows: readonly Uint8Array[]): boolean;
  leave(rows: readonly Uint8Array[]): void;
  /** How long a row may wait. */
  readonly patienceMillis: number;
}

/** Of the time that a request has: for its batch to fill, and for an append that is answered late. */
const marginSeconds = 40;

/** Of the requests and the bytes that an instance holds. */
const share = 0.75;

export function createWaitingRoom(stage: StageId): WaitingRoom {
  const { concurrency, batch, timeoutSeconds, ackDeadlineSeconds } = wiring[stage];
  let rows = 0;
  let bytes = 0;
  const add = (some: readonly Uint8Array[], sign: 1 | -1) => {
    rows += sign * some.length;
    bytes += sign * bytesOf(some);
  };
  return {
    enter(some) {
      if (rows + some.length > share * concurrency || bytes + bytesOf(some) > share * batch.heldBytes) return false;
      add(some, 1);
      return true;
    },
    leave: some => add(some, -1),
    patienceMillis: (Math.min(timeoutSeconds, ackDeadlineSeconds) - marginSeconds) * 1000,
  };
}

const bytesOf = (rows: readonly Uint8Array[]) => rows.reduce((sum, row) => sum + row.byteLength, 0);
