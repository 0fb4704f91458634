import { readFile } from 'node:fs/promises';
import type { Storage } from '@google-cloud/storage';
import type { Inventory } from '../../infra/render.ts';
import { declared, type ObjectInputs } from './declared.ts';

/** Makes the declared buckets and writes the declared objects. The deploy archive is none of them: it runs from here. */
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

async function contentOf({ path, text }: ObjectInputs['source']): Promise<Buffer | undefined> {
  if (text !== undefined) return Buffer.from(text);
  return path === undefined ? undefined : readFile(path);
}
