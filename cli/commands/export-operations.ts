import type { Command } from 'commander';
import type { ExportAddress } from '../../functions/core/batch/config.ts';
import type { Operation } from '../../functions/core/batch/operation.ts';
import { moment } from '../moment.ts';
import type { OperateOptions } from '../operate.ts';
import { examples } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { withOperateOptions } from './operate-options.ts';

interface Options extends OperateOptions {
  readonly project?: string;
}

/** What is done with an export by hand. */
export function addExportOperations(group: Command, terminal: Terminal): void {
  addRun(group, terminal);
  addBackfill(group, terminal);
  addPause(group, terminal);
}

function addRun(group: Command, terminal: Terminal): void {
  withOperateOptions(
    group
      .command('run')
      .summary('run one interval by hand')
      .description('Runs the latest interval that was over at a time; when it was run before, it is started anew.')
      .argument('<export>', 'as <service>/<export>')
      .option('--at <time>', 'the time, in UTC (default: now)', moment)
      .option('--ignore-past', 'depends_on_past does not hold it back'),
  )
    .addHelpText(
      'after',
      examples(
        'onramp export run payment/transfers',
        'onramp export run payment/transfers --at 2026-01-31T15:00 --yes',
      ),
    )
    .action(async (address: string, options: Options & { at?: string; ignorePast?: true }, command: Command) =>
      act(command, terminal, options, now => ({
        type: 'run',
        export: address as ExportAddress,
        at: options.at ?? now.toISOString(),
        ...(options.ignorePast && { ignorePast: true }),
      })),
    );
}

function addBackfill(group: Command, terminal: Terminal): void {
  withOperateOptions(
    group
      .command('backfill')
      .summary('run a range of intervals')
      .description('Runs all intervals that start in a time and are over. Those that were run before stay as they are.')
      .argument('<export>', 'as <service>/<export>')
      .requiredOption('--from <time>', 'start of the first interval, or before it (UTC)', moment)
      .requiredOption('--to <time>', 'the intervals start before it (UTC)', moment)
      .option('--rerun', 'start those anew that were run before'),
  )
    .addHelpText(
      'after',
      examples(
        'onramp export backfill payment/transfers --from 2026-01-01 --to 2026-02-01 --dry-run',
        'onramp export backfill payment/transfers --from 2026-01-01 --to 2026-02-01 --rerun',
      ),
    )
    .action(async (address: string, options: Options & { from: string; to: string; rerun?: true }, command: Command) =>
      act(command, terminal, options, () => ({
        type: 'backfill',
        export: address as ExportAddress,
        from: options.from,
        to: options.to,
        ...(options.rerun && { rerun: true }),
      })),
    );
}

function addPause(group: Command, terminal: Terminal): void {
  const kinds = [
    ['pause', 'start no more runs', 'Starts no more runs of an export until it is resumed; those under way go on.'],
    ['resume', 'start runs again', 'Lets a paused export go on.'],
  ] as const;
  for (const [type, summary, description] of kinds) {
    withOperateOptions(
      group.command(type).summary(summary).description(description).argument('<export>', 'as <service>/<export>'),
    )
      .addHelpText('after', examples(`onramp export ${type} payment/transfers`))
      .action(async (address: string, options: Options, command: Command) =>
        act(command, terminal, options, () => ({ type, export: address as ExportAddress })),
      );
  }
}

async function act(
  command: Command,
  terminal: Terminal,
  options: Options,
  operationAt: (now: Date) => Operation,
): Promise<void> {
  const { withBatch } = await import('../with-batch.ts');
  const { knownExport } = await import('../configuration.ts');
  const { operate } = await import('../operate.ts');
  await withBatch(command, terminal, options.project, async opened => {
    const operation = operationAt(opened.now());
    knownExport(opened.catalogue, operation.export);
    await operate(operation, opened, options, terminal);
  });
}
