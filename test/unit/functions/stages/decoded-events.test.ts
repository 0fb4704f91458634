import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromJson, toBinary } from '@bufbuild/protobuf';
import type { Objects } from '../../../../functions/clients/objects.ts';
import type { Registry } from '../../../../functions/clients/registry.ts';
import { createMasker } from '../../../../functions/core/codec/masker.ts';
import { attribute } from '../../../../functions/core/envelope.ts';
import type { Schema } from '../../../../functions/core/schema/descriptor-set.ts';
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
  newer: () => Promise.resolve(undefined),
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

describe('decoding a payload with fields that its version does not know', () => {
  const before = schemaWithOptions('message M { string a = 1; }');
  const after = schemaWithOptions('message M { string a = 1; string b = 2; }');
  const reused = schemaWithOptions('message M { string a = 1; int32 b = 2; }');

  const withB: Message = {
    ...message({}),
    data: toBinary(after.message, fromJson(after.message, { a: 'x', b: 'y' })),
    attributes: { ...message({}).attributes, [attribute.schemaVersion]: before.version },
  };
  const decodeWith = async (newest: Schema | undefined) => {
    const asked: string[] = [];
    const schemas = new Map([before, after, reused].map(schema => [schema.version, schema]));
    const registryWith: Registry = {
      ...registry,
      schema: (_name, version) => Promise.resolve(schemas.get(version) ?? before),
      newer: (_name, version) => {
        asked.push(version);
        return Promise.resolve(version === newest?.version ? undefined : newest?.version);
      },
    };
    const [event] = await decodeEvents([withB], [], {
      registry: registryWith,
      overflow: notAsked,
      masker: undefined,
    });
    return { row: event?.row, version: event?.event.schemaVersion, asked };
  };

  it('takes the version that was published since, so that no field is lost', async () => {
    const { row, version } = await decodeWith(after);
    assert.deepEqual(row, ['x', 'y']);
    assert.equal(version, after.version);
  });

  it('leaves them out when nothing newer is published', async () => {
    assert.deepEqual(await decodeWith(undefined), { row: ['x'], version: before.version, asked: [before.version] });
  });

  it('keeps to its own version when the newer one cannot be right', async () => {
    const { row, version } = await decodeWith(reused);
    assert.deepEqual(row, ['x']);
    assert.equal(version, before.version);
  });
});
