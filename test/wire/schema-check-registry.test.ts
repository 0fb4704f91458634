import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Storage } from '@google-cloud/storage';
import { publishedBaseline } from '../../cli/published-baseline.ts';
import { registryObjects } from '../../functions/core/names.ts';
import { loadSchema, selfContained } from '../../functions/core/schema/descriptor-set.ts';
import { pinsWith } from '../../functions/core/schema/pins.ts';
import { emptyIndex, serialiseSchemaIndex, withVersion } from '../../functions/core/schema/schema-index.ts';
import { operator } from '../../local/stand-in.ts';
import { startStorage } from '../../local/storage/storage.ts';
import { compileProto } from '../support/compile-proto.ts';

const proto = (field: string) => `syntax = "proto3";\npackage shop.v1;\nmessage Sold {\n  string ${field} = 1;\n}\n`;
const catalogue = {
  version: 1,
  ramps: {
    'shop/sold': {
      owner: 'shop@example.com',
      description: '',
      schema: { name: 'shop.v1.Sold' },
      warehouse: { dataset: 'shop', table: 'sold', partitionBy: 'onramp_publish_time', clusterBy: [], labels: {} },
    },
    'shop/returned': {
      owner: 'shop@example.com',
      description: '',
      schema: { name: 'shop.v1.Returned' },
      warehouse: { dataset: 'shop', table: 'returned', partitionBy: 'onramp_publish_time', clusterBy: [], labels: {} },
    },
  },
};

describe('what is published, to compare with', () => {
  it('is the current version of each ramp’s schema, with the pins of all that were', async t => {
    const folder = mkdtempSync(join(tmpdir(), 'onramp-published-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const server = await startStorage({ folder: join(folder, 'storage') });
    t.after(() => server.close());
    const apiEndpoint = `http://127.0.0.1:${await server.listen(operator)}`;
    const [bucket] = await new Storage({ projectId: 'acme-data', apiEndpoint }).createBucket('acme-data-registry');
    await assert.rejects(publishedBaseline(bucket, folder), /has no catalogue\.json: nothing is deployed there/);

    const sets = ['article', 'item'].map(field =>
      selfContained(compileProto({ 'shop/v1/sold.proto': proto(field) }), 'shop.v1.Sold'),
    );
    let index = emptyIndex('shop.v1.Sold');
    for (const set of sets) {
      const { version, columns } = loadSchema(set, 'shop.v1.Sold');
      index = withVersion(index, version, '2026-01-01T00:00:00.000Z', pinsWith(index.pins, columns));
      await bucket.file(registryObjects.descriptorSet('shop.v1.Sold', version)).save(Buffer.from(set));
    }
    await bucket.file(registryObjects.index('shop.v1.Sold')).save(serialiseSchemaIndex(index));
    await bucket.file(registryObjects.catalogue).save(JSON.stringify(catalogue));

    const published = await publishedBaseline(bucket, folder);
    assert.equal(published.label, 'what is published in acme-data-registry');
    // Of the other ramp's schema nothing is published yet.
    assert.deepEqual([...published.ramps.keys()], ['shop/sold']);
    assert.equal(published.schema('shop.v1.Sold')?.schema.columns[0]?.name, 'item');
    assert.deepEqual(published.schema('shop.v1.Sold')?.pins, { '1': [{ type: 'STRING', column: 'article' }] });
    assert.equal(published.schema('shop.v1.Returned'), undefined);
    assert.equal(published.inputs.length, 1);
  });
});
