import type { Ramp } from '../infra/config/service.ts';
import type { Input } from './input.ts';
import { type LineProblem, linesOf, reportOf } from './json-lines.ts';
import { UsageError } from './problems.ts';

/**
 * The log entries that inputs hold, one for each line. Instead of them there is a report when any line is wrong. Throws a
 * UsageError when the ramp takes no logs.
 */
export function logEntriesOf(
  ramp: Ramp,
  inputs: readonly Input[],
): { readonly payloads: readonly Uint8Array[]; readonly report?: string } {
  if (ramp.logs === undefined) {
    throw new UsageError(`the ramp ${ramp.address} takes no logs`, 'Give it "logs" in its service.yaml.');
  }
  const problems: LineProblem[] = [];
  const payloads: Uint8Array[] = [];
  for (const { file, content } of inputs) {
    const read = linesOf(file, content);
    problems.push(...read.problems);
    for (const { number, text } of read.lines) {
      if (isObject(text)) payloads.push(Buffer.from(text));
      else problems.push({ file, line: number, what: 'this is no LogEntry: it is not a JSON object' });
    }
  }
  return problems.length === 0 ? { payloads } : { payloads: [], report: reportOf(problems) };
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
