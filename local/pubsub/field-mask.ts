import { invalidArgument } from './pubsub-error.ts';

/** Fields that an update may change, by their name in the proto, with their name in our shape. */
const mutable = {
  Topic: {
    labels: 'labels',
    message_storage_policy: 'messageStoragePolicy',
    kms_key_name: 'kmsKeyName',
    message_retention_duration: 'messageRetentionDuration',
    schema_settings: 'schemaSettings',
    ingestion_data_source_settings: 'ingestionDataSourceSettings',
    message_transforms: 'messageTransforms',
  },
  Subscription: {
    push_config: 'pushConfig',
    bigquery_config: 'bigqueryConfig',
    cloud_storage_config: 'cloudStorageConfig',
    bigtable_config: 'bigtableConfig',
    ack_deadline_seconds: 'ackDeadlineSeconds',
    retain_acked_messages: 'retainAckedMessages',
    message_retention_duration: 'messageRetentionDuration',
    labels: 'labels',
    expiration_policy: 'expirationPolicy',
    dead_letter_policy: 'deadLetterPolicy',
    retry_policy: 'retryPolicy',
    enable_exactly_once_delivery: 'enableExactlyOnceDelivery',
    message_transforms: 'messageTransforms',
  },
} as const;

const immutable = {
  Topic: ['name', 'state', 'tags'],
  Subscription: ['name', 'topic', 'filter', 'enable_message_ordering', 'detached', 'state', 'tags'],
} as const;

/**
 * The resource with the fields that the mask names taken from the update: an unset field goes back to its default.
 * A path below a field, such as `push_config.push_endpoint`, stands for the whole field.
 * Throws INVALID_ARGUMENT for an empty mask and for a field that is unknown or never changes.
 */
export function applyFieldMask<Resource extends object>(
  kind: keyof typeof mutable,
  current: Resource,
  update: Resource,
  paths: readonly string[],
): Resource {
  const request = `Update${kind}Request`;
  if (paths.length === 0) {
    throw invalidArgument(`The update_mask in the ${request} must be set, and must contain a non-empty paths list.`);
  }
  const fields = paths.map(path => fieldOf(kind, request, path.split('.')[0] ?? ''));
  const given = new Map(Object.entries(update));
  return { ...current, ...Object.fromEntries(fields.map(field => [field, given.get(field)])) };
}

function fieldOf(kind: keyof typeof mutable, request: string, name: string): string {
  const field = new Map(Object.entries(mutable[kind])).get(name);
  if (field !== undefined) return field;
  const problem = (immutable[kind] as readonly string[]).includes(name)
    ? `the ${name} field in the ${kind} is not mutable.`
    : `${name} is not a known ${kind} field. Note that field paths must be of the form 'push_config' rather than 'pushConfig'.`;
  throw invalidArgument(`Invalid update_mask provided in the ${request}: ${problem}`);
}
