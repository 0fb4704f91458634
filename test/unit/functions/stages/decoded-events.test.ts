import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromJson, toBinary } from '@bufbuild/protobuf';
import type { Objects } from '../../../../functions/clients/objects.ts';
import type { Registry } from '../../../../functions/clients/registry.ts';
import { createMasker } from '../../../../functions/core/codec/masker.ts';
import { attribute } from '../../../../functions/core/envelope.ts';
import type { Message, Outcome } from '../../../../functions/core/stage.ts';
import { decodeEvents } from '../../../../functions/stages/decoded-events.ts';
import { schemaWithOptions } from '../../../support/with-options.ts';

const schema = schemaWithOptions(`message M {
  string mail = 1 [(onramp.field).pii = "email"];
  string day = 2 [(onramp.field).type = TYPE_DATE];
}`);

const registry: Registry = {
  ramp: () => Promise.resolve({ owner: 'o', description: '', schema: { name: 't.M' } }),
  current: () => Promise.resolve(schema.version),
  schema: () => Promise.resolve(schema),
};
const notAsked = new Proxy({} as Objects, {
  get: (_, name) => {
    throw new Error(`the overflow bucket was asked for ${String(name)}`);
  },
});

function message(json: { mail?: string; day?: string }): Message {
  return {
    id: '1',
    publishTime: '2026-01-01T00:00:00Z',
    data: toBinary(schema.message, fromJson(schema.message, json)),
    attributes: { [attribute.ramp]: 'a/b', [attribute.eventId]: 'a/b/1' },
    orderingKey: '',
    source: 'hub',
  };
}

async function decode(messages: readonly Message[], masker: Parameters<typeof decodeEvents>[2]['masker']) {
  const outcomes: Outcome[] = [];
  const events = await decodeEvents(messages, outcomes, { registry, overflow: notAsked, masker });
  return { rows: events.map(({ row }) => row), outcomes };
}

describe('decoding a batch with personal data', () => {
  const jane = message({ mail: 'jane@example.com' });

  it('masks it with the key', async () => {
    const masker = createMasker(1, Buffer.alloc(32));
    const { rows, outcomes } = await decode([jane], masker);
    assert.deepEqual(rows, [[masker.hmac(Buffer.from('jane@example.com')), null]]);
    assert.deepEqual(outcomes, []);
  });

  it('leaves it with Pub/Sub for as long as there is no key: it is no dead letter', async () => {
    const { rows, outcomes } = await decode([jane], undefined);
    assert.deepEqual(rows, []);
    const [outcome] = outcomes;
    assert.equal(outcome?.kind, 'retry');
    assert.match(String(outcome.error), /MASKING_KEY_MISSING/);
  });

  it('makes a dead letter of a value that an option’s type cannot hold, without showing it', async () => {
    const { outcomes } = await decode([message({ day: '4 May' })], createMasker(1, Buffer.alloc(32)));
    assert.deepEqual(outcomes, [
      {
        kind: 'dead-letter',
        reason: 'VALUE_OUT_OF_RANGE',
        detail: 'day holds a text that is no date such as 2026-01-31',
      },
    ]);
  });
});
