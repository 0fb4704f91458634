import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DeadLetter } from '../../../../functions/core/dead-letter.ts';
import { eventOfHubMessage } from '../../../../functions/core/envelope.ts';
import { registryObjects } from '../../../../functions/core/names.ts';
import { emptyIndex, type SchemaIndex } from '../../../../functions/core/schema/schema-index.ts';
import {
  availableIn,
  awaitedBy,
  healRequest,
  requestedHeal,
  waitingMessage,
  waitingObject,
} from '../../../../functions/core/waiting.ts';
import { parseFilter } from '../../../../local/pubsub/filter.ts';

const version = '0123456789abcdef';
const letter = (event: Partial<DeadLetter['event']> = {}, facts: Partial<DeadLetter['facts']> = {}): DeadLetter => ({
  event: {
    ramp: 'shop/sales',
    eventId: 'shop/sales/17',
    publishTime: '2026-01-01T00:00:00Z',
    schema: 'shop.v1.Sale',
    schemaVersion: version,
    sha256: 'h',
    orderingKey: 'k',
    attributes: { theirs: 'x' },
    payload: Buffer.from([1, 2]),
    ...event,
  },
  facts: {
    stage: 'hub-to-warehouse',
    reason: 'SCHEMA_UNKNOWN_VERSION',
    detail: '',
    time: '2026-01-01T00:00:01Z',
    ...facts,
  },
});

describe('what waits for a schema version', () => {
  const awaited = { schema: 'shop.v1.Sale', version };
  const cases: readonly [what: string, letter: DeadLetter, awaited: object | undefined][] = [
    ['an unknown version', letter(), awaited],
    ['a withdrawn version', letter({}, { reason: 'SCHEMA_WITHDRAWN' }), awaited],
    ['no version, when none is published', letter({ schemaVersion: undefined }), { ...awaited, version: 'current' }],
    ['what nothing published could help', letter({}, { reason: 'PAYLOAD_UNDECODABLE' }), undefined],
    ['what no version can be called', letter({ schemaVersion: '../../x' }), undefined],
    ['the word that stands for any version', letter({ schemaVersion: 'current' }), undefined],
    ['what no schema can be called', letter({ schema: 'a/b' }), undefined],
    ['no schema', letter({ schema: undefined }), undefined],
    ['a stage that does not read the hub', letter({}, { stage: 'log-to-ramp' }), undefined],
  ];
  for (const [what, of, expected] of cases) {
    it(`is ${expected === undefined ? 'not ' : ''}a message with ${what}`, () => {
      assert.deepEqual(awaitedBy(of), expected);
    });
  }

  it('is stored under what it waits for, by a name that Cloud Storage takes, whatever the event is called', () => {
    assert.equal(
      waitingObject(awaited, letter(), 'u'),
      `waiting/shop.v1.Sale/${version}/hub-to-warehouse/shop%2Fsales%2F17/u`,
    );
    const long = waitingObject(awaited, letter({ eventId: '\u{1f6eb}'.repeat(256) }), 'u');
    assert.ok(Buffer.byteLength(long) < 1024);
  });

  it('goes onto the hub as the same event, for the stage that had set it aside alone', () => {
    const { event } = letter();
    const message = waitingMessage(letter());
    assert.deepEqual(eventOfHubMessage({ ...message, id: '', publishTime: '' }), event);
    const passes = (filter: string) => parseFilter(filter)(message.attributes);
    const decoding = (stage: string) =>
      `attributes:onramp_schema AND (NOT attributes:onramp_replay OR attributes.onramp_replay = "${stage}")`;
    assert.equal(passes('NOT attributes:onramp_replay'), false);
    assert.equal(passes(decoding('hub-to-structured-lake')), false);
    assert.equal(passes(decoding('hub-to-warehouse')), true);
  });

  it('is asked for by a request for one version, or by a notification of an index for all', () => {
    assert.deepEqual(requestedHeal(healRequest(awaited)), awaited);
    const of = (objectId: string) => requestedHeal({ attributes: { objectId, eventType: 'OBJECT_FINALIZE' } });
    assert.deepEqual(of(registryObjects.index('shop.v1.Sale')), { schema: 'shop.v1.Sale', version: undefined });
    assert.equal(of(registryObjects.descriptorSet('shop.v1.Sale', version)), undefined);
    assert.equal(requestedHeal({ attributes: {} }), undefined);
  });

  it('is there when its version is in the index and not withdrawn; any version will do for what names none', () => {
    const at = '2026-01-01T00:00:00Z';
    const withdrawn = { version: 'f'.repeat(16), publishedAt: at, withdrawn: { at, why: '' } };
    const index = (...versions: SchemaIndex['versions']): SchemaIndex => ({ ...emptyIndex('shop.v1.Sale'), versions });
    assert.deepEqual(availableIn(index({ version, publishedAt: at }, withdrawn)), ['current', version]);
    assert.deepEqual(availableIn(index(withdrawn)), []);
    assert.deepEqual(availableIn(undefined), []);
  });
});
