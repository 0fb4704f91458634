import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { UsageError } from './problems.ts';
import type { Terminal } from './terminal.ts';

/** Content that a person gave, and the name that reports call it by. */
export interface Input {
  readonly file: string;
  readonly content: Buffer;
}

/** Reads the files named, or standard input when there is none; `-` is standard input, too. */
export async function readInputs(files: readonly string[], terminal: Terminal): Promise<Input[]> {
  return Promise.all((files.length === 0 ? ['-'] : files).map(file => readInput(file, terminal)));
}

export async function readStandardInput({ stdin, stderr }: Terminal): Promise<Buffer> {
  if (stdin.isTTY) stderr.write('Reading standard input; Ctrl-D ends it.\n');
  return buffer(stdin);
}

async function readInput(file: string, terminal: Terminal): Promise<Input> {
  if (file === '-') return { file: '<stdin>', content: await readStandardInput(terminal) };
  try {
    return { file, content: await readFile(file) };
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`, 'Name files that exist, or none.');
  }
}
