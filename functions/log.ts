import type { StageId } from './core/wiring.ts';

/**
 * One line of JSON per event on standard output, which Cloud Logging reads as a structured entry
 * (https://cloud.google.com/logging/docs/structured-logging). Never pass a payload or an attribute's value.
 */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warning(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export function createLog(stage: StageId, write: (line: string) => void): Log {
  const at = (severity: string) => (message: string, fields?: LogFields) => {
    write(`${JSON.stringify({ severity, message, stage, ...fields })}\n`);
  };
  return { info: at('INFO'), warning: at('WARNING'), error: at('ERROR') };
}

/** What can be said of an unknown error in a log or a retry: its message, or its name when it has none. */
export function messageOfError(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
