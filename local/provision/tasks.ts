import type { CloudTasksClient } from '@google-cloud/tasks';
import type { Inventory } from '../../infra/render.ts';
import { declared, type QueueInputs } from './declared.ts';

const alreadyExists = 6;

/** Makes the declared queues. What an earlier program declared and this one does not goes, with its tasks. */
export async function provisionTasks(inventory: Inventory, tasks: CloudTasksClient): Promise<void> {
  const queues = declared(inventory, 'gcp:cloudtasks/queue:Queue').map(inputs => ({
    parent: tasks.locationPath(inputs.project, inputs.location),
    queue: queueOf(inputs, tasks.queuePath(inputs.project, inputs.location, inputs.name)),
  }));
  const kept = new Set(queues.map(({ queue }) => queue.name));
  for (const parent of new Set(queues.map(queue => queue.parent))) {
    const [old] = await tasks.listQueues({ parent });
    for (const { name } of old) if (name && !kept.has(name)) await tasks.deleteQueue({ name });
  }
  await Promise.all(
    queues.map(async ({ parent, queue }) => {
      try {
        await tasks.createQueue({ parent, queue });
      } catch (error) {
        if ((error as { code?: number }).code !== alreadyExists) throw error;
        await tasks.updateQueue({ queue, updateMask: { paths: ['rate_limits', 'retry_config'] } });
      }
    }),
  );
}

function queueOf({ rateLimits = {}, retryConfig = {} }: QueueInputs, name: string) {
  const { minBackoff, maxBackoff, ...retries } = retryConfig;
  return {
    name,
    rateLimits: { ...rateLimits },
    retryConfig: {
      ...retries,
      ...(minBackoff !== undefined && { minBackoff: durationOf(minBackoff) }),
      ...(maxBackoff !== undefined && { maxBackoff: durationOf(maxBackoff) }),
    },
  };
}

const durationOf = (text: string) => ({ seconds: Number(text.replace(/s$/, '')) });
