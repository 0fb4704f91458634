import { buckets } from '../functions/core/names.ts';
import type { Declaration } from '../infra/declare.ts';
import { type Publication, publishSchemas } from '../infra/publish/publish-schemas.ts';

import { registryBucketOf } from '../infra/publish/registry-bucket.ts';
import type { Clients } from './clients.ts';
import { warehouseOf } from './warehouse.ts';

/**
 * Publishes the schemas of what was read, with Google's own clients. What breaks is published, too: on this machine a
 * change is tried out, and its column stands besides the old one.
 */
export const publishLocally = (
  { services, schemas, piiClasses }: Pick<Declaration, 'services' | 'schemas' | 'piiClasses'>,
  project: string,
  { storage, bigquery }: Pick<Clients, 'storage' | 'bigquery'>,
  now: () => Date = () => new Date(),
): Promise<Publication[]> =>
  publishSchemas({
    project,
    services,
    schemas,
    piiClasses,
    registry: registryBucketOf(storage.bucket(buckets.registry(project))),
    warehouse: warehouseOf(bigquery),
    allowBreaking: true,
    now,
  });
