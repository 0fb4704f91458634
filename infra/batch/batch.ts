import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { batchStageIds, batchStages, calledFunctions } from '../../functions/core/batch/batch-wiring.ts';
import {
  type DeployedExports,
  type ExportsCatalogue,
  exportsCatalogueObject,
  serialiseExports,
} from '../../functions/core/batch/exports-catalogue.ts';
import {
  batchBuckets,
  pushAccount,
  queues,
  schedulerAccount,
  tasksAccount,
  topics,
} from '../../functions/core/names.ts';
import { type Context, childOptions } from '../context.ts';
import { makeGrant } from '../grants.ts';
import { deleteAfter, Lake, lakeLifecycle } from '../lake.ts';
import { enableApi, type Platform } from '../platform.ts';
import { PushSubscription } from '../push-subscription.ts';
import type { Warehouse } from '../warehouse.ts';
import { otherBatchGrants, type StateFolder, stateFolders } from './batch-grants.ts';
import { BatchStage } from './batch-stage.ts';
import { declareDestinations } from './destinations.ts';
import { ExportService } from './export-service.ts';
import { createServiceProjects } from './service-project.ts';

export interface BatchArgs {
  readonly platform: Platform;
  readonly archive: gcp.storage.BucketObject;
  readonly exports: ExportsCatalogue;
  /** The datasets that the stream has. */
  readonly warehouses: readonly Warehouse[];
}

/** The exports of services’ databases: buckets, topics, queues, a schedule and functions. Made when there are any. */
export class Batch extends pulumi.ComponentResource {
  constructor(name: string, { platform, archive, exports, warehouses }: BatchArgs) {
    super('onramp:infra:Batch', name, {}, { parent: platform });
    const { project, region } = platform.context;
    const apis = ['cloudscheduler', 'cloudtasks'].map(api => enableApi(api, project, this));
    const context: Context = { ...platform.context, apis: [...platform.context.apis, ...apis] };
    const options = childOptions(this, context);

    const { exportsBucket, stateBucket, state } = this.#buckets(context);
    const topic = (id: string) => new gcp.pubsub.Topic(id, { name: id, project, labels: { app: 'onramp' } }, options);
    const batchEvents = topic(topics.batchEvents);
    const exportManifests = topic(topics.exportManifests);
    this.#notify(context, exportsBucket, exportManifests);

    const tasks = this.#caller(tasksAccount, 'calls export functions', context);
    const scheduler = this.#caller(schedulerAccount, 'calls plan-runs', context);
    this.#letSign(context, 'cloudtasks', otherBatchGrants.signTaskTokens, tasks);
    this.#letSign(context, 'cloudscheduler', otherBatchGrants.signScheduleTokens, scheduler);

    const pools = exports.pools.map(
      ({ id, slots }) =>
        new gcp.cloudtasks.Queue(
          queues.pool(id),
          {
            name: queues.pool(id),
            project,
            location: region,
            rateLimits: { maxConcurrentDispatches: slots },
            // What failed is tried again by a run of its own. This is for requests that nobody answered, and for exports
            // that go on in another execution: they end by their timeout.
            retryConfig: { maxAttempts: 100, minBackoff: '5s', maxBackoff: '30s', maxDoublings: 5 },
            // Metrics tell of failed attempts by queue alone; only the log says which function it was.
            stackdriverLoggingConfig: { samplingRatio: 1 },
          },
          options,
        ),
    );
    const prepare = createServiceProjects(platform, this);
    const services = exports.services.map(
      service =>
        new ExportService(
          {
            platform,
            archive,
            service,
            pools: exports.pools,
            exportsBucket,
            stateBucket,
            batchEvents,
            tasksAccount: tasks,
            prepare,
          },
          this,
        ),
    );
    this.#catalogue(context, platform, exports, services);

    const destinations = declareDestinations(platform, exports.services, warehouses, this);
    const places = { platform, archive, exports, exportsBucket, state, batchEvents, pools, tasks, destinations };
    const planRuns = new BatchStage('plan-runs', places, context, this);
    const caller = { name: schedulerAccount, member: scheduler.member };
    makeGrant(otherBatchGrants.invokePlanRuns, caller, { name: 'plan-runs', resource: planRuns.function }, options);
    new gcp.cloudscheduler.Job('plan-runs', scheduleOf(context, planRuns, scheduler), options);
    // What a person starts by hand does not wait for the next minute. Whoever may have a schedule of Cloud Scheduler run may
    // have every one of the project run.
    const pusher = { name: pushAccount, member: platform.pushAccount.member };
    makeGrant(otherBatchGrants.pushOperations, pusher, { name: 'plan-runs', resource: planRuns.function }, options);
    new PushSubscription(
      'plan-runs',
      {
        platform,
        topic: batchEvents,
        stage: planRuns,
        source: 'batch',
        deadLetters: 'deadLetterParked',
        filter: 'attributes.event = "operation_done"',
      },
      planRuns,
    );

    const console = new BatchStage('console', places, context, this);
    for (const member of context.operators) {
      makeGrant(
        otherBatchGrants.invokeConsole,
        { name: member, member },
        { name: 'console', resource: console.function },
        options,
      );
    }

    for (const id of batchStageIds) {
      const stage = new BatchStage(id, places, context, this);
      stage.letPush(platform);
      new PushSubscription(
        id,
        {
          platform,
          topic: id === 'load' ? exportManifests : batchEvents,
          stage,
          source: 'batch',
          deadLetters: 'deadLetterParked',
          ordered: batchStages[id].ordered,
        },
        stage,
      );
    }
    this.registerOutputs({});
  }

