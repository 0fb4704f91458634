import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPublisher, type PublisherOptions } from '../../../client/index.ts';
import { checkAttributes, checkLength, checkOrderingKey } from '../../../client/message-limits.ts';

describe('attributes', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, '']));

  it('are taken up to Pub/Sub’s limits', () => {
    checkAttributes({ ...many(97), ['é'.repeat(128)]: 'é'.repeat(512) });
    checkOrderingKey('é'.repeat(512));
  });

  const refused: [string, Record<string, string>, RegExp][] = [
    ['too many', many(99), /there are 99 attributes/],
    ['an empty name', { '': 'x' }, /a name is empty/],
    ['a name of Google’s', { googA: 'x' }, /begins with "goog"/],
    ['a name of Onramp’s', { onramp_schema: 'x' }, /begins with "onramp_"/],
    ['a long name', { ['é'.repeat(129)]: 'x' }, /takes 258 bytes/],
    ['a long value', { a: 'é'.repeat(513) }, /"a" takes 1026 bytes/],
    ['a number', { a: 5 as unknown as string }, /"a" is of type number/],
  ];
  for (const [what, attributes, message] of refused) {
    it(`are refused when there is ${what}`, () => {
      assert.throws(() => checkAttributes(attributes), { code: 'PUBLISH_ATTRIBUTE_INVALID', message });
    });
  }

  it('and ordering keys are refused with the same code', () => {
    assert.throws(() => checkOrderingKey('é'.repeat(513)), { code: 'PUBLISH_ATTRIBUTE_INVALID' });
  });
});

describe('a message', () => {
  it('is refused when it is larger than what a request holds', () => {
    checkLength(9_998_976);
    assert.throws(() => checkLength(9_998_977), { code: 'PUBLISH_TOO_LARGE' });
  });
});

describe('createPublisher', () => {
  it('names all options that are wrong at once', () => {
    const options: PublisherOptions = {
      project: 'No Project',
      batching: { messages: 1001, millis: -1 },
      buffer: { bytes: 10, refuseBytes: 5 },
      spool: { folder: '', maxBytes: 5 },
      logs: { payload: 'json' },
    };
    assert.throws(
      () => createPublisher(options),
      (error: Error) =>
        [
          'No Project',
          'batching.messages',
          'batching.millis',
          'buffer.refuseBytes',
          'spool.folder',
          'spool.maxBytes',
          'no use for a spool',
        ].every(part => error.message.includes(part)),
    );
  });

  it('refuses an address that is none', async () => {
    await using publisher = createPublisher({ project: 'project-id' });
    assert.throws(() => publisher.ramp('payment-events'), {
      code: 'PUBLISHER_MISCONFIGURED',
      message: /payment-events/,
    });
  });
});
