import { OnrampError } from '../core/errors.ts';
import type { Outcome } from '../core/stage.ts';

/** What is wrong with the message itself makes it a dead letter; anything else may be better next time. */
export function outcomeOfError(error: unknown): Outcome {
  return error instanceof OnrampError
    ? { kind: 'dead-letter', reason: error.code, detail: error.detail }
    : { kind: 'retry', error };
}
