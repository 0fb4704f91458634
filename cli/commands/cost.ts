import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Exports, ExportsCost } from '../../infra/cost/batch-cost.ts';
import type { CostReport } from '../../infra/cost/cost-report.ts';
import { examples, wholeNumber } from '../options.ts';
import type { TableColumn } from '../output.ts';
import { type Terminal, writeData } from '../terminal.ts';

interface CostOptions extends Omit<Exports, 'exports' | 'tableRows'> {
  readonly rate?: number;
  readonly bytes: number;
  readonly ramps: number;
  readonly publishBatch: number;
  readonly exports?: number;
  readonly tableRows?: number;
  readonly json?: true;
}

/** `onramp cost` */
export function addCost(program: Command, terminal: Terminal): void {
  program
    .command('cost')
    .summary('what a stream and exports would cost')
    .description(
      'Estimates, by the prices of docs/cost.md and in US dollars, what a steady stream costs for each million messages, ' +
        'and what exports cost in a month of 30 days.',
    )
    .option('--rate <number>', 'messages a second', aboveZero)
    .option('--bytes <number>', 'of a payload', wholeNumber(1, 10_000_000), 1000)
    .option('--ramps <number>', 'ramps that share the traffic', wholeNumber(1), 1)
    .option('--publish-batch <number>', 'messages in one publish request of a service', wholeNumber(1, 1000), 1)
    .option('--exports <number>', 'exports, all alike', wholeNumber(1, 100_000))
    .option('--runs <number>', 'runs of each export in a day', wholeNumber(1, 1440), 24)
    .option('--rows <number>', 'rows that a run exports', wholeNumber(0), 10_000)
    .option('--row-bytes <number>', 'of a row', wholeNumber(1), 200)
    .option('--table-rows <number>', 'rows of each table in BigQuery (default: those of a run)', wholeNumber(0))
    .addOption(
      new Option('--write-mode <mode>', 'how rows come into their table')
        .choices(['append', 'replace', 'merge'])
        .default('merge'),
    )
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      examples(
        'onramp cost --rate 2500',
        'onramp cost --rate 20 --bytes 300 --json',
        'onramp cost --exports 100 --runs 24 --rows 10000 --table-rows 1000000',
      ),
    )
    .action(async (options: CostOptions, command: Command) => {
      const { rate, bytes, ramps, publishBatch, exports, runs, rows, rowBytes, writeMode } = options;
      if (rate === undefined && exports === undefined) {
        command.error('error: say how many messages (--rate) or exports (--exports) there are, or both');
      }
      const { costReport } = await import('../../infra/cost/cost-report.ts');
      const { exportsCost } = await import('../../infra/cost/batch-cost.ts');
      const stream = rate === undefined ? undefined : costReport({ rate, bytes, ramps, publishBatch });
      const ofExports =
        exports === undefined
          ? undefined
          : exportsCost({ exports, runs, rows, rowBytes, tableRows: options.tableRows ?? rows, writeMode });
      const dollarsPerMonth = (stream?.dollarsPerMonth ?? 0) + (ofExports?.total ?? 0);
      const { formatFacts, formatJson } = await import('../output.ts');
      if (options.json) {
        await writeData(terminal, formatJson({ stream, exports: ofExports, dollarsPerMonth }));
        return;
      }
      const texts = [
        ...(stream === undefined ? [] : [await streamText(stream, terminal)]),
        ...(ofExports === undefined ? [] : [await exportsText(ofExports, terminal)]),
        formatFacts([['a month of it', `$${Math.round(dollarsPerMonth)}`]]),
      ];
      await writeData(terminal, texts.join('\n'));
    });
}

const right = (title: string): TableColumn => ({ title, align: 'right' });

async function streamText(report: CostReport, { stdout }: Terminal): Promise<string> {
  const { costParts, dollars } = await import('../../infra/cost/cost-report.ts');
  const { formatFacts, formatTable } = await import('../output.ts');
  const parts = formatTable(
    [{ title: '$ per million messages' }, right('by request'), right('cheapest')],
    (Object.keys(costParts) as (keyof typeof costParts)[]).map(part => [
      costParts[part],
      dollars(report.byRequest[part]),
      dollars(report.cheapest[part]),
    ]),
    stdout,
  );
  const stages = formatTable(
    [{ title: 'stage' }, right('instances'), right('by instance from'), { title: 'cheaper' }],
    report.stages.map(({ stage, instances, breakEvenRate, cheaper }) => [
      stage,
      String(instances),
      `${breakEvenRate}/s`,
      `by ${cheaper}`,
    ]),
    stdout,
  );
  const facts = formatFacts([
    [
      'Pub/Sub’s own subscriptions',
      `$${dollars(report.alternatives.nativeSubscriptions)} per million, without hub and decoded files`,
    ],
    ['Dataflow jobs', `$${dollars(report.alternatives.dataflow)} per million`],
    ['onramp:instanceBilledStages', report.instanceBilledStages === '' ? 'not set' : report.instanceBilledStages],
  ]);
  return `${parts}\n${stages}\n${facts}`;
}

async function exportsText(cost: ExportsCost, { stdout }: Terminal): Promise<string> {
  const { exportsCostParts } = await import('../../infra/cost/batch-cost.ts');
  const { dollars } = await import('../../infra/cost/cost-report.ts');
  const { formatTable } = await import('../output.ts');
  return formatTable(
    [{ title: '$ a month of exports' }, right('')],
    (Object.keys(exportsCostParts) as (keyof typeof exportsCostParts)[]).map(part => [
      exportsCostParts[part],
      dollars(cost[part]),
    ]),
    stdout,
  );
}

function aboveZero(text: string): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (number > 0 && number <= 1e6) return number;
  throw new InvalidArgumentError('It is a number above 0, up to 1000000.');
}
