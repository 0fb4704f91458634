import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Documents } from '../../functions/clients/documents.ts';
import { manualRun } from '../../functions/core/batch/backfill.ts';
import { cursorObject } from '../../functions/core/batch/batch-names.ts';
import type { ExportRequest } from '../../functions/core/batch/export-request.ts';
import type { Interval } from '../../functions/core/batch/interval.ts';
import { newRun } from '../../functions/core/batch/run.ts';
import { latestComplete } from '../../functions/core/batch/schedule.ts';
import type { ScheduleState } from '../../functions/core/batch/schedule-state.ts';
import { exampleExport } from '../support/example-export.ts';
import { fails, planningWorld, succeeds } from './support/planning-world.ts';

const startDate = '2026-01-01T00:00:00.000Z';
const address = 'payment/transfers';

const keyOf = ({ interval, attempt }: ExportRequest) => `${interval.start} ${attempt}`;

/** Start and attempt of each request, each as often as it came. */
const keysOf = (requests: readonly ExportRequest[]) => requests.map(keyOf).toSorted();

/** Documents, and the folders of which they were asked for a list. */
function counted(documents: Documents) {
  const listings: string[] = [];
  const counting: Documents = {
    ...documents,
    list: (prefix, from) => {
      listings.push(prefix);
      return documents.list(prefix, from);
    },
    folders: folder => {
      listings.push(folder);
      return documents.folders(folder);
    },
  };
  return { documents: counting, listings };
}

