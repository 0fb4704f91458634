import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parseCatalogue } from '../../functions/core/catalogue.ts';
import { ConfigurationError } from '../../infra/config/problem.ts';
import { type Inventory, renderStack } from '../../infra/render.ts';
import { exampleStack, input, project, root } from '../support/example-stack.ts';

const copy = mkdtempSync(join(tmpdir(), 'onramp-third-service-'));
after(() => rmSync(copy, { recursive: true }));

for (const path of ['buf.yaml', 'proto', 'services']) cpSync(join(root, path), join(copy, path), { recursive: true });
mkdirSync(join(copy, 'proto/shop/v1'), { recursive: true });
writeFileSync(
  join(copy, 'proto/shop/v1/sale.proto'),
  'syntax = "proto3";\npackage shop.v1;\n// A sale.\nmessage Sale {\n  string item = 1;\n  int64 price = 2;\n}\n',
);
const serviceYaml = `version: 1
owner: shop@example.com
project: acme-shop
publishers: [serviceAccount:api@acme-shop.iam.gserviceaccount.com]
readers: [group:analysts@example.com]
ramps:
  sale-made:
    schema: shop.v1.Sale
    warehouse: { cluster_by: [item] }
`;
mkdirSync(join(copy, 'services/shop'));
const writeService = (text: string) => writeFileSync(join(copy, 'services/shop/service.yaml'), text);
writeService(serviceYaml);
const withShop = await renderStack({ root: copy, project });

const byKey = ({ resources }: Inventory) =>
  new Map(resources.map(found => [`${found.type.split(':').at(-1)} ${found.name}`, found]));

describe('a third service, added by files under services/ and proto/ alone', () => {
  const before = byKey(exampleStack);
  const now = byKey(withShop);

  it('adds exactly its topic, subscription, dataset and grants', () => {
    const added = [...now.keys()].filter(key => !before.has(key));
    assert.deepEqual(
      added.toSorted(),
      [
        'Ramp shop/sale-made',
        'Topic ramp-shop-sale-made',
        'TopicIAMMember serviceAccount:api@acme-shop.iam.gserviceaccount.com pubsub.publisher ramp-shop-sale-made',
        'PushSubscription ramp-to-hub-shop-sale-made',
        'Subscription ramp-to-hub-shop-sale-made',
        'SubscriptionIAMMember pubsub pubsub.subscriber ramp-to-hub-shop-sale-made',
        'Warehouse shop',
        'Dataset shop',
        'DatasetIamMember group:analysts@example.com bigquery.dataViewer shop',
        'DatasetIamMember hub-to-warehouse bigquery.dataEditor shop',
      ].toSorted(),
    );
  });

  it('changes nothing else but the catalogue', () => {
    const comparable = (inventory: Map<string, { inputs: unknown }>, key: string) =>
      JSON.stringify(inventory.get(key)?.inputs).replaceAll(copy, root);
    const changed = [...before.keys()].filter(key => comparable(before, key) !== comparable(now, key));
    assert.deepEqual(changed, ['BucketObject catalogue.json']);
  });

  it('is in the catalogue, with its schema', () => {
    const object = now.get('BucketObject catalogue.json');
    assert.ok(object);
    const { ramps } = parseCatalogue(String(input(object, 'source', 'text')));
    assert.equal(Object.keys(ramps).length, 4);
    assert.deepEqual(ramps['shop/sale-made'], {
      schema: { name: 'shop.v1.Sale' },
      owner: 'shop@example.com',
      description: '',
      warehouse: {
        dataset: 'shop',
        table: 'sale_made',
        partitionBy: 'onramp_publish_time',
        clusterBy: ['item'],
        labels: { service: 'shop', ramp: 'sale-made' },
      },
    });
  });

  it('has a grant for its publisher on its own topic only, and for its readers on its own dataset only', () => {
    const members = withShop.resources.filter(({ inputs }) => /acme-shop|analysts/.test(String(inputs['member'])));
    assert.deepEqual(members.map(({ inputs }) => [inputs['role'], inputs['topic'] ?? inputs['datasetId']]).toSorted(), [
      ['roles/bigquery.dataViewer', 'shop'],
      ['roles/pubsub.publisher', 'ramp-shop-sale-made'],
    ]);
  });

  it('stops the deployment with one report of everything that is wrong with it', async () => {
    writeService(serviceYaml.replace('shop.v1.Sale', 'shop.v1.Sail').replace('owner', 'ower'));
    try {
      await assert.rejects(renderStack({ root: copy, project }), (error: unknown) => {
        assert.ok(error instanceof ConfigurationError);
        assert.deepEqual(
          error.problems.map(({ line, what }) => `${line} ${what}`),
          ['1 "owner" is missing', '2 the key "ower" is not known here', '8 proto/ holds no message "shop.v1.Sail"'],
        );
        return true;
      });
    } finally {
      writeService(serviceYaml);
    }
  });
});
