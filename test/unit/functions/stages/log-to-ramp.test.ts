import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CatalogueRamp } from '../../../../functions/core/catalogue.ts';
import { OnrampError } from '../../../../functions/core/errors.ts';
import type { Publishable } from '../../../../functions/core/overflow.ts';
import type { Message, Outcome, Stage } from '../../../../functions/core/stage.ts';
import { createLogToRamp } from '../../../../functions/stages/log-to-ramp.ts';

const ramps: Record<string, Partial<CatalogueRamp>> = {
  'web/clicks': { logs: { payload: 'json' } },
  'web/errors': { logs: { payload: 'base64' } },
  'web/no-more': {},
};

const message = (source: string, entry: object): Message => ({
  id: '1',
  publishTime: '2026-01-01T00:00:00Z',
  data: Buffer.from(JSON.stringify(entry)),
  attributes: {},
  orderingKey: '',
  source,
});

async function outcomesOf(stage: Stage, messages: readonly Message[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const outcome of await stage.handle(messages)) outcomes.push(await outcome);
  return outcomes;
}

function setUp(refused = '') {
  const published: Record<string, Publishable[]> = {};
  const stage = createLogToRamp({
    publisher: topic => messages => {
      published[topic] = [...messages];
      return Promise.resolve(messages.map(({ data }) => (String(data) === refused ? new Error('busy') : undefined)));
    },
    registry: {
      ramp: address => {
        const ramp = ramps[address];
        if (!ramp) return Promise.reject(new OnrampError('RAMP_UNKNOWN', `ramp ${address}`));
        return Promise.resolve({ owner: '', description: '', ...ramp });
      },
      current: () => Promise.resolve(undefined),
      newer: () => Promise.resolve(undefined),
      schema: () => Promise.reject(new Error('no ramp here has a schema')),
    },
  });
  return { stage, published };
}

describe('log-to-ramp', () => {
  it('publishes each entry on the ramp that its topic is of', async () => {
    const { stage, published } = setUp();
    const outcomes = await outcomesOf(stage, [
      message('web/clicks', { jsonPayload: { a: 1 }, severity: 'INFO' }),
      message('web/errors', { textPayload: 'aMOp' }),
      message('web/clicks', { jsonPayload: { a: 2 } }),
    ]);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['done', 'done', 'done'],
    );
    const texts = (topic: string) => published[topic]?.map(({ data }) => Buffer.from(data).toString());
    assert.deepEqual(texts('ramp-web-clicks'), ['{"a":1}', '{"a":2}']);
    assert.deepEqual(texts('ramp-web-errors'), ['hé']);
    assert.equal(published['ramp-web-clicks']?.[0]?.attributes['log_severity'], 'INFO');
  });

  it('leaves to Pub/Sub what could not be published, and that alone', async () => {
    const { stage } = setUp('{"a":2}');
    const outcomes = await outcomesOf(
      stage,
      [1, 2, 3].map(a => message('web/clicks', { jsonPayload: { a } })),
    );
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['done', 'retry', 'done'],
    );
  });

  it('sets aside what it cannot unwrap, and waits where only the deployment is behind', async () => {
    const { stage, published } = setUp();
    const outcomes = await outcomesOf(stage, [
      message('web/clicks', { textPayload: 'GET /' }),
      message('web/unknown', { jsonPayload: {} }),
      message('web/no-more', { jsonPayload: {} }),
    ]);
    assert.deepEqual(
      outcomes.map(outcome => (outcome.kind === 'dead-letter' ? outcome.reason : outcome.kind)),
      ['LOG_ENTRY_UNREADABLE', 'RAMP_UNKNOWN', 'retry'],
    );
    assert.deepEqual(published, {});
  });
});