describe('planning runs', () => {
  it('dispatches every interval of a month once, whenever the ticks come', async t => {
    const world = await planningWorld(t);
    world.exports = [
      exampleExport({ cron: '0 */6 * * *', catchup: true, startDate }),
      exampleExport({ cron: '30 2 * * *', catchup: true, startDate }, { id: 'daily', address: 'payment/daily' }),
    ];
    // Ticks that are hours late, and some by a day and a half.
    for (const step of [170, 190, 2200, 60]) await world.pass(8 * step, step);
    const end = Date.parse('2026-02-01T02:30:00.000Z');
    while (world.clock.now() < end) await world.pass(240, 240);
    const starts = (first: string, hours: number) => {
      const found: string[] = [];
      for (let at = Date.parse(first); at + hours * 3_600_000 <= world.clock.now(); at += hours * 3_600_000) {
        found.push(`${new Date(at).toISOString()} 1`);
      }
      return found;
    };
    const requestsOf = (of: string) => keysOf(world.requests.filter(request => request.export === of));
    assert.deepEqual(requestsOf(address), starts(startDate, 6));
    assert.deepEqual(requestsOf('payment/daily'), starts('2026-01-01T02:30:00.000Z', 24));
    assert.ok((await world.states(address)).every(state => state === 'done 1'));
  });

  it('does the same when ticks come twice and at once', async t => {
    const world = await planningWorld(t);
    world.exports = [exampleExport({ catchup: true, startDate, maxActiveRuns: 4 })];
    world.clock.advance(6 * 3_600_000);
    for (let tick = 0; tick < 3; tick += 1) {
      await Promise.all([world.tick(), world.tick(), world.tick()]);
      await world.tick();
    }
    const hours = Array.from({ length: 6 }, (_, hour) => `2026-01-01T0${hour}:00:00.000Z 1`);
    assert.deepEqual(keysOf(world.requests), hours);
  });

  it('goes on after a tick whose clock was behind', async t => {
    const world = await planningWorld(t);
    world.exports = [exampleExport({ catchup: true, startDate })];
    world.clock.advance(3 * 3_600_000);
    await world.tick();
    const late = world.planner({ documents: world.documents, tasks: world.queues, tell: world.tell });
    await late(new Date(world.clock.now() - 2 * 3_600_000));
    await world.pass(60);
    assert.equal(new Set(keysOf(world.requests)).size, 4);
    assert.equal(world.requests.length, 4);
  });

  it('tries again after the delay, as often as configured, and then tells that the run failed', async t => {
    const world = await planningWorld(t);
    world.exports = [exampleExport({ retryCount: 2, retryDelayMinutes: 5 })];
    world.outcome = () => fails(true);
    world.clock.advance(3_600_000);
    await world.tick();
    assert.deepEqual(await world.states(address), ['retrying 1']);
    await world.pass(4);
    assert.equal(world.requests.length, 1);
    await world.pass(10);
    assert.deepEqual(
      world.requests.map(({ attempt }) => attempt),
      [1, 2, 3],
    );
    assert.deepEqual(await world.states(address), ['failed 3']);
    assert.deepEqual(
      world.told.map(({ event }) => event.type),
      ['run_failed'],
    );
  });

  it('fails a run at once when no other attempt can help', async t => {
    const world = await planningWorld(t);
    world.exports = [exampleExport({ retryCount: 2 })];
    world.outcome = () => fails(false);
    world.clock.advance(3_600_000);
    await world.tick();
    assert.deepEqual(await world.states(address), ['failed 1']);
  });

  it('fails a run whose template cannot be rendered, and plans the other exports', async t => {
    const world = await planningWorld(t);
    const written = { file: 'services/payment/exports/transfers.yaml', line: 1 };
    world.exports = [
      exampleExport({ retryCount: 2 }, { source: { type: 'query', query: 'SELECT {{ nothing.of_it }}', written } }),
      exampleExport({}, { id: 'others', address: 'payment/others' }),
    ];
    world.clock.advance(3_600_000);
    const { errors } = await world.tick();
    assert.deepEqual(errors, []);
    assert.deepEqual(await world.states(address), ['failed 1']);
    assert.deepEqual(await world.states('payment/others'), ['done 1']);
    const [failure] = world.told.flatMap(({ event }) => (event.type === 'run_failed' ? [event.failure] : []));
    assert.equal(failure?.code, 'EXPORT_TEMPLATE_INVALID');
    assert.match(failure.detail, /transfers\.yaml: line 1/);
  });

  it('gives up an attempt that says nothing within execution_timeout', async t => {
    const world = await planningWorld(t);
    world.exports = [exampleExport({ cron: '0 0 * * *', retryCount: 1, executionTimeoutMinutes: 10 })];
    world.outcome = ({ attempt }) =>
      attempt === 1 ? [{ type: 'export_started' }] : succeeds(world.requests[1] as ExportRequest);
    world.clock.advance(24 * 3_600_000);
    await world.tick();
    assert.deepEqual(await world.states(address), ['exporting 1']);
    await world.pass(15);
    assert.deepEqual(await world.states(address), ['exporting 1']);
    await world.pass(10);
    assert.deepEqual(await world.states(address), ['done 2']);
    const run = await world.runs.read(address, startDate);
    assert.deepEqual(
      run?.attempts.map(({ outcome }) => outcome),
      ['done', 'timed-out'],
    );
  });

  it('fails a run after dagrun_timeout, and what it says later changes nothing', async t => {
    const world = await planningWorld(t);
    world.exports = [exampleExport({ cron: '0 0 * * *', retryCount: 5, dagrunTimeoutMinutes: 20 })];
    world.outcome = () => [{ type: 'export_started' }];
    world.clock.advance(24 * 3_600_000);
    await world.pass(21);
    assert.deepEqual(await world.states(address), ['failed 1']);
    const [request] = world.requests;
    assert.ok(request);
    await world.track(request, succeeds(request));
    assert.deepEqual(await world.states(address), ['failed 1']);
    assert.ok(world.told.some(({ event }) => event.type === 'run_failed' && event.failure.code === 'RUN_TIMED_OUT'));
  });

  it('tells once that an SLA is at risk, and once that it was missed', async t => {
    const world = await planningWorld(t);
    world.exports = [exampleExport({ slaMinutes: 10, retryCount: 1, retryDelayMinutes: 5 })];
    world.outcome = () => [];
    // Three runs that take six minutes each, from which the next is predicted.
    for (let run = 0; run < 3; run += 1) {
      await world.tick();
      await world.pass(6, 3);
      const request = world.requests[run];
      assert.ok(request);
      await world.track(request, succeeds(request));
      await world.pass(54, 18);
    }
    const late = () => world.told.flatMap(({ event }) => (event.type.startsWith('sla') ? [event.type] : []));
    await world.pass(2);
    assert.deepEqual(late(), []);
    const fourth = world.requests[3];
    assert.ok(fourth);
    await world.track(fourth, fails(true));
    await world.pass(3);
    assert.deepEqual(late(), ['sla_at_risk']);
    await world.pass(10);
    assert.deepEqual(late(), ['sla_at_risk', 'sla_missed']);
  });

  it('starts nothing of a paused export, and goes on when it is resumed', async t => {
    const world = await planningWorld(t);
    world.exports = [exampleExport({ catchup: true, startDate })];
    const set = (paused: boolean) =>
      world.documents.change<ScheduleState>(cursorObject('payment'), state => ({
        exports: { ...state?.exports, transfers: { ...state?.exports['transfers'], paused } },
      }));
    await set(true);
    await world.pass(180, 30);
    assert.equal(world.requests.length, 0);
    await set(false);
    await world.pass(1);
    assert.equal(world.requests.length, 3);
  });

  it('holds back what depends on a failed past, however long the export was paused after it', async t => {
    const world = await planningWorld(t);
    world.exports = [exampleExport({ dependsOnPast: true })];
    world.outcome = () => fails(false);
    await world.pass(60, 60);
    assert.deepEqual(await world.states(address), ['failed 1']);
    // No tick for four days.
    world.clock.advance(96 * 3_600_000);
    await world.pass(3);
    assert.deepEqual(await world.states(address), ['failed 1', 'waiting 0']);
    assert.equal(world.requests.length, 1);
  });

  it('does not dispatch a run that somebody cancels while it is planned', async t => {
    const world = await planningWorld(t);
    world.exports = [exampleExport({ retryCount: 1, retryDelayMinutes: 1 })];
    world.outcome = () => fails(true);
    world.clock.advance(3_600_000);
    await world.tick();
    world.clock.advance(60_000);
    const cancelling = {
      ...world.documents,
      list: async (prefix: string, from?: string) => {
        const listed = await world.documents.list(prefix, from);
        await world.runs.apply(address, startDate, { type: 'cancel', by: 'ada' });
        return listed;
      },
    };
    await world.planner({ documents: cancelling, tasks: world.queues, tell: world.tell })(world.now());
    await world.settled();
    assert.equal(world.requests.length, 1);
    assert.deepEqual(await world.states(address), ['cancelled 1']);
  });

  it('tells by one listing which of many new exports have no run, and looks at the runs of the others', async t => {
    const world = await planningWorld(t);
    const ids = Array.from({ length: 40 }, (_, index) => `e${index}`);
    world.exports = ids.map(id => exampleExport({}, { id, address: `payment/${id}` }));
    // As a tick leaves it that is broken off before it remembers anything; the interval is an hour back by the next one.
    const [config] = world.exports;
    assert.ok(config);
    world.clock.advance(3_600_000);
    await world.runs.create(
      newRun(config, latestComplete(config.schedule, world.now()) as Interval, 'scheduled', world.now()),
    );
    world.clock.advance(3_600_000);
    const { documents, listings } = counted(world.documents);
    const { created, dispatched } = await world.planner({
      documents,
      tasks: world.queues,
      tell: world.tell,
    })(world.now());
    await world.settled();
    assert.deepEqual(listings, ['runs/payment/', 'runs/payment/e0/']);
    assert.deepEqual([created, dispatched], [40, 41]);
    assert.deepEqual(await world.states('payment/e0'), ['done 1', 'done 1']);
    assert.deepEqual(await world.states('payment/e39'), ['done 1']);
  });

  it('looks at no runs of an export at rest until its next interval is over', async t => {
    const world = await planningWorld(t);
    world.exports = [exampleExport({ cron: '0 */6 * * *' })];
    await world.pass(6 * 60, 60);
    await world.pass(60, 10);
    const { documents, listings } = counted(world.documents);
    const plan = world.planner({ documents, tasks: world.queues, tell: world.tell });
    await plan(world.now());
    assert.deepEqual(listings, []);
    world.clock.advance(5 * 3_600_000);
    await plan(world.now());
    await world.settled();
    assert.deepEqual(await world.states(address), ['done 1', 'done 1', 'done 1']);
    assert.deepEqual(listings, []);
    // Somebody ran the next interval by hand before the schedule did.
    await world.pass(60, 10);
    world.clock.advance(5 * 3_600_000);
    const [config] = world.exports;
    assert.ok(config);
    await world.runs.create(manualRun(config, world.now(), world.now()));
    await plan(world.now());
    await world.settled();
    assert.deepEqual(listings, ['runs/payment/transfers/']);
    assert.deepEqual(await world.states(address), ['done 1', 'done 1', 'done 1', 'done 1']);
  });
});
