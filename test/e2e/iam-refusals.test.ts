import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { accountEmail, buckets, pushAccount, topics } from '../../functions/core/names.ts';
import { type Clients, connect } from '../../local/clients.ts';
import { createTokenSigner } from '../../local/iam/tokens.ts';
import { departure } from '../support/events.ts';
import { startTestCloud, type TestCloud } from '../support/local-cloud.ts';

let test: TestCloud;
before(async () => {
  test = await startTestCloud();
});
after(() => test[Symbol.asyncDispose]());

describe('a push request', () => {
  const uri = () => `http://127.0.0.1:${test.cloud.locator.ports.functions['ramp-to-hub']}`;
  const pusher = () => accountEmail(pushAccount, test.cloud.locator.project);
  const push = async (authorization?: string) => {
    const message = { messageId: '1', publishTime: '2026-01-01T00:00:00Z', data: departure(1).toString('base64') };
    const response = await fetch(`${uri()}/flights/departures`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
      body: JSON.stringify({ message, subscription: 'projects/p/subscriptions/s' }),
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  const bearer = (claims: Partial<{ email: string; audience: string }> = {}, signer = test.cloud.tokens) =>
    `Bearer ${signer.sign({ email: pusher(), audience: uri(), ...claims })}`;

  it('reaches the function only with a token of the push account, for that function, signed by this local cloud', async () => {
    const refused: string[] = [];
    const stop = test.cloud.access.onDenied(({ caller, permission }) => refused.push(`${caller} ${permission}`));
    const stranger = accountEmail('hub-to-warehouse', test.cloud.locator.project);

    const without = await push();
    assert.equal(without.status, 403);
    assert.match(without.text, /permission to get URL <code>\/flights\/departures<\/code> from this server/);
    for (const authorization of [
      'Bearer nonsense',
      bearer({ audience: `${uri()}1` }),
      bearer({}, createTokenSigner()),
    ]) {
      const invalid = await push(authorization);
      assert.equal(invalid.status, 401);
      assert.match(invalid.text, /permission to the requested URL <code>\/flights\/departures<\/code>/);
      assert.match(invalid.headers.get('www-authenticate') ?? '', /^Bearer error="invalid_token"/);
    }
    assert.equal((await push(bearer({ email: stranger }))).status, 403);
    stop();
    assert.deepEqual(refused, ['a caller without a token run.routes.invoke', `${stranger} run.routes.invoke`]);

    // The function saw none of them, for it would have carried on what this one carries, which differs in its token alone.
    assert.equal((await push(bearer())).status, 204);
    assert.equal(test.cloud.meter.counts().get('flights/departures')?.hub, 1);
  });
});

describe('the account of a stage', () => {
  let clients: Clients;
  before(async () => {
    clients = connect(await test.cloud.reachAs(accountEmail('hub-to-raw-lake', test.cloud.locator.project)));
  });
  after(() => clients.close());

  it('may write to its own bucket, and not read there', async () => {
    const file = clients.storage.bucket(buckets.rawLake(test.cloud.locator.project)).file('x');
    await file.save('x', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
    await assert.rejects(file.download(), { code: 403 });
  });

  it('is denied another stage’s topic with Pub/Sub’s error', async () => {
    for (const topic of [topics.hub, topics.deadLetter, 'ramp-flights-departures', 'no-such-topic']) {
      await assert.rejects(clients.pubsub.topic(topic).publishMessage({ data: Buffer.from('x') }), {
        code: 7,
        details: 'User not authorized to perform this action.',
      });
    }
    await assert.rejects(
      clients.subscriber.pull({ subscription: name('subscriptions/hub-to-raw-lake'), maxMessages: 1 }),
      {
        code: 7,
      },
    );
  });

  const name = (part: string) => `projects/${test.cloud.locator.project}/${part}`;

  it('is denied another stage’s bucket with Cloud Storage’s error', async () => {
    const bucket = clients.storage.bucket(buckets.structuredLake(test.cloud.locator.project));
    await assert.rejects(bucket.file('x').save('x', { resumable: false }), (error: Error & { code?: number }) => {
      assert.equal(error.code, 403);
      assert.match(
        error.message,
        /^hub-to-raw-lake@\S+ does not have storage\.objects\.create access to the Google Cloud/,
      );
      return true;
    });
  });

  it('is denied a dataset, and jobs, with BigQuery’s error', async () => {
    const denied = (permission: string) => (error: Error & { errors?: { reason: string }[] }) => {
      assert.equal(error.errors?.[0]?.reason, 'accessDenied');
      assert.match(error.message, new RegExp(`^Access Denied: .*Permission ${permission} denied`));
      return true;
    };
    const dataset = clients.bigquery.dataset('flights');
    await assert.rejects(dataset.table('departures').getMetadata(), denied('bigquery.tables.get'));
    await assert.rejects(dataset.createTable('mine', {}), denied('bigquery.tables.create'));
    await assert.rejects(clients.bigquery.query('SELECT 1'), denied('bigquery.jobs.create'));
  });

  it('is told in the log of the local cloud what it lacks', () => {
    const log = readFileSync(join(test.folder, 'logs/iam.log'), 'utf8');
    assert.match(
      log,
      /hub-to-raw-lake@\S+ may not pubsub\.topics\.publish on \S+\/topics\/hub; allowed by roles\/pubsub\.publisher/,
    );
  });
});
