import type { Message } from '../core/stage.ts';

/**
 * Reads the body of a push request (https://cloud.google.com/pubsub/docs/push#receive_push).
 * @param source what the subscription's endpoint is bound to: the path of the request without its first slash
 * @returns undefined when it is no such body
 */
export function messageOfPushBody(body: unknown, source: string): Message | undefined {
  const message = member(body, 'message');
  const id = member(message, 'messageId');
  const publishTime = member(message, 'publishTime');
  const data = member(message, 'data') ?? '';
  const orderingKey = member(message, 'orderingKey') ?? '';
  const attributes = member(message, 'attributes') ?? {};
  if (typeof id !== 'string' || typeof publishTime !== 'string' || typeof data !== 'string') return undefined;
  if (typeof orderingKey !== 'string' || typeof attributes !== 'object') return undefined;
  return {
    id,
    publishTime,
    data: Buffer.from(data, 'base64'),
    attributes: attributes as Readonly<Record<string, string>>,
    orderingKey,
    source,
  };
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
