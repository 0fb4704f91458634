import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ConfigurationError } from '../../infra/config/problem.ts';
import { type Inventory, renderStack } from '../../infra/render.ts';
import { input, project, root } from '../support/example-stack.ts';

const copy = mkdtempSync(join(tmpdir(), 'onramp-export-network-'));
after(() => rmSync(copy, { recursive: true }));
for (const path of ['buf.yaml', 'proto', 'services']) cpSync(join(root, path), join(copy, path), { recursive: true });

const shop = join(copy, 'services/shop');
mkdirSync(join(shop, 'exports'), { recursive: true });
const write = (file: string, text: string) => writeFileSync(join(shop, file), text);
const subnet = 'projects/acme-network/regions/asia-northeast1/subnetworks/exports';
const schedule = 'project: acme-shop\ngcp_conn_id: shop-db\npool: examples\nschedule_interval: "@daily"\n';
write('service.yaml', 'version: 1\nowner: shop@example.com\nproject: acme-shop\nramps: {}\n');
write('schedule.yaml', `${schedule}subnet: ${subnet}\n`);
const connections = `shop-db: { kind: mysql, instance: "acme-shop:asia-northeast1:shop", ip: private, database: shop, user: export-shop, auth: iam }
orders: { kind: mysql, host: orders.internal, database: o, user: u, auth: { secret: projects/acme-shop/secrets/orders }, tls: { ca: projects/acme-shop/secrets/authority } }
`;
write('connections.yaml', connections);
const exportYaml = (table: string) => `query: SELECT 1\nbigquery: [{ dataset: shop, table: ${table} }]\n`;
write('exports/items.yaml', exportYaml('items'));
write('exports/orders.yaml', `${exportYaml('orders')}schedule: { gcp_conn_id: orders }\n`);
const rendered = await renderStack({ root: copy, project });

const named = ({ resources }: Inventory, type: string, name: RegExp) =>
  resources.filter(found => found.type.endsWith(`:${type}`) && name.test(found.name));

describe('an export of a database in a network', () => {
  it('runs in the subnet, by which only private addresses are reached', () => {
    const [made] = named(rendered, 'Function', /^export-shop$/);
    assert.ok(made);
    const config = input(made, 'serviceConfig') as Record<string, unknown>;
    assert.deepEqual(config['directVpcNetworkInterfaces'], [{ subnetwork: subnet }]);
    assert.equal(config['directVpcEgress'], 'VPC_EGRESS_PRIVATE_RANGES_ONLY');
    assert.equal(named(rendered, 'Service', /acme-shop compute$/).length, 1);
  });

  it('may connect to its instance, log in there, and read the secrets of its connections', () => {
    const granted = named(rendered, 'IAMMember', /^export-shop /).concat(
      named(rendered, 'SecretIamMember', /^export-shop /),
    );
    assert.deepEqual(granted.map(({ name }) => name).toSorted(), [
      'export-shop cloudsql.client acme-shop:asia-northeast1:shop',
      'export-shop cloudsql.instanceUser acme-shop:asia-northeast1:shop',
      'export-shop secretmanager.secretAccessor acme-shop/authority',
      'export-shop secretmanager.secretAccessor acme-shop/orders',
    ]);
  });

  it('is refused without a subnet, and as another account than its own', async () => {
    write('schedule.yaml', schedule);
    write('connections.yaml', connections.replace('user: export-shop', 'user: export-other'));
    await assert.rejects(renderStack({ root: copy, project }), (error: unknown) => {
      assert.ok(error instanceof ConfigurationError);
      assert.match(error.message, /the connection "shop-db" has ip: private, and the exports are in no network/);
      assert.match(error.message, /"shop-db" logs in by IAM as "export-other".*\n.*write user: export-shop in/);
      return true;
    });
  });
});
