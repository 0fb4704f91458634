import type { ErrorCode } from '../core/errors.ts';
import { OnrampError } from '../core/errors.ts';

/**
 * What failed of a call to a Google API, with a stable code, by gRPC's own:
 * https://grpc.io/docs/guides/status-codes/
 */
export function rpcFailure(error: unknown, opening = false): unknown {
  if (error instanceof OnrampError || !(error instanceof Error)) return error;
  const status = (error as { code?: unknown }).code;
  const code = typeof status === 'number' ? codeOf(status, opening) : undefined;
  if (code === undefined && !opening) return error;
  return new OnrampError(code ?? 'EXPORT_CONNECTION_FAILED', error.message, { cause: error });
}

/** What failed of a call that goes on with a state which an earlier execution has begun to read: it may be gone. */
export function resumedFailure(error: unknown): unknown {
  const status = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  const isGone =
    status === notFound || status === failedPrecondition || status === outOfRange || status === invalidArgument;
  return isGone
    ? new OnrampError('EXPORT_SNAPSHOT_LOST', (error as Error).message, { cause: error })
    : rpcFailure(error);
}

/** Statuses of which a stream that can be resumed makes nothing. */
export function isTransient(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === unavailable || (code === internal && /RST_STREAM|EOS|stream terminated/i.test(String(message)));
}

const cancelled = 1;
const invalidArgument = 3;
const deadlineExceeded = 4;
const notFound = 5;
const permissionDenied = 7;
const exhausted = 8;
const failedPrecondition = 9;
const aborted = 10;
const outOfRange = 11;
const unimplemented = 12;
const internal = 13;
const unavailable = 14;
const unauthenticated = 16;

function codeOf(status: number, opening: boolean): ErrorCode {
  switch (status) {
    case invalidArgument:
    case unimplemented:
      return 'EXPORT_QUERY_REFUSED';
    case notFound:
    case unauthenticated:
      return 'EXPORT_CONNECTION_FAILED';
    case permissionDenied:
      return opening ? 'EXPORT_CONNECTION_FAILED' : 'EXPORT_QUERY_REFUSED';
    case deadlineExceeded:
      return opening ? 'EXPORT_CONNECTION_FAILED' : 'EXPORT_DEADLINE';
    case cancelled:
    case exhausted:
    case aborted:
    case internal:
    case unavailable:
      return opening ? 'EXPORT_CONNECTION_FAILED' : 'EXPORT_CONNECTION_LOST';
    // Of Datastore: an index is missing; of Spanner: the moment that is read has become too old.
    case failedPrecondition:
    default:
      return 'EXPORT_QUERY_FAILED';
  }
}
