import assert from 'node:assert/strict';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { readContainer } from '../../functions/core/codec/avro-container.ts';
import { lakePrefix } from '../../functions/core/lake-path.ts';
import { buckets, topics } from '../../functions/core/names.ts';
import { compileSchemas } from '../../infra/schemas.ts';
import { connect } from '../../local/clients.ts';
import { startTestCloud, type TestCloud, until } from '../support/local-cloud.ts';
import { crmReaders, policyTag, rootWithPersonalData } from '../support/personal-data.ts';

const root = rootWithPersonalData();
const folder = mkdtempSync(join(tmpdir(), 'onramp-masking-'));
const schemas = compileSchemas(root).schemas!;
const customerType = schemas.get('crm.v1.Customer')!.schema.message;
const ticketType = schemas.get('support.v1.Ticket')!.schema.message;

const mail = 'kim.doe@mail.example';
const seconds = BigInt(Date.parse('1984-05-06T07:08:09Z') / 1000);
const kim = { id: 'c1', mail, bornAt: { seconds }, remark: 'is-very-tall', country: 'JP', postcode: '106-6126' };
const plain = [mail, 'is-very-tall', '106-6126', 'Roppongi-Dori', '65537'];

const customer = (id = 'c1') =>
  Buffer.from(
    toBinary(customerType, create(customerType, { ...kim, id, address: { street: 'Roppongi-Dori', number: 65_537 } })),
  );
const ticket = (subject: string) => Buffer.from(toBinary(ticketType, create(ticketType, { subject, sender: mail })));

interface CustomerRow {
  readonly id: string;
  readonly mail: string;
  readonly born_at: { readonly value: string };
  readonly country: string;
  readonly postcode: string;
  readonly address: { readonly street: string; readonly number: string };
}

interface Metadata {
  readonly schema: { readonly fields: { readonly name: string; readonly policyTags?: { readonly names: string[] } }[] };
}

const deep = { depth: null, maxArrayLength: null, maxStringLength: null } as const;

