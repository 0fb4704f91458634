import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  currentVersion,
  emptyIndex,
  knownVersion,
  parseSchemaIndex,
  serialiseSchemaIndex,
  withdrawalOf,
  withdrawn,
  withVersion,
} from '../../../../../functions/core/schema/schema-index.ts';

const [first, second] = ['1111111111111111', '2222222222222222'];
const pins = { '2': [{ type: 'STRING', column: 'b' }], '1': [{ type: 'INTEGER', column: 'a' }] };
const later = '2026-01-02T00:00:00.000Z';

describe('a schema’s index', () => {
  const one = withVersion(emptyIndex('shop.v1.Order'), first, '2026-01-01T00:00:00.000Z', pins);
  const two = withVersion(one, second, later, pins);

  it('knows what was published, and of these the last one is current', () => {
    assert.equal(currentVersion(emptyIndex('shop.v1.Order')), undefined);
    assert.equal(knownVersion(one, second), false);
    assert.equal(knownVersion(two, first), true);
    assert.equal(currentVersion(two), second);
  });

  it('does not change when the current version is published again', () => {
    assert.deepEqual(withVersion(two, second, '2027-01-01T00:00:00.000Z', pins), two);
  });

  it('makes an older version current again that is published again', () => {
    const back = withVersion(two, first, '2027-01-01T00:00:00.000Z', pins);
    assert.equal(currentVersion(back), first);
    assert.deepEqual(
      back.versions.map(({ version }) => version),
      [second, first],
    );
  });

  it('falls back to the version before a withdrawn one, and keeps the first reason and the pins', () => {
    const gone = withdrawn(withdrawn(two, second, later, 'wrong unit'), second, '2027-01-01T00:00:00.000Z', 'again');
    assert.equal(knownVersion(gone, second), false);
    assert.equal(currentVersion(gone), first);
    assert.deepEqual(withdrawalOf(gone, second), { at: later, why: 'wrong unit' });
    assert.equal(withdrawalOf(gone, first), undefined);
    assert.deepEqual(gone.pins, pins);
    assert.equal(currentVersion(withdrawn(gone, first, later, 'too')), undefined);
    assert.equal(currentVersion(withVersion(gone, second, later, pins)), second);
  });

  it('cannot withdraw what it does not hold', () => {
    assert.throws(() => withdrawn(one, second, later, 'why'), /shop\.v1\.Order has no version 2222222222222222/);
  });

  it('is the same text however its pins are ordered, and reads back', () => {
    const text = serialiseSchemaIndex(two);
    const reordered = { ...two, pins: Object.fromEntries(Object.entries(pins).toReversed()) };
    assert.equal(serialiseSchemaIndex(reordered), text);
    assert.deepEqual(parseSchemaIndex(text), two);
  });

  it('is refused when it is of another version, or no index', () => {
    assert.throws(() => parseSchemaIndex('{"version":2}'), /has version 2; this build reads version 1/);
    assert.throws(() => parseSchemaIndex('null'), /has version undefined/);
    assert.throws(() => parseSchemaIndex('{"version":1,"name":"a"}'), /lacks its name, its versions or its pins/);
    assert.throws(() => parseSchemaIndex('{"version":1,'), SyntaxError);
  });
});
