import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { childOptions } from './context.ts';
import { grants, makeGrant } from './grants.ts';
import type { Platform, TopicId } from './platform.ts';

/** A function that messages are pushed to. */
export interface PushedStage {
  readonly id: string;
  readonly uri: pulumi.Output<string>;
  /** Seconds after which Pub/Sub redelivers; at most 600. */
  readonly ackDeadlineSeconds: number;
}

export interface PushSubscriptionArgs {
  readonly platform: Platform;
  readonly topic: gcp.pubsub.Topic;
  /** The stage that the messages go to. */
  readonly stage: PushedStage;
  /** What the stage is told of where its messages come from: the path of the endpoint. */
  readonly source: string;
  /** Where a message goes that the stage could not take. */
  readonly deadLetters: TopicId;
  /** https://cloud.google.com/pubsub/docs/subscription-message-filter#filtering_syntax */
  readonly filter?: string;
  /** Whether messages of one ordering key come one after the other. */
  readonly ordered?: boolean;
}

/** Pushes the messages of a topic to a stage, as the push account. */
export class PushSubscription extends pulumi.ComponentResource {
  constructor(name: string, args: PushSubscriptionArgs, parent: pulumi.Resource) {
    super('onramp:infra:PushSubscription', name, {}, { parent });
    const { platform } = args;
    const options = childOptions(this, platform.context);
    const subscription = new gcp.pubsub.Subscription(name, subscriptionOf(name, args), options);
    const agent = { name: 'pubsub', member: platform.pubsubAgent };
    makeGrant(grants.removeMoved, agent, { name, resource: subscription }, options);
    this.registerOutputs({ subscription: subscription.id });
  }
}

function subscriptionOf(
  name: string,
  { platform, topic, stage, source, deadLetters, filter, ordered = false }: PushSubscriptionArgs,
): gcp.pubsub.SubscriptionArgs {
  return {
    name,
    project: platform.context.project,
    topic: topic.id,
    ...(filter !== undefined && { filter }),
    pushConfig: {
      pushEndpoint: pulumi.interpolate`${stage.uri}/${source}`,
      oidcToken: { serviceAccountEmail: platform.pushAccount.email, audience: stage.uri },
    },
    ackDeadlineSeconds: stage.ackDeadlineSeconds,
    // The longest that Pub/Sub allows: an outage of a stage may last a week without a loss.
    messageRetentionDuration: '604800s',
    retryPolicy: { minimumBackoff: '1s', maximumBackoff: '600s' },
    // As patient as Pub/Sub allows, for a passing fault must not fill the dead letters: with this back-off 100 attempts
    // take over 15 hours. What can never succeed is set aside by the stage itself, at once.
    deadLetterPolicy: { deadLetterTopic: platform.topics[deadLetters].id, maxDeliveryAttempts: 100 },
    // Never, however long nothing is published.
    expirationPolicy: { ttl: '' },
    // Of the stream, every message is stored with its time and its ordering key. With ordering, one message that is being
    // retried would hold back all others of its key.
    enableMessageOrdering: ordered,
    labels: { app: 'onramp', stage: stage.id },
  };
}
