import type { Command } from 'commander';
import { examples, folderOf, rootOf } from '../options.ts';
import { exitCodes, type Terminal, writeData } from '../terminal.ts';

/** `onramp publish-logs` */
export function addPublishLogs(program: Command, terminal: Terminal): void {
  program
    .command('publish-logs')
    .summary('send log entries to a ramp, as Cloud Logging would')
    .description(
      'Publishes log entries on the topic that Cloud Logging would publish them on for a ramp of the running local cloud, ' +
        'and prints their ids. Each line of the input is a LogEntry in JSON ' +
        '(https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry). The filter of the ramp is not applied: ' +
        'choose the entries. When one line is wrong, nothing is published.',
    )
    .argument('<ramp>', 'the ramp, as <service>/<ramp>; its service.yaml has "logs"')
    .argument('[files...]', 'files to read (default: standard input)')
    .option('--json', 'print the ids as JSON')
    .addHelpText(
      'after',
      examples(
        'onramp publish-logs payment/audit entries.jsonl',
        "gcloud logging read 'resource.labels.container_name=\"api\"' --format=json | jq -c '.[]' | onramp publish-logs payment/audit",
      ),
    )
    .action(async (ramp: string, files: string[], options: { readonly json?: true }, command: Command) => {
      const { configuredRamp } = await import('../configuration.ts');
      const { readInputs } = await import('../input.ts');
      const { publish } = await import('../publish.ts');
      const { logEntriesOf } = await import('../publish-logs.ts');
      const { readLocator } = await import('../../local/locator.ts');
      const { topics } = await import('../../functions/core/names.ts');
      const locator = readLocator(folderOf(command, terminal));
      const configured = configuredRamp(rootOf(command, terminal), ramp);
      const { payloads, report } = logEntriesOf(configured.ramp, await readInputs(files, terminal));
      if (report !== undefined) {
        terminal.stderr.write(report);
        terminal.exitCode = exitCodes.failed;
        return;
      }
      const { ids, failure } = await publish(locator, ramp, payloads, {}, undefined, topics.logs);
      const { formatJson } = await import('../output.ts');
      await writeData(
        terminal,
        options.json ? formatJson({ ramp, messageIds: ids }) : ids.map(id => `${id}\n`).join(''),
      );
      if (failure !== undefined) throw failure;
    });
}
