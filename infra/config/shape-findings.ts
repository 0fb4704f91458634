import type { z } from 'zod';
import { didYouMean } from './suggest.ts';
import type { Finding, Path } from './yaml-file.ts';

/**
 * What a failed check of a file's shape says to the person who wrote the file. The shape's own message is what should
 * stand there; `keysAt` names the keys that may stand in the mapping at a path.
 */
export function findingsOfIssue(issue: z.core.$ZodIssue, keysAt: (path: Path) => readonly string[]): Finding[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => unknownKey([...issue.path, key], key, keysAt(issue.path)));
  }
  const name = issue.path.length === 0 ? 'the file' : `"${String(issue.path.at(-1))}"`;
  const what =
    issue.input === undefined
      ? `${name} is missing`
      : issue.input === null
        ? `${name} is empty`
        : `${name} is ${shown(issue.input)}`;
  return [{ path: issue.path, what, mend: issue.message }];
}

const unknownKey = (path: Path, key: string, known: readonly string[]): Finding => ({
  path,
  atKey: true,
  what: `the key "${key}" is not known here`,
  mend: didYouMean(key, known) ?? `remove it; known are ${known.join(', ')}`,
});

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? `the text "${value}"` : `the ${typeof value} ${JSON.stringify(value)}`;
}
