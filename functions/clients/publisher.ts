import { credentials } from '@grpc/grpc-js';
import { maxRequestBytes, type Publishable, publishBytes } from '../core/overflow.ts';
import { parseEndpoint } from './endpoints.ts';

/** Publishes on one topic. Answers, per message, with nothing when it is durable and with the error otherwise. */
export type Publish = (messages: readonly Publishable[]) => Promise<unknown[]>;

/** https://cloud.google.com/pubsub/quotas#resource_limits */
const maxMessages = 1000;

/**
 * Cuts messages into publish requests: at most 1,000 messages and 10 MiB each, and one ordering key per request, as the
 * API demands (`PubsubMessage.ordering_key`). Order is kept within a key. Answers with the messages' indexes.
 */
export function publishRequests(messages: readonly Publishable[], maxBytes = maxRequestBytes - 1024): number[][] {
  const requests: number[][] = [];
  const open = new Map<string, { indexes: number[]; bytes: number }>();
  messages.forEach((message, index) => {
    const bytes = publishBytes(message);
    let request = open.get(message.orderingKey);
    if (!request || request.indexes.length >= maxMessages || request.bytes + bytes > maxBytes) {
      request = { indexes: [], bytes: 0 };
      open.set(message.orderingKey, request);
      requests.push(request.indexes);
    }
    request.indexes.push(index);
    request.bytes += bytes;
  });
  return requests;
}

/**
 * The generated client, used directly: the hand-written one batches and retries by itself, which a stage has done
 * already, at two to three times the cost per message.
 */
export async function createPublisher(project: string): Promise<(topic: string) => Publish> {
  const { v1 } = await import('@google-cloud/pubsub');
  const local = parseEndpoint(process.env['PUBSUB_EMULATOR_HOST']);
  const client = new v1.PublisherClient(
    local ? { servicePath: local.host, port: local.port, sslCreds: credentials.createInsecure() } : {},
  );
  return topicId => {
    const topic = client.projectTopicsPath(project, topicId);
    return async messages => {
      const errors: unknown[] = new Array(messages.length).fill(undefined);
      const requests = publishRequests(messages);
      // Requests of one key must follow each other; those of different keys need not, but two requests of one key are
      // rare enough (over 1,000 messages or 10 MiB in one batch) that the simple order serves all.
      const failedKeys = new Set<string>();
      for (const indexes of requests) {
        const batch = indexes.map(index => messages[index]).filter(message => message !== undefined);
        const key = batch[0]?.orderingKey ?? '';
        const error = failedKeys.has(key)
          ? new Error('an earlier message of the same ordering key was not published')
          : await client.publish({ topic, messages: batch.map(toPubsub) }).then(
              () => undefined,
              (reason: unknown) => reason,
            );
        if (error === undefined) continue;
        if (key) failedKeys.add(key);
        for (const index of indexes) errors[index] = error;
      }
      return errors;
    };
  };
}

function toPubsub(message: Publishable) {
  return { data: message.data, attributes: message.attributes, orderingKey: message.orderingKey };
}
