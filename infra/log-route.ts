import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { instanceBilledService, subscriptions, topics } from '../functions/core/names.ts';
import { stageIds } from '../functions/core/wiring.ts';
import type { Ramp, RampLogs } from './config/service.ts';
import { childOptions } from './context.ts';
import { grants, makeGrant, publishFromLogs } from './grants.ts';
import type { Platform } from './platform.ts';
import { PushSubscription } from './push-subscription.ts';
import type { Stage } from './stage.ts';

export interface LogRouteArgs {
  readonly platform: Platform;
  /** The stage `log-to-ramp`. */
  readonly stage: Stage;
  readonly service: string;
  /** Where the service runs and its entries are; undefined for the platform's project. */
  readonly project: string | undefined;
  readonly ramp: Ramp;
  readonly logs: RampLogs;
  /** The ramp's topic. */
  readonly topic: gcp.pubsub.Topic;
}

/** The way of what a service prints onto its ramp: a sink, a topic of its own, and the stage that unwraps entries. */
export class LogRoute extends pulumi.ComponentResource {
  constructor(args: LogRouteArgs, parent: pulumi.Resource) {
    const { platform, stage, service, ramp } = args;
    const name = topics.logs(service, ramp.id);
    super('onramp:infra:LogRoute', name, {}, { parent });
    const { context } = platform;
    const options = childOptions(this, context);
    const entries = new gcp.pubsub.Topic(
      name,
      { name, project: context.project, labels: { app: 'onramp', service, ramp: ramp.id } },
      options,
    );
    const sink = new gcp.logging.ProjectSink(name, sinkOf(name, entries, args), options);
    const writer = { name: 'logging', member: sink.writerIdentity };
    makeGrant(grants.routeLogs, writer, { name, resource: entries }, options);

    const onto = { name: topics.ramp(service, ramp.id), resource: args.topic };
    makeGrant(publishFromLogs, { name: stage.id, member: stage.member }, onto, options);
    new PushSubscription(
      subscriptions.logToRamp(service, ramp.id),
      { platform, topic: entries, stage, source: ramp.address, deadLetters: 'deadLetter' },
      this,
    );
    this.registerOutputs({ sink: sink.name });
  }
}

function sinkOf(
  name: string,
  entries: gcp.pubsub.Topic,
  { platform, project, ramp, logs }: LogRouteArgs,
): gcp.logging.ProjectSinkArgs {
  return {
    name,
    project: project ?? platform.context.project,
    description: `Onramp: what is printed for the ramp ${ramp.address}`,
    destination: pulumi.interpolate`pubsub.googleapis.com/${entries.id}`,
    filter: logs.filter,
    // The topic may be in another project than the sink.
    uniqueWriterIdentity: true,
    // The functions run in the platform's project.
    exclusions: project === undefined || project === platform.context.project ? [ownEntries] : [],
  };
}

const ownServices = stageIds.flatMap(id => [id, instanceBilledService(id)]);

const ownEntries = {
  name: 'onramp',
  description: 'What Onramp’s own functions print about an entry would become an entry again, without end',
  filter: `resource.type="cloud_run_revision" AND resource.labels.service_name=(${ownServices.map(name => `"${name}"`).join(' OR ')})`,
};
