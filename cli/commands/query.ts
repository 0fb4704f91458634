import { type Command, Option } from 'commander';
import { examples } from '../options.ts';
import type { QueryResult } from '../query.ts';
import { type Terminal, writeData } from '../terminal.ts';
import { withClients } from '../with-clients.ts';

interface QueryOptions {
  readonly json?: true;
  readonly csv?: true;
}

/** `onramp query` */
export function addQuery(program: Command, terminal: Terminal): void {
  program
    .command('query')
    .summary('query the warehouse')
    .description('Runs a GoogleSQL query on the warehouse of the running local cloud.')
    .argument('[sql]', 'the query (default: read from standard input)')
    .addOption(
      new Option('--json', 'print an array of rows; integers and decimals are strings, bytes are base64').conflicts(
        'csv',
      ),
    )
    .option('--csv', 'print comma-separated values; NULL is an empty field')
    .addHelpText(
      'after',
      examples(
        'onramp query "SELECT punctuality, COUNT(*) AS flights FROM flights.departures GROUP BY punctuality"',
        'onramp query --csv "SELECT * FROM quakes.detected_deduplicated LIMIT 100" > quakes.csv',
        'onramp query --json < report.sql',
      ),
    )
    .action(async (sql: string | undefined, options: QueryOptions, command: Command) => {
      await withClients(command, terminal, async ({ bigquery }) => {
        const { readStandardInput } = await import('../input.ts');
        const { runQuery } = await import('../query.ts');
        const query = sql ?? (await readStandardInput(terminal)).toString('utf8');
        await writeData(terminal, await format(await runQuery(bigquery, query), options, terminal.stdout));
      });
    });
}

async function format(
  { fields, rows }: QueryResult,
  { json, csv }: QueryOptions,
  stdout: NodeJS.WriteStream,
): Promise<string> {
  const { formatCsv, formatJson, formatTable } = await import('../output.ts');
  const { isNumeric, queryText } = await import('../query-value.ts');
  const titles = fields.map(({ name }) => name);
  if (json) return formatJson(rows.map(row => Object.fromEntries(titles.map((title, index) => [title, row[index]]))));
  if (csv)
    return formatCsv(
      titles,
      rows.map(row => row.map(value => (value === null ? null : queryText(value)))),
    );
  const columns = fields.map(field => ({
    title: field.name,
    align: isNumeric(field) ? ('right' as const) : ('left' as const),
  }));
  return formatTable(
    columns,
    rows.map(row => row.map(queryText)),
    stdout,
  );
}
