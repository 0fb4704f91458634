import { type Command, InvalidArgumentError } from 'commander';
import type { LocalDatabases } from '../../local/databases.ts';
import { defaultPortBase } from '../../local/ports.ts';
import { moment } from '../moment.ts';
import { examples, folderOf, rootOf, wholeNumber } from '../options.ts';
import { exitCodes, type Terminal, writeData } from '../terminal.ts';

/** The ports above the base must be ports, too. */
const highestPortBase = 65_000;

export interface LocalCommandOptions {
  readonly portBase: number;
  readonly schemaDelay: number;
  readonly database?: LocalDatabases;
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
    )
    .option(
      '--database <service/connection=host:port>',
      'where a service’s database is, so that its exports are made; may be repeated',
      databaseAt,
    );

/** Adds one such text to those of before. */
function databaseAt(text: string, others: LocalDatabases = {}): LocalDatabases {
  const [, connection, host, port] = /^([a-z][a-z0-9-]*\/[^=]+)=(.+):(\d{1,5})$/.exec(text) ?? [];
  if (connection === undefined || host === undefined) {
    throw new InvalidArgumentError('write it as payment/payment-db=127.0.0.1:5432');
  }
  return { ...others, [connection]: { host, port: Number(port) } };
}

/** Where the local cloud is to run, from the options of `withLocalOptions`. */
export const localOptionsOf = (command: Command, terminal: Terminal, options: LocalCommandOptions) => ({
  root: rootOf(command, terminal),
  folder: folderOf(command, terminal),
  portBase: options.portBase,
  schemaDelayMillis: options.schemaDelay,
  databases: options.database ?? {},
});

/** `onramp local` */
export function addLocal(program: Command, terminal: Terminal): void {
  withLocalOptions(program.command('local'))
    .summary('run the whole pipeline on this machine')
    .description('Runs what the Pulumi program declares on this machine, until Ctrl-C.')
    .option(
      '--clock <time>',
      'when its time begins, in UTC, or now; it can then be put forward (default: it has the real time)',
      text => (text === 'now' ? new Date() : new Date(moment(text))),
    )
    .option('--json', 'print where it runs as one line of JSON')
    .addHelpText(
      'after',
      examples(
        'onramp local',
        'onramp local --port-base 0 --folder /tmp/onramp',
        'onramp local --clock 2026-01-01 --folder /tmp/onramp',
      ),
    )
    .action(async (options: LocalCommandOptions & { clock?: Date; json?: true }, command: Command) => {
      const { addressesOf, introduction, untilStopped, withLocalCloud } = await import('../local-cloud.ts');
      const { clientEnvironment } = await import('../../local/locator.ts');
      const where = {
        ...localOptionsOf(command, terminal, options),
        ...(options.clock !== undefined && { clock: options.clock }),
      };
      await withLocalCloud(terminal, where, async (cloud, stopped) => {
        const { locator, consoleUrl } = cloud;
        const { pid, project } = locator;
        const facts = {
          pid,
          project,
          folder: where.folder,
          ...addressesOf(locator),
          ...(consoleUrl !== undefined && { console: consoleUrl }),
          ...(cloud.time !== undefined && { clock: cloud.time.now().toISOString() }),
          environment: clientEnvironment(locator),
        };
        await writeData(terminal, options.json ? `${JSON.stringify(facts)}\n` : introduction(cloud, where.folder));
        terminal.stderr.write('Ready. Ctrl-C stops it; in another terminal, `onramp status` shows what arrives.\n');
        await untilStopped(stopped);
        return exitCodes.done;
      });
    });
}
