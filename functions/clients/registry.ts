import { type Catalogue, type CatalogueRamp, parseCatalogue } from '../core/catalogue.ts';
import { OnrampError } from '../core/errors.ts';
import { type RampAddress, registryObjects } from '../core/names.ts';
import { loadSchema, type Schema } from '../core/schema/descriptor-set.ts';
import { messageOfError } from '../log.ts';
import type { Objects } from './objects.ts';

/** What the stages ask the registry bucket. Answers come from memory wherever they can. */
export interface Registry {
  /**
   * The ramp as the catalogue has it. A change of the catalogue is seen within seconds, a new ramp at once.
   * @throws OnrampError RAMP_UNKNOWN
   */
  ramp(address: string): Promise<CatalogueRamp>;
  /** @throws OnrampError SCHEMA_UNKNOWN_VERSION */
  schema(name: string, version: string): Promise<Schema>;
}

/** Age at which the catalogue is read again, in the background. */
const catalogueMaxAgeMillis = 5000;
/** For so long a ramp or a schema that is not there is not asked for again. */
const absenceMillis = 2000;

export function createRegistry(bucket: Objects, now: () => number = Date.now): Registry {
  const catalogue = refreshing(async () => {
    const text = await bucket.read(registryObjects.catalogue);
    if (!text) throw new Error(`the registry bucket has no ${registryObjects.catalogue}`);
    return parseCatalogue(text.toString('utf8'));
  }, now);
  const schemas = new Map<string, Promise<Schema>>();

  return {
    async ramp(address) {
      const find = (from: Catalogue) => from.ramps[address as RampAddress];
      const ramp = find(await catalogue.get()) ?? find(await catalogue.get(absenceMillis));
      if (!ramp) throw new OnrampError('RAMP_UNKNOWN', `ramp ${address}`);
      return ramp;
    },
    schema(name, version) {
      const object = registryObjects.descriptorSet(name, version);
      let schema = schemas.get(object);
      if (!schema) {
        schema = bucket.read(object).then(bytes => {
          if (!bytes) throw new OnrampError('SCHEMA_UNKNOWN_VERSION', `schema ${name}, version ${version}`);
          return loadSchema(bytes, name);
        });
        schemas.set(object, schema);
        // Nothing failed is remembered for long: the version may be published, or the network mended, any moment.
        schema.catch(() => setTimeout(() => schemas.delete(object), absenceMillis).unref());
      }
      return schema;
    },
  };
}

/** A value that is loaded once for all who ask at the same time, and again once it has aged. */
function refreshing<T>(load: () => Promise<T>, now: () => number) {
  let value: T | undefined;
  let loadedAt = 0;
  let loading: Promise<T> | undefined;
  const reload = () =>
    (loading ??= load()
      .then(loaded => {
        value = loaded;
        loadedAt = now();
        return loaded;
      })
      .finally(() => {
        loading = undefined;
      }));
  return {
    /** Waits for a load when there is no value, or none younger than `olderThan` milliseconds. */
    async get(olderThan = Number.POSITIVE_INFINITY): Promise<T> {
      const age = now() - loadedAt;
      if (value === undefined || age > olderThan) return reload();
      if (age > catalogueMaxAgeMillis) {
        void reload().catch((error: unknown) => {
          // The old one goes on being used; the next caller tries again.
          console.warn(JSON.stringify({ severity: 'WARNING', message: `catalogue: ${messageOfError(error)}` }));
        });
      }
      return value;
    },
  };
}
