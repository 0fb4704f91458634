import { type Catalogue, type CatalogueRamp, type PiiClasses, parseCatalogue } from '../core/catalogue.ts';
import { OnrampError } from '../core/errors.ts';
import { type RampAddress, registryObjects } from '../core/names.ts';
import { loadSchema, type Schema } from '../core/schema/descriptor-set.ts';
import { checkDescriptorSetSize } from '../core/schema/descriptor-set-size.ts';
import {
  type ColumnPins,
  currentVersion,
  emptyIndex,
  knownVersion,
  parseSchemaIndex,
  type SchemaIndex,
  withdrawalOf,
} from '../core/schema/schema-index.ts';
import type { Objects } from './objects.ts';
import { type Refreshing, refreshing } from './refreshing.ts';
import { type LoadedSchema, SchemaCache } from './schema-cache.ts';

/** What the stages ask the registry bucket. Answers come from memory wherever they can. */
export interface Registry {
  /**
   * The ramp as the catalogue has it. A change of the catalogue is seen within seconds, a new ramp at once.
   * @throws OnrampError RAMP_UNKNOWN
   */
  ramp(address: string): Promise<CatalogueRamp>;
  /** The version of a schema that messages have which name none; undefined when none is published. */
  current(name: string): Promise<string | undefined>;
  /**
   * The current version of a schema when it was published after `version`; for a message that holds fields which
   * `version` does not know. Undefined when there is none.
   */
  newer(name: string, version: string): Promise<string | undefined>;
  /**
   * A version of a schema, its columns named as the schema's pins say. A new version is seen at once, unless it was asked
   * for in the two seconds before.
   * @throws OnrampError SCHEMA_UNKNOWN_VERSION, SCHEMA_WITHDRAWN, SCHEMA_TOO_LARGE, and those of `loadSchema`
   */
  schema(name: string, version: string): Promise<Schema>;
}

/** Age at which the catalogue and an index are read again, in the background. */
const maxAgeMillis = 5000;
/** For so long a ramp, or a version, that is not there is not asked for again. */
export const absenceMillis = 2000;
/** For so long a newer version is not asked for again. */
const newerMillis = 500;
/** Versions that are remembered as absent; made-up ones must not fill the memory. */
const absentVersions = 1000;
/** Descriptor sets, in bytes, that are kept parsed; in memory each is several times that. */
const cachedBytes = 16 * 1024 * 1024;

interface Options {
  readonly now?: () => number;
  readonly cachedBytes?: number;
}

export function createRegistry(bucket: Objects, options: Options = {}): Registry {
  const now = options.now ?? Date.now;
  const catalogue = refreshing('the catalogue', readCatalogue, maxAgeMillis, now);
  const indexes = new Map<string, Refreshing<SchemaIndex>>();
  /** By name and version: when it was found absent. */
  const absent = new Map<string, number>();
  const schemas = new SchemaCache(options.cachedBytes ?? cachedBytes, absenceMillis, now);

  async function readCatalogue() {
    const text = await bucket.read(registryObjects.catalogue);
    if (!text) throw new Error(`the registry bucket has no ${registryObjects.catalogue}`);
    const parsed = parseCatalogue(text.toString('utf8'));
    return { ...parsed, piiKey: JSON.stringify(parsed.piiClasses) };
  }

  function indexOf(name: string): Refreshing<SchemaIndex> {
    let index = indexes.get(name);
    if (!index) {
      const read = async () => (await readIndex(bucket, name)) ?? emptyIndex(name);
      indexes.set(name, (index = refreshing(`the index of ${name}`, read, maxAgeMillis, now)));
    }
    return index;
  }

  function noteAbsent(key: string, at: number): void {
    absent.delete(key);
    absent.set(key, at);
    const [oldest] = absent.keys();
    if (absent.size > absentVersions && oldest !== undefined) absent.delete(oldest);
  }

  async function load(
    name: string,
    version: string,
    pins: ColumnPins,
    pii: PiiClasses | undefined,
  ): Promise<LoadedSchema> {
    const object = registryObjects.descriptorSet(name, version);
    const bytes = await bucket.read(object);
    // The index says that it is there: not the message is wrong, but the bucket.
    if (!bytes) throw new Error(`the registry bucket has no ${object}, which the index of ${name} names`);
    checkDescriptorSetSize(name, bytes);
    return { bytes: bytes.byteLength, schema: loadSchema(bytes, name, { pins, pii }) };
  }

  return {
    async ramp(address) {
      const find = (from: Catalogue) => from.ramps[address as RampAddress];
      const ramp = find(await catalogue.get()) ?? find(await catalogue.get(absenceMillis));
      if (!ramp) throw new OnrampError('RAMP_UNKNOWN', `ramp ${address}`);
      return ramp;
    },
    async current(name) {
      const index = indexOf(name);
      return currentVersion(await index.get()) ?? currentVersion(await index.get(absenceMillis));
    },
    async newer(name, version) {
      const { versions, ...index } = await indexOf(name).get(newerMillis);
      const current = currentVersion({ ...index, versions });
      const place = (wanted: string) => versions.findIndex(known => known.version === wanted);
      return current !== undefined && place(current) > place(version) ? current : undefined;
    },
    async schema(name, version) {
      let index = await indexOf(name).get();
      const key = JSON.stringify([name, version]);
      const foundAbsent = absent.get(key) ?? Number.NEGATIVE_INFINITY;
      if (!knownVersion(index, version) && now() - foundAbsent > absenceMillis) {
        // It may have been published since the index was read, however lately that was.
        const asked = now();
        index = await indexOf(name).fresh();
        if (!knownVersion(index, version)) noteAbsent(key, asked);
      }
      if (!knownVersion(index, version)) throw unusable(index, version);
      const { piiClasses, piiKey } = await catalogue.get();
      return schemas.get(JSON.stringify([name, version, piiKey]), () => load(name, version, index.pins, piiClasses));
    },
  };
}

/** What the registry says of a schema now; undefined when nothing of it was ever published. */
export async function readIndex(bucket: Pick<Objects, 'read'>, name: string): Promise<SchemaIndex | undefined> {
  const text = await bucket.read(registryObjects.index(name));
  return text && parseSchemaIndex(text.toString('utf8'));
}

function unusable(index: SchemaIndex, version: string): OnrampError {
  const withdrawal = withdrawalOf(index, version);
  return withdrawal
    ? new OnrampError('SCHEMA_WITHDRAWN', `schema ${index.name}, version ${version}: ${withdrawal.why}`)
    : new OnrampError('SCHEMA_UNKNOWN_VERSION', `schema ${index.name}, version ${version}`);
}
