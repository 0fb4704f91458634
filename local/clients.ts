import { BigQuery } from '@google-cloud/bigquery';
import { PubSub, v1 } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { credentials } from '@grpc/grpc-js';
import '../functions/clients/listener-limit.ts';
import type { Locator } from './locator.ts';

/** Google's own client libraries, pointed at a local cloud, as the person at this machine. */
export function connect({ project, ports }: Locator) {
  // Without this the clients look for a metadata server before their first call.
  process.env['METADATA_SERVER_DETECTION'] ??= 'none';
  const grpc = { servicePath: '127.0.0.1', port: ports.pubsub, sslCreds: credentials.createInsecure() };
  return {
    pubsub: new PubSub({ projectId: project, apiEndpoint: `127.0.0.1:${ports.pubsub}` }),
    publisher: new v1.PublisherClient({ projectId: project, ...grpc }),
    subscriber: new v1.SubscriberClient({ projectId: project, ...grpc }),
    storage: new Storage({ projectId: project, apiEndpoint: `http://127.0.0.1:${ports.storage}` }),
    bigquery: new BigQuery({ projectId: project, apiEndpoint: `http://127.0.0.1:${ports.bigquery}` }),
    async close() {
      await Promise.all([this.pubsub.close(), this.publisher.close(), this.subscriber.close()]);
    },
  };
}

export type Clients = ReturnType<typeof connect>;
