import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import type { Broker } from '../broker.ts';
import type { Lease, LeaseOwner } from '../delivery/delivery.ts';
import type { Consumer, DeliveryQueue } from '../delivery/delivery-queue.ts';
import { checkRange, invalidArgument, type PubsubError } from '../pubsub-error.ts';
import { encodeLeases, responseBytes, responseMessages, takeBatch } from './pull.ts';
import { asPubsubError } from './unary.ts';

interface StreamingPullRequest {
  readonly subscription: string;
  readonly ackIds: string[];
  readonly modifyDeadlineSeconds: number[];
  readonly modifyDeadlineAckIds: string[];
  readonly streamAckDeadlineSeconds: number;
  /** Zero or less for no limit, here and below. */
  readonly maxOutstandingMessages: number;
  readonly maxOutstandingBytes: number;
  readonly protocolVersion: number;
}

type Call = ServerDuplexStream<StreamingPullRequest, Buffer>;

const heartbeat = Buffer.alloc(0);

/** google.pubsub.v1.Subscriber.StreamingPull; `consume` refuses who may not. */
export const streamingPull =
  (broker: Broker, consume: (subscription: string) => void): handleBidiStreamingCall<StreamingPullRequest, Buffer> =>
  call => {
    let stream: PullStream | undefined;
    call.on('data', (request: StreamingPullRequest) => {
      try {
        if (stream) stream.receive(request);
        else {
          consume(request.subscription);
          stream = new PullStream(broker, request, call);
        }
      } catch (error) {
        stream?.detach();
        call.emit('error', asPubsubError(error));
      }
    });
    call.on('end', () => {
      stream?.detach();
      call.end();
    });
    call.on('cancelled', () => stream?.detach());
    call.on('error', () => stream?.detach());
  };

/** One open stream: sends as long as the client's flow control has room. */
class PullStream implements Consumer, LeaseOwner {
  readonly #broker: Broker;
  readonly #subscription: string;
  readonly #queue: DeliveryQueue;
  readonly #call: Call;
  readonly #keepsAlive: boolean;
  #messagesLeft: number;
  #bytesLeft: number;
  #deadlineSeconds: number;
  #blocked = false;
  #detached = false;

  constructor(broker: Broker, request: StreamingPullRequest, call: Call) {
    checkRange('stream_ack_deadline_seconds', request.streamAckDeadlineSeconds, 10, 600);
    this.#broker = broker;
    this.#subscription = request.subscription;
    this.#queue = broker.queueToPull(request.subscription);
    this.#call = call;
    this.#keepsAlive = request.protocolVersion >= 1;
    this.#deadlineSeconds = request.streamAckDeadlineSeconds;
    this.#messagesLeft = request.maxOutstandingMessages > 0 ? request.maxOutstandingMessages : Infinity;
    this.#bytesLeft = request.maxOutstandingBytes > 0 ? request.maxOutstandingBytes : Infinity;
    call.on('drain', () => {
      this.#blocked = false;
      this.ready();
    });
    this.#queue.attach(this);
    this.#settle(request);
    this.ready();
  }

  receive(request: StreamingPullRequest): void {
    if (request.subscription !== '' && request.subscription !== this.#subscription) {
      throw invalidArgument('The subscription of a stream can be given in its first request only.');
    }
    if (request.streamAckDeadlineSeconds !== 0) {
      checkRange('stream_ack_deadline_seconds', request.streamAckDeadlineSeconds, 10, 600);
      this.#deadlineSeconds = request.streamAckDeadlineSeconds;
    }
    this.#settle(request);
    // A client that speaks this version takes the stream for dead when its pings stay unanswered.
    if (this.#keepsAlive) this.#call.write(heartbeat);
  }

  ready(): void {
    while (!this.#blocked && !this.#detached && this.#messagesLeft > 0 && this.#bytesLeft > 0) {
      const messages = Math.min(this.#messagesLeft, responseMessages);
      const bytes = Math.min(this.#bytesLeft, responseBytes);
      const { queue, deadline } = { queue: this.#queue, deadline: this.#deadlineSeconds };
      const leases = takeBatch(this.#broker, this.#subscription, queue, messages, bytes, deadline, this);
      if (leases.length === 0) return;
      for (const lease of leases) this.#account(lease, -1);
      this.#blocked = !this.#call.write(encodeLeases(this.#broker, this.#subscription, leases));
    }
  }

  leaseEnded(lease: Lease): void {
    this.#account(lease, 1);
    this.ready();
  }

  ended(error: PubsubError): void {
    this.#call.emit('error', error);
  }

  detach(): void {
    this.#detached = true;
    this.#queue.detach(this);
  }

  #account(lease: Lease, sign: 1 | -1): void {
    this.#messagesLeft += sign;
    this.#bytesLeft += sign * lease.message.encoded.length;
  }

  #settle({ ackIds, modifyDeadlineAckIds, modifyDeadlineSeconds }: StreamingPullRequest): void {
    for (const lease of this.#queue.leasesOf(ackIds)) this.#queue.acknowledge(lease);
    modifyDeadlineAckIds.forEach((ackId, index) => {
      const seconds = modifyDeadlineSeconds[index] ?? 0;
      checkRange('modify_deadline_seconds', seconds, 0, 600);
      for (const lease of this.#queue.leasesOf([ackId])) {
        if (seconds === 0) this.#queue.release(lease);
        else this.#queue.extend(lease, seconds * 1000);
      }
    });
  }
}
