import { type Command, InvalidArgumentError } from 'commander';
import { examples, wholeNumber } from '../options.ts';
import { type Terminal, writeData } from '../terminal.ts';

interface CostOptions {
  readonly rate: number;
  readonly bytes: number;
  readonly ramps: number;
  readonly publishBatch: number;
  readonly json?: true;
}

/** `onramp cost` */
export function addCost(program: Command, terminal: Terminal): void {
  program
    .command('cost')
    .summary('what a stream would cost')
    .description(
      'Estimates what a steady stream costs, in US dollars for each million messages, by the prices of docs/cost.md.',
    )
    .requiredOption('--rate <number>', 'messages a second', aboveZero)
    .option('--bytes <number>', 'of a payload', wholeNumber(1, 10_000_000), 1000)
    .option('--ramps <number>', 'ramps that share the traffic', wholeNumber(1), 1)
    .option('--publish-batch <number>', 'messages in one publish request of a service', wholeNumber(1, 1000), 1)
    .option('--json', 'print it as JSON')
    .addHelpText('after', examples('onramp cost --rate 2500', 'onramp cost --rate 20 --bytes 300 --json'))
    .action(async ({ json, ...traffic }: CostOptions) => {
      const { costParts, costReport, dollars } = await import('../../infra/cost/cost-report.ts');
      const { formatFacts, formatJson, formatTable } = await import('../output.ts');
      const report = costReport(traffic);
      if (json) {
        await writeData(terminal, formatJson(report));
        return;
      }
      const right = (title: string) => ({ title, align: 'right' as const });
      const parts = (Object.keys(costParts) as (keyof typeof costParts)[]).map(part => [
        costParts[part],
        dollars(report.byRequest[part]),
        dollars(report.cheapest[part]),
      ]);
      const table = formatTable(
        [{ title: '$ per million messages' }, right('by request'), right('cheapest')],
        parts,
        terminal.stdout,
      );
      const stages = formatTable(
        [{ title: 'stage' }, right('instances'), right('by instance from'), { title: 'cheaper' }],
        report.stages.map(({ stage, instances, breakEvenRate, cheaper }) => [
          stage,
          String(instances),
          `${breakEvenRate}/s`,
          `by ${cheaper}`,
        ]),
        terminal.stdout,
      );
      const facts = formatFacts([
        ['a month of it', `$${Math.round(report.dollarsPerMonth)}`],
        [
          'Pub/Sub’s own subscriptions',
          `$${dollars(report.alternatives.nativeSubscriptions)} per million, without hub and decoded files`,
        ],
        ['Dataflow jobs', `$${dollars(report.alternatives.dataflow)} per million`],
        ['onramp:instanceBilledStages', report.instanceBilledStages === '' ? 'not set' : report.instanceBilledStages],
      ]);
      await writeData(terminal, `${table}\n${stages}\n${facts}`);
    });
}

function aboveZero(text: string): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (number > 0 && number <= 1e6) return number;
  throw new InvalidArgumentError('It is a number above 0, up to 1000000.');
}
