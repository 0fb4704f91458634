import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { buckets, pushAccount, secrets, topics } from '../functions/core/names.ts';
import { type StageId, wiring } from '../functions/core/wiring.ts';
import { childOptions } from './context.ts';
import { stageEnvironment } from './environment.ts';
import { type Grantable, grants, makeGrant, type StageGrant, stageGrants } from './grants.ts';
import { instanceBilledServiceOf } from './instance-billed.ts';
import type { Platform } from './platform.ts';
import { stageSecrets } from './secret.ts';
import type { Warehouse } from './warehouse.ts';

export interface StageArgs {
  readonly platform: Platform;
  /** The deploy archive, which all stages share. */
  readonly archive: gcp.storage.BucketObject;
  /** Where the images of stages are built into that are billed by instance; undefined when none is. */
  readonly images: gcp.artifactregistry.Repository | undefined;
  /** What a stage may be granted something on, besides the platform's own resources. */
  readonly datasets: Readonly<Record<'services' | 'tagged' | 'onramp', readonly Warehouse[]>>;
}

/** A step of the stream: a function with an account of its own, which only the push account may call. */
export class Stage extends pulumi.ComponentResource {
  readonly id: StageId;
  readonly ackDeadlineSeconds: number;
  /** Where the function is called. */
  readonly uri: pulumi.Output<string>;
  /** IAM member that the function runs as. */
  readonly member: pulumi.Output<string>;

  constructor(id: StageId, args: StageArgs) {
    const { platform } = args;
    super('onramp:infra:Stage', id, {}, { parent: platform });
    const { context } = platform;
    const options = childOptions(this, context);
    this.id = id;
    this.ackDeadlineSeconds = wiring[id].ackDeadlineSeconds;

    const account = new gcp.serviceaccount.Account(
      id,
      { project: context.project, accountId: id, displayName: `Onramp: ${id}`, description: wiring[id].description },
      options,
    );
    this.member = account.member;
    const granted = stageGrants[id].flatMap(grant =>
      resourcesOf(grant, args).map(resource => ({
        onSecret: 'secret' in grant.on,
        made: makeGrant(grant, { name: id, member: account.member }, resource, options),
      })),
    );
    // A function that is given a secret is refused as long as its account may not read it.
    const readsSecrets = granted.filter(({ onSecret }) => onSecret).map(({ made }) => made);
    const dependsOn = [...context.apis, ...readsSecrets];
    const stage = this.#deploy(args, account, { ...options, dependsOn });
    const pusher = { name: pushAccount, member: platform.pushAccount.member };
    makeGrant(grants.invokeStage, pusher, { name: id, resource: stage }, options);
    this.uri = gcp.cloudrunv2.Service.isInstance(stage) ? stage.uri : stage.serviceConfig.apply(uriOf);
    this.registerOutputs({ uri: this.uri });
  }

  #deploy(args: StageArgs, account: gcp.serviceaccount.Account, options: pulumi.CustomResourceOptions) {
    const { platform, archive, images } = args;
    if (images === undefined || !platform.context.instanceBilledStages.includes(this.id)) {
      return new gcp.cloudfunctionsv2.Function(this.id, functionOf(this.id, args, account), options);
    }
    const service = instanceBilledServiceOf(this.id, platform, archive, images, account);
    return new gcp.cloudrunv2.Service(this.id, service, options);
  }
}

function resourcesOf({ on }: StageGrant, { platform, datasets }: StageArgs): Grantable[] {
  if ('topic' in on) return [{ name: topics[on.topic], resource: platform.topics[on.topic] }];
  if ('folder' in on) return [{ name: on.folder, resource: platform.folders[on.folder] }];
  if ('bucket' in on) {
    return [{ name: buckets[on.bucket](platform.context.project), resource: platform.buckets[on.bucket] }];
  }
  if ('secret' in on) return [{ name: secrets[on.secret], resource: platform.secrets[on.secret] }];
  // Each ramp makes it for itself, once it has its topic.
  if ('ramps' in on) return [];
  return datasets[on.datasets].map(({ id, dataset }) => ({ name: id, resource: dataset }));
}

function functionOf(
  id: StageId,
  { platform, archive }: StageArgs,
  account: gcp.serviceaccount.Account,
): gcp.cloudfunctionsv2.FunctionArgs {
  const { project, region, buildServiceAccount } = platform.context;
  const { description, memoryMiB, cpu, timeoutSeconds, concurrency, minInstances, maxInstances } = wiring[id];
  return {
    name: id,
    project,
    location: region,
    description,
    labels: { app: 'onramp', stage: id },
    buildConfig: {
      runtime: 'nodejs24',
      entryPoint: id,
      source: { storageSource: { bucket: archive.bucket, object: archive.outputName } },
      ...(buildServiceAccount !== undefined && {
        serviceAccount: `projects/${project}/serviceAccounts/${buildServiceAccount}`,
      }),
    },
    serviceConfig: {
      serviceAccountEmail: account.email,
      environmentVariables: stageEnvironment(id, project),
      secretEnvironmentVariables: stageSecrets(id, platform.context).map(variable => ({
        ...variable,
        projectId: project,
      })),
      maxInstanceRequestConcurrency: concurrency,
      availableMemory: `${memoryMiB}Mi`,
      availableCpu: cpu,
      timeoutSeconds,
      minInstanceCount: minInstances,
      maxInstanceCount: maxInstances,
      // Pub/Sub's pushes within the project count as internal: https://cloud.google.com/run/docs/securing/ingress
      ingressSettings: 'ALLOW_INTERNAL_ONLY',
      allTrafficOnLatestRevision: true,
    },
  };
}

/** Where a function is called, once it has been made. */
export function uriOf(service: gcp.types.output.cloudfunctionsv2.FunctionServiceConfig | undefined): string {
  if (service === undefined) throw new Error('a function was made without its service');
  return service.uri;
}
