import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyFieldMask } from '../../../../local/pubsub/field-mask.ts';
import { pageOf } from '../../../../local/pubsub/grpc/page.ts';
import { encodeDraft } from '../../../../local/pubsub/message-codec.ts';
import { checkResourceName } from '../../../../local/pubsub/resource-name.ts';
import { type Subscription, type Topic, withDefaults } from '../../../../local/pubsub/resources.ts';
import { checkPublish, publishLimits } from '../../../../local/pubsub/validate-messages.ts';
import { checkSubscription, checkTopic } from '../../../../local/pubsub/validate-resources.ts';

const invalid = { code: 3 };
const seconds = (count: number) => ({ seconds: count, nanos: 0 });

describe('the name of a resource', () => {
  for (const id of ['abc', 'a'.repeat(255), 'A-b_c.d~e+f%25']) {
    it(`may be ${id.slice(0, 20)}`, () =>
      assert.doesNotThrow(() => checkResourceName('topics', `projects/p/topics/${id}`)));
  }
  for (const name of [
    'projects/p/topics/ab',
    `projects/p/topics/${'a'.repeat(256)}`,
    'projects/p/topics/goog-x',
    'projects/p/topics/1abc',
    'projects/p/topics/a b',
    'projects/p/topics/abc/d',
    'projects//topics/abc',
    'projects/p/subscriptions/abc',
    'abc',
    '',
  ]) {
    it(`must not be ${name.slice(0, 40)}`, () => assert.throws(() => checkResourceName('topics', name), invalid));
  }
});

describe('a message', () => {
  const message = (change: object = {}) =>
    encodeDraft({ data: Buffer.from('x'), attributes: {}, orderingKey: '', ...change });
  const attributes = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, 'v']));
  const accepted = {
    'with 100 attributes': message({ attributes: attributes(100) }),
    'with attributes only': message({ data: Buffer.alloc(0), attributes: { a: '' } }),
    'with a key of 256 bytes': message({ attributes: { ['k'.repeat(256)]: '' } }),
    'with a value of 1,024 bytes': message({ attributes: { k: 'é'.repeat(512) } }),
    'with an ordering key of 1,024 bytes': message({ orderingKey: 'k'.repeat(1024) }),
    'of 10 MiB': message({ data: Buffer.alloc(publishLimits.dataBytes) }),
  };
  const refused = {
    'with 101 attributes': message({ attributes: attributes(101) }),
    'with nothing in it': message({ data: Buffer.alloc(0) }),
    'with a key of 257 bytes': message({ attributes: { [`${'é'.repeat(128)}x`]: '' } }),
    'with a value of 1,025 bytes': message({ attributes: { k: `${'é'.repeat(512)}x` } }),
    'with an empty key': message({ attributes: { '': 'v' } }),
    'with a key of Google’s': message({ attributes: { google: 'v' } }),
    'with an ordering key of 1,025 bytes': message({ orderingKey: 'k'.repeat(1025) }),
    'of more than 10 MiB': message({ data: Buffer.alloc(publishLimits.dataBytes + 1) }),
  };
  for (const [what, draft] of Object.entries(accepted)) {
    it(`${what} is taken`, () => assert.doesNotThrow(() => checkPublish([draft], 1)));
  }
  for (const [what, draft] of Object.entries(refused)) {
    it(`${what} is refused`, () => assert.throws(() => checkPublish([message(), draft], 1), invalid));
  }
  it('travels with 999 others at most, in 10 MiB at most, and never alone in an empty request', () => {
    const drafts = (count: number) => Array.from({ length: count }, () => message());
    assert.doesNotThrow(() => checkPublish(drafts(1000), publishLimits.requestBytes));
    assert.throws(() => checkPublish(drafts(1001), 1), invalid);
    assert.throws(() => checkPublish(drafts(1), publishLimits.requestBytes + 1), invalid);
    assert.throws(() => checkPublish([], 0), invalid);
  });
});

