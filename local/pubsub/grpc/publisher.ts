import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Broker } from '../broker.ts';
import { applyFieldMask } from '../field-mask.ts';
import type { Draft } from '../message.ts';
import { checkProjectName, checkResourceName, projectOf } from '../resource-name.ts';
import type { Topic } from '../resources.ts';
import { checkPublish } from '../validate-messages.ts';
import type { Guard } from './guard.ts';
import { pageOf } from './page.ts';
import { unary } from './unary.ts';

interface TopicRequest {
  readonly topic: string;
}

interface ListRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

/** google.pubsub.v1.Publisher for one caller. */
export function publisherOf(broker: Broker, guard: Guard): UntypedServiceImplementation {
  return {
    CreateTopic: unary((topic: Topic) => {
      checkResourceName('topics', topic.name);
      guard('topics.create', projectOf(topic.name));
      return broker.createTopic(topic);
    }),
    UpdateTopic: unary((request: { topic: Topic; updateMask: { paths: string[] } | null }) => {
      guard('topics.update', request.topic.name);
      const current = broker.topic(request.topic.name);
      return broker.updateTopic(applyFieldMask('Topic', current, request.topic, request.updateMask?.paths ?? []));
    }),
    GetTopic: unary(({ topic }: TopicRequest) => {
      checkResourceName('topics', topic);
      guard('topics.get', topic);
      return broker.topic(topic);
    }),
    ListTopics: unary((request: ListRequest & { project: string }) => {
      checkProjectName(request.project);
      guard('topics.list', request.project);
      const topics = broker.topics().filter(({ name }) => projectOf(name) === request.project);
      const { items, nextPageToken } = pageOf(topics, ({ name }) => name, request);
      return { topics: items, nextPageToken };
    }),
    ListTopicSubscriptions: unary((request: ListRequest & TopicRequest) => {
      checkResourceName('topics', request.topic);
      guard('topics.get', request.topic);
      broker.topic(request.topic);
      const names = broker
        .subscriptions()
        .filter(({ topic, detached }) => topic === request.topic && !detached)
        .map(({ name }) => name);
      const { items, nextPageToken } = pageOf(names, name => name, request);
      return { subscriptions: items, nextPageToken };
    }),
    DeleteTopic: unary(async ({ topic }: TopicRequest) => {
      checkResourceName('topics', topic);
      guard('topics.delete', topic);
      await broker.deleteTopic(topic);
      return {};
    }),
    Publish: unary(async (request: { topic: string; messages: Draft[]; requestBytes: number }) => {
      checkResourceName('topics', request.topic);
      guard('topics.publish', request.topic);
      checkPublish(request.messages, request.requestBytes);
      return { messageIds: await broker.publish(request.topic, request.messages) };
    }),
    DetachSubscription: unary(async ({ subscription }: { subscription: string }) => {
      checkResourceName('subscriptions', subscription);
      guard('topics.detachSubscription', broker.subscription(subscription).topic);
      await broker.detachSubscription(subscription);
      return {};
    }),
  };
}
