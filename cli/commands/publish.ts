import { type Command, InvalidArgumentError } from 'commander';
import { examples, folderOf, rootOf } from '../options.ts';
import { exitCodes, type Terminal, writeData } from '../terminal.ts';

interface PublishOptions {
  readonly raw?: true;
  readonly attribute?: Readonly<Record<string, string>>;
  readonly orderingKey?: string;
  readonly json?: true;
}

/** `onramp publish` */
export function addPublish(program: Command, terminal: Terminal): void {
  program
    .command('publish')
    .summary('publish messages on a ramp')
    .description(
      'Publishes messages on a ramp of the running local cloud and prints their ids. Each line of the input is a message ' +
        'in protobuf’s JSON form (https://protobuf.dev/programming-guides/json/), which is encoded with the ramp’s ' +
        'schema of proto/ and labelled with its version; when one line is wrong, nothing is published.',
    )
    .argument('<ramp>', 'the ramp, as <service>/<ramp>')
    .argument('[files...]', 'files to read (default: standard input)')
    .option('--raw', 'publish the bytes of each file as one message, as they are; the ramp may have no schema')
    .option('--attribute <name=value>', 'attribute of every message; may be given many times', addAttribute)
    .option('--ordering-key <key>', 'ordering key of every message')
    .option('--json', 'print the ids as JSON')
    .addHelpText(
      'after',
      examples(
        'onramp publish flights/departures events.jsonl',
        'echo \'{"distanceMiles":405}\' | onramp publish flights/departures --attribute origin=test',
        'onramp publish assets/images --raw logo.png photo.jpg',
      ),
    )
    .action(async (ramp: string, files: string[], options: PublishOptions, command: Command) => {
      const { configuredRamp } = await import('../configuration.ts');
      const { readInputs } = await import('../input.ts');
      const { payloadsOf, publish } = await import('../publish.ts');
      const { readLocator } = await import('../../local/locator.ts');
      const locator = readLocator(folderOf(command, terminal));
      const configured = configuredRamp(rootOf(command, terminal), ramp);
      const inputs = await readInputs(files, terminal);
      const { payloads, attributes, report } = payloadsOf(configured, inputs, options.raw === true);
      if (report !== undefined) {
        terminal.stderr.write(report);
        terminal.exitCode = exitCodes.failed;
        return;
      }
      const { ids, failure } = await publish(
        locator,
        ramp,
        payloads,
        { ...attributes, ...options.attribute },
        options.orderingKey,
      );
      const { formatJson } = await import('../output.ts');
      await writeData(
        terminal,
        options.json ? formatJson({ ramp, messageIds: ids }) : ids.map(id => `${id}\n`).join(''),
      );
      if (failure !== undefined) throw failure;
    });
}

function addAttribute(text: string, attributes: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It is a name and a value, such as origin=test.');
  return { ...attributes, [text.slice(0, at)]: text.slice(at + 1) };
}
