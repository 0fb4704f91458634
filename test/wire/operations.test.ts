import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createOperations } from '../../functions/clients/operations.ts';
import type { WriteMode } from '../../functions/core/batch/config.ts';
import { effective, type Operation } from '../../functions/core/batch/operation.ts';
import { exampleExport } from '../support/example-export.ts';
import { fails, planningWorld, succeeds } from './support/planning-world.ts';

const address = 'payment/transfers';
const hour = (number: number) => `2026-01-01T${String(number).padStart(2, '0')}:00:00.000Z`;

/** Four hours of which the second failed. */
async function operated(t: TestContext) {
  const world = await planningWorld(t);
  world.exports = [exampleExport({ catchup: true, startDate: hour(0) })];
  world.outcome = request => (request.interval.start === hour(1) ? fails(false) : succeeds(request));
  await world.pass(4 * 60, 60);
  assert.deepEqual(await world.states(address), ['done 1', 'failed 1', 'done 1', 'done 1']);
  world.outcome = succeeds;
  world.told.length = 0;
  const operations = createOperations({
    catalogue: world.catalogue,
    documents: world.documents,
    runs: world.runs,
    tell: world.tell,
    now: world.now,
  });
  const perform = async (operation: Operation) => {
    const { seen } = await operations.preview(operation);
    return operations.apply(operation, seen, 'ada');
  };
  return { world, operations, perform };
}

