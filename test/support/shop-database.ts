import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationRoot } from './configuration-root.ts';

/** A configuration of one service, `shop`, whose tables are exported by hand and every minute. */
export const shopRoot = () => configurationRoot(files);

const files: Readonly<Record<string, string>> = {
  'services/pools.ini': '[shops]\nslots = 2\n',
  'services/shop/service.yaml': 'version: 1\nowner: shop-team@example.com\nramps: {}\n',
  'services/shop/schedule.yaml': `project: acme-shop
gcp_conn_id: shop-db
pool: shops
schedule_interval: "* * * * *"
execution_timeout: 1
retry_count: 1
retry_delay: 0
slack_channel: "#shop-alerts"
slack_conn_id: shop-slack
mask_key: projects/acme-shop/secrets/mask-key/versions/1
`,
  'services/shop/connections.yaml': `shop-db:
  kind: postgres
  instance: acme-shop:asia-northeast1:shop
  database: postgres
  user: onramp
  auth:
    secret: projects/acme-shop/secrets/shop-db-password
down-db:
  kind: postgres
  instance: acme-shop:asia-northeast1:down
  database: postgres
  user: export-shop@acme-shop.iam
  auth: iam
shop-slack:
  kind: slack
  webhook: projects/acme-shop/secrets/slack-webhook
`,
  'services/shop/exports/articles.yaml': `query: SELECT id, name, price FROM articles
bigquery:
  - { dataset: shop, table: articles }
columns:
  id: { class: none }
  name: { class: none }
  price: { class: none }
`,
  'services/shop/exports/orders.yaml': `query: |
  SELECT id, customer, amount, changed_at FROM orders
  WHERE changed_at >= '{{ execution_date.isoformat() }}' AND changed_at < '{{ next_execution_date.isoformat() }}'
incremental: true
bigquery:
  - dataset: orders
    project: acme-warehouse
    table: orders
    merge_query: |
      MERGE \`{{ params.destination_project }}.{{ params.destination_dataset }}.{{ params.destination_table }}\` T
      USING \`{{ params.destination_project }}.{{ params.destination_dataset }}.{{ params.staging_table }}\` S
      ON T.id = S.id
      WHEN MATCHED THEN UPDATE SET customer = S.customer, amount = S.amount, changed_at = S.changed_at
      WHEN NOT MATCHED THEN INSERT (id, customer, amount, changed_at)
        VALUES (S.id, S.customer, S.amount, S.changed_at)
columns:
  id: { class: none }
  customer: { class: email }
  amount: { class: none }
  changed_at: { class: none }
mask: { customer: hmac }
`,
  'services/shop/exports/unreachable.yaml': `query: SELECT 1 AS id
bigquery:
  - { dataset: shop, table: unreachable }
columns: { id: { class: none } }
schedule: { gcp_conn_id: down-db }
`,
};

/** Puts the secrets that the configuration names where a local cloud looks for them. */
export function writeShopSecrets(
  folder: string,
  values: { readonly password: string; readonly webhook: string },
): void {
  const secrets = {
    'shop-db-password': values.password,
    'slack-webhook': values.webhook,
    'mask-key': Buffer.alloc(32, 7).toString('base64'),
  };
  for (const [name, value] of Object.entries(secrets)) {
    mkdirSync(join(folder, 'secrets/acme-shop', name), { recursive: true });
    writeFileSync(join(folder, 'secrets/acme-shop', name, '1'), value);
  }
}
