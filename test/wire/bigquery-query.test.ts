import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import {
  change,
  createTable,
  type Metadata,
  metadataOf,
  project,
  rowsOf,
  startFixture,
} from './support/bigquery-fixture.ts';

/** Orders 1 to 5, of two customers. */
async function withOrders(t: TestContext, options: Parameters<typeof startFixture>[1] = {}) {
  const fixture = await startFixture(t, options);
  const table = await createTable(fixture.client, 'orders', [
    { name: 'id', type: 'INTEGER', mode: 'REQUIRED' },
    { name: 'customer', type: 'STRING' },
    { name: 'moment', type: 'TIMESTAMP' },
    { name: 'tags', type: 'STRING', mode: 'REPEATED' },
    {
      name: 'lines',
      type: 'RECORD',
      mode: 'REPEATED',
      fields: [
        { name: 'sku', type: 'STRING' },
        { name: 'n', type: 'INTEGER' },
      ],
    },
  ]);
  await table.insert(
    [1, 2, 3, 4, 5].map(id => ({
      id,
      customer: id % 2 ? 'ann' : 'bob',
      moment: `2026-01-0${id}T00:00:00Z`,
      tags: id === 1 ? ['x', 'y'] : [],
      lines: [{ sku: `s${id}`, n: id }],
    })),
  );
  return { ...fixture, table };
}

/** What the REST API answers to a query. */
interface Answer {
  readonly jobComplete: boolean;
  readonly totalRows: string;
  readonly pageToken?: string;
  readonly rows: { readonly f: { readonly v: unknown }[] }[];
  readonly schema: { readonly fields: { readonly name: string; readonly type: string; readonly mode: string }[] };
  readonly jobReference: { readonly jobId: string };
  readonly numDmlAffectedRows?: string;
}

const post = async (port: number, body: object): Promise<Answer> => {
  const response = await fetch(`http://127.0.0.1:${port}/projects/${project}/queries`, {
    method: 'POST',
    body: JSON.stringify({ useLegacySql: false, ...body }),
  });
  return (await response.json()) as Answer;
};

