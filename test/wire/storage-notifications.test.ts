import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { describe, it } from 'node:test';
import { startStorage } from '../../local/storage/storage.ts';
import { clientAt, storageUnderTest, temporaryFolder, withCode } from './support/storage-under-test.ts';

interface Sent {
  readonly topic: string;
  readonly data: string;
  readonly attributes: Record<string, string>;
}

/** Takes notifications, and tells when so many have come. */
function mailbox() {
  const sent: Sent[] = [];
  const events = new EventEmitter();
  return {
    sent,
    notify: (topic: string, message: { data: Uint8Array; attributes: Record<string, string> }) => {
      sent.push({ topic, data: Buffer.from(message.data).toString(), attributes: message.attributes });
      events.emit('sent');
      return Promise.resolve();
    },
    until: async (count: number) => {
      while (sent.length < count) await once(events, 'sent');
      return sent;
    },
  };
}

describe('notifications', () => {
  it('tell of every change, with the product’s attributes and the object as payload', async t => {
    const { notify, until } = mailbox();
    const { client } = await storageUnderTest(t, { notify });
    const [bucket] = await client.createBucket('lake');
    await bucket.createNotification('projects/acme/topics/lake-changes', { customAttributes: { origin: 'lake' } });
    await bucket.file('a').save('1');
    await bucket.file('a').setMetadata({ metadata: { k: 'v' } });
    await bucket.file('a').save('22');
    await bucket.file('a').delete();

    const sent = await until(5);
    assert.deepEqual(new Set(sent.map(({ topic }) => topic)), new Set(['projects/acme/topics/lake-changes']));
    assert.deepEqual(sent.map(({ attributes }) => attributes['eventType']).sort(), [
      'OBJECT_DELETE',
      'OBJECT_DELETE',
      'OBJECT_FINALIZE',
      'OBJECT_FINALIZE',
      'OBJECT_METADATA_UPDATE',
    ]);
    const finalized = sent.filter(({ attributes }) => attributes['eventType'] === 'OBJECT_FINALIZE');
    const [first, second] = finalized;
    assert.ok(first && second);
    const { eventTime, objectGeneration, overwroteGeneration, ...attributes } = second.attributes;
    assert.match(eventTime ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    assert.equal(overwroteGeneration, first.attributes['objectGeneration']);
    assert.deepEqual(attributes, {
      eventType: 'OBJECT_FINALIZE',
      bucketId: 'lake',
      objectId: 'a',
      payloadFormat: 'JSON_API_V1',
      notificationConfig: 'projects/_/buckets/lake/notificationConfigs/1',
      origin: 'lake',
    });
    const payload = JSON.parse(second.data) as Record<string, unknown>;
    assert.equal(payload['kind'], 'storage#object');
    assert.equal(payload['size'], '2');
    assert.equal(payload['generation'], objectGeneration);
    const overwritten = sent.filter(({ attributes }) => attributes['overwrittenByGeneration'] === objectGeneration);
    assert.equal(overwritten[0]?.attributes['eventType'], 'OBJECT_DELETE');
  });

  it('tell only of the events and names that are asked for', async t => {
    const { notify, until } = mailbox();
    const { client } = await storageUnderTest(t, { notify });
    const [bucket] = await client.createBucket('lake', { versioning: { enabled: true } });
    await bucket.createNotification('projects/acme/topics/manifests', {
      eventTypes: ['OBJECT_FINALIZE'],
      objectNamePrefix: 'manifests/',
      payloadFormat: 'NONE',
    });
    await bucket.createNotification('projects/acme/topics/archived', { eventTypes: ['OBJECT_ARCHIVE'] });
    await bucket.file('data/1').save('x');
    await bucket.file('manifests/1').save('x');
    await bucket.file('data/1').delete();
    const sent = await until(2);
    assert.deepEqual(
      sent.map(({ topic, attributes, data }) => ({ topic, object: attributes['objectId'], data: data.length > 0 })),
      [
        { topic: 'projects/acme/topics/manifests', object: 'manifests/1', data: false },
        { topic: 'projects/acme/topics/archived', object: 'data/1', data: true },
      ],
    );
  });

  it('are configured, listed, read and deleted', async t => {
    const { client, origin } = await storageUnderTest(t);
    const [bucket] = await client.createBucket('lake');
    const [made] = await bucket.createNotification('changes');
    const [all] = await bucket.getNotifications();
    assert.deepEqual(
      all.map(({ id }) => id),
      [made.id],
    );
    const [metadata] = await bucket.notification(made.id ?? '').getMetadata();
    assert.equal(metadata.topic, '//pubsub.googleapis.com/projects/acme/topics/changes');
    await made.delete();
    await assert.rejects(made.getMetadata(), withCode(404));
    const bad = await fetch(`${origin}/storage/v1/b/lake/notificationConfigs`, {
      method: 'POST',
      body: JSON.stringify({ topic: 'changes', payload_format: 'NONE' }),
    });
    assert.equal(bad.status, 400);
    assert.deepEqual((await bucket.getNotifications())[0], []);
  });

  it('are sent again until Pub/Sub takes them', async t => {
    const { notify, until } = mailbox();
    let refusals = 0;
    const { client } = await storageUnderTest(t, {
      notify: (topic, message) => (refusals++ < 1 ? Promise.reject(new Error('unavailable')) : notify(topic, message)),
    });
    const [bucket] = await client.createBucket('lake');
    await bucket.createNotification('changes');
    await bucket.file('a').save('1');
    const [message] = await until(1);
    assert.equal(message?.attributes['objectId'], 'a');
  });

  it('survive a restart while Pub/Sub is away', async t => {
    const folder = await temporaryFolder(t);
    const down = await startStorage({ folder, notify: () => Promise.reject(new Error('unavailable')) });
    const { notify, until } = mailbox();
    const client = clientAt(`http://127.0.0.1:${await down.listen('operator')}`);
    const [bucket] = await client.createBucket('lake');
    await bucket.createNotification('changes');
    await bucket.file('a').save('1');
    await down.close();
    await storageUnderTest(t, { folder, notify });
    const [message] = await until(1);
    assert.equal(message?.attributes['objectId'], 'a');
  });
});
