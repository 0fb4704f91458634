import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { attributesOfEvent, eventOfHubMessage, eventOfRampMessage } from '../../../../functions/core/envelope.ts';
import type { Message } from '../../../../functions/core/stage.ts';

const message = (attributes: Record<string, string> = {}): Message => ({
  id: '42',
  publishTime: '2026-01-01T00:00:00.123Z',
  data: Buffer.from([1, 2, 3]),
  attributes,
  orderingKey: 'k',
  source: 'flights/departures',
});
const declared = { name: 'flights.v1.Departure', current: 'v1' };

describe('the envelope', () => {
  it('gives a message the same event id whenever it is delivered again', () => {
    assert.equal(eventOfRampMessage(message(), declared, 'h').eventId, 'flights/departures/42');
  });

  it('names the declared schema unless the publisher claims one', () => {
    const schemaOf = (attributes: Record<string, string>, of: Parameters<typeof eventOfRampMessage>[1]) => {
      const { schema, schemaVersion } = eventOfRampMessage(message(attributes), of, 'h');
      return [schema, schemaVersion];
    };
    assert.deepEqual(schemaOf({}, declared), ['flights.v1.Departure', 'v1']);
    assert.deepEqual(schemaOf({ onramp_schema_version: 'v2' }, declared), ['flights.v1.Departure', 'v2']);
    assert.deepEqual(schemaOf({ onramp_schema: 'x.Y', onramp_schema_version: 'v9' }, declared), ['x.Y', 'v9']);
    assert.deepEqual(schemaOf({ onramp_schema: 'flights.v1.Departure' }, declared), ['flights.v1.Departure', 'v1']);
    assert.deepEqual(schemaOf({ onramp_schema: 'x.Y' }, declared), ['x.Y', undefined]);
    assert.deepEqual(schemaOf({}, { ...declared, current: undefined }), ['flights.v1.Departure', undefined]);
    assert.deepEqual(schemaOf({}, undefined), [undefined, undefined]);
  });

  it('lets a publisher set no other fact', () => {
    const event = eventOfRampMessage(message({ onramp_ramp: 'other/ramp', onramp_overflow: 'object' }), declared, 'h');
    assert.equal(attributesOfEvent(event)['onramp_ramp'], 'flights/departures');
    assert.equal(attributesOfEvent(event)['onramp_overflow'], undefined);
  });

  it('brings an event through the hub unchanged', () => {
    const theirs = fc.dictionary(
      fc.string({ minLength: 1 }).filter(key => !key.startsWith('onramp_')),
      fc.string(),
    );
    fc.assert(
      fc.property(theirs, attributes => {
        const event = eventOfRampMessage(message(attributes), declared, 'h');
        const onHub = { ...message(attributesOfEvent(event)), id: '7', publishTime: '2026-01-01T00:00:01Z' };
        assert.deepEqual(eventOfHubMessage(onHub), event);
      }),
    );
  });
});
