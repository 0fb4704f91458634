import type { Command } from 'commander';
import { defaultPortBase } from '../../local/ports.ts';
import { examples, folderOf, rootOf, wholeNumber } from '../options.ts';
import { exitCodes, type Terminal, writeData } from '../terminal.ts';

/** The ports above the base must be ports, too. */
const highestPortBase = 65_000;

export interface LocalCommandOptions {
  readonly portBase: number;
  readonly schemaDelay: number;
}

/** The options of every command that starts a local cloud. */
export const withLocalOptions = (command: Command): Command =>
  command
    .option(
      '--port-base <port>',
      'first of the ports to listen on; 0 takes any that are free',
      wholeNumber(0, highestPortBase),
      defaultPortBase,
    )
    .option(
      '--schema-delay <milliseconds>',
      'how long a changed table stays as it was for those who write to it',
      wholeNumber(0),
      0,
    );

/** Where the local cloud is to run, from the options of `withLocalOptions`. */
export const localOptionsOf = (command: Command, terminal: Terminal, options: LocalCommandOptions) => ({
  root: rootOf(command, terminal),
  folder: folderOf(command, terminal),
  portBase: options.portBase,
  schemaDelayMillis: options.schemaDelay,
});

/** `onramp local` */
export function addLocal(program: Command, terminal: Terminal): void {
  withLocalOptions(program.command('local'))
    .summary('run the whole pipeline on this machine')
    .description('Runs what the Pulumi program declares on this machine, until Ctrl-C.')
    .option('--json', 'print where it runs as one line of JSON')
    .addHelpText(
      'after',
      examples('onramp local', 'onramp local --port-base 9000', 'onramp local --port-base 0 --folder /tmp/onramp'),
    )
    .action(async (options: LocalCommandOptions & { json?: true }, command: Command) => {
      const { addressesOf, introduction, untilStopped, withLocalCloud } = await import('../local-cloud.ts');
      const { clientEnvironment } = await import('../../local/locator.ts');
      const where = localOptionsOf(command, terminal, options);
      await withLocalCloud(terminal, where, async ({ locator }, stopped) => {
        const { pid, project } = locator;
        const facts = {
          pid,
          project,
          folder: where.folder,
          ...addressesOf(locator),
          environment: clientEnvironment(locator),
        };
        await writeData(terminal, options.json ? `${JSON.stringify(facts)}\n` : introduction(locator, where.folder));
        terminal.stderr.write('Ready. Ctrl-C stops it; in another terminal, `onramp status` shows what arrives.\n');
        await untilStopped(stopped);
        return exitCodes.done;
      });
    });
}
