import assert from 'node:assert/strict';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { createAlerts } from '../../local/alerts.ts';
import { lockFolder } from '../../local/folder-lock.ts';
import { writeLocator } from '../../local/locator.ts';
import { choosePorts } from '../../local/ports.ts';
import { startStatusServer } from '../../local/status-server.ts';
import { createDrivenClock } from '../../local/time/driven-clock.ts';
import { createLocalTime } from '../../local/time/local-time.ts';
import { runCaptured } from '../unit/cli/captured-terminal.ts';
import { temporaryFolder } from './support/storage-under-test.ts';

const start = Date.parse('2026-01-31T00:00:00Z');
const hour = 3_600_000;

/** The status server of a local cloud, whose time is driven or real; it is never done with the work of `stuckAt`. */
async function clockUnderTest(t: TestContext, driven: boolean, stuckAt = Infinity) {
  const folder = await temporaryFolder(t);
  const unlock = lockFolder(folder);
  t.after(unlock);
  const clock = createDrivenClock(start);
  const stopped = new AbortController();
  const time = createLocalTime({
    clock,
    stopped: stopped.signal,
    isBusy: () => clock.now() >= stuckAt,
    tellOffset: () => Promise.resolve(),
    nextTick: latest => Promise.resolve(Math.min(latest, clock.now() + hour)),
  });
  const ports = await choosePorts(0, []);
  writeLocator(folder, { pid: process.pid, project: 'local-onramp', ports, ...(driven && { driven: true }) });
  const status = { ramps: [], subscriptions: [], functions: [] };
  const alerts = createAlerts(folder, () => new Date());
  t.after(await startStatusServer(() => status, alerts, driven ? time : undefined, ports.status));
  const onramp = (...args: string[]) => runCaptured(['--folder', folder, ...args]);
  const ask = async (method: string, body?: string, headers: Record<string, string> = {}) => {
    const sent = request({ host: '127.0.0.1', port: ports.status, path: '/clock', method, headers });
    const answered = new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      sent.once('error', reject).once('response', response => {
        void text(response).then(body => resolve({ status: response.statusCode, body }), reject);
      });
    });
    sent.end(body);
    return answered;
  };
  return { time, stopped, onramp, ask };
}

describe('onramp clock', () => {
  it('shows the time of a local cloud that is driven', async t => {
    const { onramp } = await clockUnderTest(t, true);
    const { stdout, stderr } = await onramp('clock', 'show');
    assert.match(stdout, /^2026-01-31T00:00:0\d\.\d{3}Z\n$/);
    assert.equal(stderr, '');
    const shown = JSON.parse((await onramp('clock', 'show', '--json')).stdout) as { now: string; driven: boolean };
    assert.equal(shown.driven, true);
  });

  it('puts it forward by a time, or to one', async t => {
    const { onramp } = await clockUnderTest(t, true);
    assert.match((await onramp('clock', 'advance', '1d12h')).stdout, /^2026-02-01T12:00:0/);
    const { stdout } = await onramp('clock', 'advance', '--to', '2026-03-01', '--json');
    const { before, now } = JSON.parse(stdout) as { before: string; now: string };
    assert.match(before, /^2026-02-01T12:00:0/);
    assert.match(now, /^2026-03-01T00:00:0/);
  });

  it('says what is wrong with what it is given', async t => {
    const { onramp } = await clockUnderTest(t, true);
    const wrong = [
      [[], /either how far, or --to/],
      [['1d', '--to', '2026-03-01'], /either how far, or --to/],
      [['--to', '2026-01-30'], /there already/],
      [['1x'], /weeks, days, hours/],
      [['0d'], /weeks, days, hours/],
      [['1d 2h'], /weeks, days, hours/],
      [['--to', 'tomorrow'], /It is a time such as/],
    ] as const;
    for (const [args, message] of wrong) {
      const { exitCode, stderr } = await onramp('clock', 'advance', ...args);
      assert.match(stderr, message);
      assert.equal(exitCode, 2, stderr);
    }
  });

  it('leaves the real time alone', async t => {
    const { onramp } = await clockUnderTest(t, false);
    const { stdout, stderr } = await onramp('clock', 'show');
    assert.ok(Math.abs(Date.parse(stdout.trim()) - Date.now()) < 60_000);
    assert.match(stderr, /the real time/);
    const advance = await onramp('clock', 'advance', '1d');
    assert.equal(advance.exitCode, 2);
    assert.match(advance.stderr, /onramp local --clock/);
  });

  it('says so when the local cloud stops on the way', async t => {
    const { onramp, stopped, time } = await clockUnderTest(t, true, start + 2 * hour);
    const advancing = onramp('clock', 'advance', '1d');
    while (time.now().getTime() < start + 2 * hour) await new Promise(resolve => setImmediate(resolve));
    stopped.abort(new Error('the local cloud was stopped'));
    const { exitCode, stderr } = await advancing;
    assert.equal(exitCode, 1);
    assert.match(stderr, /was stopped/);
  });
});

describe('the clock of the status server', () => {
  it('refuses what it cannot read, and other methods', async t => {
    const { ask } = await clockUnderTest(t, true);
    for (const body of ['', '{', '{}', '{"to":"soon"}', '{"millis":"x"}', `{"to":"${'x'.repeat(2000)}"}`]) {
      assert.equal((await ask('POST', body)).status, 400, body);
    }
    assert.equal((await ask('PUT', '{}')).status, 405);
  });

  it('is for this machine only', async t => {
    const { ask, time } = await clockUnderTest(t, true);
    const { status } = await ask('POST', '{"millis":86400000}', { origin: 'https://attacker.example' });
    assert.equal(status, 403);
    assert.ok(time.now().getTime() < start + hour);
  });

  it('refuses to drive the real time', async t => {
    const { ask } = await clockUnderTest(t, false);
    assert.equal((await ask('POST', '{"millis":1000}')).status, 409);
  });

  it('tells of each moment that is reached', async t => {
    const { ask } = await clockUnderTest(t, true);
    const { body } = await ask('POST', JSON.stringify({ millis: 3 * hour }));
    const lines = body
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { now: string; done?: true });
    assert.ok(lines.length >= 4);
    assert.equal(lines.at(-1)?.done, true);
    assert.deepEqual(
      lines,
      lines.toSorted((a, b) => (a.now < b.now ? -1 : 1)),
    );
  });
});
