import type { BatchFunctionId } from './core/batch/batch-wiring.ts';
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

/**
 * @param project whose traces a field `trace` is one of: the field becomes the one that Cloud Logging links an entry to
 * its request by
 */
export function createLog(stage: StageId | BatchFunctionId, write: (line: string) => void, project = ''): Log {
  const at =
    (severity: string) =>
    (message: string, { trace, ...fields }: LogFields = {}) => {
      const link = trace && { 'logging.googleapis.com/trace': `projects/${project}/traces/${String(trace)}` };
      write(`${JSON.stringify({ severity, message, stage, ...fields, ...(link || {}) })}\n`);
    };
  return { info: at('INFO'), warning: at('WARNING'), error: at('ERROR') };
}

/** What can be said of an unknown error in a log or a retry: its message, or its name when it has none. */
export function messageOfError(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
