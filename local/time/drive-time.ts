import { documentsOf } from '../../functions/clients/documents.ts';
import { createRunStore } from '../../functions/clients/run-store.ts';
import { type ExportsCatalogue, exportsCatalogueObject } from '../../functions/core/batch/exports-catalogue.ts';
import { batchBuckets, buckets } from '../../functions/core/names.ts';
import { connect } from '../clients.ts';
import type { FunctionProcess } from '../functions/function-process.ts';
import type { Locator } from '../locator.ts';
import type { Pubsub } from '../pubsub/pubsub.ts';
import type { Queues } from '../queues.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { Storage } from '../storage/storage.ts';
import type { DrivenClock } from './driven-clock.ts';
import { createLocalTime, type LocalTime } from './local-time.ts';
import { nextTick, readPlanningState } from './next-tick.ts';

/** What works by the time of a local cloud. */
export interface Driven {
  readonly clock: DrivenClock;
  readonly locator: Locator;
  readonly pubsub: Pubsub;
  readonly storage: Storage;
  readonly queues: Queues | undefined;
  readonly schedules: Scheduler;
  readonly functions: readonly FunctionProcess[];
}

/** The time of a local cloud. `close` leaves it where it is. */
export function driveTime(driven: Driven): LocalTime & { close(): Promise<void> } {
  const { clock, locator, pubsub, storage, queues, schedules, functions } = driven;
  const clients = connect(locator);
  const documents = documentsOf(clients.storage.bucket(batchBuckets.state(locator.project)));
  const registry = documentsOf(clients.storage.bucket(buckets.registry(locator.project)));
  const runs = createRunStore(documents, () => new Date(clock.now()));
  const stopped = new AbortController();
  const time = createLocalTime({
    clock,
    stopped: stopped.signal,
    isBusy: () =>
      pubsub.isBusy() ||
      storage.isBusy() ||
      schedules.isBusy() ||
      (queues?.load().some(({ dispatched }) => dispatched > 0) ?? false) ||
      // One that is started again would miss what it is sent meanwhile, which would be tried again much later.
      functions.some(each => each.state().status !== 'ready'),
    async tellOffset(offset) {
      await Promise.all(functions.map(each => each.shiftClock(offset)));
    },
    async nextTick(latest) {
      // Without queues nothing is exported.
      if (queues === undefined) return undefined;
      const catalogue = await registry.read<ExportsCatalogue>(exportsCatalogueObject);
      if (catalogue === undefined) return undefined;
      const now = clock.now();
      return nextTick(await readPlanningState(catalogue, documents, runs, new Date(now)), now, latest);
    },
  });
  return {
    ...time,
    async close() {
      stopped.abort(new Error('the local cloud was stopped'));
      await clients.close();
    },
  };
}
