import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BigQuery } from '@google-cloud/bigquery';
import { Storage as StorageClient } from '@google-cloud/storage';
import { type BigqueryOptions, startBigquery } from '../../../local/bigquery/bigquery.ts';
import { type NewMessage, type Pubsub, startPubsub } from '../../../local/pubsub/pubsub.ts';
import { operator } from '../../../local/stand-in.ts';
import { startStorage } from '../../../local/storage/storage.ts';

export const project = 'local-test';

/** All stand-ins, and an environment in which the functions' clients reach them. */
export async function startStandIns(options: Pick<BigqueryOptions, 'clock' | 'schemaDelayMillis'> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-wire-'));
  const published: { topic: string; message: NewMessage }[] = [];
  const pubsub: Pubsub = await startPubsub({
    folder: join(folder, 'pubsub'),
    onPublish: (topic, messages) => {
      for (const message of messages) published.push({ topic, message });
    },
  });
  const storage = await startStorage({ folder: join(folder, 'storage') });
  const bigquery = await startBigquery({ folder: join(folder, 'bigquery'), ...options });
  const ports = {
    pubsub: await pubsub.listen(operator),
    storage: await storage.listen(operator),
    bigquery: await bigquery.listen(operator),
    bigqueryStorage: await bigquery.listenStorage(operator),
  };
  Object.assign(process.env, {
    METADATA_SERVER_DETECTION: 'none',
    PUBSUB_EMULATOR_HOST: `127.0.0.1:${ports.pubsub}`,
    STORAGE_EMULATOR_HOST: `http://127.0.0.1:${ports.storage}`,
    BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:${ports.bigquery}`,
    BIGQUERY_STORAGE_EMULATOR_HOST: `127.0.0.1:${ports.bigqueryStorage}`,
  });
  return {
    published,
    storage: new StorageClient({ projectId: project, apiEndpoint: `http://127.0.0.1:${ports.storage}` }),
    bigquery: new BigQuery({ projectId: project, apiEndpoint: `http://127.0.0.1:${ports.bigquery}` }),
    async close() {
      await Promise.all([pubsub.close(), storage.close(), bigquery.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
