import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as framework from '@google-cloud/functions-framework';
import { type Request, type Response } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { Storage as Client } from '@google-cloud/storage';
import { createConsole } from '../../console/console.ts';
import { documentsOf } from '../../functions/clients/documents.ts';
import { createStorage } from '../../functions/clients/objects.ts';
import { createOperations } from '../../functions/clients/operations.ts';
import { createRunStore, type RunStore } from '../../functions/clients/run-store.ts';
import { type BatchEvent } from '../../functions/core/batch/events.ts';
import { operator } from '../../local/stand-in.ts';
import { startStorage } from '../../local/storage/storage.ts';
import { type ConsoleExample, writeExample } from './console-example.ts';

export interface ConsoleUnderTest {
  /** Where the function is called; a caller has to bring a token. */
  readonly url: string;
  readonly runs: RunStore;
  readonly told: readonly BatchEvent[];
  /** What it logged. */
  readonly logged: readonly { readonly message: string; readonly fields: object }[];
  readonly client: Client;
  close(): Promise<void>;
}

const buckets = { state: 'local-test-state', exports: 'local-test-exports' } as const;

/** The function itself, behind functions-framework, over the real Storage stand-in with an example's runs. */
export async function startConsole(example: ConsoleExample): Promise<ConsoleUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-console-'));
  const storage = await startStorage({ folder });
  const endpoint = `http://127.0.0.1:${await storage.listen(operator)}`;
  Object.assign(process.env, { METADATA_SERVER_DETECTION: 'none', STORAGE_EMULATOR_HOST: endpoint });
  const client = new Client({ projectId: 'local-test', apiEndpoint: endpoint });
  await Promise.all(Object.values(buckets).map(bucket => client.createBucket(bucket)));

  const { catalogue, now } = example;
  const documents = documentsOf(client.bucket(buckets.state));
  const runs = createRunStore(documents, now);
  await writeExample(example, documents, (name, content) => client.bucket(buckets.exports).file(name).save(content));

  const told: BatchEvent[] = [];
  const logged: { message: string; fields: object }[] = [];
  const record = (message: string, fields: object = {}) => void logged.push({ message, fields });
  const tell = (event: BatchEvent) => Promise.resolve(void told.push(event));
  const exportsBucket = (await createStorage())(buckets.exports);
  const handler = createConsole({
    catalogue: () => Promise.resolve(catalogue),
    documents,
    runs,
    exportsBucket: { name: buckets.exports, read: object => exportsBucket.read(object) },
    operations: createOperations({ catalogue: () => Promise.resolve(catalogue), documents, runs, tell, now }),
    log: { info: record, error: record },
    now,
  });
  framework.http('console', (request: Request, response: Response) => handler(request, response));
  const server = getTestServer('console');
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    runs,
    told,
    logged,
    client,
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
      await storage.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
