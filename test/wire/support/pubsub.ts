import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { PubSub, v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';
import { type Pubsub, type PubsubOptions, startPubsub } from '../../../local/pubsub/pubsub.ts';

// Or Google's clients look for a metadata server first.
process.env['METADATA_SERVER_DETECTION'] = 'none';

export const projectId = 'project';
export const topicName = (id: string) => `projects/${projectId}/topics/${id}`;
export const subscriptionName = (id: string) => `projects/${projectId}/subscriptions/${id}`;

/** A folder that goes away with the test. */
export async function temporaryFolder(t: { after(run: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onramp-pubsub-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a stand-in for the length of a test. */
export async function startForTest(t: TestContext, options: Partial<PubsubOptions> = {}): Promise<Pubsub> {
  const pubsub = await startPubsub({ folder: options.folder ?? (await temporaryFolder(t)), ...options });
  t.after(() => pubsub.close());
  return pubsub;
}

/** The unmodified client library on a port of the stand-in, closed with the test. */
export function clientOn(t: TestContext, port: number): PubSub {
  const client = new PubSub({ projectId, apiEndpoint: `127.0.0.1:${port}`, emulatorMode: true });
  t.after(() => client.close());
  return client;
}

/** Google's generated clients, which do not retry, on a port of the stand-in. */
export function lowLevelClientsOn(t: TestContext, port: number) {
  const options = { servicePath: '127.0.0.1', port, sslCreds: credentials.createInsecure(), projectId };
  const publisher = new v1.PublisherClient(options);
  const subscriber = new v1.SubscriberClient(options);
  t.after(() => Promise.all([publisher.close(), subscriber.close()]));
  return { publisher, subscriber };
}

export interface PushRequest {
  readonly headers: http.IncomingHttpHeaders;
  readonly body: PushBody;
  readonly receivedAt: number;
}

export interface PushBody {
  readonly subscription: string;
  readonly deliveryAttempt?: number;
  readonly message: {
    readonly data: string;
    readonly attributes: Record<string, string>;
    readonly messageId: string;
    readonly publishTime: string;
    readonly orderingKey?: string;
  };
}

export const payloadOf = ({ body }: PushRequest) => Buffer.from(body.message.data, 'base64').toString();

/** Answers a push request with a status, now or later. */
export type Answer = (request: PushRequest, count: number) => number | Promise<number>;

/** A push endpoint, closed with the test. */
export class Endpoint {
  readonly requests: PushRequest[] = [];
  readonly url: string;
  readonly server: http.Server;
  answer: Answer;
  connections = 0;
  /** Requests that have not been answered yet, and the most of them at a time. */
  held = 0;
  mostHeld = 0;
  #watchers = new Set<() => void>();

  private constructor(server: http.Server, answer: Answer) {
    this.server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/push`;
    this.answer = answer;
    server.on('connection', () => {
      this.connections += 1;
    });
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      void this.#receive(request, response);
    });
  }

  static async start(t: TestContext, answer: Answer = () => 204): Promise<Endpoint> {
    const server = http.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return new Endpoint(server, answer);
  }

  /** Resolves as soon as the endpoint is in that condition; the test's own timeout bounds it. */
  async until(condition: (endpoint: this) => boolean): Promise<void> {
    while (!condition(this)) {
      await new Promise<void>(resolve => {
        const wake = () => {
          this.#watchers.delete(wake);
          resolve();
        };
        this.#watchers.add(wake);
      });
    }
  }

  async #receive(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as PushBody;
    const received: PushRequest = { headers: request.headers, body, receivedAt: Date.now() };
    this.requests.push(received);
    this.held += 1;
    this.mostHeld = Math.max(this.mostHeld, this.held);
    this.#changed();
    const status = await this.answer(received, this.requests.length);
    this.held -= 1;
    response.writeHead(status).end();
    this.#changed();
  }

  #changed(): void {
    for (const wake of [...this.#watchers]) wake();
  }
}

/** Resolves once the condition holds, looking at every turn of the event loop that has something to do. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 5));
}
