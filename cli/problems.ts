import { styleText } from 'node:util';
import { type ErrorCode, errorCatalogue, OnrampError } from '../functions/core/errors.ts';
import { ConfigurationError } from '../infra/config/problem.ts';
import { exitCodes } from './terminal.ts';

/** A mistake in what was typed: what is wrong, and what to type instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly mend: string;

  constructor(what: string, mend: string) {
    super(what);
    this.mend = mend;
  }
}

/** What a person typed or has running is in the way, rather than something having failed. */
const usageCodes: readonly ErrorCode[] = ['LOCAL_FOLDER_IN_USE', 'LOCAL_PORT_TAKEN'];

export interface Failure {
  readonly text: string;
  readonly exitCode: number;
}

/**
 * How an error is told on standard error, and the code to exit with. Errors that are not foreseen show their stack with
 * `debug` only.
 */
export function describeFailure(error: unknown, stderr: NodeJS.WriteStream, debug: boolean): Failure {
  const word = styleText('red', 'error', { stream: stderr });
  if (error instanceof ConfigurationError) return { text: error.message, exitCode: exitCodes.usage };
  if (error instanceof UsageError) {
    return { text: `${word}: ${error.message}\n  ${error.mend}\n`, exitCode: exitCodes.usage };
  }
  if (error instanceof OnrampError) {
    const { what, mend } = errorCatalogue[error.code];
    return {
      text: `${word} ${error.code}: ${error.detail}\n  ${what}\n  ${mend}\n${stackOf(error, debug)}`,
      exitCode: usageCodes.includes(error.code) ? exitCodes.usage : exitCodes.failed,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  const hint = debug || isAnswer(error) ? '' : '  --debug shows where it arose.\n';
  return { text: `${word}: ${message}\n${hint}${stackOf(error, debug)}`, exitCode: exitCodes.failed };
}

/** Whether it is what a Google service answered, for which it is of no use to know where it arose. */
const isAnswer = (error: unknown) => typeof (error as { code?: unknown } | null)?.code === 'number';

const stackOf = (error: unknown, debug: boolean) =>
  debug && error instanceof Error ? `${error.stack ?? error.message}\n` : '';
