import { readFile } from 'node:fs/promises';
import type { Bucket, Storage } from '@google-cloud/storage';
import type { Inventory } from '../../infra/render.ts';
import { declared, type NotificationInputs, type ObjectInputs } from './declared.ts';

/** Makes the declared buckets and notifications, and writes the declared objects. The deploy archive is none of them: it runs from here. */
export async function provisionStorage(inventory: Inventory, storage: Storage): Promise<void> {
  const buckets = declared(inventory, 'gcp:storage/bucket:Bucket');
  await Promise.all(
    buckets.map(async ({ name, location, labels }) => {
      const [there] = await storage.bucket(name).exists();
      if (there) return;
      await storage.createBucket(name, {
        location,
        ...(labels && { labels }),
        iamConfiguration: { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention: 'enforced' },
      });
    }),
  );

  const notifications = declared(inventory, 'gcp:storage/notification:Notification');
  await Promise.all(
    buckets.map(({ name }) =>
      provisionNotifications(
        storage.bucket(name),
        notifications.filter(n => n.bucket === name),
      ),
    ),
  );

  const objects = declared(inventory, 'gcp:storage/bucketObject:BucketObject');
  await Promise.all(
    objects.map(async ({ bucket, name, contentType, source }) => {
      const content = await contentOf(source);
      if (content === undefined) return;
      await storage
        .bucket(bucket)
        .file(name)
        .save(content, { resumable: false, ...(contentType && { contentType }) });
    }),
  );
}

/** Those of an earlier program go: two of the same would tell of everything twice. */
async function provisionNotifications(bucket: Bucket, wanted: readonly NotificationInputs[]): Promise<void> {
  const [there] = await bucket.getNotifications();
  const keyOf = (topic: unknown, prefix: unknown) => JSON.stringify([topic, prefix]);
  const old = new Map(
    there.map(found => [keyOf(found.metadata['topic'], found.metadata['object_name_prefix']), found]),
  );
  for (const { topic, payloadFormat, eventTypes, objectNamePrefix } of wanted) {
    if (old.delete(keyOf(`//pubsub.googleapis.com/${topic}`, objectNamePrefix))) continue;
    await bucket.createNotification(topic, {
      payloadFormat,
      ...(eventTypes && { eventTypes: [...eventTypes] }),
      ...(objectNamePrefix !== undefined && { objectNamePrefix }),
    });
  }
  for (const found of old.values()) await found.delete();
}

async function contentOf({ path, text }: ObjectInputs['source']): Promise<Buffer | undefined> {
  if (text !== undefined) return Buffer.from(text);
  return path === undefined ? undefined : readFile(path);
}
