import type { Request, Response } from '@google-cloud/functions-framework';
import { type Log, messageOfError } from '../log.ts';

/** Does what a request asks for. Answers with what is wrong with a request that can never be right. */
export type Work = (request: Request) => Promise<string | undefined>;

/** An HTTP function that Cloud Scheduler or Cloud Tasks calls. */
export interface CallHandler {
  (request: Request, response: Response): Promise<void>;
  /** Refuses new requests, and resolves when those it has are answered. */
  drain(): Promise<void>;
}

/** Answers 204 once the work is done, 500 when it failed and may be tried again, 503 when the instance stops. */
export function createCallHandler(work: Work, log: Log): CallHandler {
  const running = new Set<Promise<void>>();
  let stopping = false;
  const answer = async (request: Request, response: Response): Promise<void> => {
    try {
      const refused = await work(request);
      if (refused === undefined) response.status(204).end();
      else {
        log.error('a request was refused', { error: refused });
        response.status(400).type('text').send(`${refused}\n`);
      }
    } catch (error) {
      log.error('a request failed', { error: messageOfError(error) });
      response.status(500).end();
    }
  };
  const handler = async (request: Request, response: Response): Promise<void> => {
    if (request.method !== 'POST') {
      response.status(405).set('allow', 'POST').end();
      return;
    }
    if (stopping) {
      response.status(503).end();
      return;
    }
    const answered = answer(request, response);
    running.add(answered);
    await answered.finally(() => running.delete(answered));
  };
  return Object.assign(handler, {
    async drain() {
      stopping = true;
      await Promise.all(running);
    },
  });
}
