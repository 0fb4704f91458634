import { setTimeout as sleep } from 'node:timers/promises';
import { registryObjects } from '../../functions/core/names.ts';
import {
  emptyIndex,
  parseSchemaIndex,
  type SchemaIndex,
  serialiseSchemaIndex,
} from '../../functions/core/schema/schema-index.ts';
import type { RegistryBucket } from './registry-bucket.ts';

/** The index of a schema as it is stored; generation undefined while nothing of the schema is published. */
export interface StoredIndex {
  readonly index: SchemaIndex;
  readonly generation: string | undefined;
}

export async function readStoredIndex(bucket: RegistryBucket, name: string): Promise<StoredIndex> {
  const stored = await bucket.read(registryObjects.index(name));
  return stored === undefined
    ? { index: emptyIndex(name), generation: undefined }
    : { index: parseSchemaIndex(stored.content.toString('utf8')), generation: stored.generation };
}

/** Writes an index in place of what was read; answers with what is stored then, or undefined when somebody else was faster. */
export async function replaceIndex(
  bucket: RegistryBucket,
  { index: before, generation }: StoredIndex,
  index: SchemaIndex,
): Promise<StoredIndex | undefined> {
  const text = serialiseSchemaIndex(index);
  if (generation !== undefined && text === serialiseSchemaIndex(before)) return { index, generation };
  const written = await bucket.write(
    registryObjects.index(index.name),
    Buffer.from(text),
    'application/json',
    generation,
  );
  return written === undefined ? undefined : { index, generation: written };
}

/** Attempts at a change of an index that others change at the same time; one of them succeeds each time. */
const attempts = 30;

/** Does `work` again, on what is stored then, for as long as it answers with undefined. */
export async function untilWritten<T>(name: string, work: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const result = await work();
    if (result !== undefined) return result;
    // Not in step with the others. One object can be written about once a second:
    // https://cloud.google.com/storage/quotas#objects
    await sleep(Math.random() * Math.min(100 * attempt, 2000));
  }
  throw new Error(`the index of ${name} was changed by others ${attempts} times while it was to be changed`);
}
