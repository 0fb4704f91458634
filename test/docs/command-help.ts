import { runCli } from '../../cli/program.ts';
import type { Terminal } from '../../cli/terminal.ts';

/** A command as its `--help` describes it. */
export interface CommandHelp {
  /** With its arguments, such as `onramp lake list <lake> [ramp]`. */
  readonly usage: string;
  readonly summary: string;
  /** Its own options, without `--help`: flags and description. */
  readonly options: readonly (readonly [flags: string, description: string])[];
}

/** Every command that does something, with the options of all commands as those of `onramp`, which comes first. */
export async function commands(): Promise<CommandHelp[]> {
  return describeCommand([], '');
}

async function describeCommand(path: readonly string[], summary: string): Promise<CommandHelp[]> {
  const help = await helpOf(path);
  const subcommands = entries(help, 'Commands').map(([usage, text]) => [usage.split(' ')[0] ?? '', text] as const);
  const usage = (/^Usage: (.*)$/m.exec(help)?.[1] ?? '').replace(/ \[options\]| \[command\]/g, '');
  const options = entries(help, 'Options').filter(([flags]) => !flags.includes('--help'));
  const own = subcommands.length === 0 || path.length === 0 ? [{ usage, summary, options }] : [];
  const below = await Promise.all(subcommands.map(([name, text]) => describeCommand([...path, name], text)));
  return [...own, ...below.flat()];
}

async function helpOf(path: readonly string[]): Promise<string> {
  let help = '';
  const stdout = { write: (text: string) => (help += text) };
  await runCli([...path, '--help'], { stdout, stderr: stdout } as unknown as Terminal);
  return help;
}

/** The entries of one part of a help text, their descriptions on one line. */
function entries(help: string, part: string): [string, string][] {
  const text = new RegExp(`^${part}:\\n((?: {2}.*\\n)+)`, 'm').exec(help)?.[1] ?? '';
  const found: [string, string][] = [];
  for (const line of text.trimEnd().split('\n')) {
    const start = /^ {2}(\S+(?: \S+)*)(?: {2,}(.*))?$/.exec(line);
    const last = found.at(-1);
    if (start !== null) found.push([start[1] ?? '', start[2] ?? '']);
    else if (last !== undefined) last[1] += ` ${line.trim()}`;
  }
  return found;
}
