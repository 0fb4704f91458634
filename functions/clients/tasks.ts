import { createHash } from 'node:crypto';
import type { CloudTasksClient } from '@google-cloud/tasks';
import { credentials } from '@grpc/grpc-js';
import { parseEndpoint } from './endpoints.ts';

/** A request that Cloud Tasks sends once a slot of its pool is free. */
export interface QueuedTask {
  /** Id of the queue. */
  readonly queue: string;
  /** Says what the task is for: a second task with the same key is not made. */
  readonly key: string;
  readonly url: string;
  readonly body: object;
  /** How long the answer may take; what is out of the product's bounds becomes the nearest. */
  readonly deadlineSeconds: number;
}

export interface TaskQueues {
  /** Resolves when the task is there, also when it was, or has been done in the last hour. */
  add(task: QueuedTask): Promise<void>;
}

export interface TaskQueueOptions {
  readonly project: string;
  readonly location: string;
  /** E-mail of the account as which the requests are sent. */
  readonly account: string;
}

const alreadyExists = 6;

/** https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2#task: bounds of dispatch_deadline, and of an id. */
const leastSeconds = 15;
const mostSeconds = 1800;
const maxIdLength = 500;

export async function createTaskQueues(options: TaskQueueOptions): Promise<TaskQueues> {
  const { CloudTasksClient } = await import('@google-cloud/tasks');
  const local = parseEndpoint(process.env['CLOUD_TASKS_EMULATOR_HOST']);
  const client = new CloudTasksClient(
    local
      ? {
          servicePath: local.host,
          port: local.port,
          sslCreds: credentials.createInsecure(),
          projectId: options.project,
        }
      : {},
  );
  return taskQueuesOf(client, options);
}

export function taskQueuesOf(client: CloudTasksClient, { project, location, account }: TaskQueueOptions): TaskQueues {
  return {
    async add({ queue, key, url, body, deadlineSeconds }) {
      const parent = client.queuePath(project, location, queue);
      try {
        await client.createTask({
          parent,
          task: {
            name: `${parent}/tasks/${taskId(key)}`,
            httpRequest: {
              url,
              httpMethod: 'POST',
              headers: { 'content-type': 'application/json' },
              body: Buffer.from(JSON.stringify(body)),
              oidcToken: { serviceAccountEmail: account, audience: url },
            },
            dispatchDeadline: { seconds: Math.min(Math.max(deadlineSeconds, leastSeconds), mostSeconds) },
          },
        });
      } catch (error) {
        if ((error as { code?: number }).code !== alreadyExists) throw error;
      }
    },
  };
}

/**
 * Ids with a common beginning are slow, so a hash comes first:
 * https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create
 */
function taskId(key: string): string {
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 16);
  return `${hash}-${key.replaceAll(/[^A-Za-z0-9_-]/g, '_')}`.slice(0, maxIdLength);
}
