import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Broker } from '../broker.ts';
import { applyFieldMask } from '../field-mask.ts';
import { checkRange, invalidArgument, unimplemented } from '../pubsub-error.ts';
import { checkProjectName, checkResourceName, projectOf } from '../resource-name.ts';
import { type Duration, millisOf, type PushConfig, type Subscription, withDefaults } from '../resources.ts';
import type { Guard } from './guard.ts';
import { pageOf } from './page.ts';
import { pull } from './pull.ts';
import { streamingPull } from './streaming-pull.ts';
import { unary } from './unary.ts';

interface SubscriptionRequest {
  readonly subscription: string;
}

interface AckRequest extends SubscriptionRequest {
  readonly ackIds: string[];
}

/** google.pubsub.v1.Subscriber for one caller. */
export function subscriberOf(broker: Broker, guard: Guard): UntypedServiceImplementation {
  const consume = (subscription: string) => {
    checkResourceName('subscriptions', subscription);
    guard('subscriptions.consume', subscription);
  };
  return {
    CreateSubscription: unary((subscription: Subscription) => {
      checkResourceName('subscriptions', subscription.name);
      checkResourceName('topics', subscription.topic);
      guard('subscriptions.create', projectOf(subscription.name));
      guard('topics.attachSubscription', subscription.topic);
      return broker.createSubscription(withDefaults(subscription));
    }),
    GetSubscription: unary(({ subscription }: SubscriptionRequest) => {
      checkResourceName('subscriptions', subscription);
      guard('subscriptions.get', subscription);
      return broker.subscription(subscription);
    }),
    UpdateSubscription: unary((request: { subscription: Subscription; updateMask: { paths: string[] } | null }) => {
      const { name } = request.subscription;
      checkResourceName('subscriptions', name);
      guard('subscriptions.update', name);
      const paths = request.updateMask?.paths ?? [];
      const updated = applyFieldMask('Subscription', broker.subscription(name), request.subscription, paths);
      return broker.updateSubscription({ ...withDefaults(updated), detached: updated.detached });
    }),
    ListSubscriptions: unary((request: { project: string; pageSize: number; pageToken: string }) => {
      checkProjectName(request.project);
      guard('subscriptions.list', request.project);
      const subscriptions = broker.subscriptions().filter(({ name }) => projectOf(name) === request.project);
      const { items, nextPageToken } = pageOf(subscriptions, ({ name }) => name, request);
      return { subscriptions: items, nextPageToken };
    }),
    DeleteSubscription: unary(async ({ subscription }: SubscriptionRequest) => {
      checkResourceName('subscriptions', subscription);
      guard('subscriptions.delete', subscription);
      await broker.deleteSubscription(subscription);
      return {};
    }),
    ModifyPushConfig: unary(async (request: SubscriptionRequest & { pushConfig: PushConfig | null }) => {
      checkResourceName('subscriptions', request.subscription);
      guard('subscriptions.update', request.subscription);
      const { subscription, pushConfig } = request;
      const current = broker.subscription(subscription);
      await broker.updateSubscription({ ...withDefaults({ ...current, pushConfig }), detached: current.detached });
      return {};
    }),
    Acknowledge: unary(({ subscription, ackIds }: AckRequest) => {
      consume(subscription);
      const queue = broker.queue(subscription);
      if (ackIds.length === 0) throw invalidArgument('No ack ids specified.');
      for (const lease of queue.leasesOf(ackIds)) queue.acknowledge(lease);
      return {};
    }),
    ModifyAckDeadline: unary(
      ({ subscription, ackIds, ackDeadlineSeconds }: AckRequest & { ackDeadlineSeconds: number }) => {
        consume(subscription);
        const queue = broker.queue(subscription);
        if (ackIds.length === 0) throw invalidArgument('No ack ids specified.');
        checkRange('ack_deadline_seconds', ackDeadlineSeconds, 0, 600);
        for (const lease of queue.leasesOf(ackIds)) {
          if (ackDeadlineSeconds === 0) queue.release(lease);
          else queue.extend(lease, ackDeadlineSeconds * 1000);
        }
        return {};
      },
    ),
    Seek: unary(({ subscription, time }: SubscriptionRequest & { time?: Duration | null }) => {
      consume(subscription);
      if (!time) throw unimplemented('Seek to a snapshot');
      broker.queue(subscription).discardBefore(millisOf(time));
      return {};
    }),
    Pull: unary((request: SubscriptionRequest & { maxMessages: number; returnImmediately: boolean }, call) => {
      consume(request.subscription);
      return pull(broker, request, call);
    }),
    StreamingPull: streamingPull(broker, consume),
  };
}
