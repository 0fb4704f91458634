import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OnrampError } from '../functions/core/errors.ts';

/** Who works on a folder. */
interface Holder {
  readonly pid: number;
  readonly token: string;
}

/**
 * Takes a folder for this process alone, so that two local clouds never write to the same data. A lock whose process is
 * gone is taken over.
 * @returns a function that gives the folder back
 * @throws OnrampError LOCAL_FOLDER_IN_USE when another process has it
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'lock');
  const mine: Holder = { pid: process.pid, token: randomUUID() };
  const draft = `${path}.${mine.token}`;
  writeFileSync(draft, JSON.stringify(mine));
  try {
    for (;;) {
      try {
        // A link appears whole or not at all, and never replaces what is there.
        linkSync(draft, path);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = holderOf(path);
      if (holder && isAlive(holder.pid))
        throw new OnrampError('LOCAL_FOLDER_IN_USE', `process ${holder.pid} has ${folder}`);
      rmSync(path, { force: true });
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (holderOf(path)?.token === mine.token) rmSync(path, { force: true });
  };
}

/** The process that holds the folder now; undefined when none does. */
export function lockHolder(folder: string): number | undefined {
  const holder = holderOf(join(folder, 'lock'));
  return holder && isAlive(holder.pid) ? holder.pid : undefined;
}

function holderOf(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
