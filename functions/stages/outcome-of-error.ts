import { type ErrorCode, OnrampError } from '../core/errors.ts';
import type { Outcome } from '../core/stage.ts';

/** Codes of what is wrong with the function rather than with the message. */
const mendedByOperators: readonly ErrorCode[] = ['MASKING_KEY_MISSING'];

/** What is wrong with the message itself makes it a dead letter; anything else may be better next time. */
export function outcomeOfError(error: unknown): Outcome {
  return error instanceof OnrampError && !mendedByOperators.includes(error.code)
    ? { kind: 'dead-letter', reason: error.code, detail: error.detail }
    : { kind: 'retry', error };
}
