import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startBigquery } from '../../local/bigquery/bigquery.ts';
import { operator } from '../../local/stand-in.ts';
import {
  change,
  createTable,
  metadataOf,
  project,
  restClient,
  rowsOf,
  startFixture,
  temporaryFolder,
} from './support/bigquery-fixture.ts';

/** What the client throws. */
interface ApiFailure {
  readonly code: number;
  readonly errors: readonly { readonly reason: string; readonly message: string }[];
}

const failsWith = (code: number, reason: string, message?: RegExp) => (error: unknown) => {
  const failure = error as ApiFailure;
  assert.equal(failure.code, code, String(error));
  assert.equal(failure.errors[0]?.reason, reason);
  if (message) assert.match(failure.errors[0].message, message);
  return true;
};

describe('datasets', () => {
  it('are made, changed under their ETag, listed and dropped', async t => {
    const { client } = await startFixture(t);
    const [dataset] = await client.createDataset('sales', {
      labels: { team: 'a', keep: 'b' },
      location: 'EU',
    } as never);
    await assert.rejects(
      client.createDataset('sales'),
      failsWith(409, 'duplicate', /Already Exists: Dataset acme-data:sales/),
    );
    const before = await metadataOf(dataset);
    const after = await change(dataset, { description: 'orders', labels: { team: 'c', keep: null } });
    assert.deepEqual(after.labels, { team: 'c' });
    assert.equal(after.location, 'EU');
    assert.notEqual(after.etag, before.etag);
    assert.deepEqual(
      (await client.getDatasets())[0].map(({ id }) => id),
      ['sales'],
    );
    await createTable(client, 'orders', [{ name: 'id', type: 'STRING' }]);
    await assert.rejects(client.dataset('events').delete(), failsWith(400, 'resourceInUse', /still in use/));
    await client.dataset('events').delete({ force: true });
    await assert.rejects(
      client.dataset('events').getMetadata(),
      failsWith(404, 'notFound', /Not found: Dataset acme-data:events/),
    );
  });

  it('with an id that breaks the rules are refused', async t => {
    const { client } = await startFixture(t);
    await assert.rejects(client.createDataset('has-hyphen'), failsWith(400, 'invalid', /Invalid dataset ID/));
    await assert.rejects(client.createDataset('information_schema'), failsWith(400, 'notImplemented'));
  });
});

