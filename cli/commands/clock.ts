import type { Command } from 'commander';
import { duration } from '../duration.ts';
import { moment } from '../moment.ts';
import { examples, folderOf } from '../options.ts';
import { type Terminal, writeData } from '../terminal.ts';

/** `onramp clock` */
export function addClock(program: Command, terminal: Terminal): void {
  const group = program
    .command('clock')
    .helpCommand(false)
    .summary('see and drive the time of the local cloud')
    .description('Shows the time of the running local cloud, and puts it forward when it was started with --clock.')
    .addHelpText('after', examples('onramp clock show', 'onramp clock advance 30d'));
  addShow(group, terminal);
  addAdvance(group, terminal);
}

function addShow(group: Command, terminal: Terminal): void {
  group
    .command('show')
    .summary('show what time it is in the local cloud')
    .description('Shows what time it is in the running local cloud.')
    .option('--json', 'print it as JSON')
    .addHelpText('after', examples('onramp clock show', 'onramp clock show --json'))
    .action(async ({ json }: { json?: true }, command: Command) => {
      const reading = await (await openClock(command, terminal)).read();
      const { formatJson } = await import('../output.ts');
      await writeData(terminal, json ? formatJson(reading) : `${reading.now}\n`);
      if (!reading.driven) terminal.stderr.write('This is the real time, since it was started without --clock.\n');
    });
}

function addAdvance(group: Command, terminal: Terminal): void {
  group
    .command('advance')
    .summary('put the time of the local cloud forward')
    .description(
      'Puts the time of the running local cloud forward, and does on the way what falls due, each thing when the one ' +
        'before has ended. Ctrl-C leaves the time where it is by then.',
    )
    .argument('[time]', 'how far, such as 30d, 12h or 1d12h', duration)
    .option('--to <time>', 'until when, in UTC', moment)
    .option('--json', 'print the time as JSON')
    .addHelpText('after', examples('onramp clock advance 30d', 'onramp clock advance --to 2026-02-01'))
    .action(async (millis: number | undefined, { to, json }: { to?: string; json?: true }, command: Command) => {
      const { UsageError } = await import('../problems.ts');
      if ((millis === undefined) === (to === undefined)) {
        throw new UsageError('it takes either how far, or --to', 'Write onramp clock advance 30d, for instance.');
      }
      const clock = await openClock(command, terminal);
      const { now, driven } = await clock.read();
      if (!driven) {
        throw new UsageError('this local cloud has the real time', 'Start it with onramp local --clock <time>.');
      }
      if (to !== undefined && to < now) {
        throw new UsageError(`it is ${now} there already`, 'Time goes forward only: start with another --folder.');
      }
      const shown = terminal.stderr.isTTY;
      const reached = await clock.advance(millis === undefined ? { to: to ?? now } : { millis }, step => {
        if (shown) terminal.stderr.write(`\r${step}`);
      });
      if (shown) terminal.stderr.write('\r');
      const { formatJson } = await import('../output.ts');
      await writeData(terminal, json ? formatJson({ before: now, now: reached }) : `${reached}\n`);
    });
}

async function openClock(command: Command, terminal: Terminal) {
  const { readLocator } = await import('../../local/locator.ts');
  const { clockOf } = await import('../local-clock.ts');
  const folder = folderOf(command, terminal);
  return clockOf(readLocator(folder), folder);
}
