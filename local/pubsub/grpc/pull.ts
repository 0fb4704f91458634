import type { ServerUnaryCall } from '@grpc/grpc-js';
import type { Broker } from '../broker.ts';
import type { Lease, LeaseOwner } from '../delivery/delivery.ts';
import type { Consumer, DeliveryQueue } from '../delivery/delivery-queue.ts';
import { encodePullResponse } from '../message-codec.ts';
import { checkRange, invalidArgument } from '../pubsub-error.ts';
import type { Subscription } from '../resources.ts';

/** Bytes of messages in one response: a client takes 20 MB, and the last message may add 10 MB. */
export const responseBytes = 4 * 1024 * 1024;

export const responseMessages = 1000;

/** The longest that an empty pull is held, and how long before the caller's own deadline it is answered. */
const longestWaitMillis = 30_000;
const marginMillis = 500;

interface PullRequest {
  readonly subscription: string;
  readonly maxMessages: number;
  readonly returnImmediately: boolean;
}

/** Answers with the bytes of a `PullResponse`: what is ready, or what comes first within a while, or nothing. */
export function pull(
  broker: Broker,
  request: PullRequest,
  call: ServerUnaryCall<PullRequest, Buffer>,
): Promise<Buffer> {
  const queue = broker.queueToPull(request.subscription);
  if (request.maxMessages === 0) throw invalidArgument('No max_messages specified.');
  checkRange('max_messages', request.maxMessages, 1, Infinity);
  const take = () => takeBatch(broker, request.subscription, queue, request.maxMessages, responseBytes);
  const first = take();
  if (first.length > 0 || request.returnImmediately)
    return Promise.resolve(encodeLeases(broker, request.subscription, first));

  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      queue.detach(consumer);
      settle();
    };
    const consumer: Consumer = {
      ready() {
        const leases = take();
        if (leases.length > 0) finish(() => resolve(encodeLeases(broker, request.subscription, leases)));
      },
      ended: error => finish(() => reject(error)),
    };
    const deadline = Number(call.getDeadline()) - Date.now() - marginMillis;
    const timer = setTimeout(
      () => finish(() => resolve(encodePullResponse([]))),
      Math.min(longestWaitMillis, deadline),
    );
    call.on('cancelled', () => finish(() => resolve(encodePullResponse([]))));
    queue.attach(consumer);
  });
}

/** Leases one response's worth of messages, on the subscription's deadline unless another is given. */
export function takeBatch(
  broker: Broker,
  subscription: string,
  queue: DeliveryQueue,
  messages: number,
  bytes: number,
  deadlineSeconds = broker.subscription(subscription).ackDeadlineSeconds,
  owner?: LeaseOwner,
): Lease[] {
  const limits = { messages: Math.min(messages, responseMessages), bytes, sameKey: Infinity };
  return queue.take(limits, deadlineSeconds * 1000, owner);
}

export function encodeLeases(broker: Broker, subscription: string, leases: readonly Lease[]): Buffer {
  const { deadLetterPolicy }: Subscription = broker.subscription(subscription);
  return encodePullResponse(
    leases.map(({ ackId, message, attempt }) => ({ ackId, message, deliveryAttempt: deadLetterPolicy ? attempt : 0 })),
  );
}
