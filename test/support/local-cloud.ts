import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clients, connect } from '../../local/clients.ts';
import { drained } from '../../local/demo/drained.ts';
import { type LocalCloud, type LocalOptions, startLocal } from '../../local/start.ts';

export const repository = join(import.meta.dirname, '../..');

/** A local cloud of its own, with Google's clients connected to it; gone without a trace when it is disposed of. */
export interface TestCloud extends AsyncDisposable {
  readonly cloud: LocalCloud;
  readonly clients: Clients;
  readonly folder: string;
  /** Resolves when no message is on its way any more. */
  drained(): Promise<void>;
}

/** Starts a local cloud on free ports, with an empty folder unless one is given. */
export async function startTestCloud(
  options: Partial<
    Pick<LocalOptions, 'root' | 'folder' | 'schemaDelayMillis' | 'settings' | 'databases' | 'clock'>
  > = {},
): Promise<TestCloud> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'onramp-'));
  const cloud = await startLocal({ root: repository, ...options, folder, portBase: 0 });
  const clients = connect(cloud.locator);
  return {
    cloud,
    clients,
    folder,
    async drained() {
      const left = await drained(cloud, AbortSignal.timeout(60_000));
      if (left > 0) throw new Error(`${left} deliveries are left after a minute`);
    },
    async [Symbol.asyncDispose]() {
      await clients.close();
      await cloud.stop();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Asks again until the answer is there. Throws with `what` when it is not within the time. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  millis = 30_000,
): Promise<T> {
  const late = Date.now() + millis;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > late) throw new Error(`not within ${millis} ms: ${what}`);
    await sleep(50);
  }
}
