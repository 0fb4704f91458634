import type { Clock, Timer } from '../clock.ts';
import { type Answer, type Dispatch, type DispatchOptions, dispatch } from './dispatch.ts';
import { backoffMillis, isExhausted } from './queue-settings.ts';
import { type Attempt, millisOf, type Queue, type Task, timestampOf } from './resources.ts';
import type { Store } from './store.ts';

/**
 * The name of a task that is gone stays taken for about an hour:
 * https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2#createtaskrequest
 */
const spentMillis = 60 * 60 * 1000;

/** Dispatches the tasks of one queue, within its rate and its number of concurrent requests. */
export class TaskQueue {
  readonly #store: Store;
  readonly #options: DispatchOptions;
  readonly #clock: Clock;
  #queue: Queue;
  /** All that are neither done nor given up, in the order of their creation. */
  readonly #tasks = new Map<string, Task>();
  readonly #out = new Map<string, Dispatch>();
  #tokens: number;
  #refilledAt: number;
  #wake: Timer | undefined;
  #stopped = true;
  #idle: (() => void)[] = [];

  constructor(queue: Queue, store: Store, options: DispatchOptions) {
    this.#queue = queue;
    this.#store = store;
    this.#options = options;
    this.#clock = options.clock;
    this.#tokens = queue.rateLimits.maxBurstSize;
    this.#refilledAt = this.#clock.now();
    for (const task of store.tasks(queue.name)) this.#tasks.set(task.name, task);
  }

  get settings(): Queue {
    return this.#queue;
  }

  /** How many requests are out now. */
  get dispatched(): number {
    return this.#out.size;
  }

  tasks(): Task[] {
    return [...this.#tasks.values()];
  }

  task(name: string): Task | undefined {
    return this.#tasks.get(name);
  }

  change(queue: Queue): void {
    this.#queue = queue;
    this.#store.putQueue(queue);
    this.#pump();
  }

  add(task: Task): void {
    this.#keep(task);
    this.#pump();
  }

  /** Takes it off the queue. What is out already goes on, and its answer does not count. */
  remove(name: string): void {
    this.#end(name);
    this.#pump();
  }

  /** Sends it now, whatever its time, the queue's limits and its state. */
  run(task: Task): Task {
    return this.#send({ ...task, scheduleTime: timestampOf(this.#clock.now()) });
  }

  start(): void {
    this.#stopped = false;
    this.#pump();
  }

  /** Begins no new request; resolves when none is out, or after `graceMillis`, when those left are broken off. */
  async stop(graceMillis = 5000): Promise<void> {
    this.#stopped = true;
    this.#wake?.cancel();
    if (this.#out.size === 0) return;
    const late = setTimeout(() => {
      for (const out of this.#out.values()) out.abandon();
    }, graceMillis);
    await new Promise<void>(resolve => this.#idle.push(resolve));
    clearTimeout(late);
  }

  #pump(): void {
    this.#wake?.cancel();
    this.#wake = undefined;
    if (this.#stopped || this.#queue.state === 'PAUSED') return;
    const { maxConcurrentDispatches, maxDispatchesPerSecond } = this.#queue.rateLimits;
    this.#refill();
    let next = this.#next();
    while (next && this.#out.size < maxConcurrentDispatches && this.#tokens >= 1 && this.#isDue(next)) {
      this.#tokens -= 1;
      this.#send(next);
      next = this.#next();
    }
    if (!next || this.#out.size >= maxConcurrentDispatches) return;
    const untilToken = this.#tokens >= 1 ? 0 : ((1 - this.#tokens) / maxDispatchesPerSecond) * 1000;
    const untilDue = millisOf(next.scheduleTime) - this.#clock.now();
    this.#wake = this.#clock.setTimeout(() => this.#pump(), Math.ceil(Math.max(untilToken, untilDue, 1)));
  }

  #refill(): void {
    const now = this.#clock.now();
    const { maxDispatchesPerSecond, maxBurstSize } = this.#queue.rateLimits;
    const elapsed = Math.max(0, now - this.#refilledAt);
    this.#tokens = Math.min(maxBurstSize, this.#tokens + (elapsed / 1000) * maxDispatchesPerSecond);
    this.#refilledAt = now;
  }

  /** The earliest that is not out; of those of the same time the first made. */
  #next(): Task | undefined {
    let next: Task | undefined;
    for (const task of this.#tasks.values()) {
      if (this.#out.has(task.name)) continue;
      if (!next || millisOf(task.scheduleTime) < millisOf(next.scheduleTime)) next = task;
    }
    return next;
  }

  readonly #isDue = (task: Task) => millisOf(task.scheduleTime) <= this.#clock.now();

  #send(task: Task): Task {
    const now = timestampOf(this.#clock.now());
    const attempt: Attempt = { scheduleTime: task.scheduleTime, dispatchTime: now };
    const sent: Task = {
      ...task,
      dispatchCount: task.dispatchCount + 1,
      firstAttempt: task.firstAttempt ?? { dispatchTime: now },
      lastAttempt: attempt,
    };
    this.#keep(sent);
    const out = dispatch(sent, task.lastAttempt?.responseStatus?.message ?? '', this.#options);
    this.#out.set(sent.name, out);
    void out.answer.then(answer => {
      if (this.#out.get(sent.name) === out) this.#answered(sent, attempt, answer);
    });
    return sent;
  }

  #answered(task: Task, attempt: Attempt, answer: Answer): void {
    this.#out.delete(task.name);
    const succeeded = 'status' in answer && answer.status >= 200 && answer.status < 300;
    if (this.#tasks.has(task.name)) {
      if (succeeded) this.#end(task.name);
      else this.#failed(task, attempt, answer);
    }
    if (this.#out.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    this.#pump();
  }

  #failed(task: Task, attempt: Attempt, answer: Answer): void {
    const { retryConfig } = this.#queue;
    const now = this.#clock.now();
    const age = now - millisOf(task.firstAttempt?.dispatchTime ?? timestampOf(now));
    if (isExhausted(retryConfig, task.dispatchCount, age)) {
      this.#end(task.name);
      return;
    }
    const answered = 'status' in answer;
    this.#keep({
      ...task,
      scheduleTime: timestampOf(now + backoffMillis(retryConfig, task.dispatchCount)),
      responseCount: task.responseCount + (answered ? 1 : 0),
      lastAttempt: {
        ...attempt,
        ...(answered && { responseTime: timestampOf(now) }),
        responseStatus: statusOf(answer),
      },
    });
  }

  #keep(task: Task): void {
    this.#tasks.set(task.name, task);
    this.#store.putTask(this.#queue.name, task);
  }

  #end(name: string): void {
    this.#tasks.delete(name);
    this.#store.endTask(name, this.#clock.now() + spentMillis);
  }
}

/** As google.rpc.Status: https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2#attempt */
function statusOf(answer: Answer): { code: number; message: string } {
  if ('status' in answer) return { code: 2, message: `HTTP status code ${answer.status}` };
  return answer.failure === 'deadline'
    ? { code: 4, message: 'DEADLINE_EXCEEDED' }
    : { code: 14, message: 'UNAVAILABLE' };
}
