import type { Duration, HttpRequest, Task, Timestamp } from './resources.ts';
import { millisOf, timestampOf } from './resources.ts';
import { invalidArgument } from './tasks-error.ts';

/** What a client sends of a task. */
export interface TaskRequest {
  readonly name: string;
  readonly httpRequest?: HttpRequest | null;
  readonly scheduleTime?: Timestamp | null;
  readonly dispatchDeadline?: Duration | null;
}

/** https://cloud.google.com/tasks/docs/quotas#limits */
const limits = { taskBytes: 1024 * 1024, scheduleMillis: 30 * 24 * 3_600_000 };

/** For HTTP tasks: https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2#task */
const deadlines = { least: 15_000, usual: 600_000, greatest: 1_800_000 };

const withBody = new Set(['POST', 'PUT', 'PATCH']);

/** The task that a request makes in `queue`. Throws INVALID_ARGUMENT as the product does. */
export function taskOf(request: TaskRequest | null, queue: string, now: number, newId: () => string): Task {
  if (!request?.httpRequest) {
    throw invalidArgument('Task.http_request is required: the local Cloud Tasks knows no App Engine tasks.');
  }
  const name = request.name === '' ? `${queue}/tasks/${newId()}` : request.name;
  if (!name.startsWith(`${queue}/tasks/`) || !/\/tasks\/[A-Za-z0-9_-]{1,500}$/.test(name)) {
    throw invalidArgument(
      `Task name must be formatted: "${queue}/tasks/<TASK_ID>", where <TASK_ID> has at most 500 letters, digits, hyphens and underscores.`,
    );
  }
  const scheduled = request.scheduleTime ? millisOf(request.scheduleTime) : now;
  if (scheduled > now + limits.scheduleMillis) {
    throw invalidArgument('Task.schedule_time must be at most 30 days in the future.');
  }
  const deadline = request.dispatchDeadline ? millisOf(request.dispatchDeadline) : deadlines.usual;
  if (deadline < deadlines.least || deadline > deadlines.greatest) {
    throw invalidArgument('Task.dispatchDeadline must be between [15s, 30m].');
  }
  return {
    name,
    httpRequest: httpRequestOf(request.httpRequest),
    scheduleTime: timestampOf(Math.max(scheduled, now)),
    createTime: timestampOf(Math.floor(now / 1000) * 1000),
    dispatchDeadline: timestampOf(deadline),
    dispatchCount: 0,
    responseCount: 0,
    firstAttempt: null,
    lastAttempt: null,
  };
}

function httpRequestOf({ url, httpMethod, headers, body, oidcToken }: HttpRequest): HttpRequest {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url) || url.length > 2083) {
    throw invalidArgument('HttpRequest.url must be a valid URL that begins with "http://" or "https://".');
  }
  const method = httpMethod === 'HTTP_METHOD_UNSPECIFIED' ? 'POST' : httpMethod;
  if (body.length > 0 && !withBody.has(method)) {
    throw invalidArgument(`HttpRequest.body is not allowed for HTTP method ${method}.`);
  }
  const size = body.length + Object.entries(headers).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  if (size > limits.taskBytes) throw invalidArgument('Task size too large.');
  return { url, httpMethod: method, headers, body, ...(oidcToken && { oidcToken }) };
}
