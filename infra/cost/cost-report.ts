import { dataflowJobs, nativeSubscriptions } from './alternatives.ts';
import { type StreamStage, streamStages } from './assumptions.ts';
import { type Billing, breakEvenRate, cheaperBilling, running } from './compute.ts';
import { type Cost, costPerMillion, type Traffic } from './cost.ts';

/** What `onramp cost` tells: dollars are for each million messages. */
export interface CostReport {
  readonly rate: number;
  readonly bytes: number;
  readonly ramps: number;
  readonly publishBatch: number;
  /** As deployed without any setting. */
  readonly byRequest: Cost;
  /** With each stage billed in the way that is cheaper for it. */
  readonly cheapest: Cost;
  /** Of the cheapest, for 30 days. */
  readonly dollarsPerMonth: number;
  readonly alternatives: { readonly nativeSubscriptions: number; readonly dataflow: number };
  readonly stages: readonly StageReport[];
  /** Value of the stack setting `onramp:instanceBilledStages`; empty when no stage is cheaper with it. */
  readonly instanceBilledStages: string;
}

export interface StageReport {
  readonly stage: StreamStage;
  readonly instances: number;
  readonly cheaper: Billing;
  /** Messages a second from which on it is cheaper to be billed by instance. */
  readonly breakEvenRate: number;
}

export function costReport({
  rate,
  bytes,
  ramps,
  publishBatch,
}: Required<Omit<Traffic, 'billing' | 'delivery'>>): CostReport {
  const traffic = { rate, bytes, ramps, publishBatch };
  const cheapest = costPerMillion({ ...traffic, billing: 'cheaper' });
  const stages = streamStages.map(stage => ({
    stage,
    instances: running(stage, rate, bytes).instances,
    cheaper: cheaperBilling(stage, rate, bytes),
    breakEvenRate: Number(breakEvenRate(stage, bytes).toPrecision(2)),
  }));
  return {
    ...traffic,
    byRequest: costPerMillion(traffic),
    cheapest,
    dollarsPerMonth: cheapest.total * ((rate * 30 * 86_400) / 1e6),
    alternatives: { nativeSubscriptions: nativeSubscriptions(traffic), dataflow: dataflowJobs(traffic) },
    stages,
    instanceBilledStages: stages
      .filter(({ cheaper }) => cheaper === 'instance')
      .map(({ stage }) => stage)
      .join(','),
  };
}

/** What the parts of a cost are called. */
export const costParts: Readonly<Record<keyof Cost, string>> = {
  pubsub: 'Pub/Sub',
  requests: 'requests',
  compute: 'CPU and memory',
  storageWrite: 'Storage Write API',
  lakeFiles: 'lake files, writing',
  lakeStorage: 'lake files, first month',
  total: 'total',
};

/** Cents and their fractions, as prices are written. */
export const dollars = (amount: number) => (amount < 0.995 ? amount.toFixed(3) : amount.toFixed(2));
