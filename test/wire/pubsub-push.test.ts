import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { CreateSubscriptionOptions } from '@google-cloud/pubsub';
import { createTokenSigner } from '../../local/iam/tokens.ts';
import type { NewMessage, Pubsub, PubsubOptions } from '../../local/pubsub/pubsub.ts';
import { ManualClock } from '../unit/local/manual-clock.ts';
import {
  type Answer,
  clientOn,
  Endpoint,
  eventually,
  payloadOf,
  startForTest,
  subscriptionName,
} from './support/pubsub.ts';

const timeout = 30_000;

async function setUp(
  t: TestContext,
  {
    answer,
    options = {},
    subscription = {},
  }: { answer?: Answer; options?: Partial<PubsubOptions>; subscription?: CreateSubscriptionOptions } = {},
) {
  const pubsub = await startForTest(t, options);
  const client = clientOn(t, await pubsub.listen('operator'));
  const endpoint = await Endpoint.start(t, answer);
  const [topic] = await client.createTopic('events');
  const [pushed] = await topic.createSubscription('pushed', { pushEndpoint: endpoint.url, ...subscription });
  const publish = (...messages: NewMessage[]) => pubsub.publish(topic.name, messages);
  const publishAll = (...payloads: string[]) => publish(...payloads.map(text => ({ data: Buffer.from(text) })));
  return { pubsub, client, endpoint, topic, pushed, publish, publishAll };
}

const remaining = (pubsub: Pubsub) =>
  pubsub.backlog().reduce((sum, each) => sum + each.outstanding + each.undelivered, 0);
const drained = (pubsub: Pubsub) => eventually(() => remaining(pubsub) === 0);
const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => String(from + index));

/** Turns a manual clock in small steps, with turns of the event loop between, until something has happened. */
async function turn(clock: ManualClock, condition: () => boolean): Promise<void> {
  await eventually(() => {
    if (!condition()) clock.advance(50);
    return condition();
  });
}

describe('a push request', { timeout }, () => {
  it('has the body and the headers of the service’s', async t => {
    const { publish, endpoint, pubsub } = await setUp(t);
    const [id] = await publish({ data: Buffer.from('pâyload'), attributes: { key: 'värde "x"' }, orderingKey: 'k' });
    await drained(pubsub);
    const request = endpoint.requests[0]!;
    const { publishTime } = request.body.message;
    assert.match(publishTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(request.body, {
      message: {
        attributes: { key: 'värde "x"' },
        data: Buffer.from('pâyload').toString('base64'),
        messageId: id,
        message_id: id,
        orderingKey: 'k',
        publishTime,
        publish_time: publishTime,
      },
      subscription: subscriptionName('pushed'),
    });
    assert.equal(request.headers['content-type'], 'application/json');
    assert.equal(request.headers['user-agent'], 'CloudPubSub-Google');
    assert.equal(request.headers.from, 'noreply@google.com');
    assert.equal(request.headers.authorization, undefined);
  });

  it('carries binary payloads of any size unchanged', async t => {
    const { publish, endpoint, pubsub } = await setUp(t);
    const data = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 7 + (index >> 8)) % 256));
    await publish({ data }, { attributes: { only: 'attributes' } });
    await drained(pubsub);
    const received = endpoint.requests.map(({ body }) => Buffer.from(body.message.data, 'base64'));
    assert.ok(received.some(each => each.equals(data)));
    assert.ok(received.some(each => each.length === 0));
  });

  it('is signed for its audience when the subscription has an identity', async t => {
    const signer = createTokenSigner();
    let signed = 0;
    const email = 'push@project.iam.gserviceaccount.com';
    const { publishAll, endpoint, pubsub, topic } = await setUp(t, {
      options: {
        signToken(claims) {
          signed += 1;
          return signer.sign(claims);
        },
      },
      subscription: { oidcToken: { serviceAccountEmail: email, audience: 'https://audience.example.com' } },
    });
    await topic.createSubscription('default-audience', {
      pushEndpoint: endpoint.url,
      oidcToken: { serviceAccountEmail: email },
    });
    await publishAll(...numbers(20));
    await drained(pubsub);
    for (const { headers, body } of endpoint.requests) {
      const token = headers.authorization?.replace(/^Bearer /, '') ?? '';
      const own = body.subscription === subscriptionName('pushed');
      const audience = own ? 'https://audience.example.com' : endpoint.url;
      assert.equal(signer.verify(token, { audience }).email, email);
    }
    assert.equal(endpoint.requests.length, 40);
    assert.equal(signed, 2);
  });

  it('is sent again over a kept connection', async t => {
    const { publishAll, endpoint, pubsub } = await setUp(t);
    for (const round of numbers(30)) {
      await publishAll(round);
      await drained(pubsub);
    }
    assert.equal(endpoint.requests.length, 30);
    assert.equal(endpoint.connections, 1);
  });

  for (const status of [200, 201, 202, 204]) {
    it(`is acknowledged by ${status}`, async t => {
      const { publishAll, endpoint, pubsub } = await setUp(t, { answer: () => status });
      await publishAll('x');
      await drained(pubsub);
      assert.equal(endpoint.requests.length, 1);
    });
  }

  for (const status of [203, 206, 301, 400, 404, 429, 500, 503]) {
    it(`is repeated after ${status}`, async t => {
      const { publishAll, endpoint, pubsub } = await setUp(t, { answer: (_, count) => (count === 1 ? status : 204) });
      await publishAll('x');
      await drained(pubsub);
      assert.equal(endpoint.requests.length, 2);
    });
  }

  it('is acknowledged by 102, whatever comes later', async t => {
    const { publishAll, endpoint, pubsub } = await setUp(t);
    endpoint.server.removeAllListeners('request');
    let requests = 0;
    endpoint.server.on('request', (_, response) => {
      requests += 1;
      response.writeProcessing();
    });
    await publishAll('x');
    await drained(pubsub);
    assert.equal(requests, 1);
  });
});

