import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { compileSchemas } from '../../infra/schemas.ts';
import { copiedRoot } from '../support/configuration-root.ts';
import { startTestCloud } from '../support/local-cloud.ts';

const proto = `syntax = "proto3";

package shop.v1;

// Something that a customer bought.
message Purchase {
  // What it is called.
  string article = 1;
  // What it cost, in the smallest coin.
  uint64 price = 2;
}
`;

const service = `version: 1
owner: shop-team@example.com
ramps:
  purchases:
    schema: shop.v1.Purchase
`;

describe('a service that is added by files alone', () => {
  it('flows to all three sinks', async () => {
    using configuration = copiedRoot({
      'proto/shop/v1/purchase.proto': proto,
      'services/shop/service.yaml': service,
    });
    const { root } = configuration;
    await using test = await startTestCloud({ root });
    const { message } = compileSchemas(root).schemas!.get('shop.v1.Purchase')!.schema;
    const price = 18_446_744_073_709_551_615n;
    const data = toBinary(message, create(message, { article: 'tea', price }));
    await test.clients.pubsub.topic('ramp-shop-purchases').publishMessage({ data: Buffer.from(data) });
    await test.drained();

    for (const lake of ['raw-lake', 'structured-lake']) {
      const bucket = test.clients.storage.bucket(`${test.cloud.locator.project}-${lake}`);
      const [files] = await bucket.getFiles({ prefix: 'ramp=shop.purchases/' });
      assert.equal(files.length, 1, lake);
    }
    const [rows] = await test.clients.bigquery.query(
      'SELECT article, CAST(price AS STRING) AS price FROM shop.purchases',
    );
    assert.deepEqual(rows, [{ article: 'tea', price: String(price) }]);
  });
});
