import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { createStorage, type Objects } from '../../functions/clients/objects.ts';
import { createRegistry } from '../../functions/clients/registry.ts';
import { OnrampError } from '../../functions/core/errors.ts';
import { registryObjects } from '../../functions/core/names.ts';
import { maxDescriptorSetBytes } from '../../functions/core/schema/descriptor-set-size.ts';
import { pinsWith } from '../../functions/core/schema/pins.ts';
import {
  emptyIndex,
  type SchemaIndex,
  serialiseSchemaIndex,
  withdrawn,
  withVersion,
} from '../../functions/core/schema/schema-index.ts';
import type { CompiledSchema } from '../../infra/schemas.ts';
import { compileSale, sale, saleTable } from '../support/published-schemas.ts';
import { startStandIns } from './support/stand-ins.ts';

const first = compileSale('string item = 1');
const second = compileSale('string thing = 1', 'int64 price = 2');
const ramp = { owner: 'o@example.com', description: '', schema: { name: sale }, warehouse: saleTable('sales') };

describe('the registry, as the functions read it', () => {
  let standIns: Awaited<ReturnType<typeof startStandIns>>;
  let bucket: string;
  let objects: Objects;
  /** The names of the objects that were read. */
  let reads: string[];
  let buckets = 0;
  let now = 0;
  before(async () => {
    standIns = await startStandIns();
  });
  beforeEach(async () => {
    buckets += 1;
    bucket = `registry-${buckets}`;
    await standIns.storage.createBucket(bucket);
    const client = (await createStorage())(bucket);
    reads = [];
    objects = { ...client, read: name => (reads.push(name), client.read(name)) };
    now = 1_000_000;
    await writeCatalogue('shop/sales');
  });
  after(() => standIns.close());

  const write = (name: string, content: Uint8Array | string) =>
    standIns.storage.bucket(bucket).file(name).save(Buffer.from(content), { resumable: false });
  const writeCatalogue = (...ramps: string[]) =>
    write('catalogue.json', JSON.stringify({ version: 1, ramps: Object.fromEntries(ramps.map(each => [each, ramp])) }));
  const writeIndex = (index: SchemaIndex) => write(registryObjects.index(sale), serialiseSchemaIndex(index));
  const publish = async (index: SchemaIndex, { schema, descriptorSet }: CompiledSchema) => {
    await write(registryObjects.descriptorSet(sale, schema.version), descriptorSet);
    const next = withVersion(index, schema.version, '2026-01-01T00:00:00Z', pinsWith(index.pins, schema.columns));
    await writeIndex(next);
    return next;
  };
  const open = (cachedBytes?: number) =>
    createRegistry(objects, { now: () => now, ...(cachedBytes !== undefined && { cachedBytes }) });
  const countOf = (name: string) => reads.filter(each => each === name).length;
  const unknown = { code: 'SCHEMA_UNKNOWN_VERSION' };

  it('finds a ramp at once that was added after the catalogue was read', async () => {
    const registry = open();
    assert.equal((await registry.ramp('shop/sales')).owner, 'o@example.com');
    await assert.rejects(registry.ramp('shop/returns'), { code: 'RAMP_UNKNOWN' });
    await writeCatalogue('shop/sales', 'shop/returns');
    now += 3000;
    assert.equal((await registry.ramp('shop/returns')).owner, 'o@example.com');
  });

  it('knows a version at once, however lately it was published', async () => {
    const registry = open();
    const { version } = first.schema;
    assert.equal(await registry.current(sale), undefined);
    await publish(emptyIndex(sale), first);
    assert.equal((await registry.schema(sale, version)).version, version);
    assert.equal(await registry.current(sale), version);
    assert.equal(countOf(registryObjects.index(sale)), 2);
  });

  it('knows a version that is published while the index is being read', async () => {
    const isRead = Promise.withResolvers<undefined>();
    const goesOn = Promise.withResolvers<undefined>();
    const slow: Objects = {
      ...objects,
      async read(name) {
        const content = await objects.read(name);
        isRead.resolve(undefined);
        await goesOn.promise;
        return content;
      },
    };
    const registry = createRegistry(slow, { now: () => now });
    const before = registry.current(sale);
    await isRead.promise;
    await publish(emptyIndex(sale), first);
    const after = registry.schema(sale, first.schema.version);
    goesOn.resolve(undefined);
    assert.equal(await before, undefined);
    assert.equal((await after).version, first.schema.version);
  });

  it('asks for a version that was absent no sooner than after two seconds', async () => {
    const registry = open();
    const { version } = first.schema;
    await assert.rejects(registry.schema(sale, version), unknown);
    await publish(emptyIndex(sale), first);
    now += 2000;
    const before = countOf(registryObjects.index(sale));
    await assert.rejects(registry.schema(sale, version), unknown);
    assert.equal(countOf(registryObjects.index(sale)), before);
    now += 1;
    assert.equal((await registry.schema(sale, version)).version, version);
  });

  it('reads everything once for all who ask at the same time', async () => {
    const registry = open();
    await publish(emptyIndex(sale), first);
    const asked = await Promise.all(Array.from({ length: 100 }, () => registry.schema(sale, first.schema.version)));
    assert.equal(new Set(asked).size, 1);
    await Promise.all(
      Array.from({ length: 100 }, () => assert.rejects(registry.schema(sale, 'f'.repeat(16)), unknown)),
    );
    assert.deepEqual(reads.toSorted(), [
      'catalogue.json',
      registryObjects.descriptorSet(sale, first.schema.version),
      registryObjects.index(sale),
      registryObjects.index(sale),
    ]);
  });

  it('takes up another current version in the background, when the index is five seconds old', async () => {
    const registry = open();
    const index = await publish(emptyIndex(sale), first);
    assert.equal(await registry.current(sale), first.schema.version);
    await publish(index, second);
    now += 4000;
    assert.equal(await registry.current(sale), first.schema.version);
    now += 1001;
    assert.equal(await registry.current(sale), first.schema.version, 'nobody waits for it');
    while ((await registry.current(sale)) !== second.schema.version) await new Promise(setImmediate);
  });

  it('names the columns of every version as they are pinned', async () => {
    await publish(await publish(emptyIndex(sale), first), second);
    const { columns } = await open().schema(sale, second.schema.version);
    assert.deepEqual(
      columns.map(({ name }) => name),
      ['item', 'price'],
    );
  });

  it('refuses a withdrawn version with the reason, until it is published again', async () => {
    const { version } = first.schema;
    const index = await publish(emptyIndex(sale), first);
    await writeIndex(withdrawn(index, version, '2026-01-02T00:00:00Z', 'wrong unit'));
    const registry = open();
    await assert.rejects(registry.schema(sale, version), {
      code: 'SCHEMA_WITHDRAWN',
      detail: `schema ${sale}, version ${version}: wrong unit`,
    });
    assert.equal(await registry.current(sale), undefined);
    await writeIndex(index);
    now += 2001;
    assert.equal((await registry.schema(sale, version)).version, version);
  });

  it('keeps only so many bytes of schemas, those that were asked for last', async () => {
    await publish(await publish(emptyIndex(sale), first), second);
    const registry = open(Math.max(first.descriptorSet.byteLength, second.descriptorSet.byteLength));
    const ask = (of: CompiledSchema) => registry.schema(sale, of.schema.version);
    await ask(first);
    await ask(first);
    await ask(second);
    await ask(first);
    assert.equal(countOf(registryObjects.descriptorSet(sale, first.schema.version)), 2);
    assert.equal(countOf(registryObjects.descriptorSet(sale, second.schema.version)), 1);
  });

  it('takes it for no fault of the message when the bucket cannot be read, or lacks what its index names', async () => {
    const index = await publish(emptyIndex(sale), first);
    const { version } = first.schema;
    const away: Objects = { ...objects, read: () => Promise.reject(new Error('the network is away')) };
    const isNoCode = (error: unknown) => !(error instanceof OnrampError);
    await assert.rejects(createRegistry(away).schema(sale, version), isNoCode);
    await assert.rejects(createRegistry(away).current(sale), isNoCode);
    await standIns.storage.bucket(bucket).file(registryObjects.descriptorSet(sale, version)).delete();
    const registry = open();
    await assert.rejects(registry.schema(sale, version), isNoCode);
    // Mended, it is seen after two seconds.
    await publish(index, first);
    now += 2001;
    assert.equal((await registry.schema(sale, version)).version, version);
  });

  for (const [what, bytes, code] of [
    ['corrupt', Buffer.from('no descriptor set'), 'SCHEMA_UNREADABLE'],
    ['huge', Buffer.alloc(maxDescriptorSetBytes + 1), 'SCHEMA_TOO_LARGE'],
    ['of another message', compileSet('other.proto', 'Other', []), 'SCHEMA_MESSAGE_MISSING'],
    ['that lacks an import', compileSet('sale.proto', 'Sale', ['gone.proto']), 'SCHEMA_UNREADABLE'],
    ['that imports itself', compileSet('sale.proto', 'Sale', ['sale.proto']), 'SCHEMA_UNREADABLE'],
  ] as const) {
    it(`refuses a descriptor set that is ${what} with ${code}`, async () => {
      await publish(emptyIndex(sale), { ...first, descriptorSet: bytes });
      await assert.rejects(open().schema(sale, first.schema.version), { code });
    });
  }
});

function compileSet(name: string, message: string, dependency: string[]): Uint8Array {
  const file = { name, package: 'shop.v1', syntax: 'proto3', dependency, messageType: [{ name: message }] };
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: [file] }));
}
