import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PubSub } from '@google-cloud/pubsub';
import { createAppenders } from '../../functions/clients/appender.ts';
import { createStorage, type OpenBucket } from '../../functions/clients/objects.ts';
import { restore, spill } from '../../functions/clients/overflow.ts';
import { createPublisher } from '../../functions/clients/publisher.ts';
import { createTables } from '../../functions/clients/tables.ts';
import { rowEncoderOfColumns } from '../../functions/core/codec/row-proto.ts';
import { stringColumn } from '../../functions/core/schema/metadata-columns.ts';
import { rowDescriptor } from '../../functions/core/schema/row-descriptor.ts';
import { tableFields } from '../../functions/core/schema/table-schema.ts';
import type { TableDefinition } from '../../functions/core/warehouse-table.ts';
import { project, startStandIns } from './support/stand-ins.ts';

describe('the clients of the functions', () => {
  let standIns: Awaited<ReturnType<typeof startStandIns>>;
  let bucket: OpenBucket;
  before(async () => {
    standIns = await startStandIns();
    await standIns.storage.createBucket('objects');
    await standIns.bigquery.createDataset('shop');
    bucket = await createStorage();
  });
  after(() => standIns.close());

  describe('publisher', () => {
    it('publishes a batch with mixed ordering keys, and answers for each message', async () => {
      await new PubSub({ projectId: project }).createTopic('hub');
      const publish = (await createPublisher(project))('hub');
      const messages = ['a', 'b', '', 'a'].map((orderingKey, n) => ({
        data: Buffer.from(`message ${n}`),
        attributes: { n: String(n) },
        orderingKey,
      }));
      assert.deepEqual(await publish(messages), [undefined, undefined, undefined, undefined]);
      const sent = standIns.published.map(({ message }) => [message.orderingKey, message.attributes?.['n']]);
      assert.deepEqual(sent.toSorted(), [
        ['', '2'],
        ['a', '0'],
        ['a', '3'],
        ['b', '1'],
      ]);
    });

    it('answers with the error of every message that was not published', async () => {
      const publish = (await createPublisher(project))('nowhere');
      const [error] = await publish([{ data: Buffer.from('x'), attributes: {}, orderingKey: '' }]);
      assert.match(String(error), /NOT_FOUND/);
    });
  });

  describe('objects', () => {
    it('are created once: a second creation changes nothing and is no error', async () => {
      const objects = bucket('objects');
      await objects.create('a/b', Buffer.from('first'), 'text/plain', { onramp_records: '3' });
      await objects.create('a/b', Buffer.from('second'), 'text/plain');
      assert.equal((await objects.read('a/b'))?.toString(), 'first');
      const [metadata] = await standIns.storage.bucket('objects').file('a/b').getMetadata();
      assert.equal(metadata.metadata?.['onramp_records'], '3');
    });

    it('that are not there read as undefined', async () => {
      assert.equal(await bucket('objects').read('nothing'), undefined);
    });

    it('are listed in the order of their names, some at a time, and removed', async () => {
      const objects = bucket('objects');
      for (const name of ['w/c', 'w/a', 'w/b', 'x/a']) await objects.create(name, Buffer.from(name), 'text/plain');
      assert.deepEqual(await objects.list('w/', 2), [
        { name: 'w/a', bytes: 3 },
        { name: 'w/b', bytes: 3 },
      ]);
      assert.deepEqual(await objects.list('w/', 2, 'w/b'), [{ name: 'w/c', bytes: 3 }]);
      await objects.remove('w/b');
      await objects.remove('w/b');
      assert.equal((await objects.list('w/', 9)).length, 2);
    });

    it('hold what does not fit into Pub/Sub, and give it back', async () => {
      const attributes = Object.fromEntries(Array.from({ length: 104 }, (_, n) => [`key${n}`, 'v']));
      const whole = { data: Buffer.from([0, 255, 1]), attributes, orderingKey: '' };
      const reference = await spill(whole, 'flights/departures/1', bucket('objects'));
      assert.deepEqual(Object.keys(reference.attributes), ['onramp_overflow']);
      const message = { ...reference, id: '1', publishTime: '2026-01-01T00:00:00Z', source: 'hub' };
      const restored = await restore(message, bucket('objects'));
      assert.deepEqual(restored.attributes, attributes);
      assert.ok(whole.data.equals(restored.data));
    });
  });

  describe('tables and appends', () => {
    const columns = [stringColumn('article', 'What was bought.')];
    const definition = (table: string, extra: string[] = []): TableDefinition => ({
      dataset: 'shop',
      table,
      fields: tableFields([
        ...columns,
        ...extra.map(name => stringColumn(name, '')),
        { name: 'at', type: 'TIMESTAMP', mode: 'NULLABLE', conversion: 'timestamp' },
      ]),
      partitionBy: 'at',
      clusterBy: ['article'],
      labels: { app: 'onramp' },
    });
    const fieldsOf = async (table: string) => {
      const [metadata] = (await standIns.bigquery.dataset('shop').table(table).getMetadata()) as unknown as [
        { schema: { fields: { name: string }[] } },
      ];
      return metadata.schema.fields.map(({ name }) => name);
    };

    it('makes a table once, though many ask for it at the same time', async () => {
      const tables = await createTables(project);
      await Promise.all(Array.from({ length: 5 }, () => tables.ensure(definition('raced'))));
      assert.deepEqual(await fieldsOf('raced'), ['article', 'at']);
    });

    it('adds the columns of all who evolve a table at the same time, and drops none', async () => {
      const tables = await createTables(project);
      await tables.ensure(definition('evolving'));
      await Promise.all(['one', 'two', 'three'].map(name => tables.ensure(definition('evolving', [name]))));
      assert.deepEqual((await fieldsOf('evolving')).toSorted(), ['article', 'at', 'one', 'three', 'two']);
    });

    it('gives a column of another type a recovery column beside it', async () => {
      const tables = await createTables(project);
      await tables.ensure(definition('typed'));
      const changed = { ...definition('typed'), fields: [{ name: 'article', type: 'INTEGER', mode: 'NULLABLE' }] };
      const recoveries = await tables.ensure(changed);
      assert.deepEqual(
        recoveries.map(({ path, column }) => [path, column]),
        [['article', 'article_2']],
      );
    });

    it('appends rows that can be queried at once, and goes on after the table was away', async () => {
      const tables = await createTables(project);
      const appender = (await createAppenders())(
        `projects/${project}/datasets/shop/tables/sales`,
        rowDescriptor(columns),
      );
      const row = rowEncoderOfColumns(columns).encode(['tea']);
      await assert.rejects(appender.append([row]), /not found/i);
      await tables.ensure(definition('sales'));
      assert.deepEqual(await appender.append([row, row]), []);
      const [rows] = await standIns.bigquery.dataset('shop').table('sales').getRows();
      assert.deepEqual(
        rows.map((each: { article: string }) => each.article),
        ['tea', 'tea'],
      );
    });
  });
});
