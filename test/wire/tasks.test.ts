import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { CloudTasksClient } from '@google-cloud/tasks';
import { credentials } from '@grpc/grpc-js';
import fc from 'fast-check';
import { createTokenSigner, createTokenVerifier } from '../../local/iam/tokens.ts';
import { type Authorize, operator } from '../../local/stand-in.ts';
import { startTasks, type Tasks, type TasksOptions } from '../../local/tasks/tasks.ts';
import { ManualClock } from '../unit/local/manual-clock.ts';

const parent = 'projects/p/locations/europe-west1';
const queue = `${parent}/queues/pool-a`;

/** A worker that answers when the test says so. */
interface Call {
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  answer(status: number): void;
}

class Worker {
  readonly calls: Call[] = [];
  #waiting: (() => void)[] = [];
  readonly #server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.calls.push({
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        answer: status => void response.writeHead(status).end(),
      });
      for (const wake of this.#waiting.splice(0)) wake();
    });
  });

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/run`;
  }

  /** The call with that number, counted from 0, as soon as it is there. */
  async call(index: number): Promise<Call> {
    for (;;) {
      const call = this.calls[index];
      if (call) return call;
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    }
  }

  /** Breaks off every request that is not answered. */
  cut(): void {
    this.#server.closeAllConnections();
  }

  stop(): void {
    this.cut();
    this.#server.close();
  }
}

describe('the local Cloud Tasks, through Google’s own client', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tasks-'));
  let tests = 0;
  let clock: ManualClock;
  let tasks: Tasks;
  let client: CloudTasksClient;
  let worker: Worker;
  let url: string;
  let options: TasksOptions;

  const open = async (more: Partial<TasksOptions> = {}) => {
    options = { folder: join(folder, String(tests)), clock, ...more };
    tasks = startTasks(options);
    const port = await tasks.listen(operator);
    tasks.resume();
    client = new CloudTasksClient({
      servicePath: '127.0.0.1',
      port,
      sslCreds: credentials.createInsecure(),
      projectId: 'p',
    });
  };
  const close = async () => {
    await client.close();
    await tasks.close();
  };
  /** Waits until the queue knows of an answer that the worker has sent. */
  const settled = async (loads: number) => {
    while ((tasks.load()[0]?.dispatched ?? 0) > loads) await new Promise(resolve => setImmediate(resolve));
  };

  beforeEach(async () => {
    tests += 1;
    clock = new ManualClock();
    worker = new Worker();
    url = await worker.start();
    await open();
  });
  afterEach(async () => {
    worker.stop();
    await close();
  });
  after(() => rmSync(folder, { recursive: true }));

  const createQueue = (settings: object = {}) => client.createQueue({ parent, queue: { name: queue, ...settings } });
  const createTask = (id: string, task: object = {}) =>
    client.createTask({
      parent: queue,
      task: {
        ...(id !== '' && { name: `${queue}/tasks/${id}` }),
        httpRequest: { url, httpMethod: 'POST', body: Buffer.from(`body of ${id}`) },
        ...task,
      },
    });

  it('dispatches a task once, with the product’s headers, and forgets it when it is done', async () => {
    await createQueue();
    await createTask('one');
    const call = await worker.call(0);
    assert.equal(call.body, 'body of one');
    assert.equal(call.headers['user-agent'], 'Google-Cloud-Tasks');
    assert.equal(call.headers['x-cloudtasks-queuename'], 'pool-a');
    assert.equal(call.headers['x-cloudtasks-taskname'], 'one');
    assert.equal(call.headers['x-cloudtasks-taskretrycount'], '0');
    call.answer(204);
    await settled(0);
    const [left] = await client.listTasks({ parent: queue });
    assert.deepEqual(left, []);
  });

  it('never has more requests out than the queue allows', async () => {
    await createQueue({ rateLimits: { maxConcurrentDispatches: 2 } });
    for (const id of ['a', 'b', 'c', 'd', 'e']) await createTask(id);
    await worker.call(1);
    assert.equal(tasks.load()[0]?.dispatched, 2);
    (await worker.call(0)).answer(200);
    await worker.call(2);
    assert.equal(tasks.load()[0]?.dispatched, 2);
    for (const index of [1, 2, 3, 4]) (await worker.call(index)).answer(200);
    await settled(0);
    assert.equal(worker.calls.length, 5);
  });

  it('keeps the name of a task that is done taken for an hour', async () => {
    await createQueue();
    await createTask('once');
    await assert.rejects(createTask('once'), { code: 6 });
    (await worker.call(0)).answer(200);
    await settled(0);
    await assert.rejects(createTask('once'), { code: 6, message: /existed too recently/ });
    clock.advance(3_600_001);
    await createTask('once');
    (await worker.call(1)).answer(200);
  });

  it('tries a failed task again, later and later, and gives it up after its last attempt', async () => {
    await createQueue({
      retryConfig: { maxAttempts: 4, minBackoff: { seconds: 10 }, maxBackoff: { seconds: 300 }, maxDoublings: 1 },
    });
    await createTask('fails');
    for (const [index, wait] of [10, 20, 40].entries()) {
      (await worker.call(index)).answer(500);
      await settled(0);
      clock.advance(wait * 1000 - 1);
      assert.equal(worker.calls.length, index + 1);
      clock.advance(1);
      const again = await worker.call(index + 1);
      assert.equal(again.headers['x-cloudtasks-taskretrycount'], String(index + 1));
    }
    (await worker.call(3)).answer(500);
    await settled(0);
    clock.advance(1e9);
    const [left] = await client.listTasks({ parent: queue });
    assert.deepEqual(left, []);
    assert.equal(worker.calls.length, 4);
  });

  it('takes no answer in time for a failure', async () => {
    await createQueue({ retryConfig: { maxAttempts: 2, minBackoff: { seconds: 1 } } });
    await createTask('slow', { dispatchDeadline: { seconds: 15 } });
    await worker.call(0);
    clock.advance(15_000);
    await settled(0);
    const [task] = await client.getTask({ name: `${queue}/tasks/slow` });
    assert.equal(task.lastAttempt?.responseStatus?.message, 'DEADLINE_EXCEEDED');
    clock.advance(1000);
    (await worker.call(1)).answer(200);
  });

  it('waits for a task’s time', async () => {
    await createQueue();
    await createTask('later', { scheduleTime: { seconds: clock.now() / 1000 + 60 } });
    clock.advance(59_999);
    assert.equal(tasks.load()[0]?.dispatched, 0);
    clock.advance(1);
    (await worker.call(0)).answer(200);
  });

  it('dispatches nothing while the queue is paused', async () => {
    await createQueue();
    await client.pauseQueue({ name: queue });
    await createTask('waits');
    clock.advance(60_000);
    assert.equal(tasks.load()[0]?.dispatched, 0);
    await client.resumeQueue({ name: queue });
    (await worker.call(0)).answer(200);
  });

  it('keeps to the rate of the queue', async () => {
    await createQueue({ rateLimits: { maxDispatchesPerSecond: 1 } });
    for (const id of ['a', 'b', 'c']) await createTask(id);
    (await worker.call(0)).answer(200);
    await settled(0);
    clock.advance(999);
    assert.equal(worker.calls.length, 1);
    clock.advance(1);
    (await worker.call(1)).answer(200);
    await settled(0);
    clock.advance(1000);
    (await worker.call(2)).answer(200);
  });

  it('signs requests as the task’s account', async () => {
    const signer = createTokenSigner();
    await close();
    await open({ signToken: signer.sign });
    await createQueue();
    await createTask('signed', {
      httpRequest: { url, oidcToken: { serviceAccountEmail: 'tasks@p.iam.gserviceaccount.com', audience: 'export' } },
    });
    const call = await worker.call(0);
    const verify = createTokenVerifier(signer.jwks, Date.now);
    const token = (call.headers.authorization ?? '').replace('Bearer ', '');
    assert.equal(verify(token, { audience: 'export' }).email, 'tasks@p.iam.gserviceaccount.com');
    call.answer(200);
  });

  it('refuses a caller who may not make tasks, or not as that account', async () => {
    const refused: string[] = [];
    const authorize: Authorize = (_caller, permission, resource) => {
      if (permission === 'cloudtasks.queues.create') return true;
      refused.push(`${permission} on ${resource}`);
      return permission !== 'iam.serviceAccounts.actAs' && permission !== 'cloudtasks.tasks.list';
    };
    await close();
    await open({ authorize });
    await createQueue();
    const as = { url, oidcToken: { serviceAccountEmail: 'tasks@p.iam.gserviceaccount.com', audience: '' } };
    await assert.rejects(createTask('as', { httpRequest: as }), { code: 7 });
    await assert.rejects(client.listTasks({ parent: queue }), { code: 7 });
    assert.deepEqual(refused, [
      `cloudtasks.tasks.create on ${queue}`,
      'iam.serviceAccounts.actAs on projects/p/serviceAccounts/tasks@p.iam.gserviceaccount.com',
      `cloudtasks.tasks.list on ${queue}`,
    ]);
  });

  it('keeps queues and tasks over a restart', async () => {
    await createQueue({ rateLimits: { maxConcurrentDispatches: 1 } });
    await client.pauseQueue({ name: queue });
    await createTask('kept');
    await close();
    await open();
    await client.resumeQueue({ name: queue });
    const call = await worker.call(0);
    assert.equal(call.body, 'body of kept');
    call.answer(200);
  });

  it('refuses what the product refuses', async () => {
    await createQueue();
    await assert.rejects(createQueue(), { code: 6 });
    await assert.rejects(client.getQueue({ name: `${parent}/queues/none` }), { code: 5 });
    await assert.rejects(createTask('bad name'), { code: 3 });
    await assert.rejects(createTask('a', { dispatchDeadline: { seconds: 3600 } }), { code: 3 });
    await assert.rejects(createTask('a', { scheduleTime: { seconds: clock.now() / 1000 + 40 * 86_400 } }), { code: 3 });
    await assert.rejects(createTask('a', { httpRequest: { url: 'ftp://x' } }), { code: 3 });
    await assert.rejects(createTask('a', { httpRequest: { url, body: Buffer.alloc(1_100_000) } }), { code: 3 });
    await assert.rejects(createTask('a', { httpRequest: undefined }), { code: 3 });
  });

  it('never passes its limit of concurrent requests, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.constantFrom('add', 'succeed', 'fail', 'wait'), { minLength: 5, maxLength: 40 }),
        async (limit, steps) => {
          tests += 1;
          worker.cut();
          await close();
          await open();
          worker.calls.length = 0;
          await createQueue({
            rateLimits: { maxConcurrentDispatches: limit },
            retryConfig: { minBackoff: { seconds: 1 }, maxBackoff: { seconds: 1 } },
          });
          let made = 0;
          let answered = 0;
          for (const step of steps) {
            const out = tasks.load()[0]?.dispatched ?? 0;
            assert.ok(out <= limit);
            if (step === 'add') await createTask(`t${(made += 1)}`);
            else if (step === 'wait') clock.advance(500);
            else if (out > 0) {
              (await worker.call(answered)).answer(step === 'succeed' ? 200 : 500);
              answered += 1;
              while (tasks.load()[0]?.dispatched === out) {
                if (worker.calls.length > answered + out - 1) break;
                await new Promise(resolve => setImmediate(resolve));
              }
            }
          }
        },
      ),
      { numRuns: 15 },
    );
  });
});
