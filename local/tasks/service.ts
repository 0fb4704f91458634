import { randomInt } from 'node:crypto';
import {
  type handleUnaryCall,
  type ServiceDefinition,
  status,
  type UntypedHandleCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Authorize, Caller } from '../stand-in.ts';
import type { QueueRequest } from './queue-settings.ts';
import type { Queues } from './queues.ts';
import type { Task } from './resources.ts';
import { type TaskRequest, taskOf } from './task-request.ts';
import { permissionDenied, TasksError, unimplemented } from './tasks-error.ts';

interface Named {
  readonly name: string;
}

interface Page extends Paging {
  readonly parent: string;
}

interface Paging {
  readonly pageSize: number;
  readonly pageToken: string;
}

interface View {
  readonly responseView: string;
}

/** The calls of google.cloud.tasks.v2.CloudTasks for one caller. */
export function serviceOf(
  definition: ServiceDefinition,
  queues: Queues,
  authorize: Authorize,
  caller: Caller,
): UntypedServiceImplementation {
  const need = (permission: string, resource: string) => {
    if (!authorize(caller, permission, resource)) throw permissionDenied(permission, resource);
  };
  const queueNamed = ({ name }: Named, permission: string) => {
    need(`cloudtasks.queues.${permission}`, name);
    return queues.get(name);
  };
  const taskNamed = ({ name }: Named, permission: string) => {
    const queue = name.replace(/\/tasks\/[^/]*$/, '');
    need(`cloudtasks.tasks.${permission}`, queue);
    return { queue: queues.get(queue), task: queues.task(name) };
  };

  const calls = {
    CreateQueue({ parent, queue }: { parent: string; queue: QueueRequest }) {
      need('cloudtasks.queues.create', parent);
      return queues.create(parent, queue).settings;
    },
    GetQueue: (request: Named) => queueNamed(request, 'get').settings,
    ListQueues({ parent, pageSize, pageToken }: Page) {
      need('cloudtasks.queues.list', parent);
      const all = queues.of(parent).map(({ settings }) => settings);
      const { items, nextPageToken } = pageOf(all, { pageSize, pageToken }, 9800);
      return { queues: items, nextPageToken };
    },
    UpdateQueue({ queue, updateMask }: { queue: QueueRequest; updateMask: { paths: string[] } | null }) {
      need('cloudtasks.queues.update', queue.name);
      return queues.update(queue, updateMask?.paths ?? []).settings;
    },
    DeleteQueue(request: Named) {
      queueNamed(request, 'delete');
      queues.delete(request.name);
      return {};
    },
    PurgeQueue(request: Named) {
      const queue = queueNamed(request, 'purge');
      for (const { name } of queue.tasks()) queue.remove(name);
      return queue.settings;
    },
    PauseQueue(request: Named) {
      const queue = queueNamed(request, 'pause');
      queue.change({ ...queue.settings, state: 'PAUSED' });
      return queue.settings;
    },
    ResumeQueue(request: Named) {
      const queue = queueNamed(request, 'resume');
      queue.change({ ...queue.settings, state: 'RUNNING' });
      return queue.settings;
    },
    CreateTask({ parent, task, responseView }: { parent: string; task: TaskRequest | null } & View) {
      need('cloudtasks.tasks.create', parent);
      const account = task?.httpRequest?.oidcToken?.serviceAccountEmail;
      // Who has a request sent as an account must be allowed to act as it.
      if (account) need('iam.serviceAccounts.actAs', `projects/${projectOf(account)}/serviceAccounts/${account}`);
      const made = taskOf(task, parent, queues.now(), () => String(randomInt(1, 2 ** 47)));
      queues.add(parent, made);
      return viewed(made, responseView);
    },
    GetTask: (request: Named & View) => viewed(taskNamed(request, 'get').task, request.responseView),
    ListTasks({ parent, pageSize, pageToken, responseView }: Page & View) {
      need('cloudtasks.tasks.list', parent);
      const { items, nextPageToken } = pageOf(queues.get(parent).tasks(), { pageSize, pageToken }, 1000);
      return { tasks: items.map(task => viewed(task, responseView)), nextPageToken };
    },
    DeleteTask(request: Named) {
      const { queue, task } = taskNamed(request, 'delete');
      queue.remove(task.name);
      return {};
    },
    RunTask(request: Named & View) {
      const { queue, task } = taskNamed(request, 'run');
      return viewed(queue.run(task), request.responseView);
    },
  };
  const implementation: UntypedServiceImplementation = {};
  for (const method of Object.keys(definition)) {
    const answer = (calls as Partial<Record<string, (request: never) => object>>)[method];
    implementation[method] = unary(answer ?? (() => refuse(method))) as UntypedHandleCall;
  }
  return implementation;
}

function refuse(method: string): never {
  throw unimplemented(method);
}

const unary =
  (answer: (request: never) => object): handleUnaryCall<never, object> =>
  (call, callback) => {
    try {
      callback(null, answer(call.request));
    } catch (error) {
      callback(error instanceof TasksError ? error : new TasksError(status.INTERNAL, String(error)));
    }
  };

/** The body is left out unless the full view was asked for. */
function viewed(task: Task, view: string): object {
  const full = view === 'FULL';
  const httpRequest = full ? task.httpRequest : { ...task.httpRequest, body: Buffer.alloc(0) };
  return { ...task, httpRequest, view: full ? 'FULL' : 'BASIC' };
}

function pageOf<T>(all: readonly T[], { pageSize, pageToken }: Paging, greatest: number) {
  const start = Number(pageToken || 0);
  const end = start + Math.min(pageSize || greatest, greatest);
  return { items: all.slice(start, end), nextPageToken: end < all.length ? String(end) : '' };
}

const projectOf = (account: string) => /@([^.]*)/.exec(account)?.[1] ?? '-';
