import './listener-limit.ts';
import type { Bucket } from '@google-cloud/storage';
import { statusOf } from './objects.ts';

/** The exports bucket, as a load sees it. */
export interface ExportedFiles {
  /** Undefined when there is no such object. */
  read(name: string): Promise<Buffer | undefined>;
  /** What the bucket knows of an object; undefined when there is none. */
  find(name: string): Promise<{ readonly bytes: number; readonly crc32c: string } | undefined>;
  /** The names of all objects that begin with `prefix`. */
  list(prefix: string): Promise<string[]>;
  /** Resolves when the object is gone; also when it was not there. */
  remove(name: string): Promise<void>;
}

export async function createExportedFiles(): Promise<(bucket: string) => ExportedFiles> {
  const { Storage } = await import('@google-cloud/storage');
  const storage = new Storage();
  return bucket => exportedFilesOf(storage.bucket(bucket));
}

export function exportedFilesOf(bucket: Bucket): ExportedFiles {
  const unlessMissing = async <T>(ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await ask();
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  };
  return {
    read: name => unlessMissing(async () => (await bucket.file(name).download())[0]),
    find: name =>
      unlessMissing(async () => {
        const [{ size, crc32c }] = await bucket.file(name).getMetadata();
        return { bytes: Number(size), crc32c: crc32c ?? '' };
      }),
    async list(prefix) {
      const [files] = await bucket.getFiles({ prefix });
      return files.map(({ name }) => name);
    },
    async remove(name) {
      await bucket.file(name).delete({ ignoreNotFound: true });
    },
  };
}