describe('tables', () => {
  const fields = [
    { name: 'id', type: 'STRING', mode: 'REQUIRED' },
    { name: 'at', type: 'TIMESTAMP' },
    { name: 'lines', type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'sku', type: 'STRING', mode: 'NULLABLE' }] },
  ];

  it('keep their schema, partitioning, clustering, description and labels', async t => {
    const { client } = await startFixture(t);
    const table = await createTable(client, 'orders', fields, {
      timePartitioning: { type: 'DAY', field: 'at', expirationMs: '86400000' },
      clustering: { fields: ['id'] },
      description: 'every order',
      labels: { owner: 'sales' },
      requirePartitionFilter: true,
    });
    const metadata = await metadataOf(table);
    assert.deepEqual(
      metadata.schema.fields.map(field => field.mode),
      ['REQUIRED', 'NULLABLE', 'REPEATED'],
    );
    assert.deepEqual(metadata.timePartitioning, { type: 'DAY', field: 'at', expirationMs: '86400000' });
    assert.deepEqual(metadata.clustering, { fields: ['id'] });
    assert.equal(metadata.description, 'every order');
    assert.equal(metadata.requirePartitionFilter, true);
    assert.equal(metadata.numRows, '0');
    assert.equal(metadata.type, 'TABLE');
  });

  it('grow by nullable and repeated columns, also inside records, and keep their rows', async t => {
    const { client } = await startFixture(t);
    const table = await createTable(client, 'orders', fields);
    await table.insert({ id: '1', lines: [{ sku: 'a' }] });
    const grown = [
      { name: 'id', type: 'STRING', mode: 'NULLABLE' },
      fields[1],
      {
        ...fields[2],
        fields: [
          { name: 'sku', type: 'STRING' },
          { name: 'tags', type: 'STRING', mode: 'REPEATED' },
        ],
      },
      { name: 'codes', type: 'INTEGER', mode: 'REPEATED' },
      { name: 'paid', type: 'RECORD', fields: [{ name: 'amount', type: 'NUMERIC' }] },
    ];
    await change(table, { schema: { fields: grown } });
    await table.insert({ lines: [{ sku: 'b', tags: ['x'] }], codes: [1, 2], paid: { amount: '1.5' } });
    const rows = await rowsOf(table);
    assert.deepEqual(rows[0], { id: '1', at: null, lines: [{ sku: 'a', tags: [] }], codes: [], paid: null });
    assert.deepEqual(
      { ...rows[1], paid: String((rows[1]?.['paid'] as { amount: unknown }).amount) },
      {
        id: null,
        at: null,
        lines: [{ sku: 'b', tags: ['x'] }],
        codes: [1, 2],
        paid: '1.5',
      },
    );
  });

  const refused: [string, object[], RegExp][] = [
    [
      'a column is missing',
      fields.slice(1),
      /Provided Schema does not match Table acme-data:events.orders. Field id is missing in new schema/,
    ],
    [
      'a type changes',
      [{ ...fields[0], type: 'INTEGER' }, ...fields.slice(1)],
      /Field id has changed type from STRING to INTEGER/,
    ],
    [
      'a mode becomes stricter',
      [fields[0]!, { ...fields[1], mode: 'REQUIRED' }, fields[2]!],
      /Field at has changed mode from NULLABLE to REQUIRED/,
    ],
    [
      'a required column is added',
      [...fields, { name: 'n', type: 'INTEGER', mode: 'REQUIRED' }],
      /Cannot add required fields to an existing schema. \(field: n\)/,
    ],
    [
      'two columns differ in case only',
      [...fields, { name: 'ID', type: 'STRING' }],
      /Field ID already exists in schema/,
    ],
    [
      'a name has a reserved prefix',
      [...fields, { name: '_PARTITION_x', type: 'STRING' }],
      /not allowed to start with/,
    ],
    ['a name has a hyphen', [...fields, { name: 'a-b', type: 'STRING' }], /Invalid field name "a-b"/],
  ];
  for (const [what, schema, message] of refused) {
    it(`are not changed when ${what}`, async t => {
      const { client } = await startFixture(t);
      const table = await createTable(client, 'orders', fields);
      await assert.rejects(change(table, { schema: { fields: schema } }), failsWith(400, 'invalid', message));
      assert.equal((await metadataOf(table)).schema.fields.length, 3);
    });
  }

  it('are changed only by who has seen their last state', async t => {
    const { client, restPort } = await startFixture(t);
    const table = await createTable(client, 'orders', fields);
    const { etag } = await metadataOf(table);
    const patch = (ifMatch: string) =>
      fetch(`http://127.0.0.1:${restPort}/bigquery/v2/projects/${project}/datasets/events/tables/orders`, {
        method: 'PATCH',
        headers: { 'if-match': ifMatch },
        body: JSON.stringify({ description: 'new' }),
      });
    const first = await patch(etag);
    assert.equal(first.status, 200);
    const second = await patch(etag);
    assert.equal(second.status, 412);
    const body = (await second.json()) as { error: { errors: { reason: string }[]; status: string } };
    assert.deepEqual([body.error.errors[0]!.reason, body.error.status], ['conditionNotMet', 'FAILED_PRECONDITION']);
  });

  it('are not found until they exist, and not made twice', async t => {
    const { client } = await startFixture(t);
    await createTable(client, 'orders', fields);
    await assert.rejects(
      client.dataset('events').table('none').getMetadata(),
      failsWith(404, 'notFound', /Not found: Table acme-data:events.none/),
    );
    await assert.rejects(createTable(client, 'orders', fields), failsWith(409, 'duplicate'));
    await assert.rejects(createTable(client, 'Orders', fields), failsWith(400, 'notImplemented', /case/));
  });

  it('expire', async t => {
    const clock = { time: Date.parse('2026-05-01T00:00:00Z'), now: () => clock.time };
    const { client } = await startFixture(t, { clock });
    const table = await createTable(client, 'orders', fields, { expirationTime: String(clock.time + 1000) });
    await table.getMetadata();
    clock.time += 1000;
    await assert.rejects(table.getMetadata(), failsWith(404, 'notFound'));
    await createTable(client, 'orders', fields.slice(0, 1));
  });

  const layouts: [string, object, RegExp][] = [
    [
      'a partition column that is missing',
      { timePartitioning: { type: 'DAY', field: 'x' } },
      /cannot be found in the schema/,
    ],
    [
      'a partition column that is a STRING',
      { timePartitioning: { type: 'DAY', field: 'id' } },
      /The type found is: STRING/,
    ],
    ['five cluster columns', { clustering: { fields: ['a', 'b', 'c', 'd', 'e'] } }, /one to 4 columns/],
  ];
  for (const [what, settings, message] of layouts) {
    it(`are refused with ${what}`, async t => {
      const { client } = await startFixture(t);
      await assert.rejects(createTable(client, 'orders', fields, settings), failsWith(400, 'invalid', message));
    });
  }

  it('with a type that DuckDB cannot hold exactly are refused', async t => {
    const { client } = await startFixture(t);
    await assert.rejects(
      createTable(client, 'orders', [{ name: 'n', type: 'GEOGRAPHY' }]),
      failsWith(400, 'notImplemented', /GEOGRAPHY/),
    );
  });
});

