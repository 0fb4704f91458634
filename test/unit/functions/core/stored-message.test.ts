import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeMessage, encodeMessage } from '../../../../functions/core/stored-message.ts';

describe('a stored message', () => {
  it('comes back with the very bytes, attributes and ordering key', () => {
    const message = fc.record({
      data: fc.uint8Array(),
      attributes: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })),
      orderingKey: fc.string({ unit: 'grapheme' }),
    });
    fc.assert(
      fc.property(message, stored => {
        const { data, attributes, orderingKey } = decodeMessage(encodeMessage(stored));
        assert.deepEqual({ ...attributes }, { ...stored.attributes });
        assert.equal(orderingKey, stored.orderingKey);
        assert.deepEqual(new Uint8Array(data), stored.data);
      }),
    );
  });

  it('is refused when it is cut', () => {
    const bytes = encodeMessage({ data: Buffer.from('x'), attributes: { a: 'b' }, orderingKey: '' });
    assert.throws(() => decodeMessage(bytes.subarray(0, 10)));
  });
});
