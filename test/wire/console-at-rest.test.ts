import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readAll } from '../../console/read-state.ts';
import { createRunCache } from '../../console/run-cache.ts';
import { createOperations } from '../../functions/clients/operations.ts';
import { createRunStore } from '../../functions/clients/run-store.ts';
import type { Operation } from '../../functions/core/batch/operation.ts';
import { exampleExport } from '../support/example-export.ts';
import { planningWorld } from './support/planning-world.ts';

describe('the grid', () => {
  it('lists the runs of those exports alone in which something may have changed, and misses no change', async t => {
    const world = await planningWorld(t);
    world.exports = ['a', 'b', 'c'].map(id => exampleExport({ cron: '0 */6 * * *' }, { id, address: `payment/${id}` }));
    await world.pass(6 * 60, 60);
    // Planning looks at what is done for half an hour more, and then lets it rest.
    await world.pass(60, 20);

    const listed: string[] = [];
    const { documents, catalogue, now, tell } = world;
    const counting = {
      ...documents,
      list: (prefix: string, from?: string) => {
        listed.push(prefix);
        return documents.list(prefix, from);
      },
    };
    const parts = {
      documents: counting,
      runs: createRunStore(counting, now),
      exportsBucket: { name: 'exports', read: () => Promise.resolve(undefined) },
      now,
    };
    const cache = createRunCache();
    const look = async () => {
      listed.length = 0;
      const { histories } = await readAll(await catalogue(), 20, parts, cache);
      const states = ['a', 'b', 'c'].map(id =>
        histories
          .get(`payment/${id}`)
          ?.runs.map(({ state }) => state)
          .join(' '),
      );
      return { listed: listed.toSorted(), states };
    };
    const all = ['runs/payment/a/', 'runs/payment/b/', 'runs/payment/c/'];
    const operations = createOperations({ catalogue, documents, runs: world.runs, tell, now });
    const perform = async (operation: Operation) => {
      const { seen } = await operations.preview(operation);
      await operations.apply(operation, seen, 'ada');
    };
    const [run] = await world.runs.statuses('payment/b');
    const runs = { starts: [run?.interval.start ?? ''] };

    assert.deepEqual(await look(), { listed: all, states: ['done done', 'done done', 'done done'] });
    assert.deepEqual((await look()).listed, []);
    await perform({ type: 'mark-failed', export: 'payment/b', runs });
    assert.deepEqual(await look(), { listed: ['runs/payment/b/'], states: ['done done', 'failed done', 'done done'] });
    await perform({ type: 'rerun', export: 'payment/b', runs });
    await world.pass(1);
    assert.deepEqual(await look(), { listed: ['runs/payment/b/'], states: ['done done', 'done done', 'done done'] });
    // Until the next interval is over it comes to rest again, and so does the page.
    await world.pass(60, 20);
    assert.deepEqual((await look()).listed, all);
    assert.deepEqual((await look()).listed, []);
    await world.pass(4 * 60, 60);
    assert.deepEqual(await look(), { listed: all, states: ['done done done', 'done done done', 'done done done'] });
  });
});
