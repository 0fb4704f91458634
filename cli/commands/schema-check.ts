import type { Command } from 'commander';
import { examples, rootOf } from '../options.ts';
import { exitCodes, type Terminal, writeData } from '../terminal.ts';

interface SchemaCheckOptions {
  readonly against?: string;
  readonly project?: string;
  readonly json?: true;
}

/** `onramp schema check` */
export function addSchemaCheck(group: Command, terminal: Terminal): void {
  group
    .command('check')
    .summary('judge a change of proto/ before it is merged')
    .description(
      'Compares proto/ with that of another commit, or with what is published: buf lint, buf breaking, and what a table ' +
        'cannot follow. Shows how each ramp’s table and files would differ. Exits 1 when the change breaks something, and ' +
        '2 when proto/ or services/ have a problem by themselves.',
    )
    .option(
      '--against <commit or "registry">',
      'what to compare with (default: where the branch left main, of origin or else the local one)',
    )
    .option('--project <project>', 'whose registry to compare with (default: that of the local cloud)')
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      examples(
        'onramp schema check',
        'onramp schema check --against HEAD~1 --json',
        'onramp schema check --against registry --project acme-data',
      ),
    )
    .action(async ({ against, project, json }: SchemaCheckOptions, command: Command) => {
      const { checkSchemaChange } = await import('../schema-check.ts');
      const { formatSchemaCheck } = await import('../../infra/gate/check-text.ts');
      const { formatJson } = await import('../output.ts');
      const check = await checkSchemaChange({ root: rootOf(command, terminal), against, project }, command, terminal);
      await writeData(terminal, json ? formatJson(check) : formatSchemaCheck(check));
      if (check.findings.some(({ level }) => level === 'breaking')) terminal.exitCode = exitCodes.failed;
      else if (check.problems.length > 0) terminal.exitCode = exitCodes.usage;
    });
}
