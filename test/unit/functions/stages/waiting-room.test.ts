import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wiring } from '../../../../functions/core/wiring.ts';
import { createWaitingRoom } from '../../../../functions/stages/waiting-room.ts';

const { concurrency, batch, timeoutSeconds, ackDeadlineSeconds } = wiring['hub-to-warehouse'];
const rows = (count: number, bytes: number) => Array.from({ length: count }, () => new Uint8Array(bytes));

describe('the room for rows that wait', () => {
  it('leaves requests free for rows that need not wait', () => {
    const room = createWaitingRoom('hub-to-warehouse');
    const most = Math.floor(concurrency * 0.75);
    assert.ok(most >= batch.records, 'a full batch may wait');
    const first = rows(most - 10, 1);
    assert.equal(room.enter(first), true);
    assert.equal(room.enter(rows(11, 1)), false);
    assert.equal(room.enter(rows(10, 1)), true);
    room.leave(first);
    assert.equal(room.enter(rows(11, 1)), true);
  });

  it('leaves bytes free for them', () => {
    const room = createWaitingRoom('hub-to-warehouse');
    const half = rows(1, batch.heldBytes / 2);
    assert.equal(room.enter(half), true);
    assert.equal(room.enter(half), false);
    room.leave(half);
    assert.equal(room.enter(half), true);
  });

  it('ends before Pub/Sub and Cloud Run give a request up, with time left for an append', () => {
    const { patienceMillis } = createWaitingRoom('hub-to-warehouse');
    assert.ok(patienceMillis + 30_000 < Math.min(timeoutSeconds, ackDeadlineSeconds) * 1000);
  });
});
