import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parseEndpoint } from '../../functions/clients/endpoints.ts';
import { currentVersion } from '../../functions/core/schema/schema-index.ts';
import { publishSchemas } from '../../infra/publish/publish-schemas.ts';
import { type RegistryBucket, registryBucketOf } from '../../infra/publish/registry-bucket.ts';
import { readStoredIndex } from '../../infra/publish/stored-index.ts';
import { createUntilWritable } from '../../infra/publish/until-writable.ts';
import type { CompiledSchema } from '../../infra/schemas.ts';
import { warehouseOf } from '../../local/warehouse.ts';
import { type WriterFieldsReader, writerFieldsOf } from '../../local/writer-fields.ts';
import { compileSale, sale, shopWith } from '../support/published-schemas.ts';
import { project, startStandIns } from './support/stand-ins.ts';

const schemaDelayMillis = 90_000;
const first = compileSale('string item = 1');
const withPrice = compileSale('string item = 1', 'int64 price = 2');
const retyped = compileSale('int64 item = 1', 'int64 price = 2');

describe('publishing where writers hear of new columns late', () => {
  const time = { millis: Date.parse('2026-05-01T00:00:00Z') };
  let standIns: Awaited<ReturnType<typeof startStandIns>>;
  let registry: RegistryBucket;
  let writers: WriterFieldsReader;
  before(async () => {
    standIns = await startStandIns({ clock: { now: () => time.millis }, schemaDelayMillis });
    await standIns.bigquery.createDataset('shop');
    await standIns.storage.createBucket('registry');
    registry = registryBucketOf(standIns.storage.bucket('registry'));
    writers = await writerFieldsOf(project, parseEndpoint(process.env['BIGQUERY_STORAGE_EMULATOR_HOST'])?.port);
  });
  after(async () => {
    writers.close();
    await standIns.close();
  });

  const current = async () => currentVersion((await readStoredIndex(registry, sale)).index);

  /** Publishes, and answers with what was current at each look at what writers know. */
  async function publish(compiled: CompiledSchema, patienceMillis: number) {
    const said: string[] = [];
    const seen: (string | undefined)[] = [];
    const started = time.millis;
    const untilWritable = createUntilWritable({
      writerFields: writers.read,
      patienceMillis,
      clock: {
        now: () => time.millis,
        async sleep(millis) {
          seen.push(await current());
          time.millis += millis;
        },
      },
      say: line => said.push(line),
    });
    const [publication = assert.fail()] = await publishSchemas({
      project,
      services: [shopWith('sales')],
      schemas: { names: [sale], get: () => compiled, position: () => undefined },
      piiClasses: undefined,
      registry,
      warehouse: warehouseOf(standIns.bigquery),
      allowBreaking: true,
      untilWritable,
      now: () => new Date(time.millis),
    });
    return { publication, said, seen: [...new Set(seen)], millis: time.millis - started };
  }

  it('waits neither for a new table nor for what has not changed', async () => {
    const made = await publish(first, 300_000);
    assert.deepEqual([made.said, made.millis], [[], 0]);
    time.millis += schemaDelayMillis;
    const again = await publish(first, 300_000);
    assert.deepEqual([again.said, again.millis, again.publication.unchanged], [[], 0, true]);
  });

  it('makes a version current only when its columns can be written', async () => {
    const { publication, said, seen, millis } = await publish(withPrice, 300_000);
    assert.ok(millis >= schemaDelayMillis && millis < schemaDelayMillis + 10_000, String(millis));
    assert.deepEqual(seen, [first.schema.version]);
    assert.equal(await current(), withPrice.schema.version);
    assert.equal(said[0], 'Waiting until shop.sales can be written with price ...');
    assert.ok(!('lateColumns' in publication));
  });

  it('goes on without them when the time is over, and the next one waits for the rest', async () => {
    const { publication, seen, millis } = await publish(retyped, 30_000);
    assert.deepEqual([publication.lateColumns, millis], [['shop.sales.item_2'], 30_000]);
    assert.deepEqual(seen, [withPrice.schema.version]);
    assert.equal(await current(), retyped.schema.version);
    const again = await publish(retyped, 300_000);
    assert.ok(again.millis >= 60_000 && again.millis < 70_000, String(again.millis));
    assert.ok(!('lateColumns' in again.publication));
  });
});
