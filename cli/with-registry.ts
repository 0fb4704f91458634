import type { BigQuery } from '@google-cloud/bigquery';
import type { Command } from 'commander';
import { buckets } from '../functions/core/names.ts';
import { type RegistryBucket, registryBucketOf } from '../infra/publish/registry-bucket.ts';
import { timeOf } from './local-clock.ts';
import { folderOf } from './options.ts';
import type { Terminal } from './terminal.ts';
import { withClients } from './with-clients.ts';

/** A registry, and the warehouse that its schemas have their tables in. */
export interface OpenedRegistry {
  readonly project: string;
  readonly registry: RegistryBucket;
  readonly bigquery: BigQuery;
  /** Where the local cloud’s Storage Write API listens; undefined for Google’s own. */
  readonly storageWritePort: number | undefined;
  readonly now: () => Date;
}

/** The option of every command that `withRegistry` serves. */
export const projectOption = [
  '--project <project>',
  'whose registry, with your own Google credentials (default: that of the local cloud)',
] as const;

/** Opens the registry of a project with Google’s own clients; that of the running local cloud when none is named. */
export async function withRegistry(
  command: Command,
  terminal: Terminal,
  project: string | undefined,
  use: (opened: OpenedRegistry) => Promise<void>,
): Promise<void> {
  if (project === undefined) {
    await withClients(command, terminal, async ({ storage, bigquery }, local, locator) =>
      use({
        project: local,
        registry: registryBucketOf(storage.bucket(buckets.registry(local))),
        bigquery,
        storageWritePort: locator.ports.bigqueryStorage,
        now: await timeOf(locator, folderOf(command, terminal)),
      }),
    );
    return;
  }
  const [{ Storage }, { BigQuery }] = await Promise.all([
    import('@google-cloud/storage'),
    import('@google-cloud/bigquery'),
  ]);
  const registry = registryBucketOf(new Storage({ projectId: project }).bucket(buckets.registry(project)));
  const bigquery = new BigQuery({ projectId: project });
  await use({ project, registry, bigquery, storageWritePort: undefined, now: () => new Date() });
}
