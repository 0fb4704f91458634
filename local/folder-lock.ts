import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OnrampError } from '../functions/core/errors.ts';

/**
 * Takes a folder for this process alone, so that two local clouds never write to the same data. SQLite holds the lock,
 * which is the operating system's: it ends with the process, however that ends, and so is never left behind.
 * @returns a function that gives the folder back
 * @throws OnrampError LOCAL_FOLDER_IN_USE when another process has it
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const lock = tryLock(folder);
  if (!lock) throw new OnrampError('LOCAL_FOLDER_IN_USE', `process ${holderOf(folder)} has ${folder}`);
  writeFileSync(join(folder, 'pid'), `${process.pid}\n`);
  held.add(lock);
  return () => {
    held.delete(lock);
    lock.close();
  };
}

/** Kept here, because a database that nobody refers to any more is closed, and its lock is gone with it. */
const held = new Set<DatabaseSync>();

/** Whether a local cloud works on the folder now. */
export function isLocked(folder: string): boolean {
  const lock = tryLock(folder);
  lock?.close();
  return lock === undefined;
}

function tryLock(folder: string): DatabaseSync | undefined {
  const database = new DatabaseSync(join(folder, 'lock.sqlite'));
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === busy) return undefined;
    throw error;
  }
}

/** https://www.sqlite.org/rescode.html#busy */
const busy = 5;

function holderOf(folder: string): string {
  try {
    return readFileSync(join(folder, 'pid'), 'utf8').trim();
  } catch {
    return 'of another local cloud';
  }
}
