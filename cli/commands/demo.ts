import type { Command } from 'commander';
import { examples, wholeNumber } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { type LocalCommandOptions, localOptionsOf, withLocalOptions } from './local.ts';

interface DemoCommandOptions extends LocalCommandOptions {
  readonly once?: true;
  readonly rate: number;
  readonly events?: number;
}

/** `onramp demo` */
export function addDemo(program: Command, terminal: Terminal): void {
  withLocalOptions(program.command('demo'))
    .summary('run the pipeline with the example services’ real data')
    .description(
      'Runs the local cloud, publishes the real data of the example services and shows where they arrive, until Ctrl-C.',
    )
    .option('--once', 'publish a fixed set, wait until it is everywhere, and compare: exits 1 if anything differs')
    .option('--rate <number>', 'events per second, without --once', wholeNumber(1), 200)
    .option('--events <number>', 'size of the fixed set, with --once', wholeNumber(1))
    .addHelpText('after', examples('onramp demo', 'onramp demo --rate 1000', 'onramp demo --once --events 1000'))
    .action(async (options: DemoCommandOptions, command: Command) => {
      const { introduction, withLocalCloud } = await import('../local-cloud.ts');
      const where = localOptionsOf(command, terminal, options);
      const { airportsAt, hasAirports } = await import('../../local/demo/exports.ts');
      const { freePort } = await import('../../local/demo/airports-database.ts');
      const databasePort = hasAirports(where.root) ? await freePort() : undefined;
      const databases = databasePort === undefined ? {} : airportsAt(databasePort);
      await withLocalCloud(
        terminal,
        { ...where, databases: { ...databases, ...where.databases } },
        async (cloud, stopped) => {
          terminal.stderr.write(`\n${introduction(cloud, where.folder)}`);
          const { runDemo } = await import('../../local/demo/run.ts');
          return runDemo(cloud, {
            root: where.root,
            folder: where.folder,
            ...(databasePort !== undefined && { databasePort }),
            once: options.once === true,
            rate: options.rate,
            ...(options.events !== undefined && { events: options.events }),
            output: terminal.stdout,
            stopped,
          });
        },
      );
    });
}
