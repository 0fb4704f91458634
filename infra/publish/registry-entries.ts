import { parseCatalogue } from '../../functions/core/catalogue.ts';
import { OnrampError } from '../../functions/core/errors.ts';
import { registryObjects } from '../../functions/core/names.ts';
import { loadSchema, type Schema } from '../../functions/core/schema/descriptor-set.ts';
import {
  currentVersion,
  parseSchemaIndex,
  type SchemaIndex,
  withdrawn,
} from '../../functions/core/schema/schema-index.ts';
import type { RegistryBucket } from './registry-bucket.ts';
import { readStoredIndex, replaceIndex, untilWritten } from './stored-index.ts';

/** The indexes of all schemas that were ever published, by name. */
export async function listIndexes(registry: RegistryBucket): Promise<SchemaIndex[]> {
  const objects = await registry.list(registryObjects.schemas);
  const read = objects
    .filter(name => registryObjects.schemaOfIndex(name) !== undefined)
    .map(async name => {
      const stored = await registry.read(name);
      return stored && parseSchemaIndex(stored.content.toString('utf8'));
    });
  return (await Promise.all(read)).filter(index => index !== undefined);
}

/**
 * A published version of a schema, with its columns as they are at rest; the current one by default.
 * @throws OnrampError SCHEMA_UNKNOWN_VERSION, and those of `loadSchema`
 */
export async function publishedSchema(registry: RegistryBucket, name: string, version?: string): Promise<Schema> {
  const { index } = await readStoredIndex(registry, name);
  const wanted = version ?? currentVersion(index);
  const entry = index.versions.find(each => each.version === wanted);
  const stored = entry && (await registry.read(registryObjects.descriptorSet(name, entry.version)));
  if (!stored) throw unknownVersion(index, version);
  const catalogue = await registry.read(registryObjects.catalogue);
  const pii = catalogue && parseCatalogue(catalogue.content.toString('utf8')).piiClasses;
  return loadSchema(stored.content, name, { pins: index.pins, pii });
}

/**
 * Withdraws a version: messages that name it are set aside and wait, until it is published again. Answers with the index.
 * @throws OnrampError SCHEMA_UNKNOWN_VERSION
 */
export async function withdrawVersion(
  registry: RegistryBucket,
  name: string,
  version: string,
  { at, why }: { readonly at: Date; readonly why: string },
): Promise<SchemaIndex> {
  return untilWritten(name, async () => {
    const stored = await readStoredIndex(registry, name);
    if (!stored.index.versions.some(each => each.version === version)) throw unknownVersion(stored.index, version);
    return (await replaceIndex(registry, stored, withdrawn(stored.index, version, at.toISOString(), why)))?.index;
  });
}

function unknownVersion({ name, versions }: SchemaIndex, version: string | undefined): OnrampError {
  const known = versions.map(each => each.version).join(', ');
  return new OnrampError(
    'SCHEMA_UNKNOWN_VERSION',
    `schema ${name}${version === undefined ? '' : `, version ${version}`}; published are: ${known === '' ? 'none' : known}`,
  );
}
