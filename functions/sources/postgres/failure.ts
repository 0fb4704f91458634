import { OnrampError } from '../../core/errors.ts';

/**
 * What failed, with a stable code, by PostgreSQL's own:
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function postgresFailure(error: unknown): unknown {
  if (error instanceof OnrampError || !(error instanceof Error)) return error;
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string') return failure('EXPORT_CONNECTION_LOST', error);
  const detail = `${error.message} (SQLSTATE ${code})`;
  // 57014: the statement's own time is over; 57P01 and its like: the server goes down; 40: a standby's conflict.
  if (code === '57014') return new OnrampError('EXPORT_DEADLINE', detail, { cause: error });
  if (/^(08|57P|40|53|ECONN|EPIPE|ETIMEDOUT)/.test(code))
    return new OnrampError('EXPORT_CONNECTION_LOST', detail, { cause: error });
  if (/^(42|3D|3F|26)/.test(code)) return new OnrampError('EXPORT_QUERY_REFUSED', detail, { cause: error });
  return new OnrampError('EXPORT_QUERY_FAILED', detail, { cause: error });
}

const failure = (code: 'EXPORT_CONNECTION_LOST', error: Error) =>
  new OnrampError(code, error.message, { cause: error });
