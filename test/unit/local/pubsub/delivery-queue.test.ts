import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Delivery, Lease } from '../../../../local/pubsub/delivery/delivery.ts';
import { DeliveryQueue, type QueuePolicy } from '../../../../local/pubsub/delivery/delivery-queue.ts';
import type { Message } from '../../../../local/pubsub/message.ts';
import { ManualClock } from '../manual-clock.ts';

const leaseMillis = 10_000;

function setUp(policy: Partial<QueuePolicy> = {}) {
  const clock = new ManualClock();
  const settled: string[] = [];
  const exhausted: Delivery[] = [];
  const queue = new DeliveryQueue(
    clock,
    {
      name: 'projects/p/subscriptions/s',
      ordered: false,
      pushed: false,
      retryPolicy: null,
      maximumAttempts: Infinity,
      retentionMillis: Infinity,
      ...policy,
    },
    { settled: message => settled.push(message.id), exhausted: delivery => exhausted.push(delivery) },
  );
  const message = (id: string, orderingKey = ''): Message => ({
    id,
    orderingKey,
    data: Buffer.from(id),
    attributes: {},
    encoded: Buffer.alloc(100),
    publishMillis: clock.now(),
  });
  const take = (messages = 100, sameKey = Infinity) => queue.take({ messages, bytes: Infinity, sameKey }, leaseMillis);
  return { clock, settled, exhausted, queue, message, take };
}

const ids = (leases: readonly Lease[]) => leases.map(({ message }) => message.id);
const first = (leases: readonly Lease[]): Lease => leases[0]!;
const seconds = (count: number) => ({ seconds: count, nanos: 0 });

