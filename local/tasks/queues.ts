import type { DispatchOptions } from './dispatch.ts';
import { type QueueRequest, queueOf } from './queue-settings.ts';
import type { Task } from './resources.ts';
import type { Store } from './store.ts';
import { TaskQueue } from './task-queue.ts';
import { alreadyExists, invalidArgument, notFound } from './tasks-error.ts';

/** All queues, by full name. */
export class Queues {
  readonly #store: Store;
  readonly #options: DispatchOptions;
  readonly #queues = new Map<string, TaskQueue>();
  #started = false;

  constructor(store: Store, options: DispatchOptions) {
    this.#store = store;
    this.#options = options;
    for (const queue of store.queues()) this.#queues.set(queue.name, new TaskQueue(queue, store, options));
  }

  now(): number {
    return this.#options.clock.now();
  }

  get(name: string): TaskQueue {
    const queue = this.#queues.get(name);
    if (!queue) throw notFound('Requested entity was not found: queue does not exist.');
    return queue;
  }

  all(): TaskQueue[] {
    return [...this.#queues.values()];
  }

  /** Of one location, by name. */
  of(location: string): TaskQueue[] {
    return [...this.#queues.values()]
      .filter(({ settings }) => settings.name.startsWith(`${location}/queues/`))
      .toSorted((a, b) => (a.settings.name < b.settings.name ? -1 : 1));
  }

  create(location: string, request: QueueRequest): TaskQueue {
    const settings = queueOf(request);
    if (!settings.name.startsWith(`${location}/queues/`)) throw invalidArgument('The queue is of another location.');
    if (this.#queues.has(settings.name)) throw alreadyExists('Queue already exists');
    return this.#make(settings);
  }

  /** Only what the mask names changes; without a mask everything does. A queue that is not there is made. */
  update(request: QueueRequest, paths: readonly string[]): TaskQueue {
    const existing = this.#queues.get(request.name);
    if (!existing) return this.#make(queueOf(request));
    const { settings } = existing;
    const changes = (of: string) => paths.length === 0 || paths.some(path => path === of || path.startsWith(`${of}.`));
    const merged = queueOf({
      name: request.name,
      rateLimits: changes('rate_limits') ? { ...settings.rateLimits, ...set(request.rateLimits) } : settings.rateLimits,
      retryConfig: changes('retry_config')
        ? { ...settings.retryConfig, ...set(request.retryConfig) }
        : settings.retryConfig,
    });
    existing.change({ ...merged, state: settings.state });
    return existing;
  }

  delete(name: string): void {
    void this.get(name).stop(0);
    this.#queues.delete(name);
    this.#store.deleteQueue(name);
  }

  add(queue: string, task: Task): void {
    const to = this.get(queue);
    if (to.task(task.name) !== undefined) throw alreadyExists('Requested entity already exists');
    if (this.#store.isSpent(task.name, this.now())) {
      throw alreadyExists(
        'The task cannot be created because a task with this name existed too recently. ' +
          'For more information about task de-duplication see https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create#body.request_body.FIELDS.task.',
      );
    }
    to.add(task);
  }

  task(name: string): Task {
    const task = this.get(name.replace(/\/tasks\/[^/]*$/, '')).task(name);
    if (!task)
      throw notFound('The task no longer exists, though a task with this name existed recently, or never did.');
    return task;
  }

  start(): void {
    this.#started = true;
    for (const queue of this.#queues.values()) queue.start();
  }

  async stop(): Promise<void> {
    this.#started = false;
    await Promise.all([...this.#queues.values()].map(queue => queue.stop()));
  }

  #make(settings: ReturnType<typeof queueOf>): TaskQueue {
    this.#store.putQueue(settings);
    const queue = new TaskQueue(settings, this.#store, this.#options);
    this.#queues.set(settings.name, queue);
    if (this.#started) queue.start();
    return queue;
  }
}

/** What a client has set: an absent number comes as 0, an absent message as null. */
const set = (message: object | null | undefined) =>
  Object.fromEntries(Object.entries(message ?? {}).filter(([, value]) => value !== null && value !== 0));
