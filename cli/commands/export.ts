import type { Command } from 'commander';
import { moment, momentText } from '../moment.ts';
import { examples, rootOf } from '../options.ts';
import { type Terminal, writeData } from '../terminal.ts';
import { addExportOperations } from './export-operations.ts';

interface JsonOption {
  readonly json?: true;
}

/** `onramp export` */
export function addExport(program: Command, terminal: Terminal): void {
  const group = program
    .command('export')
    .helpCommand(false)
    .summary('see the exports, and run them by hand')
    .description('Shows the exports of services/, what they will run, and runs them by hand.')
    .addHelpText(
      'after',
      examples(
        'onramp export list',
        'onramp export render payment/transfers --at 2026-01-31T15:00',
        'onramp export backfill payment/transfers --from 2026-01-01 --to 2026-02-01',
      ),
    );
  addList(group, terminal);
  addShow(group, terminal);
  addRender(group, terminal);
  addExportOperations(group, terminal);
}

function addList(group: Command, terminal: Terminal): void {
  group
    .command('list')
    .summary('list the configured exports')
    .description('Lists the exports of services/.')
    .option('--json', 'print them as JSON')
    .addHelpText('after', examples('onramp export list', 'onramp export list --json'))
    .action(async ({ json }: JsonOption, command: Command) => {
      const { validConfiguration } = await import('../configuration.ts');
      const { formatJson, formatTable } = await import('../output.ts');
      const { destinationText } = await import('../export-text.ts');
      const { exports } = validConfiguration(rootOf(command, terminal));
      const rows = exports.services.flatMap(({ owner, exports: ofService }) =>
        ofService.map(config => ({
          export: config.address,
          schedule: config.schedule.cron,
          timezone: config.schedule.timezone,
          pool: config.pool,
          owner,
          destinations: config.destinations.map(destinationText),
        })),
      );
      if (json) await writeData(terminal, formatJson(rows));
      else if (rows.length === 0) terminal.stderr.write('No service has an export yet.\n');
      else {
        const titles = ['export', 'schedule', 'pool', 'owner', 'destinations'].map(title => ({ title }));
        const cells = rows.map(row => [row.export, row.schedule, row.pool, row.owner, row.destinations.join(', ')]);
        await writeData(terminal, formatTable(titles, cells, terminal.stdout));
      }
    });
}

function addShow(group: Command, terminal: Terminal): void {
  group
    .command('show')
    .summary('show how an export is configured')
    .description('Shows what an export is configured to do, with every default.')
    .argument('<export>', 'as <service>/<export>')
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      examples('onramp export show payment/transfers', 'onramp export show payment/transfers --json'),
    )
    .action(async (address: string, { json }: JsonOption, command: Command) => {
      const { configuredExport } = await import('../configuration.ts');
      const { exportFacts } = await import('../export-text.ts');
      const { formatFacts, formatJson } = await import('../output.ts');
      const { intervalAt } = await import('../../functions/core/batch/schedule.ts');
      const { service, config } = configuredExport(rootOf(command, terminal), address);
      const { localTime } = await import('../local-clock.ts');
      const now = await localTime(command, terminal);
      const present = intervalAt(config.schedule, now());
      await writeData(terminal, json ? formatJson(config) : formatFacts(exportFacts(config, service.owner, present)));
    });
}

function addRender(group: Command, terminal: Terminal): void {
  group
    .command('render')
    .summary('show the SQL as it will run')
    .description(
      'Shows what a run sends to the database, and each merge query, with all templates filled in: of the latest interval ' +
        'that is over at a time. Reads services/ alone.',
    )
    .argument('<export>', 'as <service>/<export>')
    .option('--at <time>', 'when it would run, in UTC (default: now)', moment)
    .option('--json', 'print it as JSON')
    .addHelpText('after', examples('onramp export render payment/transfers --at 2026-01-31T15:00'))
    .action(async (address: string, { at, json }: JsonOption & { at?: string }, command: Command) => {
      const { configuredExport } = await import('../configuration.ts');
      const { renderedTexts } = await import('../export-text.ts');
      const { formatJson } = await import('../output.ts');
      const { manualInterval } = await import('../../functions/core/batch/schedule.ts');
      const { config } = configuredExport(rootOf(command, terminal), address);
      const { localTime } = await import('../local-clock.ts');
      const now = at === undefined ? await localTime(command, terminal) : () => new Date(at);
      const interval = manualInterval(config.schedule, now());
      const texts = renderedTexts(config, interval);
      if (json) {
        await writeData(terminal, formatJson({ export: config.address, interval, rendered: texts }));
        return;
      }
      terminal.stderr.write(
        `${config.address}, interval ${momentText(interval.start)} to ${momentText(interval.end)}\n\n`,
      );
      await writeData(terminal, texts.map(({ name, text }) => `-- ${name}\n${text.trimEnd()}\n`).join('\n'));
    });
}
