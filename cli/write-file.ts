import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from './problems.ts';
import type { Terminal } from './terminal.ts';

/** Writes a file that a person named, seen from their folder. Throws a UsageError when it cannot be written. */
export function writeFile(terminal: Terminal, path: string, text: string): void {
  try {
    writeFileSync(resolve(terminal.cwd(), path), text);
  } catch (error) {
    throw new UsageError(
      `${path} cannot be written: ${(error as Error).message}`,
      'Name a file in a folder that exists.',
    );
  }
}
