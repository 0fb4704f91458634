import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasker } from '../../../functions/core/codec/masker.ts';
import { batchEnvironment, wiring } from '../../../functions/core/wiring.ts';
import { readEnvironment } from '../../../functions/environment.ts';
import { readMasker } from '../../../functions/masking-keys.ts';

const key = (letter: string) => letter.repeat(32);
const value = Buffer.from('jane@example.com');

describe('the masking keys of the environment', () => {
  it('mask with the highest version, compared as numbers', () => {
    const { masker, problems } = readMasker({
      ONRAMP_MASKING_KEY_9: key('a'),
      ONRAMP_MASKING_KEY_10: key('b'),
      ONRAMP_MASKING_KEY_2: key('c'),
      ONRAMP_PROJECT: 'p',
    });
    assert.deepEqual(problems, []);
    assert.equal(masker?.hmac(value), createMasker(10, Buffer.from(key('b'))).hmac(value));
  });

  it('are the text without the white space around it', () => {
    const { masker } = readMasker({ ONRAMP_MASKING_KEY_1: ` ${key('a')}\n` });
    assert.equal(masker?.hmac(value), createMasker(1, Buffer.from(key('a'))).hmac(value));
  });

  it('are no masker when there are none', () => {
    assert.deepEqual(readMasker({ ONRAMP_PROJECT: 'p' }), { masker: undefined, problems: [] });
  });

  it('are refused when they are short or have no version, and are never shown', () => {
    const { problems } = readMasker({
      ONRAMP_MASKING_KEY_1: 'too short',
      ONRAMP_MASKING_KEY_2: '',
      ONRAMP_MASKING_KEY_: key('s'),
      ONRAMP_MASKING_KEY_01: key('s'),
      ONRAMP_MASKING_KEY_latest: key('s'),
    });
    assert.deepEqual(problems, [
      'ONRAMP_MASKING_KEY_1 has 9 bytes, and a key has at least 32',
      'ONRAMP_MASKING_KEY_2 has 0 bytes, and a key has at least 32',
      'ONRAMP_MASKING_KEY_ does not end with a version',
      'ONRAMP_MASKING_KEY_01 does not end with a version',
      'ONRAMP_MASKING_KEY_latest does not end with a version',
    ]);
  });

  const environmentOf = (stage: 'hub-to-warehouse' | 'hub-to-raw-lake') => ({
    ...Object.fromEntries(wiring[stage].environment.map(name => [name, 'x'])),
    ...batchEnvironment(wiring[stage].batch),
    ONRAMP_MASKING_KEY_1: key('a'),
  });

  it('are for the stages that decode, and for no other', () => {
    assert.ok(readEnvironment('hub-to-warehouse', environmentOf('hub-to-warehouse')).masker);
    assert.equal(readEnvironment('hub-to-raw-lake', environmentOf('hub-to-raw-lake')).masker, undefined);
  });

  it('keep a function from starting when they are wrong', () => {
    assert.throws(
      () =>
        readEnvironment('hub-to-warehouse', { ...environmentOf('hub-to-warehouse'), ONRAMP_MASKING_KEY_1: 'short' }),
      /ONRAMP_MASKING_KEY_1 has 5 bytes/,
    );
  });
});
