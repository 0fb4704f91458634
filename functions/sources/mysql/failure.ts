import { OnrampError } from '../../core/errors.ts';

/** Of the statement's time: ER_QUERY_TIMEOUT of MySQL, ER_STATEMENT_TIMEOUT of MariaDB. */
const timedOut = new Set([3024, 1969]);
/** The server goes down, or the connection was killed. */
const lost = new Set([1053, 1317, 1927, 2006, 2013]);

/**
 * What failed, with a stable code, by MySQL's own:
 * https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
 */
export function mysqlFailure(error: unknown): unknown {
  if (error instanceof OnrampError || !(error instanceof Error)) return error;
  const { errno, sqlState } = error as { errno?: number; sqlState?: string };
  const detail = errno === undefined ? error.message : `${error.message} (error ${errno})`;
  if (errno !== undefined && timedOut.has(errno)) return new OnrampError('EXPORT_DEADLINE', detail, { cause: error });
  if (sqlState === undefined || sqlState.startsWith('08') || (errno !== undefined && lost.has(errno))) {
    return new OnrampError('EXPORT_CONNECTION_LOST', detail, { cause: error });
  }
  const code = sqlState.startsWith('42') ? 'EXPORT_QUERY_REFUSED' : 'EXPORT_QUERY_FAILED';
  return new OnrampError(code, detail, { cause: error });
}
