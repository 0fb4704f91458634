import type { Request, Response } from '@google-cloud/functions-framework';
import { type Log, messageOfError } from '../log.ts';

/** What came of a request: it is done; it has to be sent again, so that it is gone on with; or it can never be right. */
export type WorkEnd = 'done' | 'unfinished' | { readonly refused: string };

/** Does what a request asks for. */
export type Work = (request: Request) => Promise<WorkEnd>;

/**
 * Cloud Tasks sends again what is answered with anything but 2xx, and slows the whole queue down after 429 and 5xx:
 * https://cloud.google.com/tasks/docs/common-pitfalls#backoff_errors_and_enforced_rates
 */
const unfinishedStatus = 409;

/** An HTTP function that Cloud Scheduler or Cloud Tasks calls. */
export interface CallHandler {
  (request: Request, response: Response): Promise<void>;
  /** Refuses new requests, and resolves when those it has are answered. */
  drain(): Promise<void>;
}

/**
 * Answers 204 once the work is done, 409 when it has to be gone on with, 500 when it failed and may be tried again, 503
 * when the instance stops.
 */
export function createCallHandler(work: Work, log: Log): CallHandler {
  const running = new Set<Promise<void>>();
  let stopping = false;
  const answer = async (request: Request, response: Response): Promise<void> => {
    try {
      const end = await work(request);
      if (end === 'done') response.status(204).end();
      else if (end === 'unfinished') response.status(unfinishedStatus).end();
      else {
        log.error('a request was refused', { error: end.refused });
        response.status(400).type('text').send(`${end.refused}\n`);
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