describe('insertAll', () => {
  const fields = [
    { name: 'id', type: 'STRING', mode: 'REQUIRED' },
    { name: 'n', type: 'INTEGER' },
  ];

  /** The rows' errors, as the client throws them. */
  const errorsOf = async (insert: Promise<unknown>) => {
    try {
      await insert;
    } catch (error) {
      const { errors } = error as { errors: { row: { id?: string }; errors: { reason: string; message: string }[] }[] };
      return errors.map(({ errors: [first] }) => `${first!.reason}: ${first!.message}`);
    }
    return [];
  };

  it('writes nothing when one row is bad, and says so of the others', async t => {
    const { client } = await startFixture(t);
    const table = await createTable(client, 'orders', fields);
    assert.deepEqual(await errorsOf(table.insert([{ id: 'a' }, { id: 'b', n: 'x' }, { n: 1 }, { id: 'd', z: 1 }])), [
      'stopped: ',
      'invalid: Cannot convert value to integer (bad value): x',
      'invalid: Missing required field: id.',
      'invalid: no such field: z.',
    ]);
    assert.equal((await rowsOf(table)).length, 0);
  });

  it('writes the good rows when it is told to skip bad ones or to ignore unknown fields', async t => {
    const { client } = await startFixture(t);
    const table = await createTable(client, 'orders', fields);
    const skipped = await errorsOf(table.insert([{ id: 'a' }, { n: 1 }], { skipInvalidRows: true }));
    assert.deepEqual(skipped, ['invalid: Missing required field: id.']);
    await table.insert([{ id: 'b', other: 1 }], { ignoreUnknownValues: true });
    assert.deepEqual(
      (await rowsOf(table)).map(row => row['id']),
      ['a', 'b'],
    );
  });

  it('writes a row once per insertId within a minute', async t => {
    const clock = { time: Date.parse('2026-05-01T00:00:00Z'), now: () => clock.time };
    const { client } = await startFixture(t, { clock });
    const table = await createTable(client, 'orders', fields);
    const send = () => table.insert([{ insertId: 'one', json: { id: 'a' } }], { raw: true });
    await send();
    await send();
    assert.equal((await rowsOf(table)).length, 1);
    clock.time += 61_000;
    await send();
    assert.equal((await rowsOf(table)).length, 2);
  });

  it('sees a new column only after the delay that is set', async t => {
    const clock = { time: Date.parse('2026-05-01T00:00:00Z'), now: () => clock.time };
    const { client } = await startFixture(t, { clock, schemaDelayMillis: 60_000 });
    const table = await createTable(client, 'orders', fields);
    clock.time += 60_000;
    await change(table, { schema: { fields: [...fields, { name: 'late', type: 'STRING' }] } });
    assert.deepEqual(await errorsOf(table.insert([{ id: 'a', late: 'x' }])), ['invalid: no such field: late.']);
    clock.time += 60_000;
    assert.deepEqual(await errorsOf(table.insert([{ id: 'b', late: 'y' }])), []);
    assert.deepEqual(await rowsOf(table), [{ id: 'b', n: null, late: 'y' }]);
  });

  it('does not know a table that was made a moment ago', async t => {
    const clock = { time: Date.parse('2026-05-01T00:00:00Z'), now: () => clock.time };
    const { client } = await startFixture(t, { clock, schemaDelayMillis: 60_000 });
    const table = await createTable(client, 'orders', fields);
    await assert.rejects(table.insert([{ id: 'a' }]), failsWith(404, 'notFound', /Not found: Table/));
    clock.time += 60_000;
    assert.deepEqual(await errorsOf(table.insert([{ id: 'a' }])), []);
  });

  it('refuses no rows, too many rows and a table that does not exist', async t => {
    const { client } = await startFixture(t);
    const table = await createTable(client, 'orders', fields);
    await assert.rejects(
      table.insert(Array.from({ length: 50_001 }, () => ({ id: 'a' }))),
      failsWith(400, 'invalid', /too many rows/),
    );
    await assert.rejects(
      client
        .dataset('events')
        .table('none')
        .insert([{ id: 'a' }]),
      failsWith(404, 'notFound'),
    );
  });
});

