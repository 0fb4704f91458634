import './listener-limit.ts';
import type { Bucket } from '@google-cloud/storage';

/** Objects of one bucket that are written once and never changed. */
export interface Objects {
  /** Resolves when the object is durable; also when it was there already. */
  create(name: string, content: Buffer, contentType: string, metadata?: Record<string, string>): Promise<void>;
  /** Undefined when there is no such object. */
  read(name: string): Promise<Buffer | undefined>;
}

/** An object by its name, and its size. */
export interface WaitingObject {
  readonly name: string;
  readonly bytes: number;
}

/** The same of a bucket in which objects wait until they are taken away. */
export interface WaitingObjects extends Objects {
  /** At most `limit` objects whose names begin with `prefix` and come after `after`, in the order of their names. */
  list(prefix: string, limit: number, after?: string): Promise<WaitingObject[]>;
  /** Resolves when the object is gone; also when it was not there. */
  remove(name: string): Promise<void>;
}

/** Opens buckets by name. */
export type OpenBucket = (bucket: string) => WaitingObjects;

export async function createStorage(): Promise<OpenBucket> {
  const { Storage } = await import('@google-cloud/storage');
  // The endpoint of the local cloud is read by the client itself, from STORAGE_EMULATOR_HOST.
  const storage = new Storage();
  return bucket => objectsOf(storage.bucket(bucket));
}

function objectsOf(bucket: Bucket): WaitingObjects {
  return {
    async create(name, content, contentType, metadata = {}) {
      try {
        await bucket.file(name).save(content, {
          resumable: false,
          contentType,
          metadata: { metadata },
          // Makes the upload idempotent, so that the client may repeat it after a broken connection.
          preconditionOpts: { ifGenerationMatch: 0 },
        });
      } catch (error) {
        if (statusOf(error) !== 412) throw error;
      }
    },
    read: name => readObject(bucket, name),
    async list(prefix, limit, after) {
      const [files] = await bucket.getFiles({
        prefix,
        maxResults: limit,
        autoPaginate: false,
        // Names from this one on, so that it is the least that is greater.
        ...(after !== undefined && { startOffset: `${after}\0` }),
      });
      return files.map(({ name, metadata }) => ({ name, bytes: Number(metadata.size) }));
    },
    async remove(name) {
      await bucket.file(name).delete({ ignoreNotFound: true });
    },
  };
}

/** Undefined when there is no such object. */
export async function readObject(bucket: Bucket, name: string): Promise<Buffer | undefined> {
  try {
    const [content] = await bucket.file(name).download();
    return content;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** The HTTP status in an error of Google's REST clients. */
export function statusOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : Number(code) || undefined;
}
