import http from 'node:http';
import https from 'node:https';
import type { Clock } from '../clock.ts';
import { millisOf, type Task } from './resources.ts';

/** What came of one attempt: the worker's HTTP status, or why there was none. */
export type Answer = { readonly status: number } | { readonly failure: 'deadline' | 'unreachable' };

/** A request that is out. */
export interface Dispatch {
  readonly answer: Promise<Answer>;
  /** Stops waiting. Whether the worker stops is the worker's own matter, as on Google Cloud. */
  abandon(): void;
}

export interface DispatchOptions {
  readonly clock: Clock;
  /** Signs the bearer for a task's account; undefined when it may not be signed. */
  readonly authorization: (email: string, audience: string) => string | undefined;
}

/** https://cloud.google.com/tasks/docs/creating-http-target-tasks#handler */
export function dispatch(task: Task, retryReason: string, { clock, authorization }: DispatchOptions): Dispatch {
  const { httpRequest } = task;
  const url = new URL(httpRequest.url);
  const { answer, resolve } = withAnswer();
  const request = (url.protocol === 'https:' ? https : http).request(
    url,
    { method: httpRequest.httpMethod, headers: headersOf(task, retryReason, authorization) },
    response => {
      response.on('error', () => undefined); // The status has been seen, and nobody reads the body.
      response.resume();
      resolve({ status: response.statusCode ?? 0 });
    },
  );
  const deadline = clock.setTimeout(() => {
    resolve({ failure: 'deadline' });
    request.destroy();
  }, millisOf(task.dispatchDeadline));
  request.on('error', () => resolve({ failure: 'unreachable' }));
  request.on('close', () => deadline.cancel());
  request.end(httpRequest.body.length > 0 ? httpRequest.body : undefined);
  return { answer, abandon: () => void request.destroy() };
}

function withAnswer() {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  return { answer: promise, resolve };
}

function headersOf(
  task: Task,
  retryReason: string,
  authorization: DispatchOptions['authorization'],
): http.OutgoingHttpHeaders {
  const { url, headers, body, oidcToken } = task.httpRequest;
  const [, queue = '', name = ''] = /\/queues\/([^/]+)\/tasks\/([^/]+)$/.exec(task.name) ?? [];
  const bearer = oidcToken ? authorization(oidcToken.serviceAccountEmail, oidcToken.audience || url) : undefined;
  const own = Object.entries(headers).filter(
    ([key]) => !/^(host|content-length|user-agent|x-(google|appengine)-.*)$/i.test(key),
  );
  return {
    ...Object.fromEntries(own.map(([key, value]) => [key.toLowerCase(), value])),
    'content-length': body.length,
    'user-agent': 'Google-Cloud-Tasks',
    'x-cloudtasks-queuename': queue,
    'x-cloudtasks-taskname': name,
    'x-cloudtasks-taskretrycount': String(task.dispatchCount - 1),
    'x-cloudtasks-taskexecutioncount': String(task.responseCount),
    'x-cloudtasks-tasketa': (millisOf(task.scheduleTime) / 1000).toFixed(6),
    ...(retryReason !== '' && { 'x-cloudtasks-taskretryreason': retryReason }),
    // Without a token the worker refuses the request, as it would on Google Cloud.
    ...(bearer !== undefined && { authorization: bearer }),
  };
}
