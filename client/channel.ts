import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { decodeMessageIds } from './wire.ts';

/** The connection to Pub/Sub. */
export interface Channel {
  /** Publishes a serialised request. Answers with the ids, in order; rejects with grpc's error. One attempt. */
  publish(topic: string, request: Buffer, timeoutMillis: number): Promise<string[]>;
  close(): void;
}

const method = '/google.pubsub.v1.Publisher/Publish';

const options = {
  'grpc.max_send_message_length': -1,
  'grpc.initial_reconnect_backoff_ms': 250,
  // The default of two minutes would keep messages back long after Pub/Sub has returned.
  'grpc.max_reconnect_backoff_ms': 5000,
};

const asItIs = (bytes: Buffer): Buffer => bytes;

/**
 * A channel with the credentials that Google's own client finds (application default credentials, workload identity,
 * mutual TLS), or without any to the address in PUBSUB_EMULATOR_HOST. It is made with the first request.
 */
export function openChannel(): Channel {
  let client: Promise<Client> | undefined;
  const metadata = new Map<string, Metadata>();

  /** https://google.aip.dev/client-libraries/4222: which topic a request is for, where a front end can see it. */
  const metadataOf = (topic: string): Metadata => {
    let found = metadata.get(topic);
    if (found === undefined) {
      found = new Metadata();
      found.set('x-goog-request-params', `topic=${encodeURIComponent(topic)}`);
      metadata.set(topic, found);
    }
    return found;
  };

  const connect = async (): Promise<Client> => {
    const local = process.env['PUBSUB_EMULATOR_HOST'];
    if (local) return new Client(local.replace(/^[a-z]+:\/\//, ''), credentials.createInsecure(), options);
    const { v1 } = await import('@google-cloud/pubsub');
    // The generated client makes a stub with the right credentials, and that is all that is wanted of it: its own calls
    // would take each message as an object.
    return (await new v1.PublisherClient({ ...options }).initialize()) as unknown as Client;
  };

  return {
    async publish(topic, request, timeoutMillis) {
      const connecting = (client ??= connect());
      connecting.catch(() => {
        if (client === connecting) client = undefined;
      });
      const connected = await connecting;
      return new Promise((resolve, reject) => {
        connected.makeUnaryRequest(
          method,
          asItIs,
          decodeMessageIds,
          request,
          metadataOf(topic),
          { deadline: Date.now() + timeoutMillis },
          (error, ids) => (error === null ? resolve(ids ?? []) : reject(error)),
        );
      });
    },
    close() {
      void client?.then(
        connected => connected.close(),
        () => undefined,
      );
    },
  };
}

/** Those on which Google's own clients repeat a publish. */
const retryable: ReadonlySet<number> = new Set([
  status.CANCELLED,
  status.UNKNOWN,
  status.DEADLINE_EXCEEDED,
  status.RESOURCE_EXHAUSTED,
  status.ABORTED,
  status.INTERNAL,
  status.UNAVAILABLE,
]);

/** Whether the same request may succeed later. */
export function isRetryable(error: unknown): boolean {
  const { code, details } = error as Partial<ServiceError>;
  if (code === undefined) return false;
  // The server that gives out tokens was away; grpc-js knows no better code for it.
  return retryable.has(code) || (code === status.UNAUTHENTICATED && (details ?? '').startsWith('Getting metadata'));
}

export const isTimeout = (error: unknown): boolean =>
  (error as Partial<ServiceError>).code === status.DEADLINE_EXCEEDED;
