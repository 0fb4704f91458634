import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fitsPubsub, maxRequestBytes, type Publishable, referenceTo } from '../../../../functions/core/overflow.ts';

const message = (attributes: Record<string, string>, bytes = 10): Publishable => ({
  data: new Uint8Array(bytes),
  attributes,
  orderingKey: 'k',
});

const attributesOf = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, 'v']));

describe('overflow', () => {
  it('lets pass what Pub/Sub takes', () => {
    assert.equal(fitsPubsub(message(attributesOf(100))), true);
    assert.equal(fitsPubsub(message({}, maxRequestBytes - 4096)), true);
  });

  it('spills a message of 101 attributes, and one that fills a whole request', () => {
    assert.equal(fitsPubsub(message(attributesOf(101))), false);
    assert.equal(fitsPubsub(message({}, maxRequestBytes)), false);
  });

  it('leaves Onramp’s own attributes on the reference, so that filters still see them', () => {
    const whole = message({ onramp_ramp: 'a/b', onramp_schema: 'a.v1.B', theirs: 'x' });
    assert.deepEqual(referenceTo('a/b/7', whole), {
      data: new Uint8Array(0),
      attributes: { onramp_ramp: 'a/b', onramp_schema: 'a.v1.B', onramp_overflow: 'a/b/7' },
      orderingKey: 'k',
    });
  });
});
