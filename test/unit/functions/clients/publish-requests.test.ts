import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { publishRequests } from '../../../../functions/clients/publisher.ts';
import { type Publishable, publishBytes } from '../../../../functions/core/overflow.ts';

const message = (orderingKey: string, bytes: number): Publishable => ({
  data: new Uint8Array(bytes),
  attributes: {},
  orderingKey,
});

describe('cutting messages into publish requests', () => {
  it('puts at most 1,000 messages into a request', () => {
    const requests = publishRequests(Array.from({ length: 2500 }, () => message('', 1)));
    assert.deepEqual(
      requests.map(request => request.length),
      [1000, 1000, 500],
    );
  });

  it('keeps every request within its bytes and to one ordering key, and the order within a key', () => {
    const maxBytes = 1000;
    const messages = fc.array(
      fc.record({ key: fc.constantFrom('', 'a', 'b'), bytes: fc.integer({ min: 0, max: 900 }) }),
    );
    fc.assert(
      fc.property(messages, drawn => {
        const all = drawn.map(({ key, bytes }) => message(key, bytes));
        const requests = publishRequests(all, maxBytes);
        for (const request of requests) {
          const members = request.map(index => all[index]!);
          assert.equal(new Set(members.map(({ orderingKey }) => orderingKey)).size, 1);
          assert.ok(members.reduce((sum, member) => sum + publishBytes(member), 0) <= maxBytes);
        }
        for (const key of ['', 'a', 'b']) {
          const sent = requests.flat().filter(index => all[index]!.orderingKey === key);
          const wanted = all.flatMap((each, index) => (each.orderingKey === key ? [index] : []));
          assert.deepEqual(sent, wanted);
        }
      }),
    );
  });
});