describe('personal data', () => {
  let test: TestCloud;
  before(async () => {
    test = await startTestCloud({ root, folder });
    await publish('crm', 'customers', customer());
    await publish('support', 'tickets', ticket('first'));
    await publish('support', 'tickets', ticket('second'));
    await test.drained();
  });
  after(async () => {
    await test[Symbol.asyncDispose]();
    for (const each of [root, folder]) rmSync(each, { recursive: true, force: true });
  });

  const publish = (service: string, ramp: string, data: Buffer) =>
    test.clients.pubsub.topic(topics.ramp(service, ramp)).publishMessage({ data });
  const query = async (sql: string) => (await test.clients.bigquery.query(sql))[0] as Record<string, unknown>[];
  const project = () => test.cloud.locator.project;
  const files = async (bucket: string) => {
    const [found] = await test.clients.storage.bucket(bucket).getFiles();
    return Promise.all(found.map(async file => ({ name: file.name, content: (await file.download())[0] })));
  };
  const recordsIn = async (bucket: string, ramp: string) => {
    const ofRamp = (await files(bucket)).filter(({ name }) => name.startsWith(lakePrefix(ramp)));
    const containers = await Promise.all(ofRamp.map(({ content }) => readContainer(content)));
    return containers.flatMap(({ records }) => records as Record<string, unknown>[]);
  };

  it('are masked in the warehouse as their classes say', async () => {
    const [row] = await query('SELECT * FROM crm.customers');
    const token = /^v1:[\w-]{43}$/;
    const { mail: masked, born_at: born, country, postcode, address, id } = row as unknown as CustomerRow;
    assert.match(masked, token);
    assert.equal(born.value, '1984-05-06T00:00:00.000Z');
    assert.equal(country, 'JP');
    assert.equal(postcode, '106-');
    assert.equal(id, 'c1');
    assert.match(address.street, token);
    assert.match(address.number, token);
    assert.ok(!('remark' in (row ?? {})));
  });

  it('are tokens that join, across tables', async () => {
    const rows = await query(
      'SELECT t.subject FROM crm.customers AS c JOIN support.tickets AS t ON t.sender = c.mail ORDER BY 1',
    );
    assert.deepEqual(rows, [{ subject: 'first' }, { subject: 'second' }]);
  });

  it('are the same in the structured lake as in the warehouse', async () => {
    const [record, ...others] = await recordsIn(buckets.structuredLake(project()), 'crm/customers');
    assert.deepEqual(others, []);
    const [row] = await query('SELECT mail, postcode, country, address FROM crm.customers');
    const { mail: masked, postcode, country, address } = record ?? {};
    assert.deepEqual({ mail: masked, postcode, country, address }, row);
    assert.ok(!('remark' in (record ?? {})));
  });

  it('are as they were published in the raw lake', async () => {
    const [record] = await recordsIn(buckets.rawLake(project()), 'crm/customers');
    const payload = Object.values(record ?? {}).find(value => value instanceof Uint8Array);
    assert.ok(payload !== undefined && customer().equals(payload));
    assert.equal((fromBinary(customerType, payload) as unknown as typeof kim).mail, mail);
  });

  it('are in no file of the structured lake, no row of the warehouse and no log', async () => {
    const texts: { readonly where: string; readonly text: string }[] = [];
    for (const { name, content } of await files(buckets.structuredLake(project()))) {
      const { records } = await readContainer(content);
      texts.push({ where: name, text: content.toString('latin1') }, { where: name, text: inspect(records, deep) });
    }
    for (const table of ['crm.customers', 'support.tickets']) {
      const rows = await query(`SELECT TO_JSON_STRING(t) AS row FROM ${table} AS t`);
      texts.push({ where: table, text: JSON.stringify(rows) });
    }
    const kept = ['logs/*', 'bigquery/**/*'].flatMap(pattern => globSync(pattern, { cwd: folder }));
    for (const file of kept.filter(each => statSync(join(folder, each)).isFile())) {
      texts.push({ where: file, text: readFileSync(join(folder, file), 'latin1') });
    }
    for (const part of ['logs/hub-to-warehouse.log', 'bigquery/', 'crm.customers', 'ramp=support.tickets']) {
      assert.ok(
        texts.some(({ where }) => where.startsWith(part)),
        part,
      );
    }
    for (const { where, text } of texts) {
      for (const value of plain) assert.ok(!text.includes(value), `${value} is in ${where}`);
    }
  });

  it('are masked with a key that is in its own file alone', async () => {
    const file = join(folder, 'secrets/onramp-masking-key/1');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const key = readFileSync(file, 'utf8').trim();
    const status = await fetch(`http://127.0.0.1:${test.cloud.locator.ports.status}/status`);
    const shown = [await status.text(), JSON.stringify(test.cloud.inventory)];
    for (const each of ['cloud.json', ...globSync('logs/*', { cwd: folder })]) {
      shown.push(readFileSync(join(folder, each), 'latin1'));
    }
    for (const text of shown) assert.ok(!text.includes(key));
  });

  it('have the policy tags of their classes in the warehouse', async () => {
    const response = (await test.clients.bigquery.dataset('crm').table('customers').getMetadata()) as unknown;
    const [{ schema }] = response as [Metadata];
    const tagged = schema.fields.filter(({ policyTags }) => policyTags !== undefined);
    assert.deepEqual(
      tagged.map(({ name, policyTags }) => [name, policyTags?.names]),
      [['mail', [policyTag]]],
    );
  });

  it('may be read in a lake by those whom the service names, in its own folder alone', async () => {
    const { raw, lake } = crmReaders;
    const rawLake = buckets.rawLake(project());
    const structuredLake = buckets.structuredLake(project());
    const own = lakePrefix('crm/customers');
    const other = lakePrefix('support/tickets');
    for (const [caller, bucket, folderName, allowed] of [
      [raw, rawLake, own, true],
      [raw, rawLake, other, false],
      [raw, structuredLake, own, false],
      [lake, structuredLake, own, true],
      [lake, structuredLake, other, false],
      [lake, rawLake, own, false],
      ['analysts@example.com', rawLake, own, false],
    ] as const) {
      const [file] = (await files(bucket)).filter(({ name }) => name.startsWith(folderName));
      assert.ok(file);
      const clients = connect(await test.cloud.reachAs(caller));
      try {
        const there = clients.storage.bucket(bucket);
        const read = [() => there.getFiles({ prefix: folderName }), () => there.file(file.name).download()];
        await assert.rejects(there.getFiles(), { code: 403 });
        for (const attempt of read) {
          if (allowed) assert.ok((await attempt())[0].length > 0);
          else await assert.rejects(attempt(), { code: 403 }, `${caller} ${bucket}/${folderName}`);
        }
      } finally {
        await clients.close();
      }
    }
  });

  it('are tagged by hub-to-warehouse, which may do so on their dataset', async () => {
    const { access, pubsub } = test.cloud;
    const declared = access.bindings();
    const owners = declared.filter(({ role }) => role === 'roles/bigquery.dataOwner');
    assert.deepEqual(owners.map(({ resource }) => resource.replace(/^.*\//, '')).toSorted(), ['crm', 'support']);
    const owner = owners.find(({ resource }) => resource.endsWith('/crm'));
    const refused: string[] = [];
    const stop = access.onDenied(({ permission, resource }) => refused.push(`${permission} ${resource}`));
    await test.clients.bigquery.dataset('crm').table('customers').delete();
    access.setBindings(declared.filter(binding => binding !== owner));
    await publish('crm', 'customers', customer());
    await until('the tag is refused', () => refused.length > 0 || undefined);
    stop();
    const table = `projects/${project()}/datasets/crm/tables/customers`;
    assert.deepEqual([...new Set(refused)], [`bigquery.tables.setCategory ${table}`]);
    assert.ok(pubsub.backlog().some(({ undelivered, outstanding }) => undelivered + outstanding > 0));
    access.setBindings(declared);
    await test.drained();
    assert.deepEqual(await query('SELECT COUNT(*) AS n FROM crm.customers'), [{ n: 1 }]);
  });

  it('are masked with a new version of the key once it is named', async () => {
    await test[Symbol.asyncDispose]();
    test = await startTestCloud({ root, folder, settings: { maskingKeyVersions: '1,2' } });
    await publish('crm', 'customers', customer('c2'));
    await test.drained();
    const rows = await query('SELECT id, SUBSTR(mail, 1, 3) AS version FROM crm.customers ORDER BY id');
    assert.deepEqual(rows, [
      { id: 'c1', version: 'v1:' },
      { id: 'c2', version: 'v2:' },
    ]);
    assert.notEqual(
      readFileSync(join(folder, 'secrets/onramp-masking-key/1'), 'utf8'),
      readFileSync(join(folder, 'secrets/onramp-masking-key/2'), 'utf8'),
    );
  });
});
