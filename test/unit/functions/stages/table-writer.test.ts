import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TableNotReady } from '../../../../functions/clients/appender.ts';
import { OnrampError } from '../../../../functions/core/errors.ts';
import { stringColumn } from '../../../../functions/core/schema/metadata-columns.ts';
import { tableFields } from '../../../../functions/core/schema/table-schema.ts';
import { done, type Outcome } from '../../../../functions/core/stage.ts';
import { createTableWriter } from '../../../../functions/stages/table-writer.ts';
import type { WaitingRoom } from '../../../../functions/stages/waiting-room.ts';

const columns = [stringColumn('a', '')];
const patienceMillis = 60_000;

/** A clock whose time passes as somebody sleeps, one sleeper after the other in the order of their moments. */
function sleepersClock() {
  let time = 0;
  const sleepers: { until: number; wake: () => void }[] = [];
  return {
    now: () => time,
    sleep: (millis: number) => new Promise<void>(wake => sleepers.push({ until: time + millis, wake })),
    /** Lets all that can happen happen, until `done` or until nobody sleeps. */
    async run(finished: () => boolean = () => false) {
      for (;;) {
        for (let turn = 0; turn < 5; turn += 1) await new Promise(resolve => setImmediate(resolve));
        const next = sleepers.toSorted((one, other) => one.until - other.until)[0];
        if (!next || finished()) return;
        sleepers.splice(sleepers.indexOf(next), 1);
        time = next.until;
        next.wake();
      }
    },
    pass: (millis: number) => {
      time += millis;
    },
  };
}

/** A table that takes rows from a moment on, or fails on each append as `append` says. */
function setUp({ readyAt = 0, room = Number.POSITIVE_INFINITY, ensure = () => Promise.resolve([]) } = {}) {
  const clock = sleepersClock();
  const appends: { at: number; rows: number }[] = [];
  const table = { readyAt, ensured: 0, failure: (): Error => new TableNotReady('extra fields: a') };
  let waiting = 0;
  const waitingRoom: WaitingRoom = {
    patienceMillis,
    enter: rows => {
      if (waiting + rows.length > room) return false;
      waiting += rows.length;
      return true;
    },
    leave: rows => {
      waiting -= rows.length;
    },
  };
  const writer = createTableWriter({
    project: 'p',
    table: { dataset: 'd', table: 't', fields: tableFields(columns), partitionBy: 'at', clusterBy: [], labels: {} },
    columns,
    tables: {
      ensure: () => {
        table.ensured += 1;
        return ensure();
      },
      ensureView: () => Promise.resolve(),
    },
    openAppender: () => ({
      append: rows => {
        appends.push({ at: clock.now(), rows: rows.length });
        return clock.now() >= table.readyAt ? Promise.resolve([]) : Promise.reject(table.failure());
      },
    }),
    waitingRoom,
    clock,
  });
  const write = (...rows: string[]) =>
    writer.write(
      rows.map(row => [row]),
      new Date(0),
    );
  return { clock, appends, table, write, waiting: () => waiting };
}

const kinds = (outcomes: readonly Outcome[]) => outcomes.map(({ kind }) => kind);

describe('a table writer', () => {
  it('looks at the table once for all rows, and waits for nothing when it is ready', async () => {
    const { write, table, clock } = setUp();
    assert.deepEqual((await Promise.all([write('1'), write('2')])).flat(), [done, done]);
    assert.deepEqual(await write('3'), [done]);
    assert.deepEqual([table.ensured, clock.now()], [1, 0]);
  });

  it('keeps rows until the table is ready, and tries with growing pauses', async () => {
    const { write, appends, clock, waiting } = setUp({ readyAt: 8000 });
    const written = write('1', '2');
    await clock.run();
    assert.deepEqual(await written, [done, done]);
    assert.deepEqual(
      appends.map(({ at }) => Math.round(at)),
      [0, 500, 1125, 1906, 2883, 4104, 5629, 7537, 9537],
    );
    assert.equal(waiting(), 0);
  });

  it('lets one batch ask for all that wait, and sends the others when it has gone through', async () => {
    const { write, appends, clock, waiting } = setUp({ readyAt: 2000 });
    const first = write('1');
    await clock.run(() => true);
    const others = [write('2'), write('3')];
    await clock.run(() => true);
    assert.equal(waiting(), 3);
    await clock.run();
    assert.deepEqual((await Promise.all([first, ...others])).flat(), [done, done, done]);
    assert.deepEqual(
      appends.filter(({ at }) => at < 2000).map(({ rows }) => rows),
      [1, 1, 1, 1],
      'only the first batch was tried',
    );
    assert.deepEqual([appends.length, Math.round(clock.now()), waiting()], [7, 2883, 0]);
    assert.deepEqual(await write('4'), [done], 'nobody waits any more');
  });

  it('leaves to Pub/Sub what has waited as long as its request lasts', async () => {
    const { write, clock, waiting } = setUp({ readyAt: Number.POSITIVE_INFINITY });
    const written = write('1');
    await clock.run();
    assert.deepEqual(kinds(await written), ['retry']);
    assert.ok(clock.now() <= patienceMillis && clock.now() > patienceMillis - 10_000, String(clock.now()));
    assert.equal(waiting(), 0);
  });

  it('leaves to Pub/Sub at once what finds no room to wait', async () => {
    const { write, clock, appends } = setUp({ readyAt: 2000, room: 2 });
    const first = write('1', '2');
    await clock.run(() => true);
    const [refused] = await write('3');
    assert.ok(refused?.kind === 'retry' && refused.error instanceof TableNotReady);
    assert.equal(appends.length, 1, 'it did not even try');
    await clock.run();
    assert.deepEqual(await first, [done, done]);
  });

  it('looks at the table again for every attempt, since somebody may have changed it meanwhile', async () => {
    const { write, clock, table } = setUp({ readyAt: 2000 });
    const written = write('1');
    await clock.run();
    await written;
    assert.equal(table.ensured, 5);
  });

  it('waits for nothing but the table: what fails otherwise is left to Pub/Sub at once', async () => {
    const { write, table, clock } = setUp({ readyAt: 2000 });
    table.failure = () => new Error('connection lost');
    assert.deepEqual(kinds(await write('1')), ['retry']);
    assert.equal(clock.now(), 0);
  });

  it('does not ask for five minutes about a table that cannot take the rows', async () => {
    const ensure = () => Promise.reject(new OnrampError('WAREHOUSE_TOO_MANY_COLUMNS', 'd.t'));
    const { write, table, clock } = setUp({ ensure });
    const refused: Outcome = { kind: 'dead-letter', reason: 'WAREHOUSE_TOO_MANY_COLUMNS', detail: 'd.t' };
    assert.deepEqual(await write('1', '2'), [refused, refused]);
    clock.pass(299_999);
    assert.deepEqual(await write('3'), [refused]);
    assert.equal(table.ensured, 1);
    clock.pass(1);
    assert.deepEqual(await write('4'), [refused]);
    assert.equal(table.ensured, 2);
  });

  it('asks again at once where the table could not be looked at', async () => {
    let fails = true;
    const ensure = () => (fails ? Promise.reject(new Error('503')) : Promise.resolve([]));
    const { write } = setUp({ ensure });
    assert.deepEqual(kinds(await write('1')), ['retry']);
    fails = false;
    assert.deepEqual(await write('1'), [done]);
  });
});
