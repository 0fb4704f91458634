import type { CatalogueTable, PiiClasses } from '../../functions/core/catalogue.ts';
import { OnrampError } from '../../functions/core/errors.ts';
import { registryObjects } from '../../functions/core/names.ts';
import { compareSchemas } from '../../functions/core/schema/compatibility.ts';
import { compatibilityRules, type SchemaFinding } from '../../functions/core/schema/compatibility-rules.ts';
import { loadSchema, schemaVersion } from '../../functions/core/schema/descriptor-set.ts';
import { checkDescriptorSetSize } from '../../functions/core/schema/descriptor-set-size.ts';
import { pinnedColumns, pinsWith } from '../../functions/core/schema/pins.ts';
import { type Recovery, recoveredFields } from '../../functions/core/schema/recovery.ts';
import { currentVersion, type SchemaIndex, withVersion } from '../../functions/core/schema/schema-index.ts';
import {
  deduplicatedView,
  type TableDefinition,
  tableDefinition,
  type ViewDefinition,
} from '../../functions/core/warehouse-table.ts';
import type { Service } from '../config/service.ts';
import type { CompiledSchema, CompiledSchemas } from '../schemas.ts';
import type { RegistryBucket } from './registry-bucket.ts';
import { readStoredIndex, replaceIndex, untilWritten } from './stored-index.ts';
import type { UntilWritable } from './until-writable.ts';

export interface PublishRequest {
  /** Id of the platform's project. */
  readonly project: string;
  readonly services: readonly Service[];
  readonly schemas: CompiledSchemas;
  /** How classes of personal data are masked; undefined when none are configured. */
  readonly piiClasses: PiiClasses | undefined;
  readonly registry: RegistryBucket;
  readonly warehouse: Warehouse;
  readonly allowBreaking: boolean;
  /** Is waited for between the columns and the index, so that no event has to wait; without it, events do. */
  readonly untilWritable?: UntilWritable;
  readonly now: () => Date;
}

/** Makes tables and views and adds columns, safely while others do. */
export interface Warehouse {
  hasDataset(dataset: string): Promise<boolean>;
  /** Answers with the columns that the table has with another type. */
  ensure(table: TableDefinition): Promise<readonly Recovery[]>;
  ensureView(view: ViewDefinition): Promise<unknown>;
}

/** What became of one schema. */
export interface Publication {
  readonly name: string;
  readonly version: string;
  /** Whether this version was current before. */
  readonly unchanged: boolean;
  /** The version that was current before, unless it is the same or there was none. */
  readonly previous?: string;
  /** What breaks with it; only ever something where breaking is allowed. */
  readonly breaks: readonly SchemaFinding[];
  /** The tables that have its columns now, as `<dataset>.<table>`. */
  readonly tables: readonly string[];
  /** Those whose dataset is not deployed yet; they are made with their first row. */
  readonly laterTables: readonly string[];
  /** Columns, as `<dataset>.<table>.<path>`, that could not be written yet; absent when all can, or nobody waited. */
  readonly lateColumns?: readonly string[];
}

/**
 * Publishes the schemas that ramps are declared with: their descriptor sets, the columns that their fields are pinned to,
 * the columns of their tables, and last the index, by which functions learn of them. Every step may be done twice, and by
 * several at once; one that was interrupted is completed by the next.
 * @throws OnrampError SCHEMA_BREAKING, before anything is written, when one of them breaks what is published and that is
 * not allowed; SCHEMA_TOO_LARGE likewise
 */
export async function publishSchemas(request: PublishRequest): Promise<Publication[]> {
  const used = usedSchemas(request);
  const indexes = await Promise.all(used.map(({ schema }) => readStoredIndex(request.registry, schema.name)));
  const breaks = await Promise.all(used.map((each, at) => breaksOf(each, indexes[at]?.index, request)));
  refuseBreaks(breaks.flat(), request.allowBreaking);
  return Promise.all(used.map(each => publishSchema(each, request)));
}

interface UsedSchema extends CompiledSchema {
  readonly tables: readonly CatalogueTable[];
}