describe('a subscription', () => {
  const topic = 'projects/p/topics/topic';
  const subscription = (change: Partial<Subscription> = {}) =>
    withDefaults({
      name: 'projects/p/subscriptions/subscription',
      topic,
      filter: '',
      pushConfig: null,
      messageTransforms: [],
      deadLetterPolicy: null,
      retryPolicy: null,
      ...change,
    } as unknown as Subscription);
  const deadLetter = (maxDeliveryAttempts: number) => ({
    deadLetterPolicy: { deadLetterTopic: topic, maxDeliveryAttempts },
  });
  const retry = (minimum: number, maximum: number) => ({
    retryPolicy: { minimumBackoff: seconds(minimum), maximumBackoff: seconds(maximum) },
  });
  const push = (pushEndpoint: string) => ({ pushConfig: { pushEndpoint, attributes: {} } });

  const accepted: Record<string, Partial<Subscription>> = {
    'with nothing set': {},
    'with the shortest deadline': { ackDeadlineSeconds: 10 },
    'with the longest deadline': { ackDeadlineSeconds: 600 },
    'with 5 delivery attempts': deadLetter(5),
    'with 100 delivery attempts': deadLetter(100),
    'with the default of delivery attempts': deadLetter(0),
    'with the widest retry policy': retry(0, 600),
    'with the shortest retention': { messageRetentionDuration: seconds(600) },
    'with the longest retention': { messageRetentionDuration: seconds(31 * 86_400) },
    'that never expires': { expirationPolicy: { ttl: null } },
    'pushed over HTTPS': push('https://example.com/push?a=b'),
    'with a filter': { filter: 'attributes:x' },
  };
  const refused: Record<string, Partial<Subscription>> = {
    'with too short a deadline': { ackDeadlineSeconds: 9 },
    'with too long a deadline': { ackDeadlineSeconds: 601 },
    'with a negative deadline': { ackDeadlineSeconds: -1 },
    'with 4 delivery attempts': deadLetter(4),
    'with 101 delivery attempts': deadLetter(101),
    'with too long a back-off': retry(1, 601),
    'with a back-off turned upside down': retry(20, 10),
    'with too short a retention': { messageRetentionDuration: seconds(599) },
    'with too long a retention': { messageRetentionDuration: seconds(31 * 86_400 + 1) },
    'that expires within a day': { expirationPolicy: { ttl: seconds(3600) } },
    'pushed to nowhere': push('nowhere'),
    'pushed over another protocol': push('ftp://example.com/'),
    'with a broken filter': { filter: 'attributes' },
  };
  const unimplemented: Record<string, Partial<Subscription>> = {
    'with exactly-once delivery': { enableExactlyOnceDelivery: true },
    'that writes to BigQuery': { bigqueryConfig: { table: 'p.d.t' } },
    'that pushes without wrapper': { pushConfig: { pushEndpoint: 'http://127.0.0.1/', attributes: {}, noWrapper: {} } },
  };
  for (const [what, change] of Object.entries(accepted)) {
    it(`${what} is taken`, () => assert.doesNotThrow(() => checkSubscription(subscription(change))));
  }
  for (const [what, change] of Object.entries(refused)) {
    it(`${what} is refused`, () => assert.throws(() => checkSubscription(subscription(change)), invalid));
  }
  for (const [what, change] of Object.entries(unimplemented)) {
    it(`${what} is not implemented`, () => assert.throws(() => checkSubscription(subscription(change)), { code: 12 }));
  }

  it('changes by a field mask, in the fields that it names only', () => {
    const current = subscription({ labels: { a: 'b' } });
    const update = subscription({ labels: { c: 'd' }, ackDeadlineSeconds: 60 });
    const changed = applyFieldMask('Subscription', current, update, ['ack_deadline_seconds']);
    assert.deepEqual(changed, { ...current, ackDeadlineSeconds: 60 });
    for (const paths of [
      [],
      ['filter'],
      ['topic'],
      ['enable_message_ordering'],
      ['nonsense'],
      ['ackDeadlineSeconds'],
    ]) {
      assert.throws(() => applyFieldMask('Subscription', current, update, paths), invalid);
    }
  });
});

describe('a topic', () => {
  const topic = (change: object = {}) =>
    ({ name: 'projects/p/topics/topic', messageTransforms: [], ...change }) as unknown as Topic;
  it('keeps messages between ten minutes and a month', () => {
    assert.doesNotThrow(() => checkTopic(topic({ messageRetentionDuration: seconds(600) })));
    assert.throws(() => checkTopic(topic({ messageRetentionDuration: seconds(599) })), invalid);
  });
  it('has no schema', () => assert.throws(() => checkTopic(topic({ schemaSettings: {} })), { code: 12 }));
});

describe('a list', () => {
  it('comes in pages by name, without a gap or a repetition', () => {
    const names = ['d', 'a', 'c', 'e', 'b'];
    const seen: string[][] = [];
    let pageToken = '';
    do {
      const page = pageOf(names, name => name, { pageSize: 2, pageToken });
      seen.push(page.items);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    assert.deepEqual(seen, [['a', 'b'], ['c', 'd'], ['e']]);
  });
});
