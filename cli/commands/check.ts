import type { Command } from 'commander';
import { examples, rootOf } from '../options.ts';
import { exitCodes, type Terminal, writeData } from '../terminal.ts';

/** `onramp check` */
export function addCheck(program: Command, terminal: Terminal): void {
  program
    .command('check')
    .summary('check services/ and proto/')
    .description('Checks all of services/ and proto/, and reports every problem at once. Exits 2 when there is any.')
    .option('--json', 'print the problems as JSON')
    .addHelpText('after', examples('onramp check', 'onramp check --root ~/pipeline', 'onramp check --json'))
    .action(async (options: { json?: true }, command: Command) => {
      const { checkConfiguration } = await import('../configuration.ts');
      const { services, exports, schemas, problems } = checkConfiguration(rootOf(command, terminal));
      if (problems.length > 0) terminal.exitCode = exitCodes.usage;
      const counts = {
        services: services.length,
        ramps: services.reduce((sum, { ramps }) => sum + ramps.length, 0),
        exports: exports.services.reduce((sum, service) => sum + service.exports.length, 0),
        messages: schemas?.names.filter(name => !name.startsWith('onramp.')).length ?? 0,
      };
      if (options.json) {
        const { formatJson } = await import('../output.ts');
        await writeData(terminal, formatJson({ ...(problems.length === 0 ? counts : {}), problems }));
      } else if (problems.length > 0) {
        const { formatProblems } = await import('../../infra/config/problem.ts');
        await writeData(terminal, formatProblems(problems));
      } else {
        await writeData(
          terminal,
          `No problem in ${counted(counts.services, 'service')} with ${counted(counts.ramps, 'ramp')}` +
            `${counts.exports > 0 ? ` and ${counted(counts.exports, 'export')}` : ''}, ` +
            `and in ${counted(counts.messages, 'message')} of proto/.\n`,
        );
      }
    });
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
