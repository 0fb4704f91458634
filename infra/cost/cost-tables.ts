import { streamStages } from './assumptions.ts';
import { type Exports, exportsCost, exportsCostParts } from './batch-cost.ts';
import { breakEvenRate } from './compute.ts';
import { type CostReport, costParts, costReport, dollars } from './cost-report.ts';
import { type Price, prices } from './prices.ts';

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n');

const traffic = { bytes: 1000, ramps: 10, publishBatch: 1 };
const rates = [1, 10, 100, 2500, 10_000];
const reports = rates.map(rate => costReport({ ...traffic, rate }));
const rateHeads = rates.map(rate => `${rate.toLocaleString('en')}/s`);

const row = (name: string, amount: (report: CostReport) => number) => [
  name,
  ...reports.map(report => dollars(amount(report))),
];

const rowBytes = 200;
const exported: Readonly<Record<string, Exports>> = {
  '100 tables, 10,000 rows an hour merged': {
    exports: 100,
    runs: 24,
    rows: 10_000,
    rowBytes,
    tableRows: 1_000_000,
    writeMode: 'merge',
  },
  '100 tables, 10,000 rows an hour appended': {
    exports: 100,
    runs: 24,
    rows: 10_000,
    rowBytes,
    tableRows: 1_000_000,
    writeMode: 'append',
  },
  '500 tables, 1,000,000 rows a day replaced': {
    exports: 500,
    runs: 1,
    rows: 1_000_000,
    rowBytes,
    tableRows: 1_000_000,
    writeMode: 'replace',
  },
};
const exportCosts = Object.values(exported).map(exportsCost);

/** The tables of docs/cost.md that the model computes, by the names of their places there. */
export const costTables: Readonly<Record<string, string>> = {
  prices: table(
    ['dollars', 'per', 'of', 'read'],
    (Object.values(prices) as Price[]).map(({ dollars: amount, per, of, source, read }) => [
      amount.toFixed(9).replace(/0+$/, '').replace(/\.$/, ''),
      per,
      `[${of}](${source})`,
      read,
    ]),
  ),
  'by-request': table(
    ['$ per million messages', ...rateHeads],
    (Object.keys(costParts) as (keyof typeof costParts)[]).map(part =>
      row(costParts[part], report => report.byRequest[part]),
    ),
  ),
  compared: table(
    ['$ per million messages', ...rateHeads],
    [
      row('billed by request', ({ byRequest }) => byRequest.total),
      row('each stage billed as is cheaper', ({ cheapest }) => cheapest.total),
      row('Pub/Sub’s own subscriptions', ({ alternatives }) => alternatives.nativeSubscriptions),
      row('Dataflow', ({ alternatives }) => alternatives.dataflow),
    ],
  ),
  exports: table(
    ['$ a month', ...Object.keys(exported)],
    (Object.keys(exportsCostParts) as (keyof typeof exportsCostParts)[]).map(part => [
      exportsCostParts[part],
      ...exportCosts.map(cost => dollars(cost[part])),
    ]),
  ),
  'break-even': table(
    ['stage', '200-byte payloads', '1,000 bytes', '100,000 bytes'],
    streamStages.map(stage => [
      `\`${stage}\``,
      ...[200, 1000, 100_000].map(bytes => `${breakEvenRate(stage, bytes).toPrecision(2)}/s`),
    ]),
  ),
};
