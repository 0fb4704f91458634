import { Argument, type Command, InvalidArgumentError } from 'commander';
import type { Clients } from '../../local/clients.ts';
import type { LakeName } from '../lake.ts';
import { examples, wholeNumber } from '../options.ts';
import { type Terminal, writeData } from '../terminal.ts';
import { withClients } from '../with-clients.ts';

const lakeNames = ['raw', 'structured', 'dead-letter'] as const satisfies readonly LakeName[];

const lakeArgument = () => new Argument('<lake>', 'which lake').choices(lakeNames);

/** `onramp lake list` and `onramp lake cat` */
export function addLake(program: Command, terminal: Terminal): void {
  const lake = program
    .command('lake')
    .helpCommand(false)
    .summary('see the files of the lakes')
    .description('Shows the files of the lakes, which are Avro container files, and the records in them.')
    .addHelpText('after', examples('onramp lake list raw', 'onramp lake cat structured flights/departures --limit 10'));

  lake
    .command('list')
    .summary('list files')
    .description('Lists the files of a lake, or of one ramp in it.')
    .addArgument(lakeArgument())
    .argument('[ramp]', 'the ramp, as <service>/<ramp>')
    .option('--date <date>', 'only those processed on this day (UTC), as YYYY-MM-DD', isoDate)
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      examples(
        'onramp lake list raw',
        'onramp lake list structured flights/departures --date 2026-01-31',
        'onramp lake list dead-letter --json',
      ),
    )
    .action(
      async (name: LakeName, ramp: string | undefined, options: { date?: string; json?: true }, command: Command) => {
        const { checkRampAddress, lakeFiles } = await import('../lake.ts');
        if (ramp !== undefined) checkRampAddress(ramp);
        await withLake(name, command, terminal, async (storage, bucket) => {
          const files = await lakeFiles(storage, bucket, ramp, options.date);
          const { formatJson, formatTable } = await import('../output.ts');
          if (options.json) {
            await writeData(
              terminal,
              formatJson(files.map(file => ({ ...file, bucket, records: file.records ?? null }))),
            );
          } else if (files.length === 0) {
            terminal.stderr.write(`There is no such file in ${bucket}.\n`);
          } else {
            const columns = [
              { title: 'object' },
              { title: 'bytes', align: 'right' as const },
              { title: 'records', align: 'right' as const },
              { title: 'written' },
            ];
            const rows = files.map(file => [file.name, String(file.bytes), String(file.records ?? ''), file.written]);
            await writeData(terminal, formatTable(columns, rows, terminal.stdout));
          }
        });
      },
    );

  lake
    .command('cat')
    .summary('print records')
    .description(
      'Prints the records of one file or of all files of a ramp, each as a line of JSON. Integers of 64 bits and ' +
        'decimals are strings, bytes are base64, times are RFC 3339.',
    )
    .addArgument(lakeArgument())
    .argument('<object>', 'name of an object, or a ramp as <service>/<ramp>')
    .option('--limit <number>', 'end after so many records', wholeNumber(1))
    .option('--json', 'print JSON lines, as without it')
    .addHelpText(
      'after',
      examples(
        'onramp lake cat raw assets/images --limit 1',
        'onramp lake cat structured quakes/detected | jq .magnitude.value',
        'onramp lake cat raw ramp=flights.departures/date=2026-01-31/hour=09/0001.avro',
      ),
    )
    .action(async (name: LakeName, object: string, { limit }: { limit?: number }, command: Command) => {
      await withLake(name, command, terminal, async (storage, bucket) => {
        const { filesMeant, openLakeFiles } = await import('../lake.ts');
        const { recordJson } = await import('../record-json.ts');
        let left = limit ?? Number.POSITIVE_INFINITY;
        const files = await filesMeant(storage, bucket, object);
        for await (const { schema, records } of openLakeFiles(storage, bucket, files)) {
          const json = recordJson(schema);
          for await (const record of records()) {
            await writeData(terminal, `${JSON.stringify(json(record))}\n`);
            left -= 1;
            if (left === 0) return;
          }
        }
      });
    });
}

async function withLake(
  name: LakeName,
  command: Command,
  terminal: Terminal,
  use: (storage: Clients['storage'], bucket: string) => Promise<void>,
): Promise<void> {
  const { lakeBuckets } = await import('../lake.ts');
  await withClients(command, terminal, ({ storage }, project) => use(storage, lakeBuckets[name](project)));
}

function isoDate(text: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError('It is a date such as 2026-01-31.');
}
