import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addCatalog } from './commands/catalog.ts';
import { addCheck } from './commands/check.ts';
import { addClock } from './commands/clock.ts';
import { addCost } from './commands/cost.ts';
import { addDeadLetter } from './commands/dead-letter.ts';
import { addDemo } from './commands/demo.ts';
import { addExport } from './commands/export.ts';
import { addLake } from './commands/lake.ts';
import { addLocal } from './commands/local.ts';
import { addPlan } from './commands/plan.ts';
import { addPool } from './commands/pool.ts';
import { addPublish } from './commands/publish.ts';
import { addPublishLogs } from './commands/publish-logs.ts';
import { addQuery } from './commands/query.ts';
import { addRun } from './commands/run.ts';
import { addSchema } from './commands/schema.ts';
import { addStatus } from './commands/status.ts';
import { examples } from './options.ts';
import { exitCodes, type Terminal } from './terminal.ts';

/** Runs one command and sets the terminal's exit code; see `exitCodes`. Never rejects. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<void> {
  const program = createProgram(terminal);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    // Commander has told it already; its own code for all mistakes is 1.
    if (error instanceof CommanderError) {
      terminal.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
      return;
    }
    const { describeFailure } = await import('./problems.ts');
    const { text, exitCode } = describeFailure(error, terminal.stderr, program.opts<{ debug?: true }>().debug === true);
    terminal.stderr.write(text);
    terminal.exitCode = exitCode;
  }
}

/** Commands are declared here and load what they need when they are run, so that `--help` answers at once. */
function createProgram(terminal: Terminal): Command {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const program = new Command('onramp')
    .description('A data pipeline for microservices: any bytes in, a lake and a warehouse out.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .option('--root <folder>', 'folder that holds services/ and proto/ (default: the current one)')
    .option('--folder <folder>', 'folder of the local cloud’s data (default: .onramp under the root)')
    .option('--debug', 'show where an unforeseen error arose')
    .configureHelp({ showGlobalOptions: true, sortOptions: false })
    .configureOutput({
      writeOut: text => terminal.stdout.write(text),
      writeErr: text => terminal.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride()
    .showHelpAfterError('  --help shows how it is used.')
    .addHelpText('after', examples('onramp local', 'onramp publish flights/departures events.jsonl', 'onramp status'));
  const commands = [
    addLocal,
    addDemo,
    addStatus,
    addClock,
    addPublish,
    addPublishLogs,
    addQuery,
    addLake,
    addDeadLetter,
    addExport,
    addRun,
    addPool,
    addCheck,
    addPlan,
    addSchema,
    addCost,
    addCatalog,
  ];
  for (const add of commands) add(program, terminal);
  return program;
}
