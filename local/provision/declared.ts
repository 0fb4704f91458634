import type { Inventory } from '../../infra/render.ts';
import type { Schedule } from '../scheduler/scheduler.ts';

/** The inputs of the Pulumi types that the local cloud makes, as far as it reads them. */
interface Declared {
  readonly 'gcp:pubsub/topic:Topic': TopicInputs;
  readonly 'gcp:pubsub/subscription:Subscription': SubscriptionInputs;
  readonly 'gcp:storage/bucket:Bucket': BucketInputs;
  readonly 'gcp:storage/bucketObject:BucketObject': ObjectInputs;
  readonly 'gcp:storage/notification:Notification': NotificationInputs;
  readonly 'gcp:bigquery/dataset:Dataset': DatasetInputs;
  readonly 'gcp:secretmanager/secret:Secret': SecretInputs;
  readonly 'gcp:secretmanager/secretIamMember:SecretIamMember': SecretInputs;
  readonly 'gcp:bigquery/datasetIamMember:DatasetIamMember': DatasetMemberInputs;
  readonly 'gcp:cloudtasks/queue:Queue': QueueInputs;
  readonly 'gcp:cloudscheduler/job:Job': Schedule;
}

/**
 * The resources of one type in a rendered program, as their inputs. The program was type-checked against the provider,
 * so that the shapes named here hold.
 */
export function declared<Type extends keyof Declared>(inventory: Inventory, type: Type): readonly Declared[Type][] {
  return inventory.resources
    .filter(resource => resource.type === type)
    .map(({ inputs }) => inputs as unknown as Declared[Type]);
}

interface TopicInputs {
  readonly name: string;
  readonly labels?: Record<string, string>;
  readonly messageRetentionDuration?: string;
}

export interface SubscriptionInputs {
  readonly name: string;
  readonly topic: string;
  readonly ackDeadlineSeconds?: number;
  readonly filter?: string;
  readonly enableMessageOrdering?: boolean;
  readonly messageRetentionDuration?: string;
  readonly labels?: Record<string, string>;
  readonly pushConfig?: {
    readonly pushEndpoint: string;
    readonly oidcToken?: { readonly serviceAccountEmail: string; readonly audience?: string };
  };
  readonly retryPolicy?: { readonly minimumBackoff?: string; readonly maximumBackoff?: string };
  readonly deadLetterPolicy?: { readonly deadLetterTopic: string; readonly maxDeliveryAttempts: number };
  readonly expirationPolicy?: { readonly ttl: string };
}

interface BucketInputs {
  readonly name: string;
  readonly project: string;
  readonly location: string;
  readonly labels?: Record<string, string>;
}

export interface ObjectInputs {
  readonly bucket: string;
  readonly name: string;
  readonly contentType?: string;
  readonly source: { readonly path?: string; readonly text?: string };
}

export interface NotificationInputs {
  readonly bucket: string;
  /** `projects/<project>/topics/<topic>` */
  readonly topic: string;
  readonly payloadFormat: string;
  readonly eventTypes?: readonly string[];
  readonly objectNamePrefix?: string;
}

interface SecretInputs {
  readonly secretId: string;
  readonly project: string;
}

export interface QueueInputs {
  readonly name: string;
  readonly project: string;
  readonly location: string;
  readonly rateLimits?: { readonly maxConcurrentDispatches?: number; readonly maxDispatchesPerSecond?: number };
  readonly retryConfig?: {
    readonly maxAttempts?: number;
    /** Such as `5s`. */
    readonly minBackoff?: string;
    readonly maxBackoff?: string;
    readonly maxDoublings?: number;
  };
}

interface DatasetMemberInputs {
  readonly project: string;
  readonly datasetId: string;
}

interface DatasetInputs {
  readonly project: string;
  readonly datasetId: string;
  readonly location: string;
  readonly description?: string;
  readonly labels?: Record<string, string>;
}
