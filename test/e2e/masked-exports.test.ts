import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { documentsOf } from '../../functions/clients/documents.ts';
import { createRunStore, type RunStore } from '../../functions/clients/run-store.ts';
import { batchBuckets, secrets, topics } from '../../functions/core/names.ts';
import { compileSchemas } from '../../infra/schemas.ts';
import { connectPostgres } from '../support/database-kinds.ts';
import { type DatabaseServer, postgresBin, startPostgres } from '../support/database-server.ts';
import { startTestCloud, type TestCloud, until } from '../support/local-cloud.ts';
import { policyTag, rootWithPersonalData } from '../support/personal-data.ts';
import { postgresConnection } from '../support/postgres-connection.ts';

const minute = 60_000;
const project = 'local-onramp';

const files = {
  'services/pools.ini': 'crm = 2\n',
  // The stream’s own key: an export that masks by it has tokens that join.
  'services/crm/schedule.yaml': `project: acme-crm
gcp_conn_id: crm-db
pool: crm
schedule_interval: "* * * * *"
execution_timeout: 1
mask_key: projects/${project}/secrets/${secrets.maskingKey}/versions/1
`,
  'services/crm/connections.yaml': postgresConnection('acme-crm', 'crm-db'),
  'services/crm/exports/accounts.yaml': `query: SELECT * FROM accounts
bigquery: [{ dataset: crm, table: accounts }]
columns:
  id: { class: none }
  mail: { class: email, description: How to reach them. }
  born_at: { class: birthday }
  remark: { class: remark }
  country: { class: country }
  plan: { class: none }
`,
};

interface Metadata {
  readonly schema: {
    readonly fields: {
      readonly name: string;
      readonly description?: string;
      readonly policyTags?: { readonly names: string[] };
    }[];
  };
}

describe('columns of personal data of an export', {
  skip: postgresBin === undefined && 'PostgreSQL is not installed',
  timeout: 240_000,
}, () => {
  const root = rootWithPersonalData();
  const folder = mkdtempSync(join(tmpdir(), 'onramp-masked-'));
  let database: DatabaseServer;
  let test: TestCloud;
  let runs: RunStore;
  let start: string;

  before(async () => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    database = await startPostgres();
    mkdirSync(join(folder, 'secrets/acme-crm/crm-db-password'), { recursive: true });
    writeFileSync(join(folder, 'secrets/acme-crm/crm-db-password/1'), database.password);
    // As `openssl rand` and `gcloud` leave it.
    mkdirSync(join(folder, 'secrets', secrets.maskingKey), { recursive: true });
    writeFileSync(join(folder, 'secrets', secrets.maskingKey, '1'), `${Buffer.alloc(32, 9).toString('base64')}\n`);
    const client = await connectPostgres(database);
    await client.query(`CREATE TABLE accounts AS SELECT 7 AS id, 'kim.doe@mail.example' AS mail,
      '1984-05-06 07:08:09+00'::timestamptz AS born_at, 'is-very-tall' AS remark, 'JP' AS country, 'gold' AS plan`);
    await client.end();
    const databases = { 'crm/crm-db': { host: '127.0.0.1', port: database.port } };
    test = await startTestCloud({ root, folder, databases });
    assert.equal(test.cloud.locator.project, project);
    const bucket = test.clients.storage.bucket(batchBuckets.state(project));
    runs = createRunStore(documentsOf(bucket), () => new Date());
    if (Date.now() % minute > minute - 5000)
      await until('the next minute', () => Date.now() % minute < 5000 || undefined);
    start = new Date(Math.floor(Date.now() / minute) * minute - minute).toISOString();
  });
  after(async () => {
    await test[Symbol.asyncDispose]();
    await database.close();
    for (const each of [root, folder]) rmSync(each, { recursive: true, force: true });
  });

  const done = () =>
    until(
      'the run is done',
      async () => {
        const run = await runs.read('crm/accounts', start);
        if (run?.state === 'failed') assert.fail(JSON.stringify(run.attempts));
        return run?.state === 'done' || undefined;
      },
      60_000,
    );
  const query = async (sql: string) => (await test.clients.bigquery.query(sql))[0] as Record<string, unknown>[];

  it('are tagged by load, which may do so on their dataset', async () => {
    const { access } = test.cloud;
    const declared = access.bindings();
    const owner = declared.find(
      ({ role, member, resource }) =>
        role === 'roles/bigquery.dataOwner' && member.includes('onramp-load@') && resource.endsWith('/crm'),
    );
    assert.ok(owner);
    const refused: string[] = [];
    const stop = access.onDenied(({ permission, resource }) => refused.push(`${permission} ${resource}`));
    access.setBindings(declared.filter(binding => binding !== owner));
    await test.cloud.runSchedule('plan-runs');
    await until('the tag is refused', () => refused.length > 0 || undefined, 60_000);
    stop();
    const table = `projects/${project}/datasets/crm/tables/accounts`;
    assert.deepEqual([...new Set(refused)], [`bigquery.tables.setCategory ${table}`]);
    access.setBindings(declared);
    // The manifest is delivered again.
    await done();
  });

  it('are masked in the warehouse as their classes say, with their policy tags', async () => {
    const [row] = await query('SELECT * FROM crm.accounts');
    const { mail, born_at: born, ...others } = row as { mail: string; born_at: { value: string } };
    assert.match(mail, /^v1:[\w-]{43}$/);
    assert.equal(born.value, '1984-05-06T00:00:00.000Z');
    assert.deepEqual(others, { id: 7, country: 'JP', plan: 'gold' });
    const [{ schema }] = (await test.clients.bigquery.dataset('crm').table('accounts').getMetadata()) as unknown as [
      Metadata,
    ];
    const described = schema.fields.map(({ name, description, policyTags }) => [name, description, policyTags?.names]);
    assert.deepEqual(described, [
      ['id', undefined, undefined],
      ['mail', 'How to reach them. Masked by HMAC.', [policyTag]],
      ['born_at', 'Its day.', undefined],
      ['country', undefined, undefined],
      ['plan', undefined, undefined],
    ]);
  });

  it('join those of the stream', async () => {
    const customerType = compileSchemas(root).schemas?.get('crm.v1.Customer')?.schema.message;
    assert.ok(customerType);
    const data = Buffer.from(
      toBinary(customerType, create(customerType, { id: 'c1', mail: 'kim.doe@mail.example', postcode: '106-6126' })),
    );
    await test.clients.pubsub.topic(topics.ramp('crm', 'customers')).publishMessage({ data });
    await test.drained();
    const joined = await query('SELECT c.id, a.plan FROM crm.customers AS c JOIN crm.accounts AS a ON a.mail = c.mail');
    assert.deepEqual(joined, [{ id: 'c1', plan: 'gold' }]);
  });
});
