import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cursorObject } from '../../functions/core/batch/batch-names.ts';
import type { ExportAddress } from '../../functions/core/batch/config.ts';
import { type BatchEvent, decodeBatchEvent } from '../../functions/core/batch/events.ts';
import { isInFlight } from '../../functions/core/batch/run-status.ts';
import { pausedBy, type ScheduleState, withExports } from '../../functions/core/batch/schedule-state.ts';
import { topics } from '../../functions/core/names.ts';
import { busyTables, busyWorld, hour, workInShop } from '../support/busy-shop.ts';
import { postgresBin } from '../support/database-server.ts';
import { until } from '../support/local-cloud.ts';
import { proveLoads } from '../support/proof-of-loads.ts';

const kills = Number(process.env['ONRAMP_TEST_KILLS'] ?? 12);
const patience = 200_000;

const orders: ExportAddress = 'shop/orders';
const addresses: readonly ExportAddress[] = Object.values(busyTables).map((table): ExportAddress => `shop/${table}`);

/** Each with about how long its work takes: somewhere in that time it is killed. */
const victims = [
  { name: 'export-shop', millis: 250 },
  { name: 'load', millis: 500 },
  { name: 'plan-runs', millis: 40 },
  { name: 'track-runs', millis: 50 },
] as const;

describe('functions of the batch layer that are killed at random points', {
  skip: postgresBin === undefined && 'PostgreSQL is not installed',
  timeout: 60_000 + kills * 30_000,
}, () => {
  it('load each interval exactly once, and leave nothing behind', async t => {
    const start = new Date(Math.floor(Date.now() / hour) * hour - 390 * hour);
    await using world = await busyWorld(start);
    const { test, source, runs, documents } = world;
    const told: BatchEvent[] = [];
    const [seen] = await test.clients.pubsub.topic(topics.batchEvents).createSubscription('seen');
    await using _closed = { [Symbol.asyncDispose]: () => seen.close() };
    seen.on('message', message => {
      told.push(decodeBatchEvent(message.data));
      message.ack();
    });
    const { cloud } = test;

    const ending = new AbortController();
    const ticking = { out: false };
    const tick = async () => {
      ticking.out = true;
      await cloud.runSchedule('plan-runs');
      ticking.out = false;
    };
    const ticks = (async () => {
      while (!ending.signal.aborted) {
        await tick();
        await sleep(300);
      }
    })();

    /** The start of the last interval of which an attempt was started. */
    const startedOf = async (address: ExportAddress) => {
      const statuses = await runs.statuses(address);
      return Math.max(start.getTime() - hour, ...statuses.filter(({ attempt }) => attempt > 0).map(startOf));
    };
    let lastWork = start.getTime();
    const working = (async () => {
      while (!ending.signal.aborted) {
        // Into an hour of which no export has begun, before and after.
        const at = (await startedOf(orders)) + 2.5 * hour;
        await workInShop(source, new Date(at));
        if ((await startedOf(orders)) < at - hour / 2) lastWork = at;
        else assert.fail('the exports have overtaken the shop: its work came too late to be exported');
        await sleep(100);
      }
    })();

    const isBusy = (name: string) => {
      if (name === 'plan-runs') return ticking.out;
      if (name === 'export-shop') return cloud.queues?.load().some(({ dispatched }) => dispatched > 0) ?? false;
      return cloud.pubsub.backlog().some(each => each.subscription.endsWith(`/${name}`) && each.outstanding > 0);
    };
    const busyKills: Record<string, number> = {};
    const killing = async () => {
      const begun = async () => (await startedOf(orders)) >= start.getTime() + hour || undefined;
      await until('the first interval is loaded', begun, patience);
      for (let kill = 0; kill < kills; kill += 1) {
        const { name, millis } = victims[kill % victims.length] ?? victims[0];
        const victim = cloud.functions.find(each => each.state().name === name);
        assert.ok(victim, name);
        await until(`${name} has work`, () => isBusy(name) || undefined, patience);
        await sleep(Math.random() * millis);
        busyKills[name] = (busyKills[name] ?? 0) + (isBusy(name) ? 1 : 0);
        const { restarts } = victim.state();
        victim.kill('SIGKILL');
        await until(`${name} is back`, () => {
          const state = victim.state();
          return (state.status === 'ready' && state.restarts > restarts) || undefined;
        });
      }
    };
    const meanwhile = Promise.all([ticks, working]);
    try {
      await Promise.race([killing(), meanwhile]);
    } finally {
      ending.abort();
      await meanwhile;
    }

    // What the shop did last is exported, too.
    for (const address of addresses) {
      const last = Math.max(lastWork, (await startedOf(address)) + hour);
      await until(
        `${address} is loaded up to its end`,
        async () => {
          await tick();
          const statuses = await runs.statuses(address);
          const failed = statuses.find(({ state }) => state === 'failed');
          assert.equal(failed, undefined, JSON.stringify(failed && (await runs.read(address, failed.interval.start))));
          return statuses.some(run => run.state === 'done' && startOf(run) > last - hour) || undefined;
        },
        patience,
      );
    }
    const paused = pausedBy(true, 'operator', new Date());
    const tables = Object.values(busyTables).map(table => [table, paused] as const);
    await documents.change<ScheduleState>(cursorObject('shop'), known => withExports(known, tables));
    await until(
      'nothing is under way',
      async () => {
        await tick();
        const all = (await Promise.all(addresses.map(address => runs.statuses(address)))).flat();
        return all.some(run => isInFlight(run) || run.state === 'retrying') ? undefined : true;
      },
      patience,
    );
    await test.drained();

    const proof = await proveLoads({ test, source, runs, addresses });
    for (const run of proof.runs) {
      const isEnd = (told: BatchEvent) => told.event.type === 'run_done' && keyOf(told) === keyOf(run);
      await until(`${keyOf(run)} is told to be done`, () => told.some(isEnd) || undefined, 5000);
    }
    report(t, proof.runs.length, proof.attempts, busyKills);
  });
});

const startOf = ({ interval }: { readonly interval: { readonly start: string } }) => Date.parse(interval.start);

const keyOf = ({ export: address, interval }: Pick<BatchEvent, 'export' | 'interval'>) =>
  `${address} ${interval?.start}`;

function report(t: TestContext, runs: number, attempts: number, busyKills: Readonly<Record<string, number>>): void {
  const each = Object.entries(busyKills).map(([name, count]) => `${name} ${count}`);
  t.diagnostic(
    `${kills} kills, of which in the middle of work: ${each.join(', ')}; ${runs} runs in ${attempts} attempts`,
  );
}
