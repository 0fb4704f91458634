import type { Command } from 'commander';
import { examples, rootOf } from '../options.ts';
import { exitCodes, type Terminal, writeData } from '../terminal.ts';
import { writeFile } from '../write-file.ts';

interface PlanOptions {
  readonly against: string;
  readonly stack?: string;
  readonly save?: string;
  readonly failOnLoss?: true;
  readonly json?: true;
}

/** `onramp plan` */
export function addPlan(program: Command, terminal: Terminal): void {
  program
    .command('plan')
    .summary('show what a change of services/ and proto/ will do')
    .description(
      'Shows what the configuration will do to resources, access and tables, compared with an earlier one. Changes ' +
        'nothing, and needs no Google account; the functions’ code is not compared.',
    )
    .option('--against <file or commit>', 'what to compare with: a git commit, or a file that --save wrote', 'HEAD')
    .option('--stack <stack>', 'whose Pulumi.<stack>.yaml to read (default: the only one)')
    .option('--save <file>', 'write the present inventory to a file, to compare with later')
    .option('--fail-on-loss', 'exit 1 when data would be deleted or a column would break')
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      examples('onramp plan', 'onramp plan --against origin/main --json', 'onramp plan --save deployed.json'),
    )
    .action(async ({ against, stack, save, failOnLoss, json }: PlanOptions, command: Command) => {
      const { planChange } = await import('../plan.ts');
      const { formatPlan } = await import('../../infra/plan/plan-text.ts');
      const { formatJson } = await import('../output.ts');
      const cwd = terminal.cwd();
      const { plan, now } = await planChange({ root: rootOf(command, terminal), against, cwd, stack });
      if (save !== undefined) writeFile(terminal, save, formatJson(now));
      await writeData(terminal, json ? formatJson(plan) : formatPlan(plan));
      if (failOnLoss && plan.losses.length > 0) terminal.exitCode = exitCodes.failed;
    });
}