function usedSchemas({ services, schemas }: PublishRequest): UsedSchema[] {
  const ramps = services.flatMap(service => service.ramps);
  const byName = Map.groupBy(ramps, ramp => ramp.schema);
  return [...byName].flatMap(([name, ofSchema]) => {
    const compiled = name === undefined ? undefined : schemas.get(name);
    if (compiled === undefined) return [];
    checkDescriptorSetSize(compiled.schema.name, compiled.descriptorSet);
    return [{ ...compiled, tables: ofSchema.flatMap(({ table }) => (table === undefined ? [] : [table])) }];
  });
}

async function publishSchema(used: UsedSchema, request: PublishRequest): Promise<Publication> {
  const { registry, warehouse, project, now } = request;
  const { schema, descriptorSet, tables } = used;
  const { name, version } = schema;
  await storeDescriptorSet(registry, name, version, descriptorSet);
  return untilWritten(name, async () => {
    const stored = await readStoredIndex(registry, name);
    // Again: somebody may have published another version since.
    const breaks = await breaksOf(used, stored.index, request);
    refuseBreaks(breaks, request.allowBreaking);
    const pins = pinsWith(stored.index.pins, schema.columns);
    // The pins by themselves before any table has the columns: so no two ever give one column to different fields.
    const pinned = await replaceIndex(registry, stored, { ...stored.index, pins });
    if (pinned === undefined) return undefined;

    const atRest = { ...schema, columns: pinnedColumns(schema.columns, pins) };
    const made: TableDefinition[] = [];
    for (const layout of tables) {
      if (!(await warehouse.hasDataset(layout.dataset))) continue;
      const definition = tableDefinition(layout, atRest);
      const recoveries = await warehouse.ensure(definition);
      await warehouse.ensureView(deduplicatedView(project, layout));
      made.push({ ...definition, fields: recoveredFields(definition.fields, recoveries) });
    }
    const late = await Promise.all(made.map(table => lateColumns(table, request.untilWritable)));
    const before = currentVersion(stored.index);
    const written = await replaceIndex(registry, pinned, withVersion(pinned.index, version, now().toISOString(), pins));
    if (written === undefined) return undefined;
    const there = made.map(nameOf);
    return {
      name,
      version,
      unchanged: before === version,
      ...(before !== undefined && before !== version && { previous: before }),
      breaks,
      tables: there,
      laterTables: tables.map(nameOf).filter(table => !there.includes(table)),
      ...(late.flat().length > 0 && { lateColumns: late.flat() }),
    };
  });
}

const nameOf = ({ dataset, table }: Pick<CatalogueTable, 'dataset' | 'table'>) => `${dataset}.${table}`;

const lateColumns = async (table: TableDefinition, until: UntilWritable | undefined): Promise<string[]> =>
  ((await until?.(table)) ?? []).map(path => `${nameOf(table)}.${path}`);

/** Stored once and never changed, unless what is there is not what its name says: then publishing mends it. */
async function storeDescriptorSet(
  registry: RegistryBucket,
  name: string,
  version: string,
  bytes: Uint8Array,
): Promise<void> {
  const object = registryObjects.descriptorSet(name, version);
  await untilWritten(name, async () => {
    const stored = await registry.read(object);
    if (stored !== undefined && isVersion(stored.content, name, version)) return stored.generation;
    return registry.write(object, bytes, 'application/x-protobuf', stored?.generation);
  });
}

function isVersion(bytes: Uint8Array, name: string, version: string): boolean {
  try {
    loadSchema(bytes, name);
    return schemaVersion(bytes) === version;
  } catch {
    return false;
  }
}

/** What breaks when a schema follows the one that is current in an index. */
async function breaksOf(
  { schema }: UsedSchema,
  index: SchemaIndex | undefined,
  { registry, piiClasses }: PublishRequest,
): Promise<SchemaFinding[]> {
  const current = index && currentVersion(index);
  if (index === undefined || current === undefined || current === schema.version) return [];
  const stored = await registry.read(registryObjects.descriptorSet(schema.name, current));
  if (stored === undefined || !isVersion(stored.content, schema.name, current)) return [];
  const published = loadSchema(stored.content, schema.name, { pii: piiClasses });
  return compareSchemas({ schema: published, pins: index.pins }, schema).filter(
    ({ rule }) => compatibilityRules[rule].level === 'breaking',
  );
}

function refuseBreaks(breaks: readonly SchemaFinding[], allowed: boolean): void {
  if (allowed || breaks.length === 0) return;
  throw new OnrampError('SCHEMA_BREAKING', breaks.map(({ at, what }) => `${at}: ${what}`).join('; '));
}
