import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deadLetterOfMessage, messageOfDeadLetter } from '../../../../functions/core/dead-letter.ts';
import type { Message } from '../../../../functions/core/stage.ts';

const hubMessage: Message = {
  id: '17',
  publishTime: '2026-01-01T00:00:05Z',
  data: Buffer.from('payload'),
  attributes: {
    theirs: 'x',
    onramp_ramp: 'flights/departures',
    onramp_event_id: 'flights/departures/7',
    onramp_publish_time: '2026-01-01T00:00:00Z',
    onramp_sha256: 'abc',
  },
  orderingKey: 'k',
  source: 'hub',
};

const facts = {
  stage: 'hub-to-warehouse',
  reason: 'PAYLOAD_UNDECODABLE',
  detail: 'field 3',
  time: '2026-01-01T00:00:06.000Z',
} as const;

describe('dead letters', () => {
  it('keep the event as it was, and carry their facts to the stage that stores them', () => {
    const sent = messageOfDeadLetter(hubMessage, facts);
    const letter = deadLetterOfMessage({
      ...sent,
      id: '99',
      publishTime: '2026-01-01T00:00:07Z',
      source: 'dead-letter',
    });
    assert.deepEqual(letter.facts, facts);
    assert.deepEqual(letter.event, {
      ramp: 'flights/departures',
      eventId: 'flights/departures/7',
      publishTime: '2026-01-01T00:00:00Z',
      schema: undefined,
      schemaVersion: undefined,
      sha256: 'abc',
      orderingKey: 'k',
      attributes: { theirs: 'x' },
      payload: hubMessage.data,
    });
  });

  it('cut a long detail to what an attribute holds, without breaking a character', () => {
    const { attributes } = messageOfDeadLetter(hubMessage, { ...facts, detail: '語'.repeat(1000) });
    const detail = attributes['onramp_dead_letter_detail'] ?? '';
    assert.ok(Buffer.byteLength(detail) <= 1024);
    assert.match(detail, /^語{340,}/);
  });

  it('that Pub/Sub gave up on say so, and name the stage', () => {
    const letter = deadLetterOfMessage({
      ...hubMessage,
      attributes: {
        ...hubMessage.attributes,
        CloudPubSubDeadLetterSourceSubscription: 'hub-to-raw-lake',
        CloudPubSubDeadLetterSourceDeliveryCount: '100',
      },
    });
    assert.equal(letter.facts.stage, 'hub-to-raw-lake');
    assert.equal(letter.facts.reason, 'DELIVERY_EXHAUSTED');
    assert.equal(letter.facts.detail, 'hub-to-raw-lake delivered it 100 times');
    assert.equal(letter.event.eventId, 'flights/departures/7');
  });

  it('from a ramp, which have no facts of Onramp yet, are kept under their subscription', () => {
    const letter = deadLetterOfMessage({
      ...hubMessage,
      attributes: {
        theirs: 'x',
        CloudPubSubDeadLetterSourceSubscription: 'ramp-to-hub-flights-departures',
        CloudPubSubDeadLetterSourceTopicPublishTime: '2025-12-31T00:00:00Z',
      },
    });
    assert.equal(letter.facts.stage, 'ramp-to-hub');
    assert.equal(letter.event.ramp, 'unknown/ramp-to-hub-flights-departures');
    assert.equal(letter.event.publishTime, '2025-12-31T00:00:00Z');
  });
});
