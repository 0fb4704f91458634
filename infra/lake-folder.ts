import * as gcp from '@pulumi/gcp';
import type * as pulumi from '@pulumi/pulumi';
import { lakePrefix } from '../functions/core/lake-path.ts';
import { buckets } from '../functions/core/names.ts';
import type { Ramp, Service } from './config/service.ts';
import { childOptions } from './context.ts';
import { grants, makeGrant } from './grants.ts';
import type { Platform } from './platform.ts';

/**
 * Lets a service's readers into the files of one of its ramps, and of no other, as managed folders: unlike an IAM
 * condition on the names of objects they let readers list the files, too, and one reader may have more than 20 of them
 * in a bucket. https://cloud.google.com/storage/docs/managed-folders,
 * https://cloud.google.com/iam/quotas
 */
export function declareLakeFolders(
  platform: Platform,
  { rawReaders, lakeReaders }: Service,
  { address, schema }: Ramp,
  parent: pulumi.Resource,
): void {
  const { context } = platform;
  const options = childOptions(parent, context);
  const path = lakePrefix(address);
  const lakes = [
    { id: 'rawLake', grant: grants.readRawLake, readers: rawReaders },
    { id: 'structuredLake', grant: grants.readStructuredLake, readers: schema === undefined ? [] : lakeReaders },
  ] as const;
  for (const { id, grant, readers } of lakes) {
    if (readers.length === 0) continue;
    const name = `${buckets[id](context.project)}/${path}`;
    const folder = new gcp.storage.ManagedFolder(
      name,
      // Forced, or the folder could not go while it has files. They stay where they are, without these grants.
      { bucket: platform.buckets[id].name, name: path, forceDestroy: true },
      options,
    );
    for (const member of readers) makeGrant(grant, { name: member, member }, { name, resource: folder }, options);
  }
}
