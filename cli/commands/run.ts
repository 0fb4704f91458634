import { type Command, Option } from 'commander';
import type { ExportAddress } from '../../functions/core/batch/config.ts';
import type { Operation, RunSelection } from '../../functions/core/batch/operation.ts';
import { runStates } from '../../functions/core/batch/run-status.ts';
import { moment, moments } from '../moment.ts';
import type { OperateOptions } from '../operate.ts';
import { examples, wholeNumber } from '../options.ts';
import { type Terminal, writeData } from '../terminal.ts';
import { projectOption, withOperateOptions } from './operate-options.ts';

interface ListOptions {
  readonly state?: string;
  readonly limit: number;
  readonly project?: string;
  readonly json?: true;
}

interface SelectOptions extends OperateOptions {
  readonly past?: true;
  readonly future?: true;
  readonly failed?: true;
  readonly ignorePast?: true;
  readonly project?: string;
}

/** `onramp run` */
export function addRun(program: Command, terminal: Terminal): void {
  const group = program
    .command('run')
    .helpCommand(false)
    .summary('see the runs of exports, and mend them')
    .description(
      'Shows the runs of exports, and starts them anew, marks or cancels them; each shows first what it touches.',
    )
    .addHelpText('after', examples('onramp run list payment/transfers', 'onramp run rerun payment/transfers --failed'));
  addList(group, terminal);
  addShow(group, terminal);
  addRerun(group, terminal);
  addMark(group, terminal);
  addCancel(group, terminal);
}

function addList(group: Command, terminal: Terminal): void {
  group
    .command('list')
    .summary('list runs')
    .description('Lists the runs of an export, or of all, the latest intervals first.')
    .argument('[export]', 'only those of this export, as <service>/<export>')
    .addOption(new Option('--state <state>', 'only those in this state').choices(runStates))
    .option('--limit <number>', 'at most so many', wholeNumber(1), 50)
    .option(...projectOption)
    .option('--json', 'print them as JSON')
    .addHelpText(
      'after',
      examples(
        'onramp run list',
        'onramp run list payment/transfers --limit 10',
        'onramp run list --state failed --json',
      ),
    )
    .action(async (address: string | undefined, options: ListOptions, command: Command) => {
      const { withBatch } = await import('../with-batch.ts');
      const { knownExport } = await import('../configuration.ts');
      const { formatJson } = await import('../output.ts');
      const { runTable } = await import('../run-text.ts');
      await withBatch(command, terminal, options.project, async ({ catalogue, runs }) => {
        const exports =
          address === undefined
            ? catalogue.services.flatMap(service => service.exports)
            : [knownExport(catalogue, address).config];
        const listed = await Promise.all(
          exports.map(async config =>
            (await runs.statuses(config.address)).map(status => ({ export: config.address, ...status })),
          ),
        );
        const rows = listed
          .flat()
          .filter(({ state }) => options.state === undefined || state === options.state)
          .toSorted((a, b) => (a.interval.start > b.interval.start ? -1 : 1))
          .slice(0, options.limit);
        if (options.json) await writeData(terminal, formatJson(rows));
        else if (rows.length === 0) terminal.stderr.write('There are no such runs.\n');
        else await writeData(terminal, runTable(rows, terminal.stdout));
      });
    });
}

function addShow(group: Command, terminal: Terminal): void {
  group
    .command('show')
    .summary('show one run')
    .description(
      'Shows the attempts of a run, their errors and manifests, what it waits for, and what was done by hand.',
    )
    .argument('<export>', 'as <service>/<export>')
    .argument('<interval>', 'start of its interval (UTC)', moment)
    .option(...projectOption)
    .option('--json', 'print it as JSON')
    .addHelpText('after', examples('onramp run show payment/transfers 2026-01-31T15:00'))
    .action(async (address: string, start: string, options: { project?: string; json?: true }, command: Command) => {
      const { withBatch } = await import('../with-batch.ts');
      const { showRun } = await import('../show-run.ts');
      await withBatch(command, terminal, options.project, opened =>
        showRun(opened, address, start, options.json === true, terminal),
      );
    });
}

const selection = (command: Command): Command =>
  command
    .argument('<export>', 'as <service>/<export>')
    .argument('[intervals...]', 'starts of their intervals (UTC)', moments)
    .option('--past', 'and all before the earliest of them')
    .option('--future', 'and all after the latest of them');

function addRerun(group: Command, terminal: Terminal): void {
  withOperateOptions(
    selection(group.command('rerun'))
      .summary('start runs anew')
      .description('Starts runs anew, with all their attempts; one that is named is given up when it is under way.')
      .option('--failed', 'of these, or of all, those that failed')
      .option('--ignore-past', 'depends_on_past does not hold them back'),
  )
    .addHelpText(
      'after',
      examples(
        'onramp run rerun payment/transfers 2026-01-31T15:00',
        'onramp run rerun payment/transfers 2026-01-31T15:00 --future --dry-run',
        'onramp run rerun payment/transfers --failed --yes',
      ),
    )
    .action(async (address: string, starts: string[] | undefined, options: SelectOptions, command: Command) =>
      act(address, starts, options, command, terminal, runs => ({
        type: 'rerun',
        export: address as ExportAddress,
        runs,
        ...(options.ignorePast && { ignorePast: true }),
      })),
    );
}

function addMark(group: Command, terminal: Terminal): void {
  withOperateOptions(
    selection(group.command('mark'))
      .summary('mark runs as done or failed')
      .description('Marks runs as done or failed, whatever became of them; an attempt under way is given up.')
      .addOption(
        new Option('--as <state>', 'what they are from then on').choices(['done', 'failed']).makeOptionMandatory(),
      ),
  )
    .addHelpText('after', examples('onramp run mark payment/transfers 2026-01-31T15:00 --as done'))
    .action(
      async (
        address: string,
        starts: string[] | undefined,
        options: SelectOptions & { as: 'done' | 'failed' },
        command: Command,
      ) =>
        act(address, starts, options, command, terminal, runs => ({
          type: options.as === 'done' ? 'mark-done' : 'mark-failed',
          export: address as ExportAddress,
          runs,
        })),
    );
}

function addCancel(group: Command, terminal: Terminal): void {
  withOperateOptions(
    selection(group.command('cancel'))
      .summary('cancel runs')
      .description('Cancels runs that are not finished. What their exports still write is not loaded.'),
  )
    .addHelpText('after', examples('onramp run cancel payment/transfers 2026-01-31T15:00'))
    .action(async (address: string, starts: string[] | undefined, options: SelectOptions, command: Command) =>
      act(address, starts, options, command, terminal, runs => ({
        type: 'cancel',
        export: address as ExportAddress,
        runs,
      })),
    );
}

async function act(
  address: string,
  starts: readonly string[] = [],
  options: SelectOptions,
  command: Command,
  terminal: Terminal,
  operationOf: (runs: RunSelection) => Operation,
): Promise<void> {
  const { past, future, failed, project } = options;
  if (starts.length === 0 && !failed) {
    const { UsageError } = await import('../problems.ts');
    throw new UsageError('no run is named', `Name the start of its interval; onramp run list ${address} shows them.`);
  }
  const { withBatch } = await import('../with-batch.ts');
  const { knownExport } = await import('../configuration.ts');
  const { operate } = await import('../operate.ts');
  const runs = { starts, ...(past && { past }), ...(future && { future }), ...(failed && { failed }) };
  await withBatch(command, terminal, project, async opened => {
    knownExport(opened.catalogue, address);
    await operate(operationOf(runs), opened, options, terminal);
  });
}