describe('the queue of a subscription', () => {
  it('hands each message out once, in the order of publishing, within the limits', () => {
    const { queue, message, take } = setUp();
    queue.add(['1', '2', '3', '4'].map(id => message(id)));
    assert.deepEqual(ids(take(2)), ['1', '2']);
    assert.deepEqual(ids(queue.take({ messages: 10, bytes: 1, sameKey: 1 }, leaseMillis)), ['3']);
    assert.deepEqual(ids(take()), ['4']);
    assert.deepEqual(ids(take()), []);
    assert.deepEqual(queue.counts, { undelivered: 0, outstanding: 4 });
  });

  it('settles what is acknowledged, once', () => {
    const { queue, message, take, settled } = setUp();
    queue.add([message('1')]);
    const lease = first(take());
    queue.acknowledge(lease);
    queue.acknowledge(lease);
    assert.deepEqual(settled, ['1']);
    assert.deepEqual(queue.counts, { undelivered: 0, outstanding: 0 });
  });

  it('delivers again after the deadline, counting the attempts, and ignores the old ack id', () => {
    const { queue, message, take, clock, settled } = setUp();
    queue.add([message('1')]);
    const lease = first(take());
    clock.advance(leaseMillis - 1);
    assert.deepEqual(ids(take()), []);
    clock.advance(200);
    const again = first(take());
    assert.equal(again.attempt, 2);
    assert.notEqual(again.ackId, lease.ackId);
    assert.deepEqual(queue.leasesOf([lease.ackId]), []);
    queue.acknowledge(lease);
    assert.deepEqual(settled, []);
  });

  it('keeps a message out for as long as its lease is extended', () => {
    const { queue, message, take, clock } = setUp();
    queue.add([message('1')]);
    const lease = first(take());
    for (let round = 0; round < 5; round += 1) {
      clock.advance(leaseMillis - 1000);
      queue.extend(lease, leaseMillis);
    }
    assert.deepEqual(ids(take()), []);
    clock.advance(leaseMillis + 100);
    assert.deepEqual(ids(take()), ['1']);
  });

  it('delivers a released message at once without a retry policy', () => {
    const { queue, message, take } = setUp();
    queue.add([message('1')]);
    queue.release(first(take()));
    assert.equal(first(take()).attempt, 2);
  });

  it('waits by the retry policy: the minimum, doubled up to the maximum', () => {
    const retryPolicy = { minimumBackoff: seconds(1), maximumBackoff: seconds(5) };
    const { queue, message, take, clock } = setUp({ retryPolicy });
    queue.add([message('1')]);
    let lease = first(take());
    for (const wait of [1000, 2000, 4000, 5000, 5000]) {
      queue.release(lease);
      clock.advance(wait - 1);
      assert.deepEqual(ids(take()), [], `before ${wait} ms`);
      clock.advance(101);
      lease = first(take());
    }
    assert.equal(lease.attempt, 6);
  });

  it('gives a message up to the dead-letter topic after its last attempt, and keeps it when that fails', () => {
    const { queue, message, take, exhausted, settled } = setUp({ maximumAttempts: 2 });
    queue.add([message('1')]);
    queue.release(first(take()));
    assert.equal(exhausted.length, 0);
    queue.release(first(take()));
    assert.equal(exhausted.length, 1);
    assert.deepEqual(ids(take()), []);
    queue.notForwarded(exhausted[0]!);
    queue.release(first(take()));
    assert.equal(exhausted.length, 2);
    queue.forwarded(exhausted[1]!);
    assert.deepEqual(settled, ['1']);
    assert.deepEqual(queue.counts, { undelivered: 0, outstanding: 0 });
  });

  it('lets neither new messages nor failing ones starve the other', () => {
    const { queue, message, take } = setUp();
    queue.add(['bad-1', 'bad-2'].map(id => message(id)));
    for (const lease of take()) queue.release(lease);
    queue.add(['good-1', 'good-2', 'good-3'].map(id => message(id)));
    const seen = new Set<string>();
    for (let turn = 0; turn < 8; turn += 1) {
      const lease = first(take(1));
      seen.add(lease.message.id);
      if (lease.message.id.startsWith('bad')) queue.release(lease);
      else queue.acknowledge(lease);
    }
    assert.deepEqual([...seen].sort(), ['bad-1', 'bad-2', 'good-1', 'good-2', 'good-3']);
  });

  it('drops what has outlived the retention', () => {
    const { queue, message, take, clock, settled } = setUp({ retentionMillis: 600_000 });
    queue.add([message('1')]);
    clock.advance(600_000);
    queue.add([message('2')]);
    assert.deepEqual(ids(take()), ['2']);
    assert.deepEqual(settled, ['1']);
  });

  it('discards what was published before a time, even what is out', () => {
    const { queue, message, take, clock, settled } = setUp();
    queue.add([message('1'), message('2')]);
    take(1);
    clock.advance(1000);
    queue.add([message('3')]);
    queue.discardBefore(clock.now());
    assert.deepEqual(settled, ['1', '2']);
    assert.deepEqual(ids(take()), ['3']);
  });

  it('refuses ack ids that it never gave', () => {
    const { queue } = setUp();
    const other = setUp({ name: 'projects/p/subscriptions/other' });
    other.queue.add([other.message('1')]);
    assert.throws(() => queue.leasesOf(['nonsense']), { code: 3 });
    assert.throws(() => queue.leasesOf([first(other.take()).ackId]), { code: 3 });
  });

  it('tells its consumers of news and of its end', () => {
    const { queue, message } = setUp();
    const heard: string[] = [];
    queue.attach({ ready: () => heard.push('ready'), ended: () => heard.push('ended') });
    queue.add([message('1')]);
    queue.close(new Error('gone') as never);
    assert.deepEqual(heard, ['ready', 'ended']);
  });
});