describe('the server', () => {
  it('serves both path styles, overridden methods, and no web page of another host', async t => {
    const { client, restPort } = await startFixture(t);
    await createTable(client, 'orders', [{ name: 'id', type: 'STRING' }]);
    const base = `http://127.0.0.1:${restPort}`;
    const path = `/projects/${project}/datasets/events/tables/orders`;
    assert.equal((await fetch(`${base}/bigquery/v2${path}?prettyPrint=false`)).status, 200);
    assert.equal((await fetch(`${base}${path}`)).status, 200);
    const patched = await fetch(`${base}${path}`, {
      method: 'POST',
      headers: { 'x-http-method-override': 'PATCH' },
      body: '{"description":"d"}',
    });
    assert.equal(((await patched.json()) as { description: string }).description, 'd');
    assert.equal((await fetch(`${base}${path}`, { headers: { origin: 'https://evil.example' } })).status, 403);
    assert.equal((await fetch(`${base}${path}`, { headers: { origin: 'http://localhost:3000' } })).status, 200);
    assert.equal((await fetch(`${base}/nothing/here`)).status, 404);
    assert.equal((await fetch(`${base}${path}`, { method: 'PATCH', body: '{' })).status, 400);
  });

  it('asks for the caller’s permission on each call', async t => {
    const asked: string[] = [];
    const { client } = await startFixture(t, {
      caller: 'reader@example.com',
      authorize: (caller, permission, resource) => {
        asked.push(`${caller} ${permission} ${resource}`);
        return permission !== 'bigquery.tables.getData';
      },
    });
    const table = await createTable(client, 'orders', [{ name: 'id', type: 'STRING' }]);
    await assert.rejects(
      table.getRows(),
      failsWith(403, 'accessDenied', /Permission bigquery.tables.getData denied on table acme-data:events.orders/),
    );
    assert.ok(asked.includes(`reader@example.com bigquery.tables.create projects/${project}/datasets/events`));
    assert.ok(
      asked.includes(`reader@example.com bigquery.tables.getData projects/${project}/datasets/events/tables/orders`),
    );
  });

  it('keeps everything over a restart', async t => {
    const folder = temporaryFolder(t);
    const first = await startBigquery({ folder });
    const table = await createTable(
      restClient(await first.listen(operator)),
      'orders',
      [{ name: 'id', type: 'STRING' }],
      {
        labels: { a: 'b' },
      },
    );
    await table.insert([{ id: 'kept' }]);
    const before = await metadataOf(table);
    await first.close();
    const { client } = await startFixture(t, { folder });
    const after = await metadataOf(client.dataset('events').table('orders'));
    assert.deepEqual(after, before);
    assert.deepEqual(await rowsOf(client.dataset('events').table('orders')), [{ id: 'kept' }]);
  });
});
