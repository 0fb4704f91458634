import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { consoleId } from '../../functions/core/batch/batch-wiring.ts';
import { accountEmail, schedulerAccount } from '../../functions/core/names.ts';
import { startTestCloud, type TestCloud, until } from '../support/local-cloud.ts';
import { shopRoot } from '../support/shop-database.ts';

describe('the console of the local cloud', { timeout: 180_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-console-'));
  const configuration = shopRoot();
  let test: TestCloud;
  let url: string;
  let run: string;

  before(async () => {
    for (const [name, value] of Object.entries({
      'slack-webhook': 'http://127.0.0.1:1/',
      'mask-key': Buffer.alloc(32, 7).toString('base64'),
      'shop-db-password': 'unused',
    })) {
      mkdirSync(join(folder, 'secrets/acme-shop', name), { recursive: true });
      writeFileSync(join(folder, 'secrets/acme-shop', name, '1'), value);
    }
    // The database of the shop is away.
    const port = await closedPort();
    const databases = { 'shop/shop-db': { host: '127.0.0.1', port } };
    test = await startTestCloud({ root: configuration.root, folder, databases });
    url = test.cloud.consoleUrl ?? '';
    await test.cloud.runSchedule('plan-runs');
    run = await until('a run in the grid', async () => {
      const page = await text('/');
      return /\/exports\/shop\/articles\/runs\/[0-9TZ-]+/.exec(page)?.[0];
    });
  });
  after(async () => {
    await test[Symbol.asyncDispose]();
    configuration[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const text = async (path: string) => (await fetch(new URL(path, url))).text();
  const seen = async (asked: Record<string, string>) =>
    /name="seen" value="([0-9a-f]+)"/.exec(await text(`/preview?${new URLSearchParams(asked).toString()}`))?.[1] ?? '';
  const apply = async (asked: Record<string, string>) =>
    fetch(new URL('/apply', url), {
      method: 'POST',
      redirect: 'manual',
      headers: { 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ ...asked, seen: await seen(asked) }),
    });

  it('shows why a run fails', async () => {
    const page = await until('the error', async () => {
      const found = await text(run);
      return found.includes('EXPORT_CONNECTION_FAILED') ? found : undefined;
    });
    assert.match(page, /SELECT id, name, price FROM articles/);
    assert.doesNotMatch(page, /unused/, 'the password');
  });

  it('has what a person starts planned at once, without the schedule', async () => {
    const { access } = test.cloud;
    const all = access.bindings();
    access.setBindings(all.filter(({ member }) => !member.includes(`:${schedulerAccount}@`)));
    const fields = { operation: 'rerun', export: 'shop/articles', starts: run.replace(/^.*\//, '') };
    assert.equal((await apply(fields)).status, 303);
    // Until it has failed, too: what is previewed while the run moves on is refused.
    const failedAgain = /<th scope="row">2<\/th>(?:(?!<\/tr>).)*failed/s;
    await until('another attempt', async () => failedAgain.exec(await text(run)) ?? undefined);
    access.setBindings(all);
  });

  it('does what the person asks for, within the grants of its account', async () => {
    const refused: unknown[] = [];
    const forget = test.cloud.access.onDenied(denial => void refused.push(denial));
    const fields = { operation: 'mark-done', export: 'shop/articles', starts: run.replace(/^.*\//, '') };
    assert.equal((await apply(fields)).status, 303);
    assert.match(await text(run), /operator@localhost<\/td><td>marked it as done/);
    const pause = { operation: 'pause', export: 'shop/articles' };
    assert.equal((await apply(pause)).status, 303);
    assert.match(await text('/exports/shop/articles'), /Paused by operator@localhost/);
    forget();
    assert.deepEqual(refused, []);
  });

  it('lets nobody in but operators', async () => {
    const { tokens, locator } = test.cloud;
    const audience = `http://127.0.0.1:${locator.ports.functions[consoleId] ?? 0}`;
    const as = (email: string) =>
      fetch(audience, { headers: { authorization: `Bearer ${tokens.sign({ email, audience })}` } });
    assert.equal((await fetch(audience)).status, 403);
    assert.equal((await as(accountEmail(schedulerAccount, locator.project))).status, 403);
    assert.equal((await as('operator@localhost')).status, 200);
  });
});

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}
