import type { Request, Response } from '@google-cloud/functions-framework';
import { type Coalescer } from './coalescer.ts';
import { messageOfPushBody } from './push-body.ts';
import { traceIdOf } from './trace-id.ts';

/** An HTTP function fed by a push subscription. */
export interface PushHandler {
  (request: Request, response: Response): Promise<void>;
  /** Refuses new messages, flushes those held, and resolves when all their requests are answered. */
  drain(): Promise<void>;
}

/**
 * One request is one message, and is answered when the batch that holds the message is durable: 204 acknowledges, 500
 * leaves the message to Pub/Sub, 429 says that the memory for held messages is used up, 503 that the instance stops.
 */
export function createPushHandler(coalescer: Coalescer): PushHandler {
  let stopping = false;
  const handler = async (request: Request, response: Response): Promise<void> => {
    if (request.method !== 'POST') {
      response.status(405).set('allow', 'POST').end();
      return;
    }
    if (stopping) {
      response.status(503).end();
      return;
    }
    const message = messageOfPushBody(request.body, request.path.slice(1));
    if (!message) {
      response.status(400).type('text').send('the body is not that of a Pub/Sub push request\n');
      return;
    }
    const acknowledged = coalescer.offer({ ...message, trace: traceIdOf(request) });
    if (!acknowledged) {
      response.status(429).set('retry-after', '1').end();
      return;
    }
    response.status((await acknowledged) ? 204 : 500).end();
  };
  return Object.assign(handler, {
    async drain() {
      stopping = true;
      await coalescer.drain();
    },
  });
}