  #buckets(context: Context) {
    const days = context.lakeDeleteAfterDays;
    const exportsName = batchBuckets.exports(context.project);
    const { bucket: exportsBucket } = new Lake(
      exportsName,
      {
        context,
        bucket: exportsName,
        retention: days === undefined ? 'kept' : `deleted-after-${days}-days`,
        lifecycleRules: lakeLifecycle(context, days),
      },
      this,
    );
    const stateName = batchBuckets.state(context.project);
    const passing = { ...deleteAfter(90), condition: { age: 90, matchesPrefixes: ['alerts/', 'locks/'] } };
    const { bucket: stateBucket } = new Lake(
      stateName,
      { context, bucket: stateName, retention: 'kept', lifecycleRules: [passing] },
      this,
    );
    const folderOf = (path: StateFolder) =>
      new gcp.storage.ManagedFolder(
        `${stateName}/${path}`,
        { bucket: stateBucket.name, name: path, forceDestroy: true },
        childOptions(this, context),
      );
    const state = Object.fromEntries(stateFolders.map(path => [path, folderOf(path)])) as Readonly<
      Record<StateFolder, gcp.storage.ManagedFolder>
    >;
    return { exportsBucket, stateBucket, state };
  }

  #notify(context: Context, bucket: gcp.storage.Bucket, topic: gcp.pubsub.Topic): void {
    const options = childOptions(this, context);
    const { member } = gcp.storage.getProjectServiceAccountOutput(
      { project: context.project },
      { parent: this, dependsOn: [...context.apis] },
    );
    const notified = { name: topics.exportManifests, resource: topic };
    const grant = makeGrant(otherBatchGrants.tellOfFiles, { name: 'storage', member }, notified, options);
    new gcp.storage.Notification(
      topics.exportManifests,
      {
        bucket: bucket.name,
        topic: topic.id,
        payloadFormat: 'NONE',
        eventTypes: ['OBJECT_FINALIZE'],
        objectNamePrefix: 'export=',
      },
      // Cloud Storage refuses to tell a topic on which it may not publish.
      { ...options, dependsOn: [...options.dependsOn, grant] },
    );
  }

  #caller(accountId: string, what: string, context: Context): gcp.serviceaccount.Account {
    return new gcp.serviceaccount.Account(
      accountId,
      { project: context.project, accountId, displayName: `Onramp: ${what}` },
      childOptions(this, context),
    );
  }

  /** The service's agent is made here, not on its first use, so that it can be granted something before that. */
  #letSign(
    context: Context,
    service: string,
    grant: (typeof otherBatchGrants)['signTaskTokens' | 'signScheduleTokens'],
    account: gcp.serviceaccount.Account,
  ): void {
    const options = childOptions(this, context);
    const { project } = context;
    const identity = { project, service: `${service}.googleapis.com` };
    const agent = new gcp.projects.ServiceIdentity(service, identity, options);
    const name = service === 'cloudtasks' ? tasksAccount : schedulerAccount;
    makeGrant(grant, { name: service, member: agent.member }, { name, resource: account }, options);
  }

  #catalogue(
    context: Context,
    platform: Platform,
    exports: ExportsCatalogue,
    services: readonly ExportService[],
  ): void {
    const text = pulumi.all(services.map(({ uri }) => uri)).apply(uris => {
      const exportUrls = Object.fromEntries(exports.services.map(({ id }, index) => [id, uris[index] ?? '']));
      const deployed: DeployedExports = { ...exports, exportUrls };
      return serialiseExports(deployed);
    });
    new gcp.storage.BucketObject(
      exportsCatalogueObject,
      {
        bucket: platform.buckets.registry.name,
        name: exportsCatalogueObject,
        source: text.apply(content => new pulumi.asset.StringAsset(content)),
        contentType: 'application/json',
      },
      // Written over the old one, as the catalogue of ramps is.
      { ...childOptions(this, context), retainOnDelete: true },
    );
  }
}

function scheduleOf(
  { project, region }: Context,
  planRuns: BatchStage,
  scheduler: gcp.serviceaccount.Account,
): gcp.cloudscheduler.JobArgs {
  return {
    name: 'plan-runs',
    project,
    region,
    description: 'creates the runs that are due',
    schedule: '* * * * *',
    timeZone: 'Etc/UTC',
    attemptDeadline: `${calledFunctions['plan-runs'].timeoutSeconds}s`,
    // The next minute is soon enough, and does what this one did not.
    retryConfig: { retryCount: 0 },
    httpTarget: {
      uri: planRuns.uri,
      httpMethod: 'POST',
      oidcToken: { serviceAccountEmail: scheduler.email, audience: planRuns.uri },
    },
  };
}
