import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { runObject } from '../../functions/core/batch/batch-names.ts';
import { type ConsoleUnderTest, startConsole } from '../support/console.ts';
import { consoleExample } from '../support/console-example.ts';
import { tokenOf } from '../support/console-token.ts';

const person = 'aiko@example.com';
const failed = '2026-03-10T10:00:00.000Z';
const failedPath = '/exports/payment/transfers/runs/2026-03-10T100000Z';
const rerun = { operation: 'rerun', export: 'payment/transfers', starts: '2026-03-10T100000Z' };

describe('the console’s function', () => {
  let console: ConsoleUnderTest;
  before(async () => {
    console = await startConsole(consoleExample);
  });
  after(() => console.close());

  const request = (path: string, init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {}) =>
    fetch(`${console.url}${path}`, {
      redirect: 'manual',
      ...init,
      headers: { authorization: `Bearer ${tokenOf(person)}`, ...init.headers },
    });
  const text = async (path: string) => (await request(path)).text();
  const post = (
    fields: Record<string, string>,
    headers: Record<string, string> = { 'sec-fetch-site': 'same-origin' },
  ) => request('/apply', { method: 'POST', body: new URLSearchParams(fields), headers });
  const seenIn = (page: string) => /name="seen" value="([0-9a-f]+)"/.exec(page)?.[1] ?? '';
  const preview = (fields: Record<string, string>) => text(`/preview?${new URLSearchParams(fields).toString()}`);

  it('shows nothing to somebody who is not named', async () => {
    for (const path of ['/', failedPath, '/style.css']) {
      const response = await fetch(`${console.url}${path}`);
      assert.equal(response.status, 403);
      assert.doesNotMatch(await response.text(), /transfers/);
    }
  });

  it('tells browsers, with every answer, to run nothing, to frame nothing and to keep nothing', async () => {
    for (const path of ['/', failedPath, '/nowhere', '/exports/payment/nothing']) {
      const { headers } = await request(path);
      assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'; style-src 'self';/, path);
      assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
    }
    const style = await request('/style.css');
    assert.match(style.headers.get('content-type') ?? '', /^text\/css/);
  });

  it('shows every export with its runs, and why the open ones wait', async () => {
    const page = await text('/');
    for (const { address } of consoleExample.catalogue.services.flatMap(({ exports }) => exports)) {
      assert.ok(page.includes(`href="/exports/${address}"`), address);
    }
    const runs = Map.groupBy(consoleExample.runs, run => run.export);
    const shown = [...runs.values()].reduce((sum, ofExport) => sum + Math.min(ofExport.length, 20), 0);
    assert.equal(page.match(/class="cell /g)?.length, shown);
    assert.match(page, /it has waited for a slot of the pool &quot;identity&quot;/);
    assert.match(page, /1 of 4/);
    assert.match(page, /stuck since/);
  });

  it('has browsers ask again for a page on which something moves, which then has no field', async () => {
    const field = /<input type="(search|datetime-local)"/;
    for (const [path, seconds, url] of [
      ['/', 10, '/'],
      ['/?q=payment&did=run&changed=1', 10, '/?q=payment'],
      ['/exports/payment/chargebacks?did=run&changed=1', 10, '/exports/payment/chargebacks'],
      [
        '/exports/payment/chargebacks/runs/2026-03-10T120000Z',
        30,
        '/exports/payment/chargebacks/runs/2026-03-10T120000Z',
      ],
    ] as const) {
      const moving = await request(path);
      assert.equal(moving.headers.get('refresh'), `${seconds}; url=${url}`);
      const page = await moving.text();
      assert.doesNotMatch(page, field);
      const stop = /<a href="([^"]+)">Stop<\/a>/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
      assert.match(stop, /refresh=off$/);
      const still = await request(stop);
      assert.equal(still.headers.get('refresh'), null);
      const stillPage = await still.text();
      assert.ok(stillPage.includes(`<a href="${url.replaceAll('&', '&amp;')}">Refresh by itself</a>`));
      assert.equal(field.test(stillPage), !path.includes('/runs/'));
    }
  });

  it('lets stand a page on which nothing moves, and a form', async () => {
    for (const path of [failedPath, `/preview?${new URLSearchParams(rerun).toString()}`, '/?q=devices']) {
      const { headers } = await request(path);
      assert.equal(headers.get('refresh'), null, path);
    }
    assert.match(await text('/nowhere'), /There is no such page/);
  });

  it('shows a run’s error, query and manifest', async () => {
    const page = await text(failedPath);
    assert.match(page, /EXPORT_QUERY_REFUSED/);
    assert.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
    assert.match(page, /WHERE updated_at &gt;= &#39;2026-03-10 09:50:00&#39;/);
    assert.match(page, /transfers__staging_20260310T100000Z_2/);
    const done = await text('/exports/payment/transfers/runs/2026-03-10T090000Z');
    assert.match(done, /attempt=1\/manifest.json/);
    assert.match(done, /6f1c-00000.avro/);
    assert.match(done, /90071992547/);
    assert.match(done, /infinity<\/td><td>NULL/);
  });

  it('does not find what is not there', async () => {
    const paths = [
      '/nowhere',
      '/exports/payment/nothing',
      '/exports/..%2F..%2Fetc/passwd',
      '/exports/payment/transfers/runs/2026-03-10T100100Z',
      '/exports/payment/transfers/runs/x',
      '/preview?operation=rerun&export=payment/nothing&starts=2026-03-10T100000Z',
      '/preview?operation=rerun&export=payment/transfers&starts=2026-03-10T100100Z',
      '/apply',
    ];
    for (const path of paths) assert.equal((await request(path)).status, 404, path);
    assert.equal((await request('/preview?operation=explode&export=payment/transfers')).status, 400);
    assert.equal((await request('/preview?operation[x]=rerun&export=payment/transfers&operation=cancel')).status, 400);
  });

  it('previews without doing anything', async () => {
    const page = await preview({ ...rerun, past: 'yes' });
    assert.match(page, /<button class="primary">Run \d+ again<\/button>/);
    assert.equal((await console.runs.read('payment/transfers', failed))?.state, 'failed');
  });

  it('does nothing that another site asks for', async () => {
    const fields = { ...rerun, seen: seenIn(await preview(rerun)) };
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      {},
    ] as Record<string, string>[]) {
      assert.equal((await post(fields, headers)).status, 403);
    }
    assert.equal((await console.runs.read('payment/transfers', failed))?.state, 'failed');
  });

  it('does nothing that was not seen, and shows how things are instead', async () => {
    const response = await post({ ...rerun, seen: '0123456789abcdef' });
    assert.equal(response.status, 409);
    const page = await response.text();
    assert.match(page, /nothing was done/);
    assert.match(seenIn(page), /^[0-9a-f]{16}$/);
    assert.equal((await console.runs.read('payment/transfers', failed))?.state, 'failed');
  });

  it('does what was seen, once, in the name of the person', async () => {
    const fields = { ...rerun, seen: seenIn(await preview(rerun)) };
    const response = await post(fields);
    assert.equal(response.status, 303);
    const location = response.headers.get('location') ?? '';
    assert.equal(location, `${failedPath}?did=rerun&changed=1`);
    const page = await text(location);
    assert.match(page, /1 run will run again/);
    const run = await console.runs.read('payment/transfers', failed);
    assert.equal(run?.state, 'waiting');
    assert.equal(run.operations[0]?.by, person);
    assert.equal((await post(fields)).status, 409, 'the button pressed twice');
    assert.equal((await console.runs.read('payment/transfers', failed))?.operations.length, 1);
    assert.deepEqual(console.logged.at(-1)?.fields, {
      operation: 'rerun',
      export: 'payment/transfers',
      person,
      changed: 1,
    });
  });

  it('tells of a run that was marked as done', async () => {
    const fields = { operation: 'mark-done', export: 'payment/transfers', starts: '2026-03-10T110000Z' };
    assert.equal((await post({ ...fields, seen: seenIn(await preview(fields)) })).status, 303);
    assert.deepEqual(
      console.told.map(({ export: address, event }) => [address, event.type]),
      [
        // Of the run that was started anew before.
        ['payment/transfers', 'operation_done'],
        ['payment/transfers', 'run_done'],
        ['payment/transfers', 'operation_done'],
      ],
    );
  });

  it('pauses and resumes', async () => {
    const fields = { operation: 'pause', export: 'identity/users' };
    assert.equal((await post({ ...fields, seen: seenIn(await preview(fields)) })).status, 303);
    assert.match(await text('/exports/identity/users'), /Paused by aiko@example\.com/);
    const resume = { ...fields, operation: 'resume' };
    await post({ ...resume, seen: seenIn(await preview(resume)) });
    assert.doesNotMatch(await text('/exports/identity/users'), /Paused by/);
  });

  it('makes the runs of a backfill', async () => {
    const fields = {
      operation: 'backfill',
      export: 'identity/sessions',
      from: '2026-03-09T10:00',
      to: '2026-03-09T11:30',
    };
    const page = await preview(fields);
    assert.match(page, /Start 3 runs/);
    assert.equal((await post({ ...fields, seen: seenIn(page) })).status, 303);
    const run = await console.runs.read('identity/sessions', '2026-03-09T11:00:00.000Z');
    assert.deepEqual([run?.state, run?.kind, run?.operations[0]?.by], ['waiting', 'backfill', person]);
  });

  it('tells nobody but its log why it failed', async () => {
    const start = '2026-03-10T09:00:00.000Z';
    await console.client
      .bucket('local-test-state')
      .file(runObject('payment/refunds', { start }))
      .save('{"secret": hunter2');
    const response = await request('/exports/payment/refunds/runs/2026-03-10T090000Z');
    assert.equal(response.status, 500);
    assert.doesNotMatch(await response.text(), /hunter2|JSON/);
    assert.equal(console.logged.at(-1)?.message, 'the console failed');
  });
});
