import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PushWindow } from '../../../../local/pubsub/push/push-window.ts';

const succeed = (window: PushWindow, times: number) => {
  for (let count = 0; count < times; count += 1) window.succeeded();
};

describe('the push window', () => {
  it('doubles with every round of successes, up to a thousand requests', () => {
    const window = new PushWindow();
    const start = window.size;
    succeed(window, start);
    assert.equal(window.size, 2 * start);
    succeed(window, 5000);
    assert.equal(window.size, 1000);
  });

  it('halves when a quarter of the answers are failures', () => {
    const window = new PushWindow();
    succeed(window, 1024);
    for (let count = 0; count < 16; count += 1) {
      if (count % 3 === 0) window.failed(false, 0, 0);
      else window.succeeded();
    }
    assert.equal(window.size, 500);
  });

  it('stands a few poison messages among many good ones', () => {
    const window = new PushWindow();
    for (let round = 0; round < 1000; round += 1) {
      assert.equal(window.failed(true, round, round), 0);
      succeed(window, 9);
    }
    assert.equal(window.size, 1000);
  });

  it('stops for longer and longer while new messages fail, and no more after a success', () => {
    const window = new PushWindow();
    let now = 1000;
    const fail = () => {
      now += 60_000;
      return window.failed(true, now - 1, now);
    };
    const pauses = Array.from({ length: 11 }, fail);
    assert.deepEqual(pauses, [0, 0, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
    window.succeeded();
    assert.equal(fail(), 0);
  });

  it('takes the requests that were out when an endpoint went down for one outage', () => {
    const window = new PushWindow();
    const pauses = Array.from({ length: 500 }, () => window.failed(true, 1, 2));
    assert.deepEqual(
      pauses.filter(pause => pause > 0),
      [100],
    );
  });

  it('never stops for messages that have failed before', () => {
    const window = new PushWindow();
    const pauses = Array.from({ length: 100 }, (_, count) => window.failed(false, count, count));
    assert.ok(pauses.every(pause => pause === 0));
    assert.ok(window.size >= 1);
  });
});
