import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, rename, rm } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { OnrampError } from '../../functions/core/errors.ts';

/** What the system takes as the path of a socket, less its terminating zero; macOS's is the smaller one. */
const longestPath = 103;

/**
 * Takes a folder for this process alone. Every process that wants it listens on a socket of its own in the folder, and
 * then looks whether any other one is answered: a socket ends with its process, however that ends, and its name is never
 * used again, so that a dead one can be removed without a race. Two that come at once may both be refused.
 * @returns a function that gives the folder back
 * @throws OnrampError SPOOL_IN_USE when another process has it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const name = `lock-${randomUUID().slice(0, 13)}`;
  const path = join(folder, name);
  if (Buffer.byteLength(path) + 1 > longestPath) {
    const detail = `spool.folder: its path is ${Buffer.byteLength(folder)} bytes long; the lock in it leaves room for 80`;
    throw new OnrampError('PUBLISHER_MISCONFIGURED', detail);
  }
  const server = net.createServer(socket => socket.destroy());
  // Under the name that others look for it answers from the beginning.
  server.listen(`${path}~`);
  await once(server, 'listening');
  server.unref();
  await rename(`${path}~`, path);
  const release = async (): Promise<void> => {
    server.close();
    await rm(path, { force: true });
  };
  for (const other of await readdir(folder)) {
    if (!other.startsWith('lock-') || other.endsWith('~') || other === name) continue;
    if (await isAnswered(join(folder, other))) {
      await release();
      throw new OnrampError('SPOOL_IN_USE', `another process has the folder ${folder}`);
    }
    await rm(join(folder, other), { force: true });
  }
  return release;
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      // Its queue of connections is full: there is somebody.
      else if (error.code === 'EAGAIN') resolve(true);
      else reject(error);
    });
  });
}
