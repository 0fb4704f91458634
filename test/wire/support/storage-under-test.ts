import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Storage as Client } from '@google-cloud/storage';
import { operator } from '../../../local/stand-in.ts';
import { type Storage, type StorageOptions, startStorage } from '../../../local/storage/storage.ts';

// The client asks no metadata server who it is.
process.env['METADATA_SERVER_DETECTION'] = 'none';

export interface StorageUnderTest {
  readonly storage: Storage;
  /** Google's own client, unmodified, as the operator. */
  readonly client: Client;
  /** Such as `http://127.0.0.1:4443`. */
  readonly origin: string;
  readonly folder: string;
  /** Google's own client as another caller. */
  readonly clientOf: (caller: string) => Promise<Client>;
}

/** A stand-in of its own for one test, closed and removed after it. */
export async function storageUnderTest(
  t: TestContext,
  options: Omit<StorageOptions, 'folder'> & { readonly folder?: string } = {},
): Promise<StorageUnderTest> {
  const folder = options.folder ?? (await temporaryFolder(t));
  const storage = await startStorage({ ...options, folder });
  t.after(() => storage.close());
  const origin = `http://127.0.0.1:${await storage.listen(operator)}`;
  return {
    storage,
    client: clientAt(origin),
    origin,
    folder,
    clientOf: async caller => clientAt(`http://127.0.0.1:${await storage.listen(caller)}`),
  };
}

export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onramp-storage-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export const clientAt = (apiEndpoint: string) =>
  new Client({ apiEndpoint, projectId: 'acme', retryOptions: { autoRetry: false } });

/** Says whether what the client threw, not always an Error, has this status code; for assert.rejects. */
export const withCode = (code: number) => (thrown: unknown) =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown && Number(thrown.code) === code;
