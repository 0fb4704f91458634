import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { type Context, keptOptions } from './context.ts';

type LifecycleRule = gcp.types.input.storage.BucketLifecycleRule;

export interface LakeArgs {
  readonly context: Context;
  /** Name of the bucket. */
  readonly bucket: string;
  /** How long objects are kept, for the label `retention`: a bucket without lifecycle rule keeps them on purpose. */
  readonly retention: string;
  readonly lifecycleRules: readonly LifecycleRule[];
}

/** A bucket that nobody outside can be let into. */
export class Lake extends pulumi.ComponentResource {
  readonly bucket: gcp.storage.Bucket;

  constructor(name: string, { context, bucket, retention, lifecycleRules }: LakeArgs, parent: pulumi.Resource) {
    super('onramp:infra:Lake', name, {}, { parent });
    this.bucket = new gcp.storage.Bucket(
      bucket,
      {
        name: bucket,
        project: context.project,
        location: context.region.toUpperCase(),
        storageClass: 'STANDARD',
        uniformBucketLevelAccess: true,
        publicAccessPrevention: 'enforced',
        lifecycleRules: [...lifecycleRules],
        labels: { app: 'onramp', retention },
        forceDestroy: false,
      },
      keptOptions(this, context),
    );
    this.registerOutputs({ bucket: this.bucket.name });
  }
}

/** Moves lake files to a cheaper class, and deletes them after so many days; keeps them for ever without. */
export function lakeLifecycle(
  { lakeNearlineAfterDays }: Context,
  deleteAfterDays: number | undefined,
): LifecycleRule[] {
  const rules: LifecycleRule[] = [
    {
      action: { type: 'SetStorageClass', storageClass: 'NEARLINE' },
      condition: { age: lakeNearlineAfterDays, matchesStorageClasses: ['STANDARD'] },
    },
  ];
  if (deleteAfterDays !== undefined) rules.push(deleteAfter(deleteAfterDays));
  return rules;
}

export const deleteAfter = (days: number): LifecycleRule => ({ action: { type: 'Delete' }, condition: { age: days } });
