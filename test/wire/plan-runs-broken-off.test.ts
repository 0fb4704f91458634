import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Documents } from '../../functions/clients/documents.ts';
import type { ExportConfig } from '../../functions/core/batch/config.ts';
import { exampleExport } from '../support/example-export.ts';
import { fails, type PlanningWorld, planningWorld, succeeds } from './support/planning-world.ts';

class Killed extends Error {}

/** The clients of a process that dies at its `at`-th call: before the call has an effect, or when it had it. */
function mortal(world: PlanningWorld, at: number, when: 'before' | 'after') {
  let calls = 0;
  const through = async <T>(call: () => Promise<T>): Promise<T> => {
    calls += 1;
    if (calls > at || (calls === at && when === 'before')) throw new Killed();
    const answer = await call();
    if (calls >= at) throw new Killed();
    return answer;
  };
  const { documents, queues } = world;
  const dying: Documents = {
    read: name => through(() => documents.read(name)),
    create: (...args) => through(() => documents.create(...args)),
    change: (...args) => through(() => documents.change(...args)),
    list: (...args) => through(() => documents.list(...args)),
    folders: (...args) => through(() => documents.folders(...args)),
  };
  return {
    plan: world.planner({
      documents: dying,
      tasks: { add: task => through(() => queues.add(task)) },
      tell: event => through(() => world.tell(event)),
    }),
    wasKilled: () => calls >= at,
  };
}

describe('a tick that is broken off', () => {
  for (const when of ['before', 'after'] as const) {
    it(`${when} any of its calls leaves each attempt to be dispatched once`, async t => {
      const world = await planningWorld(t);
      world.outcome = request =>
        request.interval.start.startsWith('2025-12-30') && request.attempt === 1 ? fails(true) : succeeds(request);
      const expected = [
        '2025-12-29T00:00:00.000Z 1',
        '2025-12-30T00:00:00.000Z 1',
        '2025-12-30T00:00:00.000Z 2',
        '2025-12-31T00:00:00.000Z 1',
      ];
      const configOf = (id: string): ExportConfig =>
        exampleExport(
          {
            cron: '0 0 * * *',
            catchup: true,
            startDate: '2025-12-29T00:00:00.000Z',
            retryCount: 1,
            retryDelayMinutes: 1,
          },
          { id, address: `payment/${id}` },
        );
      let wasKilled = true;
      for (let at = 1; wasKilled; at += 1) {
        // Two, so that one listing is to tell of both that they are new.
        const ids = [`a${at}`, `b${at}`];
        world.exports = ids.map(configOf);
        const dying = mortal(world, at, when);
        // The first tick creates and dispatches, the later ones try again.
        for (let tick = 0; tick < 3; tick += 1) {
          await dying.plan(world.now());
          await world.settled();
          world.clock.advance(30_000);
        }
        wasKilled = dying.wasKilled();
        await world.pass(5);
        for (const id of ids) {
          const ofExport = world.requests.filter(request => request.export === `payment/${id}`);
          assert.deepEqual(
            ofExport.map(({ interval, attempt }) => `${interval.start} ${attempt}`).toSorted(),
            expected,
            `killed at call ${at}`,
          );
          assert.deepEqual(await world.states(`payment/${id}`), ['done 1', 'done 2', 'done 1']);
        }
        assert.ok(at < 100);
      }
    });
  }
});

describe('pools', () => {
  it('never have more exports out than they have slots', async t => {
    const pools = { a: 1, b: 3, c: 7 };
    const world = await planningWorld(t, pools);
    const out = new Map<string, number>();
    const most = new Map<string, number>();
    const random = fc.sample(fc.nat(5), 400);
    world.before = async queue => {
      const now = (out.get(queue) ?? 0) + 1;
      out.set(queue, now);
      most.set(queue, Math.max(most.get(queue) ?? 0, now));
      for (let turn = random.pop() ?? 0; turn > 0; turn -= 1) await new Promise(resolve => setImmediate(resolve));
      out.set(queue, (out.get(queue) ?? 0) - 1);
    };
    const pick = fc.sample(fc.constantFrom(...Object.keys(pools)), 24);
    world.exports = pick.map((pool, index) =>
      exampleExport(
        { catchup: true, startDate: '2026-01-01T00:00:00.000Z' },
        { id: `e${index}`, address: `payment/e${index}`, pool },
      ),
    );
    world.clock.advance(4 * 3_600_000);
    await Promise.all([world.tick(), world.tick()]);
    assert.equal(world.requests.length, 24 * 4);
    for (const [pool, slots] of Object.entries(pools)) {
      assert.ok((most.get(`pool-${pool}`) ?? 0) <= slots, `${pool}: ${most.get(`pool-${pool}`)} of ${slots}`);
    }
    assert.ok([...most.values()].some(number => number > 1));
  });
});
