import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Schedule, type Scheduler, startScheduler } from '../../local/scheduler/scheduler.ts';
import { ManualClock } from '../unit/local/manual-clock.ts';

describe('the local Cloud Scheduler', () => {
  let clock: ManualClock;
  let server: http.Server;
  let uri: string;
  let scheduler: Scheduler | undefined;
  const requests: http.IncomingMessage[] = [];
  let status = 200;
  const failures: string[] = [];

  beforeEach(async () => {
    clock = new ManualClock();
    requests.length = 0;
    failures.length = 0;
    status = 200;
    server = http.createServer((request, response) => {
      requests.push(request);
      server.emit('called');
      if (status !== 0) response.writeHead(status).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await scheduler?.stop();
  });

  const start = (schedule: string, more: Partial<Schedule> = {}) => {
    scheduler = startScheduler([{ name: 'tick', schedule, httpTarget: { uri }, ...more }], {
      clock,
      authorization: (email, audience) => `Bearer ${email} for ${audience}`,
      onFailure: (job, problem) => failures.push(`${job}: ${problem}`),
    });
    return scheduler;
  };
  const advanceToCall = async (millis: number) => {
    const called = once(server, 'called');
    clock.advance(millis);
    await called;
  };
  /** Until the answer has come back, so that the next time is not left out. */
  const answered = () => scheduler?.run('tick');

  it('calls at the job’s times with the product’s headers', async () => {
    start('* * * * *', { httpTarget: { uri, oidcToken: { serviceAccountEmail: 'tick@p.iam.gserviceaccount.com' } } });
    clock.advance(59_999);
    assert.equal(requests.length, 0);
    await advanceToCall(1);
    const [request] = requests;
    assert.equal(request?.headers['x-cloudscheduler-jobname'], 'tick');
    assert.equal(request.headers['x-cloudscheduler-scheduletime'], '2026-01-01T00:01:00.000Z');
    assert.equal(request.headers.authorization, `Bearer tick@p.iam.gserviceaccount.com for ${uri}`);
    await answered();
    await advanceToCall(60_000);
    assert.equal(requests.at(-1)?.headers['x-cloudscheduler-scheduletime'], '2026-01-01T00:02:00.000Z');
  });

  it('reads a schedule in the job’s time zone', async () => {
    start('0 15 * * *', { timeZone: 'Asia/Tokyo' });
    await advanceToCall(6 * 3_600_000);
    assert.equal(requests[0]?.headers['x-cloudscheduler-scheduletime'], '2026-01-01T06:00:00.000Z');
  });

  it('waits longer than a timer of the runtime can', async () => {
    start('0 0 1 3 *');
    clock.advance(58 * 86_400_000);
    assert.equal(requests.length, 0);
    await advanceToCall(86_400_000);
    assert.equal(requests[0]?.headers['x-cloudscheduler-scheduletime'], '2026-03-01T00:00:00.000Z');
  });

  it('leaves out a time at which the last request is still out', async () => {
    status = 0;
    start('* * * * *', { attemptDeadline: '150s' });
    await advanceToCall(60_000);
    clock.advance(60_000);
    assert.equal(requests.length, 1);
    clock.advance(90_000);
    await answered();
    assert.deepEqual(failures, ['tick: deadline exceeded']);
    await advanceToCall(60_000);
    assert.equal(requests.length, 2);
  });

  it('tells of a request that failed, and goes on', async () => {
    status = 503;
    start('* * * * *');
    await advanceToCall(60_000);
    await answered();
    assert.deepEqual(failures, ['tick: HTTP 503']);
    await advanceToCall(60_000);
    assert.equal(requests.length, 2);
  });

  it('calls a paused job only when it is run by hand', async () => {
    const paused = start('* * * * *', { paused: true });
    clock.advance(3_600_000);
    assert.equal(requests.length, 0);
    await paused.run('tick');
    assert.equal(requests.length, 1);
  });
});
