import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { type ConsoleProxy, startConsoleProxy } from '../../local/console-proxy.ts';
import { type BrowserUnderTest, noBrowser, startBrowser } from '../support/browser.ts';
import { type ConsoleUnderTest, startConsole } from '../support/console.ts';
import { consoleExample } from '../support/console-example.ts';
import { tokenOf } from '../support/console-token.ts';

describe('the console in a browser', { skip: noBrowser ?? false, timeout: 120_000 }, () => {
  let console: ConsoleUnderTest;
  let proxy: ConsoleProxy;
  let browser: BrowserUnderTest;
  before(async () => {
    console = await startConsole(consoleExample);
    proxy = await startConsoleProxy({ target: console.url, token: () => tokenOf('aiko@example.com'), port: 0 });
    browser = await startBrowser();
  });
  after(async () => {
    await browser.close();
    await proxy.close();
    await console.close();
  });
  afterEach(() => assert.deepEqual(browser.complaints, []));

  const open = (path: string) => browser.page.goto(new URL(path, proxy.url).href);
  const heading = () => browser.page.getByRole('heading', { level: 1 }).innerText();
  const button = (name: string) => browser.page.getByRole('button', { name, exact: true });
  const state = (start: string, address: 'payment/transfers' | 'payment/chargebacks' | 'identity/sessions') =>
    console.runs.read(address, start).then(run => run?.state);

  it('shows the grid, and leads from a failed run to its error and its query', async () => {
    const { page } = browser;
    await open('/');
    assert.equal(await heading(), 'Exports');
    assert.equal(await page.getByRole('link', { name: /^payment\/transfers, .*: failed/ }).count(), 1);
    const colours = await page.evaluate<string[]>(
      `[...new Set([...document.querySelectorAll('.cell')].map(cell => getComputedStyle(cell).backgroundColor))]`,
    );
    assert.ok(colours.length >= 5, 'states have colours of their own: the style sheet was loaded');

    await page.getByRole('link', { name: /^payment\/transfers, .*: failed/ }).click();
    assert.equal(await heading(), 'Run of 2026-03-10 10:00 UTC');
    const told = page.getByRole('status');
    assert.match(await told.innerText(), /EXPORT_QUERY_REFUSED permission denied for table transfers <script>/);
    assert.match(await told.innerText(), /Mend:/);
    assert.match(await page.getByLabel('Query', { exact: true }).innerText(), /updated_at >= '2026-03-10 09:50:00'/);
  });

  it('runs a failed run again, after its preview', async () => {
    const { page } = browser;
    const start = '2026-03-10T10:00:00.000Z';
    await open('/exports/payment/transfers/runs/2026-03-10T100000Z');
    await button('Run again').click();
    assert.equal(await heading(), 'Run payment/transfers of 2026-03-10 10:00 UTC again');
    assert.equal(await state(start, 'payment/transfers'), 'failed');

    // Its choices: wider, and back again.
    await page.getByLabel('and all runs before it').check();
    await button('Show again').click();
    assert.equal(await page.getByLabel('and all runs before it').isChecked(), true);
    assert.ok((await page.locator('tbody tr').count()) > 5);
    await page.getByLabel('and all runs before it').uncheck();
    await button('Show again').click();
    assert.equal(await page.locator('tbody tr').count(), 1);

    await button('Run it again').click();
    assert.equal(await heading(), 'Run of 2026-03-10 10:00 UTC');
    assert.match(await page.getByRole('status').innerText(), /1 run will run again/);
    assert.match(await page.getByRole('region', { name: 'By hand' }).innerText(), /aiko@example\.com/);
    assert.equal(await state(start, 'payment/transfers'), 'waiting');
  });

  it('cancels a run, with nothing but the keyboard', async () => {
    const { page } = browser;
    await open('/');
    const focusOn = async (wanted: string) => {
      for (let presses = 0; presses < 60; presses += 1) {
        await page.keyboard.press('Tab');
        const name = await page.evaluate<string>(`document.activeElement?.textContent?.trim() ?? ''`);
        if (name === wanted) return;
      }
      assert.fail(`the keyboard does not reach ${wanted}`);
    };
    await focusOn('chargebacks');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/exports/payment/chargebacks');
    await focusOn('2026-03-10 11:45 UTC');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/runs/2026-03-10T114500Z');
    await focusOn('Cancel');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/preview?*');
    await focusOn('Cancel the run');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/runs/2026-03-10T114500Z?did=*');
    assert.match(await page.getByRole('status').innerText(), /Cancelled: 1 run/);
    assert.equal(await state('2026-03-10T11:45:00.000Z', 'payment/chargebacks'), 'cancelled');
  });

  it('pauses an export and resumes it', async () => {
    const { page } = browser;
    await open('/exports/identity/users');
    await button('Pause').click();
    await button('Pause the export').click();
    assert.match(await page.getByRole('main').innerText(), /Paused by aiko@example\.com/);
    await button('Resume').click();
    await button('Resume the export').click();
    assert.match(await page.getByRole('status').innerText(), /resumed/);
  });

  it('makes the runs of a backfill, after its preview', async () => {
    const { page } = browser;
    await open('/exports/identity/sessions');
    await page.getByRole('link', { name: 'Choose the time' }).click();
    await page.getByLabel('Intervals that start from').fill('2026-03-09T10:00');
    await page.getByLabel('and before').fill('2026-03-09T11:30');
    await button('Show what it would run').click();
    assert.equal(await page.locator('tbody tr').count(), 3);
    assert.equal(await state('2026-03-09T10:30:00.000Z', 'identity/sessions'), undefined);
    await button('Start 3 runs').click();
    assert.equal(await heading(), 'identity/sessions');
    assert.equal(await state('2026-03-09T10:30:00.000Z', 'identity/sessions'), 'waiting');
  });

  it('finds exports by name and by state', async () => {
    const { page } = browser;
    await open('/');
    await page.getByRole('link', { name: 'Find' }).click();
    await page.getByRole('searchbox').and(page.locator(':focus')).waitFor();
    await page.keyboard.type('identity');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/?q=identity');
    assert.deepEqual(await page.locator('.grid th[scope=row]').allInnerTexts(), ['devices', 'sessions', 'users']);
    await page.getByRole('navigation', { name: 'Show by state' }).getByText('cancelled').click();
    await page.waitForURL('**/?q=identity&state=cancelled');
    assert.deepEqual(await page.locator('.grid th[scope=row]').allInnerTexts(), ['sessions']);
  });

  it('shows by itself what has become of a run under way, and stays where it was scrolled to', async () => {
    const { page } = browser;
    const [start, path] = ['2026-03-10T11:30:00.000Z', '/exports/identity/sessions/runs/2026-03-10T113000Z'];
    assert.equal(await state(start, 'identity/sessions'), 'queued');
    await page.setViewportSize({ width: 1280, height: 300 });
    await open(path);
    assert.match(await page.getByRole('banner').innerText(), /refreshed every 10 s/);
    await page.evaluate('scrollTo(0, 120)');
    await console.runs.apply('identity/sessions', start, { type: 'run-timed-out' });
    await page.getByText('RUN_TIMED_OUT').first().waitFor({ timeout: 30_000 });
    assert.equal(await page.evaluate<number>('scrollY'), 120);
    assert.doesNotMatch(await page.getByRole('banner').innerText(), /refreshed|Stop/);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('does not do what a page of another site sends', async () => {
    const { page, context } = browser;
    const stranger = await context.newPage();
    await stranger.route('https://evil.example/', route =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${proxy.url}apply"><input name="operation" value="pause"><button>go</button></form>`,
      }),
    );
    await stranger.goto('https://evil.example/');
    await stranger.getByRole('button').click();
    await stranger.waitForURL('**/apply');
    assert.match(await stranger.locator('body').innerText(), /for this machine only/);
    await stranger.close();
    await page.bringToFront();
  });

  it('fits a narrow window', async () => {
    const { page } = browser;
    await page.setViewportSize({ width: 390, height: 800 });
    for (const path of ['/', '/exports/payment/transfers', '/exports/payment/transfers/runs/2026-03-10T090000Z']) {
      await open(path);
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.equal(overflow, 0, `${path} is wider than the window`);
    }
  });
});
