import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { instanceBilledService } from '../functions/core/names.ts';
import { type StageId, wiring } from '../functions/core/wiring.ts';
import { childOptions } from './context.ts';
import { stageEnvironment } from './environment.ts';
import type { Platform } from './platform.ts';
import { stageSecrets } from './secret.ts';

/**
 * The repository that images of functions are built into, for the stages that are billed by instance; undefined when
 * there is none. Cloud Run functions of the other kind bring a repository of their own.
 */
export function functionImages(platform: Platform): gcp.artifactregistry.Repository | undefined {
  const { context } = platform;
  if (context.instanceBilledStages.length === 0) return undefined;
  return new gcp.artifactregistry.Repository(
    'onramp-functions',
    {
      repositoryId: 'onramp-functions',
      project: context.project,
      location: context.region,
      format: 'DOCKER',
      description: 'Images of the stages that are billed by instance',
      labels: { app: 'onramp' },
    },
    childOptions(platform, context),
  );
}

/**
 * A stage as a Cloud Run function that is billed for as long as its instances live, and not for each request: the same
 * code, account, environment and limits. docs/cost.md says from what rate on that is cheaper. The Cloud Functions API
 * has no such setting, so it is a service that Cloud Run builds from the function's source:
 * https://cloud.google.com/run/docs/deploy-functions, https://cloud.google.com/run/docs/configuring/billing-settings
 */
export function instanceBilledServiceOf(
  id: StageId,
  { context }: Platform,
  archive: gcp.storage.BucketObject,
  images: gcp.artifactregistry.Repository,
  account: gcp.serviceaccount.Account,
): gcp.cloudrunv2.ServiceArgs {
  const { project, region, buildServiceAccount } = context;
  const { description, memoryMiB, cpu, timeoutSeconds, concurrency, minInstances, maxInstances } = wiring[id];
  const baseImage = `${region}-docker.pkg.dev/serverless-runtimes/google-24/runtimes/nodejs24`;
  const image = pulumi.interpolate`${region}-docker.pkg.dev/${project}/${images.repositoryId}/${id}`;
  const labels = { app: 'onramp', stage: id };
  return {
    name: instanceBilledService(id),
    project,
    location: region,
    description,
    labels,
    // Pub/Sub's pushes within the project count as internal: https://cloud.google.com/run/docs/securing/ingress
    ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY',
    // It holds nothing: when the setting changes back, Pulumi must be able to remove it.
    deletionProtection: false,
    buildConfig: {
      functionTarget: id,
      sourceLocation: pulumi.interpolate`gs://${archive.bucket}/${archive.outputName}`,
      imageUri: image,
      baseImage,
      enableAutomaticUpdates: true,
      ...(buildServiceAccount !== undefined && {
        serviceAccount: `projects/${project}/serviceAccounts/${buildServiceAccount}`,
      }),
    },
    template: {
      labels,
      serviceAccount: account.email,
      timeout: `${timeoutSeconds}s`,
      maxInstanceRequestConcurrency: concurrency,
      scaling: { minInstanceCount: minInstances, maxInstanceCount: maxInstances },
      containers: [
        {
          image,
          baseImageUri: baseImage,
          envs: [
            ...Object.entries(stageEnvironment(id, project)).map(([name, value]) => ({ name, value })),
            ...stageSecrets(id, context).map(({ key, secret, version }) => ({
              name: key,
              valueSource: { secretKeyRef: { secret, version } },
            })),
          ],
          // CPU outside of requests, too: this is what is billed by instance.
          resources: { limits: { cpu, memory: `${memoryMiB}Mi` }, cpuIdle: false },
        },
      ],
    },
  };
}
