import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { done, type Message, type Outcome, type Stage } from '../../../../functions/core/stage.ts';
import { type DeadLetter, settleWith } from '../../../../functions/delivery/settle.ts';
import { createLog } from '../../../../functions/log.ts';

const messages: Message[] = ['a', 'b', 'c'].map(id => ({
  id,
  publishTime: '2026-01-01T00:00:00Z',
  data: Buffer.from(`secret ${id}`),
  attributes: { card: 'secret' },
  orderingKey: '',
  source: '',
}));

function setUp(handle: Stage['handle'], failDeadLetters = false) {
  const lines: string[] = [];
  const sent: DeadLetter[] = [];
  const settleEach = settleWith(
    { handle },
    letters => {
      if (failDeadLetters) return Promise.reject(new Error('no route to Pub/Sub'));
      sent.push(...letters);
      return Promise.resolve();
    },
    createLog('hub-to-warehouse', line => void lines.push(line)),
  );
  const settle = (batch: readonly Message[]) => Promise.all(settleEach(batch));
  return { settle, settleEach, sent, lines };
}

const letter: Outcome = { kind: 'dead-letter', reason: 'PAYLOAD_UNDECODABLE', detail: 'field 3 ends too early' };

describe('settling a batch', () => {
  it('acknowledges what is done and what is set aside, and leaves the rest to Pub/Sub', async () => {
    const retry: Outcome = { kind: 'retry', error: new Error('busy') };
    const { settle, sent } = setUp(() => Promise.resolve([done, letter, retry]));
    assert.deepEqual(await settle(messages), [true, true, false]);
    assert.deepEqual(
      sent.map(({ message, reason, detail }) => ({ message, reason, detail })),
      [{ message: messages[1], reason: 'PAYLOAD_UNDECODABLE', detail: 'field 3 ends too early' }],
    );
  });

  it('leaves the whole batch to Pub/Sub when the stage fails', async () => {
    const { settle } = setUp(() => Promise.reject(new Error('bucket away')));
    assert.deepEqual(await settle(messages), [false, false, false]);
  });

  it('keeps a message with Pub/Sub whose dead letter could not be sent, and acknowledges its neighbours', async () => {
    const { settle } = setUp(() => Promise.resolve([done, letter, done]), true);
    assert.deepEqual(await settle(messages), [true, false, true]);
  });

  it('does not acknowledge a message for which the stage gave no outcome', async () => {
    const { settle } = setUp(() => Promise.resolve([done]));
    assert.deepEqual(await settle(messages), [true, false, false]);
  });

  it('answers for what is known while another outcome is still to come', async () => {
    const late = Promise.withResolvers<Outcome>();
    const { settleEach, sent } = setUp(() => Promise.resolve([done, late.promise, letter]));
    const [first, second, third] = settleEach(messages);
    assert.deepEqual(await Promise.all([first, third]), [true, true]);
    late.resolve(letter);
    assert.equal(await second, true);
    assert.deepEqual(
      sent.map(({ message }) => message.id),
      ['c', 'b'],
    );
  });

  it('settles together what becomes known together, and leaves to Pub/Sub what never does', async () => {
    const late = Promise.withResolvers<readonly Outcome[]>();
    const fails = Promise.reject<Outcome>(new Error('no answer'));
    const { settle, lines } = setUp(() => {
      setImmediate(() => setImmediate(() => late.resolve([letter, letter])));
      return Promise.resolve([late.promise.then(all => all[0]!), late.promise.then(all => all[1]!), fails]);
    });
    assert.deepEqual(await settle(messages), [true, true, false]);
    assert.deepEqual(
      lines.map(line => JSON.parse(line) as Record<string, unknown>).map(({ message, count }) => [message, count]),
      [
        ['messages will be redelivered', 1],
        ['dead letters', 2],
      ],
    );
  });

  it('logs counts and codes as structured lines, and nothing of a message', async () => {
    const { settle, lines } = setUp(() => Promise.resolve([letter, letter, done]));
    await settle(messages);
    const [line] = lines.map(text => JSON.parse(text) as Record<string, unknown>);
    assert.deepEqual(line, {
      severity: 'WARNING',
      message: 'dead letters',
      stage: 'hub-to-warehouse',
      reason: 'PAYLOAD_UNDECODABLE',
      count: 2,
    });
    assert.ok(!lines.join('').includes('secret'));
  });
});
