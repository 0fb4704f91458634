import type { Bucket } from '@google-cloud/storage';

/** An object's content, and the generation that a change of it must name. */
export interface StoredObject {
  readonly content: Buffer;
  readonly generation: string;
}

/** What publishing does to the registry bucket: every change is a compare-and-swap. */
export interface RegistryBucket {
  /** Undefined when there is no such object. */
  read(name: string): Promise<StoredObject | undefined>;
  /**
   * Writes an object in place of the generation that is named, or where there is none when it is undefined.
   * @returns the new generation; undefined when somebody else's is there
   */
  write(
    name: string,
    content: Uint8Array,
    contentType: string,
    generation: string | undefined,
  ): Promise<string | undefined>;
  /** The names of all objects that begin with `prefix`. */
  list(prefix: string): Promise<string[]>;
}

export function registryBucketOf(bucket: Bucket): RegistryBucket {
  return {
    async read(name) {
      for (;;) {
        const generation = await orUndefined(404, async () => {
          const [metadata] = await bucket.file(name).getMetadata();
          return String(metadata.generation);
        });
        if (generation === undefined) return undefined;
        const content = await orUndefined(404, async () => {
          const [bytes] = await bucket.file(name, { generation }).download();
          return bytes;
        });
        // Absent when it was written anew between the two calls.
        if (content !== undefined) return { content, generation };
      }
    },
    write: (name, content, contentType, generation) =>
      orUndefined(412, async () => {
        const file = bucket.file(name);
        await file.save(Buffer.from(content), {
          resumable: false,
          contentType,
          preconditionOpts: { ifGenerationMatch: Number(generation ?? 0) },
        });
        return String(file.metadata.generation);
      }),
    async list(prefix) {
      const [files] = await bucket.getFiles({ prefix });
      return files.map(({ name }) => name);
    },
  };
}

/** What `work` answers with; undefined when it fails with this status. */
async function orUndefined<T>(status: number, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (Number((error as { code?: unknown } | null)?.code) === status) return undefined;
    throw error;
  }
}
