import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { day, loadUnderTest } from './support/load-under-test.ts';

const ada = { id: 1, name: 'Ada' };
const alan = { id: 2, name: 'Alan' };
const grace = { id: 3, name: null };

/** Pub/Sub may push a notification twice at once; both are loads of the same manifest. */
describe('a load that is pushed twice', () => {
  for (const step of ['hasRun', 'createStaging', 'load', 'ask', 'ensure', 'run', 'drop'] as const) {
    for (const when of ['before', 'after'] as const) {
      it(`is one load when the one is done while the other is ${when} "${step}"`, async t => {
        const { exported, load, table, told, loads, stageWith, tables } = await loadUnderTest(t, {
          writeMode: 'append',
        });
        const { promise: entered, resolve: enter } = Promise.withResolvers<undefined>();
        const { promise: left, resolve: leave } = Promise.withResolvers<undefined>();
        const { [step]: call } = { ...loads } as Record<typeof step, (...args: unknown[]) => Promise<unknown>>;
        const slow = stageWith({
          [step]: async (...args: unknown[]) => {
            const before = when === 'after' ? await call(...args) : undefined;
            enter(undefined);
            await left;
            return when === 'after' ? before : call(...args);
          },
        });
        const message = await exported(1, [ada, alan]);
        const other = load(message, slow);
        await Promise.race([entered, other]);
        assert.equal(await load(message), 'done');
        leave(undefined);
        assert.equal(await other, 'done');
        assert.deepEqual(await table(), [ada, alan]);
        assert.deepEqual(await tables(), ['transfers']);
        assert.equal(told().includes('load_failed'), false);
      });
    }
  }

  for (const writeMode of ['merge', 'replace', 'append'] as const) {
    it(`is one load however often it is pushed at once, by ${writeMode}`, async t => {
      const { exported, load, table, told, tables } = await loadUnderTest(t, { writeMode });
      const message = await exported(1, [ada, alan, grace]);
      const outcomes = await Promise.all(Array.from({ length: 6 }, () => load(message)));
      // Whoever finds the staging table gone in the middle may ask for another push.
      while (!outcomes.includes('done')) outcomes.push(await load(message));
      assert.deepEqual(await table(), [ada, alan, grace]);
      assert.equal(await load(message), 'done');
      assert.deepEqual(await tables(), ['transfers']);
      assert.equal(told().includes('load_failed'), false);
    });
  }

  it('finds the jobs of before, by ids that follow from the work', async t => {
    const { exported, load, stageWith, warehouse } = await loadUnderTest(t);
    const jobs = async () => {
      const [all] = await warehouse.getJobs();
      return all.map(({ id = '' }) => id).filter(id => id.startsWith('onramp_'));
    };
    const message = await exported(1, [ada]);
    assert.equal(await load(message, stageWith({ ask: () => Promise.reject(new Error('broken off')) })), 'retry');
    const [first = '', ...none] = await jobs();
    assert.match(first, /^onramp_load_[0-9a-f]{32}_0$/);
    assert.deepEqual(none, []);
    assert.equal(await load(message), 'done');
    assert.deepEqual(
      (await jobs()).filter(id => id.startsWith('onramp_load_')),
      [first],
    );
  });

  it('again after a staging table of the same name has gone by itself', async t => {
    const { exported, load, table, stageWith, warehouse, tables, told } = await loadUnderTest(t, {
      writeMode: 'append',
    });
    const message = await exported(1, [ada]);
    const broken = stageWith({ ensure: () => Promise.reject(new Error('broken off')) });
    assert.equal(await load(message, broken), 'retry');
    const [staging = ''] = await tables();
    await warehouse.dataset('payment').table(staging).delete();
    assert.equal(await load(message), 'done');
    assert.deepEqual(await table(), [ada]);
    assert.equal(told().includes('load_failed'), false);
  });

  it('does not make a later replacement look older than it is', async t => {
    const { exported, load, table } = await loadUnderTest(t, { writeMode: 'replace' });
    const first = await exported(1, [ada]);
    await load(first);
    await load(await exported(3, [grace]));
    assert.equal(await load(first), 'done');
    assert.equal(await load(await exported(2, [alan])), 'done');
    assert.deepEqual(await table(), [grace], `the rows of ${day(3).start}`);
  });
});
