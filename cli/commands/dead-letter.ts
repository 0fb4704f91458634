import { type Command, Option } from 'commander';
import { stageIds } from '../../functions/core/wiring.ts';
import type { DeadLetterFilter, DeadLetterRow } from '../dead-letters.ts';
import { examples, wholeNumber } from '../options.ts';
import { type Terminal, writeData } from '../terminal.ts';
import { withClients } from '../with-clients.ts';

interface ListOptions extends DeadLetterFilter {
  readonly limit: number;
  readonly json?: true;
}

interface ShowOptions {
  readonly json?: true;
  readonly payload?: string;
}

/** `onramp dead-letter list` and `onramp dead-letter show` */
export function addDeadLetter(program: Command, terminal: Terminal): void {
  const deadLetter = program
    .command('dead-letter')
    .helpCommand(false)
    .summary('see the messages that were set aside')
    .description('Shows the messages that were set aside, each with its reason and its original bytes.')
    .addHelpText('after', examples('onramp dead-letter list', 'onramp dead-letter show flights/departures/17'));

  deadLetter
    .command('list')
    .summary('list dead letters')
    .description('Lists dead letters, the newest first, and explains their reasons.')
    .option('--ramp <ramp>', 'only those of this ramp, as <service>/<ramp>')
    .option('--reason <code>', 'only those with this reason')
    .addOption(new Option('--stage <stage>', 'only those that this stage set aside').choices(stageIds))
    .option('--limit <number>', 'at most so many', wholeNumber(1), 100)
    .option('--json', 'print them as JSON')
    .addHelpText(
      'after',
      examples(
        'onramp dead-letter list',
        'onramp dead-letter list --ramp flights/departures --reason PAYLOAD_UNDECODABLE',
        'onramp dead-letter list --stage hub-to-warehouse --json',
      ),
    )
    .action(async (options: ListOptions, command: Command) => {
      const { checkReason, deadLetterTable, reasonsExplained } = await import('../dead-letter-text.ts');
      const { explanationOf, listDeadLetters } = await import('../dead-letters.ts');
      checkReason(options.reason);
      await withClients(command, terminal, async ({ bigquery }) => {
        const rows = await listDeadLetters(bigquery, options, options.limit);
        if (options.json) {
          const { formatJson } = await import('../output.ts');
          const explained = rows.map(({ payload: _, ...row }) => ({
            ...row,
            ...explanationOf(row.onramp_dead_letter_reason),
          }));
          await writeData(terminal, formatJson(explained));
        } else if (rows.length === 0) {
          terminal.stderr.write('There are no such dead letters.\n');
        } else {
          await writeData(terminal, deadLetterTable(rows, terminal.stdout));
          terminal.stderr.write(`\n${reasonsExplained(rows)}`);
        }
      });
    });

  deadLetter
    .command('show')
    .summary('show one event’s dead letters')
    .description('Shows the dead letters of one event: why each was set aside, and the bytes that were published.')
    .argument('<event>', 'id of the event, or the last part of it')
    .option('--payload <file>', 'write the payload to a file; - is standard output, and nothing else is printed')
    .option('--json', 'print them as JSON, with the payload in base64')
    .addHelpText(
      'after',
      examples(
        'onramp dead-letter show flights/departures/17',
        'onramp dead-letter show 17 --json',
        'onramp dead-letter show 17 --payload - | protoc --decode_raw',
      ),
    )
    .action(async (event: string, options: ShowOptions, command: Command) => {
      const { unknownEvent } = await import('../dead-letter-text.ts');
      const { deadLettersOfEvent, payloadOf } = await import('../dead-letters.ts');
      await withClients(command, terminal, async clients => {
        const rows = await deadLettersOfEvent(clients.bigquery, event);
        const [first] = rows;
        if (first === undefined) throw unknownEvent(event);
        await show(rows, await payloadOf(clients, first), options, terminal);
      });
    });
}

async function show(
  rows: readonly DeadLetterRow[],
  payload: Buffer | undefined,
  options: ShowOptions,
  terminal: Terminal,
): Promise<void> {
  if (options.payload !== undefined) {
    const { missingPayload } = await import('../dead-letter-text.ts');
    if (payload === undefined) throw missingPayload();
    if (options.payload === '-') {
      terminal.stdout.write(payload);
      return;
    }
    const { writeFile } = await import('node:fs/promises');
    await writeFile(options.payload, payload);
    terminal.stderr.write(`Wrote ${payload.length} bytes to ${options.payload}.\n`);
  }
  if (options.json) {
    const { formatJson } = await import('../output.ts');
    const { explanationOf } = await import('../dead-letters.ts');
    const base64 = payload?.toString('base64') ?? null;
    await writeData(
      terminal,
      formatJson(rows.map(row => ({ ...row, ...explanationOf(row.onramp_dead_letter_reason), payload: base64 }))),
    );
    return;
  }
  const { deadLetterText } = await import('../dead-letter-text.ts');
  await writeData(terminal, rows.map(row => deadLetterText(row, payload)).join('\n'));
}