describe('the queue of an ordered subscription', () => {
  it('has one batch of a key out at a time, and other keys meanwhile', () => {
    const { queue, message, take } = setUp({ ordered: true });
    queue.add([message('a1', 'a'), message('a2', 'a'), message('b1', 'b'), message('free')]);
    const leases = take(100, 1);
    assert.deepEqual(ids(leases), ['a1', 'b1', 'free']);
    assert.deepEqual(ids(take()), []);
    queue.acknowledge(first(leases));
    assert.deepEqual(ids(take()), ['a2']);
  });

  it('delivers everything after a failed message again, even what was acknowledged', () => {
    const { queue, message, take, settled } = setUp({ ordered: true });
    queue.add(['a1', 'a2', 'a3'].map(id => message(id, 'a')));
    const [one, two, three] = take() as [Lease, Lease, Lease];
    queue.acknowledge(three);
    queue.release(two);
    assert.deepEqual(ids(take()), []);
    queue.acknowledge(one);
    assert.deepEqual(settled, ['a1']);
    const again = take();
    assert.deepEqual(
      again.map(({ message: { id }, attempt }) => [id, attempt]),
      [
        ['a2', 2],
        ['a3', 1],
      ],
    );
    for (const lease of again) queue.acknowledge(lease);
    assert.deepEqual(settled, ['a1', 'a2', 'a3']);
  });

  it('holds a key back while its first message waits for its back-off', () => {
    const retryPolicy = { minimumBackoff: seconds(1), maximumBackoff: seconds(1) };
    const { queue, message, take, clock } = setUp({ ordered: true, retryPolicy });
    queue.add([message('a1', 'a')]);
    queue.release(first(take()));
    queue.add([message('a2', 'a'), message('b1', 'b')]);
    assert.deepEqual(ids(take()), ['b1']);
    clock.advance(1100);
    assert.deepEqual(ids(take()), ['a1', 'a2']);
  });

  it('goes on with a key after its poison message is in the dead-letter topic', () => {
    const { queue, message, take, exhausted } = setUp({ ordered: true, maximumAttempts: 1 });
    queue.add([message('a1', 'a'), message('a2', 'a')]);
    queue.release(first(take(1, 1)));
    assert.deepEqual(ids(take()), []);
    queue.forwarded(exhausted[0]!);
    assert.deepEqual(ids(take()), ['a2']);
  });

  it('never shows a key out of order and never loses a message, whatever fails', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('take', 'ack', 'nack', 'wait', 'forward', 'refuse'), fc.nat(20)), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(steps, fc.constantFrom(1, 3, Infinity), (script, sameKey) => {
        const { queue, message, take, clock, settled, exhausted } = setUp({ ordered: true, maximumAttempts: 2 });
        const all = Array.from({ length: 12 }, (_, index) =>
          message(String(index).padStart(2, '0'), `key-${index % 3}`),
        );
        queue.add(all);
        let out: Lease[] = [];
        // What goes to the dead-letter topic leaves its key, and may do so before an earlier message that is tried again.
        const letters = new Set<string>();
        const checkOrder = () => assertOrdered(settled.filter(id => !letters.has(id)));
        const live = () => {
          out = out.filter(({ ackId }) => queue.leasesOf([ackId]).length === 1);
          return out;
        };
        for (const [step, number] of script) {
          if (step === 'take') out.push(...take(1 + (number % 5), sameKey));
          else if (step === 'wait') clock.advance(number * 1000);
          else if (step === 'forward' || step === 'refuse') {
            const delivery = exhausted.shift();
            if (delivery && step === 'forward') {
              letters.add(delivery.message.id);
              queue.forwarded(delivery);
            } else if (delivery) queue.notForwarded(delivery);
          } else if (live().length > 0) {
            const lease = out[number % out.length]!;
            if (step === 'ack') queue.acknowledge(lease);
            else queue.release(lease);
          }
          checkOrder();
        }
        for (let round = 0; settled.length < all.length && round < 100; round += 1) {
          for (const delivery of exhausted.splice(0)) queue.notForwarded(delivery);
          for (const lease of [...live(), ...take()]) queue.acknowledge(lease);
        }
        checkOrder();
        assert.deepEqual(
          [...settled].sort(),
          all.map(({ id }) => id),
        );
      }),
    );
  });
});

function assertOrdered(settled: readonly string[]): void {
  for (const lane of [0, 1, 2]) {
    const ofKey = settled.filter(id => Number(id) % 3 === lane);
    assert.deepEqual(ofKey, [...ofKey].sort());
  }
}
