import type { Command } from 'commander';
import type { Status } from '../../local/status.ts';
import { examples, folderOf } from '../options.ts';
import { type Terminal, writeData } from '../terminal.ts';

/** `onramp status` */
export function addStatus(program: Command, terminal: Terminal): void {
  program
    .command('status')
    .summary('what has arrived where, and what waits')
    .description('Shows what the running local cloud has taken and where it arrived since its start.')
    .option('--json', 'print it as JSON')
    .addHelpText('after', examples('onramp status', 'onramp status --json', 'watch -n 1 onramp status'))
    .action(async (options: { json?: true }, command: Command) => {
      const { readLocator } = await import('../../local/locator.ts');
      const { statusUrl } = await import('../local-cloud.ts');
      const folder = folderOf(command, terminal);
      const status = await statusOf(statusUrl(readLocator(folder).ports.status), folder);
      const { formatJson } = await import('../output.ts');
      await writeData(terminal, options.json ? formatJson(status) : await statusTables(status, terminal.stdout));
    });
}

async function statusOf(url: string, folder: string): Promise<Status> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (cause) {
    // The process is there, but is about to end.
    const { OnrampError } = await import('../../functions/core/errors.ts');
    throw new OnrampError('LOCAL_NOT_RUNNING', folder, { cause });
  }
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as Status;
}

async function statusTables({ ramps, subscriptions, functions }: Status, stdout: NodeJS.WriteStream): Promise<string> {
  const { formatTable } = await import('../output.ts');
  const table = (titles: readonly string[], numbers: readonly string[], rows: readonly (string | number)[][]) =>
    formatTable(
      [...titles.map(title => ({ title })), ...numbers.map(title => ({ title, align: 'right' as const }))],
      rows.map(cells => cells.map(String)),
      stdout,
    );
  return [
    table(
      ['ramp'],
      ['published', 'hub', 'raw lake', 'structured lake', 'warehouse', 'dead letters'],
      ramps.map(row => [
        row.ramp,
        row.published,
        row.hub,
        row.rawLake,
        row.structuredLake,
        row.warehouse,
        row.deadLetters,
      ]),
    ),
    table(
      ['subscription'],
      ['undelivered', 'outstanding'],
      subscriptions.map(row => [row.subscription.replace(/^.*\//, ''), row.undelivered, row.outstanding]),
    ),
    table(
      ['function', 'status'],
      ['port', 'pid', 'restarts'],
      functions.map(row => [row.name, row.status, row.port, row.pid ?? '', row.restarts]),
    ),
  ].join('\n');
}