describe('a query', () => {
  it('answers with rows of every shape', async t => {
    const { client } = await withOrders(t);
    const [rows] = await client.query(
      `SELECT customer, COUNT(*) AS n, SUM(line.n) AS total, ARRAY_AGG(id ORDER BY id) AS ids, MAX(moment) AS last
       FROM events.orders, UNNEST(lines) AS line GROUP BY customer ORDER BY customer`,
    );
    assert.deepEqual(
      (rows as { last: { value: string } }[]).map(row => ({ ...row, last: row.last.value })),
      [
        { customer: 'ann', n: 3, total: 9, ids: [1, 3, 5], last: '2026-01-05T00:00:00.000Z' },
        { customer: 'bob', n: 2, total: 6, ids: [2, 4], last: '2026-01-04T00:00:00.000Z' },
      ],
    );
  });

  it('as a job tells its statistics and keeps its results', async t => {
    const { client } = await withOrders(t);
    const [job] = await client.createQueryJob({
      query: 'SELECT id FROM `acme-data.events.orders` ORDER BY id',
      jobId: 'q1',
    });
    assert.deepEqual((await job.getQueryResults())[0], [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }, { id: 5 }]);
    const metadata = await metadataOf(job);
    assert.equal(metadata.status.state, 'DONE');
    assert.equal(metadata.statistics.query['statementType'], 'SELECT');
    await assert.rejects(client.createQueryJob({ query: 'SELECT 1', jobId: 'q1' }), { code: 409 });
    const [jobs] = await client.getJobs();
    assert.deepEqual(
      jobs.map(({ id }) => id),
      ['q1'],
    );
  });

  it('takes named and positional parameters of all shapes', async t => {
    const { client } = await withOrders(t);
    const [named] = await client.query({
      query: `SELECT id FROM events.orders WHERE customer = @who AND id IN UNNEST(@ids) AND moment < @before AND @s.a = 'é'`,
      params: { who: 'ann', ids: [1, 3, 4], before: client.timestamp('2026-01-03T00:00:00Z'), s: { a: 'é', b: 1.5 } },
    });
    assert.deepEqual(named, [{ id: 1 }]);
    const [positional] = (await client.query({
      query: 'SELECT ? AS text, ? AS number, ? AS bytes, ? AS nothing, ARRAY_LENGTH(?) AS none',
      params: ['a?b', 7, 'AP8=', null, []],
      types: ['STRING', 'INT64', 'BYTES', 'DATE', ['STRING']],
    } as never)) as unknown as [unknown];
    assert.deepEqual(positional, [{ text: 'a?b', number: 7, bytes: Buffer.from([0, 255]), nothing: null, none: 0 }]);
  });

  it('is paged', async t => {
    const { restPort } = await withOrders(t);
    const first = await post(restPort, { query: 'SELECT id FROM events.orders ORDER BY id', maxResults: 2 });
    assert.deepEqual([first.totalRows, first.rows.length], ['5', 2]);
    const url = `http://127.0.0.1:${restPort}/projects/${project}/queries/${first.jobReference.jobId}`;
    const next = (await (await fetch(`${url}?maxResults=2&pageToken=${first.pageToken}`)).json()) as Answer;
    assert.deepEqual(
      next.rows.map(({ f: [cell] }) => cell?.v),
      ['3', '4'],
    );
    const last = (await (await fetch(`${url}?startIndex=4`)).json()) as Answer;
    assert.deepEqual([last.rows.length, last.pageToken], [1, undefined]);
  });

  it('prints TIMESTAMPs as it is asked to', async t => {
    const { restPort } = await startFixture(t);
    const query = `SELECT TIMESTAMP '2020-01-01 00:00:00.123456 UTC' AS moment`;
    const printed = async (formatOptions: object) => (await post(restPort, { query, formatOptions })).rows[0]?.f[0]?.v;
    assert.equal(await printed({}), '1.577836800123456E9');
    assert.equal(await printed({ useInt64Timestamp: true }), '1577836800123456');
    assert.equal(await printed({ timestampOutputFormat: 'ISO8601_STRING' }), '2020-01-01T00:00:00.123456Z');
  });

  it('of a dry run tells the schema and changes nothing', async t => {
    const { client, table } = await withOrders(t);
    const [job] = await client.createQueryJob({ query: 'SELECT id, tags FROM events.orders', dryRun: true });
    const { statistics } = job.metadata as Metadata;
    const { fields } = statistics.query['schema'] as Answer['schema'];
    assert.deepEqual(
      fields.map(({ name, type, mode }) => [name, type, mode]),
      [
        ['id', 'INTEGER', 'NULLABLE'],
        ['tags', 'STRING', 'REPEATED'],
      ],
    );
    await client.createQueryJob({ query: 'DELETE FROM events.orders WHERE true', dryRun: true });
    assert.equal((await rowsOf(table)).length, 5);
  });

  it('with the same requestId is run once', async t => {
    const { restPort, table } = await withOrders(t);
    const body = { query: `INSERT INTO events.orders (id) VALUES (6)`, requestId: 'r-1' };
    const answers = await Promise.all([post(restPort, body), post(restPort, body)]);
    assert.equal(answers[0].jobReference.jobId, answers[1].jobReference.jobId);
    assert.equal((await rowsOf(table)).length, 6);
  });

  it('that is wrong is refused with its place', async t => {
    const { client } = await withOrders(t);
    const wrong: [string, number, string, RegExp][] = [
      ['SELEC 1', 400, 'invalidQuery', /\[1:/],
      ['SELECT nope FROM events.orders', 400, 'invalidQuery', /nope.*\[1:8\]/],
      ['SELECT 1 FROM events.none', 404, 'notFound', /Not found: Table acme-data:events.none/],
      ['SELECT 1/0', 400, 'invalidQuery', /division by zero/i],
    ];
    for (const [query, code, reason, message] of wrong) {
      await assert.rejects(client.query(query), (error: unknown) => {
        const failure = error as { code: number; errors: { reason: string; message: string }[] };
        assert.deepEqual([failure.code, failure.errors[0]?.reason], [code, reason], query);
        assert.match(failure.errors[0]?.message ?? '', message);
        return true;
      });
    }
  });

  it('in legacy SQL is refused, which is the default of the REST API', async t => {
    const { restPort } = await startFixture(t);
    const response = await fetch(`http://127.0.0.1:${restPort}/projects/${project}/queries`, {
      method: 'POST',
      body: JSON.stringify({ query: 'SELECT 1' }),
    });
    assert.equal(response.status, 400);
    assert.match(await response.text(), /useLegacySql/);
  });

  it('needs permission for each table that it reads, also through a view', async t => {
    const { client } = await withOrders(t, {
      caller: 'analyst@example.com',
      authorize: (_caller, permission, resource) =>
        !(permission === 'bigquery.tables.getData' && resource.endsWith('/orders')),
    });
    const denied = (query: string) =>
      assert.rejects(client.query(query), {
        code: 403,
        message: /bigquery.tables.getData denied on table acme-data:events.orders/,
      });
    await denied('SELECT id FROM events.orders');
    const query = `SELECT id FROM \`${project}.events.orders\``;
    await client.dataset('events').createTable('view', { view: query } as never);
    await denied('SELECT * FROM events.view');
  });
});