describe('operations by hand', () => {
  it('start failed runs anew, however far back, and record who did it', async t => {
    const { world, perform } = await operated(t);
    // Far beyond what planning would look back at.
    await world.pass(40 * 60, 60);
    const { changed } = await perform({ type: 'rerun', export: address, runs: { starts: [], failed: true } });
    assert.deepEqual(
      changed.map(({ interval, before, after }) => [interval?.start, before, after]),
      [[hour(1), 'failed', 'waiting']],
    );
    await world.pass(1);
    const run = await world.runs.read(address, hour(1));
    assert.equal(run?.state, 'done');
    assert.equal(run.attempt, 2);
    assert.deepEqual(run.operations, [{ at: run.operations[0]?.at, by: 'ada', what: 'started it anew' }]);
  });

  it('are picked up although the tick that was under way knew nothing of them', async t => {
    const { world, perform } = await operated(t);
    await world.pass(40 * 60, 60);
    let done = false;
    const interleaved = {
      ...world.documents,
      list: async (prefix: string, from?: string) => {
        const listed = await world.documents.list(prefix, from);
        if (!done) {
          done = true;
          await perform({ type: 'rerun', export: address, runs: { starts: [hour(1)] } });
        }
        return listed;
      },
    };
    world.clock.advance(3_600_000);
    await world.planner({ documents: interleaved, tasks: world.queues, tell: world.tell })(world.now());
    assert.ok(done);
    await world.pass(2);
    assert.equal((await world.runs.read(address, hour(1)))?.state, 'done');
  });

  it('are refused when a run has changed since it was shown', async t => {
    const { world, operations } = await operated(t);
    const operation: Operation = { type: 'mark-done', export: address, runs: { starts: [hour(1)] } };
    const { seen } = await operations.preview(operation);
    await world.runs.apply(address, hour(1), { type: 'rerun', by: 'bob', retryCount: 0 });
    await assert.rejects(operations.apply(operation, seen, 'ada'), { code: 'OPERATION_OUTDATED' });
    assert.equal((await world.runs.read(address, hour(1)))?.state, 'waiting');
  });

  it('leave a run alone that somebody changes at the very moment', async t => {
    const { world } = await operated(t);
    const racing = {
      ...world.runs,
      apply: async (...args: Parameters<typeof world.runs.apply>) => {
        await world.runs.apply(address, hour(1), { type: 'rerun', by: 'bob', retryCount: 0 });
        return world.runs.apply(...args);
      },
    };
    const { catalogue, documents, tell, now } = world;
    const operations = createOperations({ catalogue, documents, runs: racing, tell, now });
    const operation: Operation = { type: 'mark-done', export: address, runs: { starts: [hour(1)] } };
    const { seen } = await operations.preview(operation);
    const { changed, missed } = await operations.apply(operation, seen, 'ada');
    assert.deepEqual([changed.length, missed.length], [0, 1]);
    assert.equal((await world.runs.read(address, hour(1)))?.state, 'waiting');
  });

  it('mark a failed run as done, which ends its alert', async t => {
    const { world, perform } = await operated(t);
    await perform({ type: 'mark-done', export: address, runs: { starts: [hour(1)] } });
    assert.equal((await world.runs.read(address, hour(1)))?.state, 'done');
    assert.deepEqual(
      world.told.map(({ event }) => event),
      [
        { type: 'run_done', rows: 0 },
        { type: 'operation_done', operation: 'mark-done', runs: 1 },
      ],
    );
  });

  it('cancel a run under way, and what its attempt tells later changes nothing', async t => {
    const { world, perform } = await operated(t);
    world.outcome = () => [{ type: 'export_started' }];
    await world.pass(60, 60);
    await perform({ type: 'cancel', export: address, runs: { starts: [hour(4)] } });
    const request = world.requests.at(-1);
    assert.ok(request);
    await world.track(request, succeeds(request));
    await world.pass(5);
    assert.equal((await world.runs.read(address, hour(4)))?.state, 'cancelled');
  });

  it('select the past, the future, or the failed of them', async t => {
    const { operations } = await operated(t);
    const startsOf = async (runs: Extract<Operation, { type: 'rerun' }>['runs']) =>
      effective(await operations.preview({ type: 'rerun', export: address, runs })).map(
        ({ interval }) => interval?.start,
      );
    assert.deepEqual(await startsOf({ starts: [hour(2)], past: true }), [hour(0), hour(1), hour(2)]);
    assert.deepEqual(await startsOf({ starts: [hour(2)], future: true }), [hour(2), hour(3)]);
    assert.deepEqual(await startsOf({ starts: [hour(2)], past: true, failed: true }), [hour(1)]);
    await assert.rejects(startsOf({ starts: [hour(9)] }), { code: 'RUN_UNKNOWN' });
    await assert.rejects(operations.preview({ type: 'pause', export: 'payment/nothing' }), { code: 'EXPORT_UNKNOWN' });
  });

  it('backfill what was never run, and what was run only when that is asked for', async t => {
    const { world, operations, perform } = await operated(t);
    const range = {
      type: 'backfill',
      export: address,
      from: '2025-12-31T22:00:00.000Z',
      to: '2026-01-01T06:00:00.000Z',
    } as const;
    const { changes } = await operations.preview(range);
    assert.deepEqual(
      changes.map(({ before, after, why }) => [before, after, why]),
      [
        [undefined, 'waiting', undefined],
        [undefined, 'waiting', undefined],
        ...['done', 'failed', 'done', 'done'].map(state => [
          state,
          undefined,
          'there is a run of it, and no rerun was asked for',
        ]),
        [undefined, undefined, 'its interval is not over yet'],
        [undefined, undefined, 'its interval is not over yet'],
      ],
    );
    const asked = world.requests.length;
    await perform({ ...range, rerun: true });
    await world.pass(1);
    assert.equal(world.requests.length, asked + 6);
    assert.deepEqual(await world.states(address), ['done 1', 'done 1', 'done 2', 'done 2', 'done 2', 'done 2']);
    assert.equal((await world.runs.read(address, '2025-12-31T22:00:00.000Z'))?.operations[0]?.by, 'ada');
  });

  it('run one interval by hand, and start it anew the second time', async t => {
    const { world, perform } = await operated(t);
    const at = '2025-12-25T10:30:00.000Z';
    await perform({ type: 'run', export: address, at });
    await world.pass(1);
    await perform({ type: 'run', export: address, at });
    await world.pass(1);
    const run = await world.runs.read(address, '2025-12-25T09:00:00.000Z');
    assert.deepEqual([run?.state, run?.attempt, run?.kind], ['done', 2, 'manual']);
  });

  it('pause an export and let it go on, and say what a paused one does not start', async t => {
    const { world, operations, perform } = await operated(t);
    await perform({ type: 'pause', export: address });
    await world.pass(60, 60);
    assert.equal((await world.states(address)).length, 4);
    const again = await operations.preview({ type: 'pause', export: address });
    assert.deepEqual(again.changes, [{ what: 'schedule', before: 'paused', why: 'it is paused already' }]);
    const { notes } = await operations.preview({ type: 'rerun', export: address, runs: { starts: [hour(3)] } });
    assert.deepEqual(notes, ['The export is paused: what waits is started when it is resumed.']);
    await perform({ type: 'resume', export: address });
    await world.pass(1);
    assert.equal((await world.states(address)).length, 5);
  });

  it('are told of, and done all the same when that fails', async t => {
    const { world, operations, perform } = await operated(t);
    const done = await perform({ type: 'backfill', export: address, from: '2025-12-31T00:00:00.000Z', to: hour(0) });
    assert.equal(done.told, true);
    const [event] = world.told;
    assert.deepEqual(
      [event?.export, event?.event],
      [address, { type: 'operation_done', operation: 'backfill', runs: 24 }],
    );
    const { catalogue, documents, runs, now } = world;
    const tell = () => Promise.reject(new Error('no'));
    const silent = createOperations({ catalogue, documents, runs, tell, now });
    const operation: Operation = { type: 'pause', export: address };
    const { seen } = await operations.preview(operation);
    assert.deepEqual([(await silent.apply(operation, seen, 'ada')).told, world.told.length], [false, 1]);
    assert.equal((await perform(operation)).told, false, 'nothing was done');
  });

  it('say first which tables they add nothing to', async t => {
    const { world, operations } = await operated(t);
    const notesOf = async (operation: Operation) => (await operations.preview(operation)).notes;
    const rerun = (...starts: string[]): Operation => ({ type: 'rerun', export: address, runs: { starts } });
    const table = 'acme.payment.transfers';
    // Replaced by each run.
    assert.deepEqual(await notesOf(rerun(hour(3))), []);
    assert.deepEqual(await notesOf(rerun(hour(2))), [
      `${table} holds a later state: the run will change nothing in it.`,
    ]);
    assert.deepEqual(await notesOf({ type: 'cancel', export: address, runs: { starts: [hour(2)] } }), []);
    const before: Operation = { type: 'backfill', export: address, from: '2025-12-31T00:00:00.000Z', to: hour(0) };
    assert.deepEqual(await notesOf(before), [
      `${table} holds a later state: 24 of the 24 runs will change nothing in it.`,
    ]);

    const [config] = world.exports;
    assert.ok(config);
    const writeModes = (...modes: readonly WriteMode[]) => {
      world.exports = [
        {
          ...config,
          destinations: modes.flatMap(writeMode =>
            config.destinations.map(destination => ({ ...destination, writeMode })),
          ),
        },
      ];
    };
    writeModes('merge');
    assert.deepEqual(await notesOf(rerun(hour(2))), []);
    writeModes('append');
    assert.deepEqual(await notesOf(before), []);
    assert.deepEqual(await notesOf(rerun(hour(1))), [], 'it has failed, and was never loaded');
    assert.deepEqual(await notesOf(rerun(hour(2))), [
      `${table} is appended to once for each interval, and has that: the run will add nothing to it. To load anew, first ` +
        `delete the rows, and the object loads/${table}/${address}/${hour(2)}.json in the state bucket.`,
    ]);
    assert.deepEqual(await notesOf(rerun(hour(1), hour(2), hour(3))), [
      `${table} is appended to once for each interval, and has that: 2 of the 3 runs will add nothing to it. To load ` +
        `anew, first delete the rows, and their objects below loads/${table}/${address}/ in the state bucket.`,
    ]);
  });
});
