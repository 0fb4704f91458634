import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

/** What buf says of one place: an error of the compiler, or a rule that is broken. */
export interface BufMessage {
  /** Path as it is seen from the folder that buf ran in; absent where no file is concerned. */
  readonly file?: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Id of the rule, such as `FIELD_SAME_NAME`; `COMPILE` for what does not compile. */
  readonly rule: string;
  readonly text: string;
}

/**
 * Runs buf in the folder `root`, whose `buf.yaml` counts, without network for as long as that has no `deps`.
 * Answers with its output when it found nothing to say, else with what it said.
 */
export function runBuf(
  root: string,
  args: readonly string[],
): { output?: Uint8Array; messages: readonly BufMessage[] } {
  const buf = createRequire(import.meta.url).resolve('@bufbuild/buf/bin/buf');
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [buf, ...args, '--error-format', 'json'], {
    cwd: root,
    maxBuffer: 1024 ** 3,
  });
  if (error) throw new Error('buf could not be started', { cause: error });
  if (status === 0) return { output: stdout, messages: [] };
  const lines = `${stdout.toString()}\n${stderr.toString()}`.split('\n').filter(line => line !== '');
  return { messages: lines.map(messageOf) };
}

function messageOf(line: string): BufMessage {
  try {
    const { path, start_line, start_column, type, message } = JSON.parse(line) as {
      path?: string;
      start_line?: number;
      start_column?: number;
      type?: string;
      message: string;
    };
    return {
      ...(path !== undefined && { file: path }),
      line: start_line ?? 1,
      column: start_column ?? 1,
      rule: type ?? 'COMPILE',
      text: message,
    };
  } catch {
    return { line: 1, column: 1, rule: 'COMPILE', text: line };
  }
}