describe('a statement', () => {
  it('changes rows and tells how many', async t => {
    const { client, restPort } = await withOrders(t);
    const affected = async (query: string) => (await post(restPort, { query })).numDmlAffectedRows;
    assert.equal(await affected(`UPDATE events.orders SET customer = 'cat' WHERE id > 3`), '2');
    assert.equal(await affected('DELETE FROM events.orders WHERE id = 5'), '1');
    assert.equal(
      await affected('INSERT INTO events.orders (id, customer) SELECT id + 10, customer FROM events.orders'),
      '4',
    );
    assert.equal(
      await affected(
        `MERGE events.orders AS t USING (SELECT 1 AS id, 'new' AS customer UNION ALL SELECT 99, 'more') AS s ON t.id = s.id
         WHEN MATCHED THEN UPDATE SET customer = s.customer
         WHEN NOT MATCHED THEN INSERT (id, customer) VALUES (s.id, s.customer)`,
      ),
      '2',
    );
    const [rows] = await client.query(
      'SELECT id, customer, tags FROM events.orders WHERE id IN (1, 4, 99) ORDER BY id',
    );
    assert.deepEqual(rows, [
      { id: 1, customer: 'new', tags: ['x', 'y'] },
      { id: 4, customer: 'cat', tags: [] },
      { id: 99, customer: 'more', tags: [] },
    ]);
  });

  it('makes, extends and drops tables that the REST API knows', async t => {
    const { client } = await withOrders(t);
    const events = client.dataset('events');
    await client.query(`CREATE TABLE events.made (id INT64 NOT NULL, moment TIMESTAMP) PARTITION BY DATE(moment) CLUSTER BY id
      OPTIONS (description = 'made by SQL', labels = [('a', 'b')], require_partition_filter = false)`);
    await client.query('ALTER TABLE events.made ADD COLUMN tags ARRAY<STRING>');
    const made = await metadataOf(events.table('made'));
    assert.deepEqual(
      made.schema.fields.map(({ name, mode }) => [name, mode]),
      [
        ['id', 'REQUIRED'],
        ['moment', 'NULLABLE'],
        ['tags', 'REPEATED'],
      ],
    );
    assert.deepEqual([made.timePartitioning, made.clustering], [{ type: 'DAY', field: 'moment' }, { fields: ['id'] }]);
    assert.deepEqual([made.description, made.labels], ['made by SQL', { a: 'b' }]);
    await events.table('made').insert({ id: 1, tags: ['z'] });
    await client.query('CREATE OR REPLACE TABLE events.copy AS SELECT id, lines FROM events.orders WHERE id < 3');
    assert.equal((await rowsOf(events.table('copy'))).length, 2);
    await client.query('DROP TABLE events.copy');
    await client.query('DROP TABLE IF EXISTS events.copy');
    await assert.rejects(client.query('DROP TABLE events.copy'), { code: 404 });
    await client.query('CREATE SCHEMA IF NOT EXISTS other');
    assert.deepEqual(
      (await client.getDatasets())[0].map(({ id }) => id),
      ['events', 'other'],
    );
  });

  it('in a script sees what the ones before it have done', async t => {
    const { client } = await withOrders(t);
    const [rows] = await client.query(
      `CREATE TABLE events.t (n INT64); INSERT INTO events.t (n) VALUES (1), (2); SELECT SUM(n) AS s FROM events.t`,
    );
    assert.deepEqual(rows, [{ s: 3 }]);
  });

  it('in a transaction is undone when the script fails', async t => {
    const { client, table } = await withOrders(t);
    const failing = `BEGIN TRANSACTION; DELETE FROM events.orders WHERE true; SELECT 1/0; COMMIT TRANSACTION`;
    await assert.rejects(client.query(failing), { code: 400 });
    assert.equal((await rowsOf(table)).length, 5);
    await client.query('BEGIN TRANSACTION; DELETE FROM events.orders WHERE id = 1; COMMIT TRANSACTION');
    assert.equal((await rowsOf(table)).length, 4);
  });

  it('sees rows of an ingestion-time partition', async t => {
    const clock = { now: () => Date.parse('2026-05-01T10:00:00Z') };
    const { client } = await startFixture(t, { clock });
    const table = await createTable(client, 'log', [{ name: 'n', type: 'INTEGER' }], {
      timePartitioning: { type: 'DAY' },
    });
    await table.insert({ n: 1 });
    await change(table, {
      schema: {
        fields: [
          { name: 'n', type: 'INTEGER' },
          { name: 'm', type: 'INTEGER' },
        ],
      },
    });
    await table.insert({ n: 2, m: 3 });
    const [rows] = await client.query(
      `SELECT * FROM events.log WHERE _PARTITIONTIME = TIMESTAMP '2026-05-01' ORDER BY n`,
    );
    assert.deepEqual(rows, [
      { n: 1, m: null },
      { n: 2, m: 3 },
    ]);
    assert.deepEqual(await rowsOf(table), rows);
  });

  it('goes by the clock of the stand-in, in views and partitions, too', async t => {
    const clock = { time: Date.parse('2026-05-01T23:59:59Z'), now: () => clock.time };
    const { client } = await startFixture(t, { clock });
    await client.query('CREATE SCHEMA events; CREATE TABLE events.log (n INT64) PARTITION BY _PARTITIONDATE');
    await client.query('CREATE VIEW events.today AS SELECT CURRENT_DATE() AS day, CURRENT_DATETIME() AS time');
    await client.query('INSERT INTO events.log (n) VALUES (1)');
    clock.time += 86_400_000;
    await client.query('INSERT INTO events.log (n) VALUES (2)');
    const [days] = await client.query(
      'SELECT n, FORMAT_TIMESTAMP("%F", _PARTITIONTIME) AS day FROM events.log ORDER BY n',
    );
    assert.deepEqual(days, [
      { n: 1, day: '2026-05-01' },
      { n: 2, day: '2026-05-02' },
    ]);
    const seen = 'CAST(day AS STRING) AS day, DATETIME_DIFF(time, CURRENT_DATETIME(), HOUR) AS hours';
    const [[today]] = await client.query(`SELECT ${seen} FROM events.today`);
    assert.deepEqual(today, { day: '2026-05-02', hours: 0 });
  });
});

