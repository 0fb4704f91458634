import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { Terminal } from './terminal.ts';

/** Options that every command takes. */
interface GlobalOptions {
  readonly root?: string;
  readonly folder?: string;
}

/** The folder of the configuration, which holds `services/` and `proto/`. */
export const rootOf = (command: Command, terminal: Terminal): string =>
  resolve(terminal.cwd(), command.optsWithGlobals<GlobalOptions>().root ?? '.');

/** The folder of the local cloud's data. */
export function folderOf(command: Command, terminal: Terminal): string {
  const { folder } = command.optsWithGlobals<GlobalOptions>();
  return folder === undefined ? join(rootOf(command, terminal), '.onramp') : resolve(terminal.cwd(), folder);
}

/** Reads an option's whole number. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return text => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(
      most === Number.MAX_SAFE_INTEGER
        ? `It is a whole number from ${least}.`
        : `It is a whole number from ${least} to ${most}.`,
    );
  };
}

/** The text of `--help` after the options. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map(line => `  $ ${line}\n`).join('')}`.trimEnd();
