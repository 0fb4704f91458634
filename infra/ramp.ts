import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { subscriptions, topics } from '../functions/core/names.ts';
import type { Ramp as RampConfig, Service } from './config/service.ts';
import { childOptions } from './context.ts';
import { grants, makeGrant } from './grants.ts';
import { declareLakeFolders } from './lake-folder.ts';
import { LogRoute } from './log-route.ts';
import type { Platform } from './platform.ts';
import { PushSubscription } from './push-subscription.ts';
import type { Stage } from './stage.ts';

export interface RampArgs {
  readonly platform: Platform;
  /** The stage `ramp-to-hub`. */
  readonly stage: Stage;
  /** The stage `log-to-ramp`; undefined when no ramp takes logs. */
  readonly logStage: Stage | undefined;
  readonly service: Service;
  readonly ramp: RampConfig;
}

/** A service's own topic, and its way to the hub. */
export class Ramp extends pulumi.ComponentResource {
  constructor({ platform, stage, logStage, service, ramp }: RampArgs) {
    super('onramp:infra:Ramp', ramp.address, {}, { parent: platform });
    const name = topics.ramp(service.id, ramp.id);
    const options = childOptions(this, platform.context);
    const topic = new gcp.pubsub.Topic(
      name,
      { name, project: platform.context.project, labels: { app: 'onramp', service: service.id, ramp: ramp.id } },
      options,
    );
    for (const member of ramp.publishers) {
      makeGrant(grants.publishOnRamp, { name: member, member }, { name, resource: topic }, options);
    }
    new PushSubscription(
      subscriptions.rampToHub(service.id, ramp.id),
      { platform, topic, stage, source: ramp.address, deadLetters: 'deadLetter' },
      this,
    );
    if (ramp.logs !== undefined && logStage !== undefined) {
      const { id, project } = service;
      new LogRoute({ platform, stage: logStage, service: id, project, ramp, logs: ramp.logs, topic }, this);
    }
    declareLakeFolders(platform, service, ramp, this);
    this.registerOutputs({ topic: topic.id });
  }
}