describe('redelivery', { timeout }, () => {
  it('follows when nobody listens, until somebody does', async t => {
    const { publishAll, endpoint, pubsub } = await setUp(t);
    const { port } = new URL(endpoint.url);
    await new Promise<unknown>(resolve => endpoint.server.close(resolve));
    await publishAll(...numbers(5));
    assert.equal(remaining(pubsub), 5);
    endpoint.server.listen(Number(port), '127.0.0.1');
    await drained(pubsub);
    assert.equal(new Set(endpoint.requests.map(payloadOf)).size, 5);
  });

  it('follows when the connection breaks', async t => {
    const { publishAll, endpoint, pubsub } = await setUp(t);
    let broken = 0;
    endpoint.server.prependListener('request', request => {
      if (broken < 2) {
        broken += 1;
        request.socket.destroy();
      }
    });
    await publishAll('x');
    await drained(pubsub);
    assert.equal(broken, 2);
  });

  it('follows when no answer comes within the ack deadline', async t => {
    const clock = new ManualClock();
    let release: (status: number) => void = () => undefined;
    const never = new Promise<number>(resolve => (release = resolve));
    const { publishAll, endpoint, pubsub } = await setUp(t, {
      options: { clock },
      subscription: { ackDeadlineSeconds: 10 },
      answer: (_, count) => (count === 1 ? never : 204),
    });
    await publishAll('x');
    await endpoint.until(({ requests }) => requests.length === 1);
    clock.advance(9_900);
    assert.equal(remaining(pubsub), 1);
    await turn(clock, () => remaining(pubsub) === 0);
    assert.equal(endpoint.requests.length, 2);
    release(204);
  });

  it('waits by the retry policy, longer each time', async t => {
    const clock = new ManualClock();
    const times: number[] = [];
    const { publishAll, pubsub } = await setUp(t, {
      options: { clock },
      subscription: { retryPolicy: { minimumBackoff: { seconds: 2 }, maximumBackoff: { seconds: 5 } } },
      answer: (_, count) => {
        times.push(clock.now());
        return count < 5 ? 500 : 204;
      },
    });
    await publishAll('x');
    await turn(clock, () => remaining(pubsub) === 0);
    const waits = times.slice(1).map((time, index) => time - times[index]!);
    [2000, 4000, 5000, 5000].forEach((wait, index) => {
      assert.ok(waits[index]! >= wait && waits[index]! < wait + 1000, `${waits[index]} ms instead of ${wait}`);
    });
  });

  it('counts the attempts in the body, and ends in the dead-letter topic', async t => {
    const { client, topic, endpoint, pubsub } = await setUp(t, {
      answer: ({ body }) => (Buffer.from(body.message.data, 'base64').toString() === 'poison' ? 500 : 204),
    });
    const [graveyard] = await client.createTopic('graveyard');
    await graveyard.createSubscription('dead');
    await topic.createSubscription('buried', {
      pushEndpoint: endpoint.url,
      deadLetterPolicy: { deadLetterTopic: graveyard.name, maxDeliveryAttempts: 5 },
    });
    await client.subscription('pushed').delete();
    await pubsub.publish(
      topic.name,
      ['good', 'poison', 'better'].map(text => ({ data: Buffer.from(text) })),
    );
    await eventually(() =>
      pubsub
        .backlog()
        .every(({ subscription, undelivered, outstanding }) =>
          subscription === subscriptionName('dead') ? undelivered === 1 : undelivered + outstanding === 0,
        ),
    );
    const attempts = endpoint.requests
      .filter(request => payloadOf(request) === 'poison')
      .map(({ body }) => body.deliveryAttempt);
    assert.deepEqual(attempts, [1, 2, 3, 4, 5]);
  });

  it('of a poison message does not stall its neighbours', async t => {
    const poison = new Set(numbers(20).map(text => `poison-${text}`));
    const { publishAll, endpoint, pubsub } = await setUp(t, {
      answer: request => (poison.has(payloadOf(request)) ? 500 : 204),
    });
    await publishAll(...poison, ...numbers(500));
    for (const from of [500, 1000, 1500]) await publishAll(...numbers(500, from));
    const good = () => new Set(endpoint.requests.map(payloadOf).filter(text => !poison.has(text))).size;
    await endpoint.until(() => good() === 2000);
    await eventually(() => remaining(pubsub) === poison.size);
    // A good message gets through at once while the poison is still tried.
    await publishAll('late');
    await endpoint.until(({ requests }) => requests.some(request => payloadOf(request) === 'late'));
  });
});

