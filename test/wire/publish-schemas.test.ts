import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { registryObjects } from '../../functions/core/names.ts';
import { maxDescriptorSetBytes } from '../../functions/core/schema/descriptor-set-size.ts';
import { currentVersion } from '../../functions/core/schema/schema-index.ts';
import type { Service } from '../../infra/config/service.ts';
import { publishSchemas } from '../../infra/publish/publish-schemas.ts';
import { type RegistryBucket, registryBucketOf } from '../../infra/publish/registry-bucket.ts';
import { listIndexes, publishedSchema, withdrawVersion } from '../../infra/publish/registry-entries.ts';
import { readStoredIndex } from '../../infra/publish/stored-index.ts';
import type { CompiledSchema } from '../../infra/schemas.ts';
import { warehouseOf } from '../../local/warehouse.ts';
import { compileSale, sale, shopWith } from '../support/published-schemas.ts';
import { project, startStandIns } from './support/stand-ins.ts';

const first = compileSale('string item = 1');
const withPrice = compileSale('string item = 1', 'int64 price = 2');
const withColour = compileSale('string item = 1', 'string colour = 3');
const retyped = compileSale('int64 item = 1');

describe('publishing schemas', () => {
  let standIns: Awaited<ReturnType<typeof startStandIns>>;
  let registry: RegistryBucket;
  /** Each test has a registry and a table of its own. */
  let number = 0;
  let service: Service;
  before(async () => {
    standIns = await startStandIns();
    await standIns.bigquery.createDataset('shop');
  });
  beforeEach(async () => {
    number += 1;
    service = shopWith(`sales_${number}`);
    const name = `registry-${number}`;
    await standIns.storage.createBucket(name);
    registry = registryBucketOf(standIns.storage.bucket(name));
  });
  after(() => standIns.close());

  const publish = async (
    compiled: CompiledSchema,
    options: { allowBreaking?: boolean; registry?: RegistryBucket } = {},
  ) => {
    const [publication] = await publishSchemas({
      project,
      services: [service],
      schemas: { names: [sale], get: () => compiled, position: () => undefined },
      piiClasses: undefined,
      registry: options.registry ?? registry,
      warehouse: warehouseOf(standIns.bigquery),
      allowBreaking: options.allowBreaking ?? false,
      now: () => new Date(),
    });
    return publication ?? assert.fail('nothing was published');
  };
  const index = async () => (await readStoredIndex(registry, sale)).index;
  const versions = async () => (await index()).versions.map(({ version }) => version);
  const columns = async () => {
    const [table] = (await standIns.bigquery.dataset('shop').table(`sales_${number}`).getMetadata()) as unknown as [
      { schema: { fields: { name: string; type: string }[] } },
    ];
    return table.schema.fields
      .filter(({ name }) => !name.startsWith('onramp_'))
      .map(({ name, type }) => `${name} ${type}`);
  };

  it('makes the table and its view, then puts the version into the index', async () => {
    const { version, unchanged, tables } = await publish(first);
    assert.deepEqual([version, unchanged, tables], [first.schema.version, false, [`shop.sales_${number}`]]);
    assert.equal(currentVersion(await index()), version);
    assert.deepEqual(await columns(), ['item STRING']);
    assert.deepEqual(await standIns.bigquery.dataset('shop').table(`sales_${number}_deduplicated`).exists(), [true]);
    const schema = await publishedSchema(registry, sale);
    assert.deepEqual([schema.name, schema.version, schema.columns[0]?.name], [sale, version, 'item']);
  });

  it('leaves a table whose dataset is not deployed yet to its first row', async () => {
    const [ramp] = service.ramps;
    assert.ok(ramp?.table);
    service = { ...service, ramps: [{ ...ramp, table: { ...ramp.table, dataset: 'not_yet' } }] };
    const { tables, laterTables } = await publish(first);
    assert.deepEqual([tables, laterTables], [[], [`not_yet.sales_${number}`]]);
    assert.equal(currentVersion(await index()), first.schema.version);
  });

  it('changes nothing when it is done again', async () => {
    await publish(first);
    const before = await readStoredIndex(registry, sale);
    assert.equal((await publish(first)).unchanged, true);
    assert.deepEqual(await readStoredIndex(registry, sale), before);
  });

  it('adds the columns of the next version, and makes an older one current again', async () => {
    await publish(first);
    const { previous } = await publish(withPrice);
    assert.equal(previous, first.schema.version);
    assert.deepEqual(await columns(), ['item STRING', 'price INTEGER']);
    await publish(first, { allowBreaking: true });
    assert.deepEqual(await versions(), [withPrice.schema.version, first.schema.version]);
    assert.deepEqual(
      (await listIndexes(registry)).map(({ name }) => name),
      [sale],
    );
  });

  it('by many at once ends with one index, whose last version is current', async () => {
    const compiled = [first, withPrice, withColour, first, withPrice, withColour];
    await Promise.all(compiled.map(each => publish(each, { allowBreaking: true })));
    const known = await versions();
    assert.deepEqual(known.toSorted(), [first, withPrice, withColour].map(({ schema }) => schema.version).toSorted());
    assert.equal(currentVersion(await index()), known.at(-1));
    assert.deepEqual((await columns()).toSorted(), ['colour STRING', 'item STRING', 'price INTEGER']);
  });

  it('of one field with different types at once gives each a column of its own', async () => {
    await Promise.all([first, retyped].map(each => publish(each, { allowBreaking: true })));
    const pins = (await index()).pins['1'] ?? [];
    assert.deepEqual(pins.map(({ column }) => column).toSorted(), ['item', 'item_2']);
    assert.deepEqual((await columns()).toSorted(), pins.map(({ column, type }) => `${column} ${type}`).toSorted());
  });

  it('refuses what breaks, having written nothing, unless that is allowed', async () => {
    await publish(first);
    await assert.rejects(publish(retyped), { code: 'SCHEMA_BREAKING' });
    assert.deepEqual(await versions(), [first.schema.version]);
    assert.deepEqual(await registry.list(registryObjects.descriptorSet(sale, retyped.schema.version)), []);
    const { breaks } = await publish(retyped, { allowBreaking: true });
    assert.ok(breaks.length > 0);
    assert.deepEqual(await columns(), ['item STRING', 'item_2 INTEGER']);
    assert.equal((await publishedSchema(registry, sale)).columns[0]?.name, 'item_2');
    assert.equal((await publishedSchema(registry, sale, first.schema.version)).columns[0]?.name, 'item');
  });

  it('is completed by the next when it is interrupted anywhere', async () => {
    await publish(first);
    // What one has written, the next finds there.
    for (const writes of [0, 1, 1]) {
      let left = writes;
      const dying: RegistryBucket = {
        ...registry,
        write: (...of) => (left-- > 0 ? registry.write(...of) : Promise.reject(new Error('killed'))),
      };
      await assert.rejects(publish(withPrice, { registry: dying }), /killed/);
      assert.deepEqual(await versions(), [first.schema.version]);
    }
    await publish(withPrice);
    assert.equal(currentVersion(await index()), withPrice.schema.version);
    assert.deepEqual(await columns(), ['item STRING', 'price INTEGER']);
  });

  it('mends a descriptor set that is not what its name says', async () => {
    await publish(first);
    const object = registryObjects.descriptorSet(sale, first.schema.version);
    const stored = await registry.read(object);
    await registry.write(object, Buffer.from('corrupt'), 'application/x-protobuf', stored?.generation);
    await assert.rejects(publishedSchema(registry, sale), { code: 'SCHEMA_UNREADABLE' });
    await publish(first);
    assert.equal((await publishedSchema(registry, sale)).version, first.schema.version);
  });

  it('refuses a descriptor set that is too large', async () => {
    const huge = { ...first, descriptorSet: Buffer.alloc(maxDescriptorSetBytes + 1) };
    await assert.rejects(publish(huge), { code: 'SCHEMA_TOO_LARGE' });
    assert.deepEqual(await registry.list(''), []);
  });

  it('lets a version be withdrawn, once, and be published again', async () => {
    await publish(first);
    await publish(withPrice);
    const { version } = withPrice.schema;
    const at = new Date('2026-01-02T03:04:05Z');
    await withdrawVersion(registry, sale, version, { at, why: 'wrong unit' });
    await withdrawVersion(registry, sale, version, { at: new Date(), why: 'another reason' });
    const withdrawn = (await index()).versions.at(-1)?.withdrawn;
    assert.deepEqual(withdrawn, { at: at.toISOString(), why: 'wrong unit' });
    assert.equal(currentVersion(await index()), first.schema.version);
    await publish(withPrice);
    assert.equal(currentVersion(await index()), version);
    await assert.rejects(withdrawVersion(registry, sale, 'ffffffffffffffff', { at, why: '' }), {
      code: 'SCHEMA_UNKNOWN_VERSION',
    });
  });
});
