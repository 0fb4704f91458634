import type { Command } from 'commander';
import { examples } from '../options.ts';
import { type Terminal, writeData } from '../terminal.ts';
import { projectOption } from './operate-options.ts';

/** `onramp pool` */
export function addPool(program: Command, terminal: Terminal): void {
  const group = program
    .command('pool')
    .helpCommand(false)
    .summary('see the pools')
    .description('Shows the pools, which limit how many exports run at once.')
    .addHelpText('after', examples('onramp pool list'));

  group
    .command('list')
    .summary('list pools, and how full they are')
    .description('Lists the pools with their slots, the exports that have one, and the runs that wait for one.')
    .option(...projectOption)
    .option('--json', 'print them as JSON')
    .addHelpText('after', examples('onramp pool list', 'onramp pool list --json'))
    .action(async ({ project, json }: { project?: string; json?: true }, command: Command) => {
      const { withBatch } = await import('../with-batch.ts');
      const { poolLoads } = await import('../pool-loads.ts');
      const { formatJson, formatTable } = await import('../output.ts');
      await withBatch(command, terminal, project, async opened => {
        const rows = await poolLoads(opened);
        if (json) await writeData(terminal, formatJson(rows));
        else if (rows.length === 0) terminal.stderr.write('There are no pools yet: they are in services/pools.ini.\n');
        else {
          const numbers = ['slots', 'used', 'waiting'].map(title => ({ title, align: 'right' as const }));
          const cells = rows.map(row => [row.pool, row.slots, row.used, row.waiting, row.description].map(String));
          const titles = [{ title: 'pool' }, ...numbers, { title: 'description' }];
          await writeData(terminal, formatTable(titles, cells, terminal.stdout));
        }
      });
    });
}
