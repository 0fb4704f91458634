import { wiring } from '../../functions/core/wiring.ts';
import { cpuPerPush, idleSeconds, type StreamStage, utilisation, writeSeconds } from './assumptions.ts';
import { billedStep, prices } from './prices.ts';

export type Billing = 'request' | 'instance';

/** How a stage runs at a rate. */
export interface Running {
  readonly instances: number;
  /** Files or requests that it writes in a second, over all instances. */
  readonly batchesPerSecond: number;
  readonly messagesPerBatch: number;
  /** Seconds from the first message of a batch to its being durable. */
  readonly cycle: number;
}

/** How a stage that is pushed to runs at so many messages a second, with the bounds of its wiring. */
export function running(stage: StreamStage, rate: number, bytes: number): Running {
  const { batch, concurrency } = wiring[stage];
  for (let instances = 1; ; instances += 1) {
    const own = rate / instances;
    const window = Math.min(batch.millis / 1000, batch.records / own, batch.bytes / bytes / own);
    // A message is held for half of the window, on average, and until its batch is durable.
    const held = own * (window / 2 + writeSeconds[stage]);
    if (own * cpuPerPush[stage] > utilisation || held > utilisation * concurrency) continue;
    const messagesPerBatch = Math.max(1, Math.min(batch.records, own * window));
    return {
      instances,
      messagesPerBatch,
      batchesPerSecond: rate / messagesPerBatch,
      cycle: window + writeSeconds[stage],
    };
  }
}

/** What running a stage costs in a second, in dollars. */
export function computePerSecond(stage: StreamStage, rate: number, bytes: number, billing: Billing) {
  const { instances, cycle } = running(stage, rate, bytes);
  const { memoryMiB, cpu } = wiring[stage];
  const [vcpu, gibibytes] = [Number(cpu), memoryMiB / 1024];
  if (billing === 'instance') {
    // An instance goes when no message has come for so long; the chance of that is what it does not cost.
    const alive = 1 - Math.exp(-rate * (idleSeconds + cycle));
    const price = vcpu * prices.instanceCpu.dollars + gibibytes * prices.instanceMemory.dollars;
    return { requests: 0, time: instances * alive * price };
  }
  // Requests that wait for the same batch share its time: an instance is billed from the first to the last of them.
  const billed = Math.ceil(cycle / billedStep) * billedStep;
  const busy = billed / (billed + instances / rate);
  const price = vcpu * prices.requestCpu.dollars + gibibytes * prices.requestMemory.dollars;
  return { requests: (rate * prices.requests.dollars) / 1e6, time: instances * busy * price };
}

const total = ({ requests, time }: ReturnType<typeof computePerSecond>) => requests + time;

/** The way of billing that costs less at a rate. */
export const cheaperBilling = (stage: StreamStage, rate: number, bytes: number): Billing =>
  total(computePerSecond(stage, rate, bytes, 'instance')) < total(computePerSecond(stage, rate, bytes, 'request'))
    ? 'instance'
    : 'request';

/** The rate, in messages a second, from which on a stage costs less when it is billed by instance. */
export function breakEvenRate(stage: StreamStage, bytes: number): number {
  let [low, high] = [0.001, 10_000];
  while (high / low > 1.0001) {
    const middle = Math.sqrt(low * high);
    if (cheaperBilling(stage, middle, bytes) === 'instance') high = middle;
    else low = middle;
  }
  return high;
}