describe('the flow of pushes', { timeout }, () => {
  it('grows until an endpoint that answers in batches has hundreds of requests at a time', async t => {
    let waiting: (() => void)[] = [];
    const flush = () => {
      const batch = waiting;
      waiting = [];
      for (const answer of batch) answer();
    };
    const { publishAll, endpoint, pubsub } = await setUp(t, {
      answer: () =>
        new Promise(resolve => {
          waiting.push(() => resolve(204));
          if (waiting.length >= 500) setImmediate(flush);
        }),
    });
    const timer = setInterval(flush, 100);
    t.after(() => clearInterval(timer));
    for (const batch of numbers(6)) await publishAll(...numbers(1000, Number(batch) * 1000));
    await drained(pubsub);
    assert.equal(new Set(endpoint.requests.map(payloadOf)).size, 6000);
    assert.ok(endpoint.mostHeld >= 500, `${endpoint.mostHeld} requests at most`);
    assert.ok(endpoint.mostHeld <= 1000, `${endpoint.mostHeld} requests at most`);
  });

  it('gets smaller while an endpoint is overloaded, and loses nothing', async t => {
    const { publishAll, endpoint, pubsub } = await setUp(t, {
      answer: async () => {
        if (endpoint.held > 50) return 429;
        await new Promise(resolve => setImmediate(resolve));
        return 204;
      },
    });
    await publishAll(...numbers(1000));
    await drained(pubsub);
    assert.equal(new Set(endpoint.requests.map(payloadOf)).size, 1000);
    assert.ok(endpoint.requests.length < 4000, `${endpoint.requests.length} requests for 1,000 messages`);
  });

  it('stops when it is paused, after the requests in flight, and goes on when it is resumed', async t => {
    let release: (status: number) => void = () => undefined;
    const held = new Promise<number>(resolve => (release = resolve));
    const { publishAll, endpoint, pubsub } = await setUp(t, { answer: () => held });
    await publishAll('one');
    await endpoint.until(({ requests }) => requests.length === 1);
    let idle = false;
    const paused = pubsub.pausePush().then(() => (idle = true));
    await publishAll('two');
    assert.equal(idle, false);
    release(204);
    await paused;
    assert.deepEqual(endpoint.requests.map(payloadOf), ['one']);
    assert.equal(remaining(pubsub), 1);
    pubsub.resumePush();
    await drained(pubsub);
    assert.deepEqual(endpoint.requests.map(payloadOf), ['one', 'two']);
  });

  it('follows a subscription to another endpoint', async t => {
    const { publishAll, endpoint, pubsub, pushed } = await setUp(t);
    const other = await Endpoint.start(t);
    await pushed.modifyPushConfig({ pushEndpoint: other.url });
    await publishAll('x');
    await drained(pubsub);
    assert.equal(endpoint.requests.length, 0);
    assert.equal(other.requests.length, 1);
  });

  it('keeps the order of a key, one message at a time, past failures', async t => {
    const failed = new Set<string>();
    const out = new Map<string, number>();
    const { publish, endpoint, pubsub } = await setUp(t, {
      subscription: { enableMessageOrdering: true },
      answer: async request => {
        const { orderingKey = '' } = request.body.message;
        out.set(orderingKey, (out.get(orderingKey) ?? 0) + 1);
        assert.equal(out.get(orderingKey), 1);
        await new Promise(resolve => setImmediate(resolve));
        out.set(orderingKey, 0);
        const first = !failed.has(payloadOf(request));
        failed.add(payloadOf(request));
        return first && Number(payloadOf(request)) % 10 === 0 ? 500 : 204;
      },
    });
    const messages = numbers(100).map(text => ({ data: Buffer.from(text), orderingKey: `key-${Number(text) % 4}` }));
    await publish(...messages);
    await drained(pubsub);
    for (const key of ['key-0', 'key-1', 'key-2', 'key-3']) {
      const seen = endpoint.requests
        .filter(({ body }) => body.message.orderingKey === key)
        .map(request => Number(payloadOf(request)));
      assert.deepEqual(
        seen,
        [...seen].sort((a, b) => a - b),
      );
      assert.equal(new Set(seen).size, 25);
    }
  });
});
