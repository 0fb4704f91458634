import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DemoPublisher, demoEvents } from '../../local/demo/publisher.ts';
import { reconcile } from '../../local/demo/reconcile.ts';
import { rampsOf } from '../../local/metered-ramps.ts';
import { repository, startTestCloud, until } from '../support/local-cloud.ts';

const events = 3000;
const perSecond = 400;

/** Nothing is set aside here, so that these hold no message. */
const idle = ['dead-letter', 'heal-dead-letters'];

describe('functions that are killed', () => {
  it('lose nothing when each in turn gets kill -9 while events are published', async () => {
    await using test = await startTestCloud();
    const { cloud, clients } = test;
    const since = new Date();
    const hub = new Set<string>();
    cloud.meter.followHub((_, eventId) => hub.add(eventId));
    const publisher = new DemoPublisher(clients.pubsub);

    const publishing = (async () => {
      const started = Date.now();
      let count = 0;
      for (const event of demoEvents(repository)) {
        if (count++ >= events) break;
        const ahead = (count / perSecond) * 1000 - (Date.now() - started);
        if (ahead > 10) await sleep(ahead);
        await publisher.publish(event);
      }
      await publisher.flush();
    })();

    for (const victim of cloud.functions.filter(each => !idle.includes(each.state().name))) {
      const { name, pid, restarts } = victim.state();
      // In mid-batch: it has been given messages that it has not answered yet.
      await until(`${name} holds messages`, () => {
        const mine = cloud.pubsub.backlog().filter(({ subscription }) => subscription.includes(`/${name}`));
        return mine.some(({ outstanding }) => outstanding > 0) || undefined;
      });
      victim.kill('SIGKILL');
      const after = await until(`${name} is back`, () => {
        const state = victim.state();
        return state.status === 'ready' && state.restarts > restarts ? state : undefined;
      });
      assert.notEqual(after.pid, pid);
    }
    await publishing;
    await test.drained();

    const rows = await reconcile(clients, {
      project: cloud.locator.project,
      ramps: rampsOf(cloud.inventory),
      published: publisher.published,
      hub,
      since,
    });
    assert.equal(
      rows.reduce((sum, row) => sum + row.published, 0),
      events,
    );
    for (const row of rows) assert.ok(row.agrees, JSON.stringify(row));
    assert.ok(rows.every(row => row.deadLetters === 0));
  });
});
