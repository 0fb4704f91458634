import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Authorize, allowAll, type StandIn } from '../stand-in.ts';
import type { State } from './call.ts';
import { type Catalogue, openCatalogue } from './catalogue.ts';
import { openContentFolder } from './content.ts';
import { openDatabase } from './database.ts';
import { listPage } from './listing.ts';
import type { ObjectRecord } from './object-record.ts';
import { createObjects, type OnObject } from './objects.ts';
import { type Notify, openOutbox } from './outbox.ts';
import { createResumableUploads } from './resumable-uploads.ts';
import { createStorageServer } from './server.ts';

export interface StorageOptions {
  /** Where content and metadata are kept. Held exclusively; made when it is not there. */
  readonly folder: string;
  readonly authorize?: Authorize;
  /** Publishes a notification; `topic` is `projects/<project>/topics/<topic>`. Asked again until it resolves. */
  readonly notify?: Notify;
  readonly onObject?: OnObject;
  readonly clock?: { now(): number };
}

/** A stand-in for Cloud Storage: its JSON API on any number of ports, and its objects in-process. */
export interface Storage extends StandIn {
  /** The stored bytes of an object's live version; undefined when there is none. */
  readObject(bucket: string, name: string): Promise<Buffer | undefined>;
  /** Whether a notification is being sent. */
  isBusy(): boolean;
  /** Live versions, in the product's order; none when the bucket is not there. Sizes are in bytes, times RFC 3339. */
  listObjects(bucket: string, prefix?: string): { name: string; size: number; updated: string }[];
}

/** How long calls in flight may take to finish when the stand-in closes. */
const drainMillis = 10_000;

/** Opens the folder. Rejects when another process has it. No port is open before `listen`. */
export async function startStorage(options: StorageOptions): Promise<Storage> {
  const { folder: path, authorize = allowAll, notify, onObject, clock = Date } = options;
  mkdirSync(path, { recursive: true });
  const catalogue = openCatalogue(openDatabase(join(path, 'metadata.sqlite')));
  const folder = openContentFolder(join(path, 'content'));
  await folder.sweep(new Set(catalogue.contents()));
  const outbox = openOutbox(catalogue, notify);
  const objects = createObjects(catalogue, folder, outbox, clock, onObject);
  const state: State = { catalogue, folder, objects, uploads: createResumableUploads(folder, clock), clock };
  const servers: Server[] = [];
  let closed: Promise<void> | undefined;

  return {
    async listen(caller, port = 0) {
      const server = createStorageServer(state, caller, authorize);
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', resolve);
      });
      servers.push(server);
      return (server.address() as AddressInfo).port;
    },
    close() {
      closed ??= Promise.all(servers.map(drain))
        .then(() => outbox.close())
        .then(() => catalogue.close());
      return closed;
    },
    async readObject(bucket, name) {
      const record = catalogue.live(bucket, name);
      return record && folder.open(record.content).buffer(0, record.size);
    },
    isBusy: () => outbox.isBusy(),
    listObjects(bucket, prefix = '') {
      const found = allObjects(catalogue, bucket, prefix);
      return found.map(({ name, size, updated }) => ({ name, size, updated }));
    },
  };
}

function allObjects(catalogue: Catalogue, bucket: string, prefix: string): ObjectRecord[] {
  const found: ObjectRecord[] = [];
  let pageToken: string | undefined;
  do {
    const page = listPage({ ...wholeListing, prefix, pageToken }, (from, until, limit) =>
      catalogue.scan(bucket, from, until, false, limit),
    );
    found.push(...page.items);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return found;
}

const wholeListing = {
  delimiter: '',
  startOffset: '',
  endOffset: '',
  includeTrailingDelimiter: false,
  versions: false,
  maxResults: 1000,
} as const;

/** Refuses new connections, and waits for the calls in flight; those that hang are cut off in the end. */
async function drain(server: Server): Promise<void> {
  const late = setTimeout(() => server.closeAllConnections(), drainMillis);
  await new Promise<void>(resolve => server.close(() => resolve()));
  clearTimeout(late);
}
