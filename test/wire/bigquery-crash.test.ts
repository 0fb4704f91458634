import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBigquery } from '../../local/bigquery/bigquery.ts';
import { operator } from '../../local/stand-in.ts';
import {
  afterwards,
  change,
  createTable,
  jsonWriter,
  metadataOf,
  restClient,
  rowsOf,
  startFixture,
  temporaryFolder,
  writerClient,
} from './support/bigquery-fixture.ts';

describe('the stand-in', () => {
  it('killed without warning has every row and schema change that it has answered', async t => {
    const folder = temporaryFolder(t);
    const child = fork(fileURLToPath(new URL('./support/bigquery-child.ts', import.meta.url)), [folder]);
    const [ports] = (await once(child, 'message')) as [{ rest: number; storage: number }];
    const client = restClient(ports.rest);
    const fields = [
      { name: 'id', type: 'STRING', mode: 'REQUIRED' },
      { name: 'r', type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'x', type: 'INTEGER' }] },
    ];
    const table = await createTable(client, 'orders', fields);
    const before = await jsonWriter(writerClient(t, ports.storage), 'orders');
    await before.appendRows(Array.from({ length: 3000 }, (_, i) => ({ id: `a${i}`, r: [{ x: i }] }))).getResult();
    await change(table, {
      schema: {
        fields: [
          { name: 'id', type: 'STRING' },
          {
            ...fields[1],
            fields: [
              { name: 'x', type: 'INTEGER' },
              { name: 'y', type: 'STRING', mode: 'REPEATED' },
            ],
          },
          { name: 'tags', type: 'STRING', mode: 'REPEATED' },
        ],
      },
    });
    const after = await jsonWriter(writerClient(t, ports.storage), 'orders');
    await after.appendRows([{ r: [{ x: 1, y: ['z'] }], tags: ['t'] }]).getResult();
    await client.query('DELETE FROM events.orders WHERE id = "a0"');
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;

    const { client: again } = await startFixture(t, { folder });
    const found = again.dataset('events').table('orders');
    assert.equal((await metadataOf(found)).numRows, '3000');
    const [rows] = await again.query('SELECT * FROM events.orders WHERE id IS NULL OR id = "a7" ORDER BY id');
    assert.deepEqual(rows, [
      { id: null, r: [{ x: 1, y: ['z'] }], tags: ['t'] },
      { id: 'a7', r: [{ x: 7, y: [] }], tags: [] },
    ]);
    await found.insert({ id: 'more' });
    assert.equal((await rowsOf(found)).length, 3001);
  });

  it('closes while a writer is connected, and the writer learns of it', async t => {
    const bigquery = await startBigquery({ folder: temporaryFolder(t) });
    await createTable(restClient(await bigquery.listen(operator)), 'orders', [{ name: 'id', type: 'STRING' }]);
    const client = writerClient(t, await bigquery.listenStorage(operator));
    const writer = await jsonWriter(client, 'orders');
    await writer.appendRows([{ id: 'a' }]).getResult();
    await bigquery.close();
    await assert.rejects(writer.appendRows([{ id: 'b' }]).getResult(), { code: 14 });
  });

  it('says so when a port is taken', async t => {
    const { bigquery, restPort, storagePort } = await startFixture(t);
    await assert.rejects(bigquery.listen(operator, restPort), { code: 'EADDRINUSE' });
    await assert.rejects(bigquery.listenStorage(operator, storagePort), { code: 'EADDRINUSE' });
  });

  it('refuses a folder that another process has open', async t => {
    const folder = temporaryFolder(t);
    const child = fork(fileURLToPath(new URL('./support/bigquery-child.ts', import.meta.url)), [folder]);
    const [ports] = (await once(child, 'message')) as [{ rest: number }];
    const exited = once(child, 'exit');
    afterwards(t, async () => {
      child.kill('SIGKILL');
      await exited;
    });
    await restClient(ports.rest).createDataset('events');
    await assert.rejects(startBigquery({ folder }), /lock/i);
  });
});
