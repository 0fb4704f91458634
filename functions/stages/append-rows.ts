import type { Appender } from '../clients/appender.ts';
import { done, type Outcome } from '../core/stage.ts';

/**
 * Greatest append, a little below the product's 10 MB, which counts the request's other fields too.
 * See https://cloud.google.com/bigquery/quotas#write-api-limits
 */
const maxAppendBytes = 9_500_000;

/**
 * Appends serialised rows in as few requests as BigQuery takes. One refused row hurts none of the others: an append with
 * refused rows writes nothing, so the rest is sent again without them. Answers with an outcome per row; never rejects.
 */
export async function appendRows(
  appender: Appender,
  rows: readonly Uint8Array[],
  maxBytes = maxAppendBytes,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = new Array<Outcome>(rows.length).fill(done);
  for (const request of requestsOf(rows, outcomes, maxBytes)) {
    let pending = request;
    try {
      while (pending.length > 0) {
        const errors = await appender.append(pending.map(index => rows[index] ?? new Uint8Array(0)));
        if (errors.length === 0) break;
        const refused = new Set<number>();
        for (const { index: place, message } of errors) {
          const index = pending[place];
          if (index === undefined) continue;
          refused.add(index);
          outcomes[index] = { kind: 'dead-letter', reason: 'WAREHOUSE_ROW_REFUSED', detail: message };
        }
        if (refused.size === 0) throw new Error('BigQuery refused rows that were not in the append');
        pending = pending.filter(index => !refused.has(index));
      }
    } catch (error) {
      for (const index of pending) outcomes[index] = { kind: 'retry', error };
    }
  }
  return outcomes;
}

/** Cuts the rows into requests, as their indexes; the outcome of a row that fits into none is set. */
function requestsOf(rows: readonly Uint8Array[], outcomes: Outcome[], maxBytes: number): number[][] {
  const requests: number[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  rows.forEach((row, index) => {
    const size = row.byteLength + rowFraming;
    if (size > maxBytes) {
      outcomes[index] = {
        kind: 'dead-letter',
        reason: 'WAREHOUSE_ROW_TOO_LARGE',
        detail: `the row has ${row.byteLength} bytes; one append may have ${maxBytes}`,
      };
      return;
    }
    if (bytes + size > maxBytes) {
      requests.push([]);
      bytes = 0;
    }
    requests.at(-1)?.push(index);
    bytes += size;
  });
  return requests;
}

/** Tag and length of one row in the request. */
const rowFraming = 6;
