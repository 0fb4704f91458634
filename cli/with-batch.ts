import { userInfo } from 'node:os';
import type { PubSub } from '@google-cloud/pubsub';
import type { Storage } from '@google-cloud/storage';
import type { Command } from 'commander';
import { tellOn } from '../functions/clients/batch-events.ts';
import { type Documents, documentsOf } from '../functions/clients/documents.ts';
import { createOperations, type Operations } from '../functions/clients/operations.ts';
import { createRunStore, type RunStore } from '../functions/clients/run-store.ts';
import { type ExportsCatalogue, exportsCatalogueObject } from '../functions/core/batch/exports-catalogue.ts';
import { batchBuckets, buckets, topics } from '../functions/core/names.ts';
import { timeOf } from './local-clock.ts';
import { folderOf } from './options.ts';
import type { Terminal } from './terminal.ts';
import { withClients } from './with-clients.ts';

/** The batch layer of a project, as a person sees it. */
export interface OpenedBatch {
  readonly catalogue: ExportsCatalogue;
  /** Of the state bucket. */
  readonly documents: Documents;
  readonly runs: RunStore;
  readonly operations: Operations;
  /** In whose name something is done. */
  readonly person: string;
  readonly now: () => Date;
}

/** Opens the batch layer of a project with Google’s own clients; that of the running local cloud when none is named. */
export async function withBatch(
  command: Command,
  terminal: Terminal,
  project: string | undefined,
  use: (opened: OpenedBatch) => Promise<void>,
): Promise<void> {
  if (project === undefined) {
    await withClients(command, terminal, async ({ storage, pubsub }, local, locator) => {
      const now = await timeOf(locator, folderOf(command, terminal));
      await use(await open(local, storage, pubsub, now));
    });
    return;
  }
  const [storage, pubsub] = await Promise.all([import('@google-cloud/storage'), import('@google-cloud/pubsub')]);
  const publisher = new pubsub.PubSub({ projectId: project });
  try {
    await use(await open(project, new storage.Storage({ projectId: project }), publisher, () => new Date()));
  } finally {
    await publisher.close();
  }
}

async function open(project: string, storage: Storage, pubsub: PubSub, now: () => Date): Promise<OpenedBatch> {
  const documents = documentsOf(storage.bucket(batchBuckets.state(project)));
  const registry = documentsOf(storage.bucket(buckets.registry(project)));
  // Before the first deployment there is none.
  const catalogue = (await registry.read<ExportsCatalogue>(exportsCatalogueObject)) ?? {
    version: 1,
    pools: [],
    services: [],
  };
  const runs = createRunStore(documents, now);
  const topic = pubsub.topic(topics.batchEvents, { messageOrdering: true });
  const tell = tellOn(messages =>
    Promise.all(
      messages.map(({ data, attributes, orderingKey }) =>
        topic.publishMessage({ data, attributes, orderingKey }).then(
          () => undefined,
          (error: unknown) => error,
        ),
      ),
    ),
  );
  const operations = createOperations({ catalogue: () => Promise.resolve(catalogue), documents, runs, tell, now });
  return { catalogue, documents, runs, operations, person: userInfo().username, now };
}
