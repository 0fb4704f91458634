import type { Command } from 'commander';
import { currentVersion } from '../../functions/core/schema/schema-index.ts';
import { examples } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { projectOption, withRegistry } from '../with-registry.ts';

/** `onramp schema withdraw` */
export function addSchemaWithdraw(group: Command, terminal: Terminal): void {
  group
    .command('withdraw')
    .summary('take a published version back')
    .description(
      'Withdraws a version of a schema: within seconds messages that name it become dead letters, and messages that name ' +
        'none take the latest version that is left. Columns stay. They wait, and go on when it is published again.',
    )
    .argument('<name>', 'full name of the message, such as flights.v1.Departure')
    .argument('<version>', 'the version, as `onramp schema list` shows it')
    .requiredOption('--why <text>', 'the reason, which every dead letter tells')
    .option(...projectOption)
    .addHelpText(
      'after',
      examples('onramp schema withdraw flights.v1.Departure 3f29c51e08d7a6b4 --why "delay is in hours, not minutes"'),
    )
    .action(
      async (name: string, version: string, { why, project }: { why: string; project?: string }, command: Command) => {
        const { withdrawVersion } = await import('../../infra/publish/registry-entries.ts');
        await withRegistry(command, terminal, project, async ({ registry, now }) => {
          const current = currentVersion(await withdrawVersion(registry, name, version, { at: now(), why }));
          const left = current === undefined ? 'No version of it is left' : `Current is ${current}`;
          terminal.stderr.write(`Withdrew version ${version} of ${name}. ${left}.\n`);
        });
      },
    );
}
