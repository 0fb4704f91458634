import type { Failure } from '../core/batch/events.ts';
import { type ErrorCode, OnrampError } from '../core/errors.ts';

/** Failures that another attempt would meet again. */
const final: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'MASK_UNCLASSIFIED_COLUMN',
  'MASK_KEY_UNUSABLE',
  'EXPORT_QUERY_REFUSED',
  'EXPORT_COLUMN_MISSING',
  'EXPORT_TYPE_REFUSED',
  'EXPORT_VALUE_REFUSED',
]);

/** What is told of an error on batch-events. */
export function exportFailure(error: unknown): Failure {
  if (error instanceof OnrampError)
    return { code: error.code, detail: error.detail, retryable: !final.has(error.code) };
  return { code: 'EXPORT_FAILED', detail: error instanceof Error ? error.message : String(error), retryable: true };
}
