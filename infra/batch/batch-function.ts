import type * as gcp from '@pulumi/gcp';
import {
  type BatchFunctionId,
  type BatchKey,
  batchWiring,
  consoleId,
  mallocArenas,
} from '../../functions/core/batch/batch-wiring.ts';
import type { SecretReference } from '../../functions/core/batch/connection.ts';
import { secretParts, secretVariable } from '../../functions/core/batch/secret-variable.ts';
import { accountEmail, batchBuckets, buckets, tasksAccount, topics } from '../../functions/core/names.ts';
import type { Platform } from '../platform.ts';

export interface BatchFunctionArgs {
  readonly id: BatchFunctionId;
  /** The function's name: its id, or that of a service's export function. */
  readonly name: string;
  /** Where it runs; the platform's project or a service's. */
  readonly project: string;
  /** The service whose exports it makes. */
  readonly service?: string;
  readonly platform: Platform;
  /** The deploy archive, which all functions share. */
  readonly archive: gcp.storage.BucketObject;
  readonly account: gcp.serviceaccount.Account;
  readonly secrets: readonly SecretReference[];
  /** Resource name of the subnet by which it reaches a network. */
  readonly subnet?: string | undefined;
  /** When fewer than in the wiring will do. */
  readonly maxInstances?: number;
}

/** A function of the batch layer, as the wiring has it. */
export function batchFunctionOf(args: BatchFunctionArgs): gcp.cloudfunctionsv2.FunctionArgs {
  const { id, name, project, service, platform, archive, account, secrets, subnet } = args;
  const { context } = platform;
  const { description, memoryMiB, cpu, timeoutSeconds, concurrency, maxInstances } = batchWiring(id);
  const inPlatform = project === context.project;
  return {
    name,
    project,
    location: context.region,
    description,
    labels: { app: 'onramp', stage: id, ...(service !== undefined && { service }) },
    buildConfig: {
      runtime: 'nodejs24',
      entryPoint: id,
      source: { storageSource: { bucket: archive.bucket, object: archive.outputName } },
      // An account of the platform cannot build in another project.
      ...(context.buildServiceAccount !== undefined &&
        inPlatform && { serviceAccount: `projects/${project}/serviceAccounts/${context.buildServiceAccount}` }),
    },
    serviceConfig: {
      serviceAccountEmail: account.email,
      environmentVariables: environmentOf(args),
      secretEnvironmentVariables: secrets.map(reference => {
        const { project: projectId, secret, version } = secretParts(reference);
        return { key: secretVariable(reference), projectId, secret, version };
      }),
      maxInstanceRequestConcurrency: concurrency,
      availableMemory: `${memoryMiB}Mi`,
      availableCpu: cpu,
      timeoutSeconds,
      // What is on the internet, such as Google's APIs, is reached as without it.
      ...(subnet !== undefined && {
        directVpcNetworkInterfaces: [{ subnetwork: subnet }],
        directVpcEgress: 'VPC_EGRESS_PRIVATE_RANGES_ONLY',
      }),
      minInstanceCount: 0,
      maxInstanceCount: args.maxInstances ?? maxInstances,
      // Cloud Tasks of another project does not count as internal, and neither do people; see decision 0020.
      ingressSettings: inPlatform && id !== consoleId ? 'ALLOW_INTERNAL_ONLY' : 'ALLOW_ALL',
      allTrafficOnLatestRevision: true,
    },
  };
}

/** The keys that the function's wiring names, and nothing else. */
function environmentOf({ id, service, platform }: BatchFunctionArgs): Record<string, string> {
  const { project, region } = platform.context;
  const values: Record<BatchKey, string> = {
    ONRAMP_PROJECT: project,
    ONRAMP_REGION: region,
    ONRAMP_REGISTRY_BUCKET: buckets.registry(project),
    ONRAMP_EXPORTS_BUCKET: batchBuckets.exports(project),
    ONRAMP_STATE_BUCKET: batchBuckets.state(project),
    ONRAMP_BATCH_EVENTS_TOPIC: topics.batchEvents,
    ONRAMP_TASKS_ACCOUNT: accountEmail(tasksAccount, project),
    ONRAMP_SERVICE: service ?? '',
    MALLOC_ARENA_MAX: mallocArenas,
  };
  return Object.fromEntries(batchWiring(id).environment.map(key => [key, values[key]]));
}
