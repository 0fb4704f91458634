import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { type BatchStageId, batchStages, batchWiring, isBatchStage } from '../../functions/core/batch/batch-wiring.ts';
import type { ExportsCatalogue } from '../../functions/core/batch/exports-catalogue.ts';
import { secretsOfAlerts } from '../../functions/core/batch/secrets-of.ts';
import { batchBuckets, buckets, pushAccount, queues, tasksAccount, topics } from '../../functions/core/names.ts';
import { type Context, childOptions } from '../context.ts';
import { type Grantable, grants, makeGrant } from '../grants.ts';
import type { Platform } from '../platform.ts';
import { uriOf } from '../stage.ts';
import { batchFunctionOf } from './batch-function.ts';
import { type BatchGrant, batchGrants, type StateFolder } from './batch-grants.ts';
import type { Destinations } from './destinations.ts';
import { secretsToGrant } from './export-service.ts';

/** What a function of the batch layer may be granted something on. */
export interface BatchPlaces {
  readonly platform: Platform;
  readonly archive: gcp.storage.BucketObject;
  readonly exports: ExportsCatalogue;
  readonly exportsBucket: gcp.storage.Bucket;
  readonly state: Readonly<Record<StateFolder, gcp.storage.ManagedFolder>>;
  readonly batchEvents: gcp.pubsub.Topic;
  /** In the order of the catalogue's pools. */
  readonly pools: readonly gcp.cloudtasks.Queue[];
  readonly tasks: gcp.serviceaccount.Account;
  readonly destinations: Destinations;
}

type PlatformFunctionId = BatchStageId | 'plan-runs' | 'console';

/** A function of the batch layer in the platform's project, with an account of its own. */
export class BatchStage extends pulumi.ComponentResource {
  readonly id: PlatformFunctionId;
  readonly ackDeadlineSeconds: number;
  readonly uri: pulumi.Output<string>;
  readonly function: gcp.cloudfunctionsv2.Function;

  constructor(id: PlatformFunctionId, places: BatchPlaces, context: Context, parent: pulumi.Resource) {
    super('onramp:infra:BatchStage', id, {}, { parent });
    const { platform, archive, exports } = places;
    const { project } = context;
    const options = childOptions(this, context);
    this.id = id;
    const { description, secrets, timeoutSeconds } = batchWiring(id);
    this.ackDeadlineSeconds = isBatchStage(id) ? batchStages[id].ackDeadlineSeconds : timeoutSeconds;
    const account = new gcp.serviceaccount.Account(
      id,
      { project, accountId: accountIdOf(id), displayName: `Onramp: ${id}`, description },
      options,
    );
    const given = secrets === 'alerts' ? secretsOfAlerts(exports.services) : [];
    const readsSecrets: pulumi.Resource[] = [];
    for (const grant of batchGrants[id]) {
      for (const resource of resourcesOf(grant, places, given)) {
        const made = makeGrant(grant, { name: id, member: account.member }, resource, options);
        if ('secrets' in grant.on) readsSecrets.push(made);
      }
    }
    this.function = new gcp.cloudfunctionsv2.Function(
      id,
      batchFunctionOf({ id, name: id, project, platform, archive, account, secrets: given }),
      { ...options, dependsOn: [...options.dependsOn, ...readsSecrets] },
    );
    this.uri = this.function.serviceConfig.apply(uriOf);
    this.registerOutputs({ uri: this.uri });
  }

  /** Lets Pub/Sub call it, as the account that calls every stage. */
  letPush({ pushAccount: account, context }: Platform): void {
    const pusher = { name: pushAccount, member: account.member };
    makeGrant(grants.invokeStage, pusher, { name: this.id, resource: this.function }, childOptions(this, context));
  }
}

/** An account's id has at least six characters. */
export const accountIdOf = (id: PlatformFunctionId): string => (id.length < 6 ? `onramp-${id}` : id);

function resourcesOf({ on }: BatchGrant, places: BatchPlaces, secrets: readonly string[]): readonly Grantable[] {
  const { platform, exports } = places;
  const { project } = platform.context;
  if ('topic' in on) return [{ name: topics.batchEvents, resource: places.batchEvents }];
  if ('bucket' in on) {
    return on.bucket === 'exports'
      ? [{ name: batchBuckets.exports(project), resource: places.exportsBucket }]
      : [{ name: buckets.registry(project), resource: platform.buckets.registry }];
  }
  if ('state' in on) return [{ name: `${batchBuckets.state(project)}/${on.state}`, resource: places.state[on.state] }];
  if ('queues' in on) {
    return places.pools.map((resource, index) => ({ name: queues.pool(exports.pools[index]?.id ?? ''), resource }));
  }
  if ('datasets' in on) return on.datasets === 'tagged' ? places.destinations.tagged : places.destinations.all;
  if ('account' in on) return [{ name: tasksAccount, resource: places.tasks }];
  if ('project' in on) return [{ name: project, resource: { kind: 'project', project } }];
  if ('secrets' in on) return secretsToGrant(secrets, platform);
  throw new Error('a function of the platform is granted nothing of a service');
}