describe('a view', () => {
  it('answers with the columns that its table gets later', async t => {
    const { client, table } = await withOrders(t);
    const query = `SELECT * FROM \`${project}.events.orders\` QUALIFY ROW_NUMBER() OVER (PARTITION BY customer ORDER BY id) = 1`;
    const [view] = await client.dataset('events').createTable('first', { view: query } as never);
    const metadata = await metadataOf(view);
    assert.deepEqual([metadata.type, metadata.view.query], ['VIEW', query]);
    assert.equal(metadata.schema.fields.length, 5);
    const { schema } = await metadataOf(table);
    await change(table, { schema: { fields: [...schema.fields, { name: 'late', type: 'STRING' }] } });
    await table.insert({ id: 0, customer: 'ann', late: 'x' });
    const [rows] = await client.query('SELECT id, late FROM events.first ORDER BY id');
    assert.deepEqual(rows, [
      { id: 0, late: 'x' },
      { id: 2, late: null },
    ]);
    assert.equal((await metadataOf(view)).schema.fields.length, 6);
  });

  it('is made and replaced by SQL, and cannot be written', async t => {
    const { client } = await withOrders(t);
    await client.query(`CREATE VIEW events.v AS SELECT id FROM \`${project}.events.orders\``);
    await client.query(
      `CREATE OR REPLACE VIEW events.v AS SELECT id, customer FROM \`${project}.events.orders\` WHERE id < 3`,
    );
    const [rows] = await client.query('SELECT * FROM events.v ORDER BY id');
    assert.deepEqual(rows, [
      { id: 1, customer: 'ann' },
      { id: 2, customer: 'bob' },
    ]);
    await assert.rejects(client.dataset('events').table('v').insert({ id: 1 }), { code: 400 });
    await client.query('DROP VIEW events.v');
    await assert.rejects(client.dataset('events').createTable('bad', { view: 'SELECT * FROM nowhere.none' } as never), {
      code: 404,
    });
  });
});

describe('the helper of the local cloud', () => {
  it('answers with names, types and printed values', async t => {
    const { bigquery } = await withOrders(t);
    assert.deepEqual(await bigquery.query('SELECT id, moment, tags FROM events.orders WHERE id = 1'), {
      columns: [
        { name: 'id', type: 'INTEGER' },
        { name: 'moment', type: 'TIMESTAMP' },
        { name: 'tags', type: 'STRING' },
      ],
      rows: [['1', '2026-01-01T00:00:00Z', [{ v: 'x' }, { v: 'y' }]]],
    });
  });
});
