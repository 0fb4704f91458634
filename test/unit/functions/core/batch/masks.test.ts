import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Mask } from '../../../../../functions/core/batch/config.ts';
import { type ColumnMask, keyedMask, maskBytes, maskOfType } from '../../../../../functions/core/batch/masks.ts';

const masked = (mask: ColumnMask, source: Uint8Array, bytes = false) =>
  Buffer.from(maskBytes(mask, undefined, bytes)(source, 0, source.length));

const truncate = (length: number) => ({ method: 'truncate', length }) as const;
const keepLast = (length: number) => ({ method: 'keep_last', length }) as const;

describe('a mask', () => {
  it('counts the characters of a text, and the bytes of what is none', () => {
    assert.equal(masked(truncate(3), Buffer.from('aü🙂b')).toString(), 'aü🙂');
    assert.equal(masked(truncate(9), Buffer.from('aü')).toString(), 'aü');
    assert.equal(masked(truncate(0), Buffer.from('aü')).toString(), '');
    assert.equal(masked(keepLast(2), Buffer.from('aü🙂b')).toString(), '**🙂b');
    assert.equal(masked(keepLast(4), Buffer.from('aü🙂b')).toString(), '****');
    assert.deepEqual(masked(truncate(2), Buffer.from('00808080', 'hex'), true), Buffer.from('0080', 'hex'));
    assert.deepEqual(masked(truncate(9), Buffer.from('0080', 'hex'), true), Buffer.from('0080', 'hex'));
  });

  it('shows no more of bytes that are no UTF-8 than of a text', () => {
    const continuations = Buffer.alloc(100, 0x80);
    assert.equal(masked(truncate(3), continuations).length, 3);
    assert.equal(masked(keepLast(3), continuations).toString('latin1'), `${'*'.repeat(97)}\x80\x80\x80`);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(10), (source, length) => {
        assert.ok(masked(truncate(length), source).length <= 4 * length);
        const kept = masked(keepLast(length), source);
        const stars = kept.findIndex(byte => byte !== 0x2a);
        assert.ok(kept.length - (stars < 0 ? kept.length : stars) <= 4 * length);
      }),
    );
  });

  it('of a text is of the same characters as JavaScript counts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.nat(10), (text, length) => {
        const characters = Array.from(text);
        assert.equal(masked(truncate(length), Buffer.from(text)).toString(), characters.slice(0, length).join(''));
        const last = characters.length > length ? characters.slice(characters.length - length) : [];
        const stars = '*'.repeat(characters.length - last.length);
        assert.equal(masked(keepLast(length), Buffer.from(text)).toString(), `${stars}${last.join('')}`);
      }),
    );
  });

  const key = 'projects/p/secrets/s/versions/1';
  const otherwise = { method: 'hmac', key } as const;

  it('that a class says depends on the type, as in the stream', () => {
    const ofClass = { ...truncate(4), otherwise };
    for (const [type, sourceType, expected] of [
      ['STRING', 'text', truncate(4)],
      ['BYTES', 'bytea', truncate(4)],
      ['TIMESTAMP', 'timestamp with time zone', 'day'],
      ['DATETIME', 'datetime(6)', 'day'],
      ['DATE', 'date', otherwise],
      ['INTEGER', 'bigint', otherwise],
      ['NUMERIC', 'numeric(12,2)', otherwise],
      // Its first digits are no milder secret for being in a text.
      ['STRING', 'numeric', otherwise],
      ['STRING', 'decimal(65,0)', otherwise],
      ['STRING', 'PG_NUMERIC', otherwise],
      ['JSON', 'jsonb', otherwise],
      ['RECORD', 'key', otherwise],
    ] as const) {
      assert.deepEqual(maskOfType(ofClass, type, sourceType), expected, sourceType);
      assert.deepEqual(maskOfType(truncate(4), type, sourceType), truncate(4));
      assert.deepEqual(maskOfType(otherwise, type, sourceType), otherwise);
    }
  });

  it('needs its key, also for what it masks otherwise', () => {
    assert.equal(keyedMask(otherwise)?.key, key);
    assert.equal(keyedMask({ ...truncate(4), otherwise })?.key, key);
    for (const mask of [undefined, truncate(4), keepLast(1), { method: 'drop' }] as const) {
      assert.equal(keyedMask(mask satisfies Mask | undefined), undefined);
    }
  });
});
